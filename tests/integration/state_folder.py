# SPDX-License-Identifier: LGPL-2.1-or-later
"""Observes how an agent reads a state folder that it finds: for tests/fixtures/state-v1.

The fixtures' generator observes the agent version that wrote them, test_upgrade
the present version. Both must observe the same.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import Agent, make_tree, write_file  # noqa: E402

STATE = "var/lib/virt-tune-agent"
BOOT_ID = "proc/sys/kernel/random/boot_id"
PROFILE = """[main]
summary=Settings for the fixtures
[sysctl]
vm.swappiness=30
vm.dirty_ratio=33
[disk]
readahead=4096
"""
ATTRIBUTES = ["sys/devices/system/memory/auto_online_blocks",
              "proc/sys/vm/swappiness", "proc/sys/vm/dirty_ratio", "proc/sys/vm/dirty_bytes",
              "proc/sys/net/core/somaxconn", "sys/kernel/mm/transparent_hugepage/enabled",
              *(f"sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda/queue/{name}"
                for name in ("scheduler", "read_ahead_kb", "nr_requests", "rq_affinity"))]


def fill_tree(root):
  """Makes the guest of the fixtures, with its kernel's own values."""
  make_tree(root)
  write_file(root, "proc/sys/net/core/somaxconn", "4096")
  write_file(root, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never")
  write_file(root, "etc/tuned/stored/tuned.conf", PROFILE)
  (pathlib.Path(root) / STATE).mkdir(parents=True, mode=0o700)


def read_values(root):
  """Reads the attributes that the fixtures change."""
  return {path: (pathlib.Path(root) / path).read_text(encoding="ascii").strip() for path in ATTRIBUTES}


def tree_with(files, values):
  """Returns a function for Agent(tree=…): makes the state files {name: bytes} and values {path: text}."""
  def fill(root):
    fill_tree(root)
    for path, text in values.items():
      write_file(root, path, text)
    for name, content in files.items():
      (pathlib.Path(root) / STATE / name).write_bytes(content)
  return fill


def describe(client):
  """Returns what the agent reports of its state."""
  status = client.call("tune-status")
  provisional = status.get("unconfirmed")
  if provisional is not None:
    del provisional["seconds-left"]  # this alone differs between two runs
  attributes = {row["key"]: {name: row[name] for name in ("value", "wanted", "original") if name in row}
                for row in status["attributes"] if "wanted" in row or "original" in row}
  return {"active": status["active"], "unconfirmed": provisional, "attributes": attributes,
          "warned": bool(status["warnings"])}


def observe(files, values):
  """Starts agents on copies of a state folder, each for one way to ask. Returns what was observed."""
  seen = {}
  with Agent(tree=tree_with(files, values)) as agent:
    with agent.connect() as client:
      seen["start"] = describe(client)
      seen["drift"] = client.call("tune-verify")["drift"]
    seen["values"] = read_values(agent.root)
    agent.stop()
    agent.start()
    with agent.connect() as client:
      seen["start again"] = describe(client)
      client.call("tune-rollback")
      seen["rolled back"] = describe(client)
    seen["values rolled back"] = read_values(agent.root)
  with Agent(tree=tree_with(files, values)) as agent, agent.connect() as client:
    if client.call("tune-status").get("unconfirmed"):
      seen["confirmed"] = client.call("tune-confirm", {"apply-id": seen["start"]["unconfirmed"]["apply-id"]})
      seen["kept"] = describe(client)
    seen["next id"] = client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 61}}})["apply-id"]
  return seen
