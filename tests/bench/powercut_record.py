# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records a guest's disk during applies, roll-backs, provisional applies, kills and a reboot.

The agent runs in the mini guest on a tree of files (--root).  The tree and the
agent's state are both on the recorded disk: see powercut_disk.  A file of the
tree names the step that has begun or is done.
"""

import dataclasses
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from typing import List

from tests.vm import mini, ours, write_log
from tests.vm.devices import LoggedDisk
from tests.vm.machine import Machine

from . import powercut_disk

sys.path.insert(0, str(ours.ROOT / "tests/integration"))
from agent_process import make_tree, write_file  # noqa: E402

TREE = "/mnt/tree"
STATE = f"{TREE}/var/lib/virt-tune-agent"
BOOT_ID = "proc/sys/kernel/random/boot_id"
CHANGED = ("applied", "restored")  # results of rows whose value was written
NO_FLUSH = "usr/lib/no-flush.so"
AGENT = ("virt-tune-agent --method virtio-serial --path /dev/virtio-ports/org.virt_tune.agent.0"
         f" --root {TREE}")
PROFILE = """[main]
summary=Settings for the recording
[sysctl]
vm.swappiness=30
vm.dirty_ratio=33
[disk]
readahead=4096
[vm]
transparent_hugepages=never
"""
VALUES = {"sysctl/vm.swappiness": [5, 15, 25, 35], "sysctl/vm.dirty_ratio": [12, 24, 36],
          "sysctl/vm.dirty_bytes": [100000000], "sysctl/net.core.somaxconn": [1024, 8192],
          "block/vda/scheduler": ["none", "mq-deadline"], "block/*/read_ahead_kb": [64, 512, 2048],
          "block/vda/nr_requests": [64, 512], "vm/transparent_hugepage": ["always", "never"]}
MOUNT = f"""set -e; modprobe ext4; mkdir -p {TREE}
disk=$(grep -lx recorded /sys/block/vd*/serial | cut -d/ -f4)
mount -t ext4 -o {powercut_disk.TREE_OPTIONS} /dev/${{disk}}2 {TREE}
mkdir -p /run/fresh; cp -a {TREE}/sys {TREE}/proc /run/fresh/
mount -t ext4 /dev/${{disk}}1 {STATE}
mount --bind /dev {TREE}/dev"""
LONGEST_DEATH = 0.06  # most seconds from a request to the kill of the agent


def fill_tree(root):
  """Makes the tree of files of the tuned guest: a disk, sysctls, memory, and a profile."""
  make_tree(root)
  write_file(root, "proc/sys/net/core/somaxconn", "4096")
  write_file(root, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never")
  write_file(root, "etc/tuned/recorded/tuned.conf", PROFILE)
  for folder in ("dev", "var/lib/virt-tune-agent"):
    (pathlib.Path(root) / folder).mkdir(parents=True)


@dataclasses.dataclass
class Step:
  """A step's name, and the agent's active settings after it.

  last_id: the largest id so far of an answered apply that changed a value. (An apply that changes
  nothing does not wait for the disk.)
  lasting: whether the originals must be on the disk after the step."""
  name: str
  active: dict
  last_id: int
  lasting: bool = True


@dataclasses.dataclass
class Recording:
  """The disk before the first step, the log of all writes, and the steps."""
  before: bytes
  entries: List
  steps: List

  @classmethod
  def load(cls, folder):
    """Reads the files that record() has written to a folder."""
    steps = [Step(**row) for row in json.loads((folder / "steps.json").read_text())]
    return cls((folder / "before.img").read_bytes(), write_log.read(folder / "disk.log"), steps)


class Recorder:
  """One guest and its agent."""

  def __init__(self, vm, seed, flushes):
    self.vm = vm
    self.command = AGENT if flushes else f"LD_PRELOAD=/{NO_FLUSH} {AGENT}"
    self.random = random.Random(seed)
    self.last_id = 0
    self.steps = []

  def start_agent(self):
    """Starts the agent, and waits until the work of its start is done."""
    self.vm.run(f"{self.command} >>/run/agent.log 2>&1 </dev/null &")
    self.shim("status")

  def kill_agent(self):
    """Kills the agent with SIGKILL.  Its writes stay in the page cache."""
    self.vm.run("kill -KILL $(pidof virt-tune-agent); while pidof virt-tune-agent; do sleep 0.02; done")

  def shim(self, *words):
    """Runs virt-tune; returns its JSON output."""
    done = ours.shim(self.vm, "--format", "json", *words)
    if done.code != 0:
      raise AssertionError(f"virt-tune {words}: {done.code} {done.out}{done.err}"
                           f" {self.vm.read('/run/agent.log')}")
    reply = json.loads(done.out)
    if any(row["result"] in CHANGED for row in reply.get("attributes", []) if "result" in row):
      self.last_id = max(self.last_id, reply.get("apply-id", 0))
    return reply

  def mark(self, text):
    """Writes the present step to the mark file of the recorded tree."""
    self.vm.run(f"echo '{text}' >{TREE}/{powercut_disk.MARK}")

  def step(self, name, do, lasting=True):
    """Runs one step between two marks."""
    number = len(self.steps)
    self.mark(f"begin {number}")
    do()
    active = self.shim("status")["active"]
    self.mark(f"done {number}")
    self.steps.append(Step(name, active, self.last_id, lasting))

  def choose(self):
    """Chooses some settings at random."""
    keys = self.random.sample(list(VALUES), self.random.randint(1, 4))
    if {"sysctl/vm.dirty_ratio", "sysctl/vm.dirty_bytes"} <= set(keys):
      keys.remove("sysctl/vm.dirty_bytes")
    words = [f"{key}={self.random.choice(VALUES[key])}" for key in keys]
    # Only one of the pair can be set, so remove the setting of the other.
    pair = {"sysctl/vm.dirty_ratio": "sysctl/vm.dirty_bytes="}
    pair.update({value[:-1]: key + "=" for key, value in pair.items()})
    return words + [pair[key] for key in keys if key in pair]

  def apply(self, *options):
    self.step(" ".join(["set", *options]), lambda: self.shim("set", *self.choose(), *options))

  def expire(self):
    """A provisional apply that is not confirmed in time."""
    before = self.steps[-1].active

    def do():
      self.shim("set", "sysctl/vm.swappiness=77", "--confirm-within=1")
      self.vm.wait_until(f"! grep -q 77 {TREE}/proc/sys/vm/swappiness")
      if self.shim("status")["active"] != before:
        raise AssertionError("the provisional apply was not undone")
    self.step("a provisional apply expires", do)

  def die(self):
    """Kills the agent at a random moment of a request, and starts it again."""
    words = self.choose() if self.random.random() < 0.7 else None

    def do():
      command = [ours.build_folder() / "host-shim/virt-tune", "--socket", self.vm.agent_socket]
      command += ["set", *words] if words else ["rollback"]
      process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
      time.sleep(self.random.random() * LONGEST_DEATH)
      self.kill_agent()
      process.kill()
      process.wait()
      self.start_agent()
    self.step("killed in a set" if words else "killed in a roll-back", do)

  def reboot(self):
    """Makes the tree as after a boot: the kernel's own values, another boot id.  The disk keeps all writes.

    The originals of what the agent's start applies again are on the disk only after the next request.
    This is safe, because after a power cut the kernel has the originals anyway."""
    boot_id = f"{self.random.getrandbits(32):08x}-8f0e-4d6e-9d8c-0a4c5f6b7e01"

    def do():
      self.vm.run("kill $(pidof virt-tune-agent); while pidof virt-tune-agent; do sleep 0.02; done; set -e;"
                  f" cd /run/fresh; for file in $(find sys proc -type f); do cat $file >{TREE}/$file; done;"
                  f" echo {boot_id} >{TREE}/{BOOT_ID}")
      self.start_agent()
    self.step("reboot", do, lasting=False)

  def usual(self):
    """Each kind of step."""
    self.step("start", self.start_agent)
    self.step("apply of a profile", lambda: self.shim("apply", "--profile", "recorded"))
    self.apply()
    self.apply("--transient")
    self.apply("--confirm-within=600")
    self.step("confirm", lambda: self.shim("confirm"))
    self.step("roll-back", lambda: self.shim("rollback"))
    self.apply()
    self.apply("--confirm-within=600")
    self.step("roll-back of a provisional apply", lambda: self.shim("rollback"))
    self.apply()
    self.expire()
    self.die()
    self.reboot()
    self.apply()
    self.step("last roll-back", lambda: self.shim("rollback"))

  def more(self, count):
    """Random steps."""
    for _ in range(count):
      self.random.choice([self.apply] * 5 + [lambda: self.apply("--transient"), self.expire, self.die,
                                             self.reboot, lambda: self.step("roll-back", self._back)])()

  def _back(self):
    self.shim("rollback")


def _overlay(folder):
  """Our files, and the library that disables an agent's flushes."""
  below = folder / "overlay" / pathlib.Path(NO_FLUSH).parent
  below.mkdir(parents=True, exist_ok=True)
  shutil.copy(ours.build_folder() / "tests/no-flush.so", below)
  overlay = ours.overlay()
  overlay.trees.append(folder / "overlay")
  return overlay


def record(folder, seed, more=0, flushes=True):
  """Writes a recording to a folder: the disk before the first step, the log, the steps.

  flushes: False disables the agent's fsync(2) and fdatasync(2), to show that the judge then fails."""
  disk = folder / "disk.img"
  with tempfile.TemporaryDirectory() as tree:
    fill_tree(tree)
    write_file(tree, powercut_disk.MARK, "done -1")
    powercut_disk.make(disk, tree)
  (folder / "before.img").write_bytes(disk.read_bytes())
  with Machine(mini.image(), cpus=2, overlay=_overlay(folder),
               devices=[LoggedDisk("virtio-blk-pci", "recorded", disk)]) as vm:
    vm.run(MOUNT)
    recorder = Recorder(vm, seed, flushes)
    recorder.usual()
    recorder.more(more)
    vm.run("sync")  # the log ends with its last flush
  (folder / "steps.json").write_text(json.dumps([dataclasses.asdict(step) for step in recorder.steps]))
