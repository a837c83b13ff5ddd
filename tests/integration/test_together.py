#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virt-tune with the real agent: commands on the host, and their effect
on the guest's files.

The guest is a tree of tests/fixtures. Each test is written once and runs with
both output formats, table and JSON.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import (  # noqa: E402
    ROOT, Agent, make_tree, read_file, wait_until, write_file)
from test_shim import FAILED, OK, TIMED_OUT, UNREACHABLE, USAGE, ShimCase, run  # noqa: E402

SWAPPINESS = "proc/sys/vm/swappiness"
VDB = "sys/block/vdb/queue"
BLOCKS = "sys/devices/system/memory"
TUNED_CONF = "etc/tuned/profiles/{}/tuned.conf"


def kvm_guest(root):
  """Disks of every kind, three virtio cards; our profiles and two more. The profiles' folders do not
  depend on the install prefix."""
  profiles = pathlib.Path(root) / "usr/lib/tuned/profiles"
  profiles.mkdir(parents=True)
  for source, target in (("tests/fixtures/kvm-guest", root), ("agent/profiles/data", profiles)):
    subprocess.run(["cp", "-a", f"{ROOT / source}/.", target], check=True)
  write_file(root, TUNED_CONF.format("db"), "[main]\nsummary=Databases\n[sysctl]\nvm.swappiness=1\n"
                                            "[script]\nscript=/bin/false")
  write_file(root, TUNED_CONF.format("broken"), "[main]\ninclude=no-such-parent")


def small_guest(root):
  make_tree(root, blocks=8, offline=(6, 7))
  write_file(root, "proc/meminfo", "MemTotal: 524288 kB\nMemFree: 262144 kB\nMemAvailable: 262144 kB")


class Guest(Agent):
  """An agent that leaves memory alone: in a tree of files, no kernel event reports an offline block."""

  def __init__(self, *options, tree):
    super().__init__(*options, tree=tree)
    write_file(self.folder, "agent.conf", "[tune]\nmemory=off")
    self._options = (*options, "--config", os.path.join(self.folder, "agent.conf"))


def snapshot(root):
  """Returns {path: content} of every file and link of the kernel. Names that start with a dot are left
  out: the tree keeps a queue under such a name while it is not in use, and a kernel would not show it."""
  found = {}
  for top in ("sys", "proc", "ethtool"):
    for folder, folders, files in os.walk(os.path.join(root, top)):
      folders[:] = [name for name in folders if not name.startswith(".")]
      for path in (os.path.join(folder, name) for name in folders + files):
        if os.path.islink(path):
          found[path] = os.readlink(path)
        elif os.path.isfile(path):
          found[path] = pathlib.Path(path).read_bytes()
  return found


class Pair(ShimCase):
  """An agent, and virt-tune on its socket with one output format. All tests of a class share the
  agent: every test ends with a roll-back, after which the tree must be unchanged."""

  tree = staticmethod(kvm_guest)
  format = "table"
  options = ()

  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.agent = cls.enterClassContext(Guest(*cls.options, tree=cls.tree))

  @classmethod
  def tearDownClass(cls):
    code = cls.agent.stop()
    assert code == 0, f"the agent ended with {code}: {cls.agent.read_log()}"

  def setUp(self):
    self.before = snapshot(self.agent.root)
    self.irrelevant = ()

  def tearDown(self):
    self.roll_back()

  def vt(self, *args, code=OK, texts=(), **kwargs):
    """Runs a verb; checks its exit code, and that the output or the errors hold all texts."""
    if args[0] == "status":
      wait_until(lambda: "attributes" in self.status(), "the agent has finished its own work")
    result = self.ask(self.agent, *args, "--format", self.format, **kwargs)
    self.check(result, code, *texts)
    if self.format == "json" and result.out:
      json.loads(result.out)
    return result

  def rows(self, result):
    """Returns {key: result} of the output's rows. For status, {key: value}."""
    if self.format == "json":
      return {row["key"]: str(row.get("result", row.get("value"))) for row in result.json["attributes"]}
    table = result.out.partition("KEY ")[2].partition("\n\n")[0]
    return dict(re.findall(r"(?m)^(\w+/\S+) +(\S+)", table))

  def assert_table_says(self, result, text):
    """Asserts that a table holds the text. JSON output has no text for people."""
    if self.format == "table":
      self.assertIn(text, result.out)

  def status(self):
    return self.ask(self.agent, "status", "--format", "json").json

  def file(self, path):
    return read_file(self.agent.root, path)

  def combined(self, name):
    return self.file(f"ethtool/{name}/combined")

  def changed(self):
    now = snapshot(self.agent.root)
    return [path for path in sorted({*now, *self.before})
            if now.get(path) != self.before.get(path) and not path.endswith(self.irrelevant)]

  def assert_unchanged(self):
    self.assertEqual(self.changed(), [])

  def assert_chosen(self, disk, scheduler):
    self.assertIn(f"[{scheduler}]", self.file(f"sys/block/{disk}/queue/scheduler"))

  def roll_back(self):
    """Rolls back; then the tree must be as before the test, and no settings active."""
    self.vt("rollback")
    self.assert_unchanged()
    self.assertEqual(self.status()["active"], {"settings": {}})


class OwnPair(Pair):
  """An agent for each test, for tests whose effect a roll-back does not undo."""

  @classmethod
  def setUpClass(cls):
    pass

  @classmethod
  def tearDownClass(cls):
    pass

  def setUp(self):
    self.agent = self.enterContext(Guest(*self.options, tree=self.tree))
    super().setUp()

  def tearDown(self):
    self.assertIn(self.agent.stop(), (0, None), self.agent.read_log())


class Reading:
  """Verbs that change nothing."""

  def test_ping(self):
    self.assert_table_says(self.vt("ping"), "the agent answers")

  def test_quiet(self):
    self.assertEqual(self.vt("ping", "--quiet").out, "")

  def test_info(self):
    self.vt("info", texts=["guest-set-vcpus", "tune-confirm"])

  def test_status(self):
    result = self.vt("status", texts=["nvme-passthrough", "virtio-blk", "4 of 4 channels", "iscsi"])
    rows = self.rows(result)
    self.assertEqual((rows["block/vdb/scheduler"], rows["net/eth1/combined"]), ("mq-deadline", "2"))
    self.assertEqual(rows["vm/transparent_hugepage"], "madvise")
    self.assert_table_says(result, "profile   none\n")
    self.assert_table_says(result, "memory    4 blocks of 128 MiB online, 4 offline\n")
    self.assert_table_says(result, "more sysctls can be set")
    self.assertEqual(self.rows(self.vt("status", "--all"))["sysctl/vm.swappiness"], "60")

  def test_profiles(self):
    result = self.vt("profiles", texts=["virtual-guest-auto", "throughput-performance", "Databases"])
    if self.format == "json":
      self.assertEqual({row["active"] for row in result.json}, {False})
    else:
      self.assertNotIn("*", result.out)

  def test_nothing_to_verify_confirm_or_roll_back(self):
    self.assert_table_says(self.vt("verify"), "no value is wanted")
    self.assert_table_says(self.vt("rollback"), "nothing to roll back")
    self.vt("confirm", code=FAILED, texts=["no apply waits"])
    self.vt("confirm", "1", code=FAILED, texts=["No apply waits"])

  def test_raw(self):
    self.assertEqual(self.vt("raw", "guest-ping").json, {})
    self.assertEqual(self.vt("raw", "guest-get-vcpus").json[0]["logical-id"], 0)
    request = {"execute": "tune-apply", "arguments": {"profile": "db", "dry-run": True}}
    self.assertEqual(self.vt("raw", json.dumps(request)).json["attributes"][0]["result"], "planned")

  def test_dry_run(self):
    rows = self.rows(self.vt("apply", "--profile", "virtual-guest-auto", "--dry-run"))
    self.assertEqual((rows["net/eth1/combined"], rows["block/vdb/scheduler"]), ("planned", "planned"))
    self.assertEqual(self.rows(self.vt("set", "net/eth1/combined=max", "-n"))["net/eth1/combined"], "planned")


class Changing:
  """Verbs that change the guest's files. The roll-back after each test restores them."""

  def test_set(self):
    rows = self.rows(self.vt("set", "block/vdb/scheduler=noop", "block/vdb/read_ahead_kb=64",
                             "net/eth1/combined=4", "sysctl/vm.swappiness=30",
                             "vm/transparent_hugepage=always"))
    self.assertEqual(set(rows.values()) - {"unchanged"}, {"applied"})
    self.assert_chosen("vdb", "none")
    self.assertEqual((self.file(f"{VDB}/read_ahead_kb"), self.combined("eth1"), self.file(SWAPPINESS)),
                     ("64", "4", "30"))
    self.assertIn("[always]", self.file("sys/kernel/mm/transparent_hugepage/enabled"))
    rows = self.rows(self.vt("set", "sysctl/vm.swappiness=30", "net/eth1/combined="))
    self.assertEqual(rows["sysctl/vm.swappiness"], "unchanged")
    self.assertEqual(self.combined("eth1"), "2")
    self.assertEqual(self.rows(self.vt("status"))["block/vdb/scheduler"], "none")

  def test_apply_is_virtual_guest(self):
    result = self.vt("apply")
    self.assertEqual(self.rows(result)["sysctl/vm.swappiness"], "applied")
    self.assertEqual((self.file(SWAPPINESS), self.file("proc/sys/vm/dirty_ratio")), ("30", "30"))
    self.assert_table_says(self.vt("status"), "profile   virtual-guest\n")
    result = self.vt("profiles")
    self.assert_table_says(result, "*  virtual-guest ")
    if self.format == "json":
      self.assertEqual([row["name"] for row in result.json if row["active"]], ["virtual-guest"])

  def test_apply_decides_for_each_device(self):
    rows = self.rows(self.vt("apply", "--profile", "virtual-guest-auto"))
    self.assertEqual((rows["block/sde/scheduler"], rows["block/vdb/scheduler"]), ("left-alone", "applied"))
    self.assert_chosen("sde", "mq-deadline")
    self.assert_chosen("vdb", "none")
    self.assertEqual((self.combined("eth1"), self.combined("eth2")), ("4", "1"))
    self.assertEqual(set(self.rows(self.vt("verify")).values()) - {"left-alone", "not-offered"}, {"ok"})
    # The interrupts of the two queues that the roll-back takes out of use are not restored.
    self.irrelevant = tuple(f"/irq/{number}/smp_affinity_list" for number in range(75, 79))

  def test_unsupported_parts_of_a_profile_are_reported(self):
    self.vt("apply", "--profile", "db", texts=["[script]"])
    self.assertEqual(self.file(SWAPPINESS), "1")

  def test_settings_from_file_and_stdin(self):
    document = json.dumps({"block": {"vdb": {"nr_requests": 64}}, "sysctl": {"vm.swappiness": 20}}).encode()
    with tempfile.NamedTemporaryFile() as file:
      file.write(document)
      file.flush()
      self.vt("apply", "--settings", file.name, "sysctl/vm.swappiness=25")
    self.assertEqual((self.file(f"{VDB}/nr_requests"), self.file(SWAPPINESS)), ("64", "25"))
    self.vt("apply", "--settings", "-", stdin=b'{"sysctl": {"vm.swappiness": null}}')
    self.assertEqual((self.file(f"{VDB}/nr_requests"), self.file(SWAPPINESS)), ("64", "60"))
    self.vt("apply", "--profile", "db", "--settings", "-", stdin=document)
    self.assertEqual(self.file(SWAPPINESS), "20")
    self.assertEqual(self.status()["active"]["profile"], "db")
    self.vt("apply", "--profile", "db")
    self.assertEqual((self.file(f"{VDB}/nr_requests"), self.file(SWAPPINESS)), ("256", "1"))

  def test_force(self):
    self.vt("set", "block/sde/scheduler=none", code=FAILED, texts=["Refused", "block/sde/scheduler"])
    self.assert_unchanged()
    self.vt("set", "block/sde/scheduler=none", "--force")
    self.assert_chosen("sde", "none")

  def test_allow_absent(self):
    self.vt("set", "block/vdz/scheduler=none", code=FAILED, texts=["NoSuchDevice", "vdz"])
    self.assert_unchanged()
    self.vt("set", "block/vdz/scheduler=none", "--allow-absent")
    self.assertIn("pending", self.rows(self.vt("verify")).values())

  def test_transient_profile_over_a_stored_one(self):
    self.vt("apply")
    self.vt("apply", "--profile", "db", "--transient")
    self.assert_table_says(self.vt("status"), "profile   virtual-guest, overridden by db until the guest's next boot\n")
    self.assertEqual((self.file(SWAPPINESS), self.file("proc/sys/vm/dirty_ratio")), ("1", "30"))


class NotUndone:
  """Effects that a roll-back does not undo."""

  def test_transient(self):
    self.vt("apply", "--profile", "db", "--transient")
    self.assertEqual(self.file(SWAPPINESS), "1")
    self.assert_table_says(self.vt("status"), "profile   db, until the guest's next boot\n")
    self.vt("set", "sysctl/vm.swappiness=5", "--transient")
    self.assert_table_says(self.vt("status"), 'transient {"sysctl":{"vm.swappiness":5}}\n')
    self.vt("set", "sysctl/vm.dirty_ratio=40")
    self.agent.stop()
    for path, content in self.before.items():
      if not os.path.islink(path):
        pathlib.Path(path).write_bytes(content)
    write_file(self.agent.root, "proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000002")
    self.agent.start()
    self.assertEqual(self.status()["active"], {"settings": {"sysctl": {"vm.dirty_ratio": 40}}})
    self.assertEqual((self.file(SWAPPINESS), self.file("proc/sys/vm/dirty_ratio")), ("60", "40"))

  def test_verify_finds_what_others_wrote(self):
    self.vt("set", "sysctl/vm.swappiness=30", "block/vdb/read_ahead_kb=64")
    write_file(self.agent.root, SWAPPINESS, "77")
    rows = self.rows(self.vt("verify", code=FAILED))
    self.assertEqual((rows["sysctl/vm.swappiness"], rows["block/vdb/read_ahead_kb"]), ("drift", "ok"))
    rows = self.rows(self.vt("rollback"))
    self.assertEqual((rows["sysctl/vm.swappiness"], rows["block/vdb/read_ahead_kb"]),
                     ("changed-by-others", "restored"))
    self.assertEqual(self.file(SWAPPINESS), "77")


class Provisional:
  """A provisional apply, and each way in which it ends."""

  def apply_provisionally(self, *args, code=OK, seconds=600, **kwargs):
    return self.vt("set", "sysctl/vm.swappiness=30", "net/eth1/combined=4",
                   f"--confirm-within={seconds}", *args, code=code, **kwargs)

  def provisional_id(self):
    return self.status()["unconfirmed"]["apply-id"]

  def assert_provisional(self, value="30"):
    self.assertEqual(self.file(SWAPPINESS), value)
    self.assertIn("unconfirmed", self.status())
    self.assertEqual(self.status()["active"], {"settings": {}})

  def assert_kept(self):
    status = self.status()
    self.assertNotIn("unconfirmed", status)
    self.assertEqual(status["active"]["settings"]["sysctl"], {"vm.swappiness": 30})
    self.assertEqual((self.file(SWAPPINESS), self.combined("eth1")), ("30", "4"))

  def test_confirm(self):
    self.assert_table_says(self.apply_provisionally(), "unless it is confirmed: virt-tune confirm --socket")
    self.assert_provisional()
    self.assert_table_says(self.vt("status"), f"provisional apply {self.provisional_id()}: undone in ")
    self.vt("set", "sysctl/vm.swappiness=5", code=FAILED, texts=["Busy"])
    self.vt("confirm", "9999", code=FAILED, texts=["InvalidArgument"])
    self.assert_provisional()
    apply_id = self.provisional_id()
    self.assert_table_says(self.vt("confirm"), f"apply {apply_id} is confirmed")
    self.assert_kept()

  def test_confirm_by_id(self):
    self.apply_provisionally()
    self.vt("confirm", str(self.provisional_id()))
    self.assert_kept()

  def test_roll_back_of_a_provisional_apply(self):
    self.apply_provisionally()
    self.roll_back()
    self.assertNotIn("unconfirmed", self.status())

  def test_expiry(self):
    self.apply_provisionally(seconds=1)
    wait_until(lambda: not self.changed(), "all values are restored")
    wait_until(lambda: "unconfirmed" not in self.status(), "no provisional apply is left")
    self.vt("confirm", code=FAILED, texts=["no apply waits"])
    self.assertIn("was not confirmed in time", self.status()["changes"]["last"]["desc"])
    self.vt("set", "sysctl/vm.swappiness=5")

  def test_a_transient_profile(self):
    self.vt("apply", "--profile", "db", "--transient", "--confirm-within=600")
    self.assert_table_says(self.vt("status"), "\n  profile   db, until the guest's next boot\n")
    self.assert_provisional("1")
    self.vt("confirm")
    self.assertEqual(self.status()["active"], {"settings": {}, "transient-profile": "db"})

  def test_check(self):
    result = self.apply_provisionally("--check", "true")
    self.assertEqual(self.rows(result)["net/eth1/combined"], "applied")
    self.assert_kept()

  def test_the_check_may_use_the_channel(self):
    self.apply_provisionally("--check", f"{os.environ.get('VIRT_TUNE', ROOT / 'build/host-shim/virt-tune')} "
                            f"--socket {self.agent.path} ping")
    self.assert_kept()

  def test_check_fails(self):
    result = self.apply_provisionally("--check", "false", code=FAILED, texts=["the check failed", "is undone in"])
    self.assertEqual(self.rows(result)["net/eth1/combined"], "applied")
    self.assert_provisional()

  def test_check_is_no_program(self):
    self.apply_provisionally("--check", "no-such-program", code=USAGE, texts=["no-such-program"])
    self.assertNotIn("unconfirmed", self.status())
    self.assert_unchanged()


class Refusing:
  """Bad input is answered with a clear message and an exit code, and changes nothing."""

  def refuse(self, *args, code=FAILED, texts=(), **kwargs):
    result = self.vt(*args, code=code, texts=texts, **kwargs)
    self.assertTrue(result.err.startswith("virt-tune: "), result.err)
    self.assert_unchanged()
    if self.format == "json" and result.out:  # with invalid options, the shim does not know the format
      self.assertEqual(result.json["error"]["exit"], code)
    return result

  def test_settings(self):
    for assignment, *texts in (
        ("block/vdb/scheduler=fast", "NotOffered", "mq-deadline"),
        ("block/vdb/colour=red", "InvalidArgument", "colour"),
        ("net/eth1/combined=0", "InvalidArgument"),
        ("net/eth1/combined=5", "InvalidArgument", "1..4"),
        ("net/eth9/combined=2", "NoSuchDevice", "eth9"),
        ("sysctl/kernel.core_pattern=x", "InvalidArgument", "kernel.core_pattern"),
        ("sysctl/vm.swappiness=many", "vm.swappiness"),
        ("vm/transparent_hugepage=sometimes", "always"),
        ("memory/auto_online_blocks=perhaps", "auto_online_blocks"),
        ("sysctl/vm.swapiness=10", "did you mean 'vm.swappiness'?", "virt-tune status --all"),
        ("sysctl/no.such=10", "no such setting; 'virt-tune status --all' lists all settings"),
        ("block/vdb/shceduler=none", "did you mean 'scheduler'?", "block has scheduler, read_ahead_kb"),
        ("vm/swappiness=10", "did you mean 'sysctl/vm.swappiness'?"),
        ("vm/scheduler=none", "did you mean 'block/DEVICE/scheduler'?")):
      with self.subTest(assignment):
        result = self.refuse("set", assignment, texts=texts)
        self.assertLess(len(result.err), 300, result.err)

  def result_rows(self, result):
    """(key, result) of each row of an apply that failed, in the order of the output."""
    if self.format == "json":
      return [(row["key"], row["result"]) for row in result.json["error"]["data"]["attributes"]]
    return re.findall(r"(?m)^(\w+/\S+) +(\S+)", result.out)

  def test_rows_of_a_refusal(self):
    result = self.refuse("set", "block/vdb/scheduler=none", "sysctl/vm.swappiness=many")
    rows = self.result_rows(result)
    self.assertEqual(dict(rows), {"block/vdb/scheduler": "planned", "sysctl/vm.swappiness": "failed"})
    if self.format == "table":
      self.assertEqual(rows[0][0], "sysctl/vm.swappiness")
      self.assertIn("1 failed, 1 planned; nothing was changed", result.out)

  def test_sections(self):
    for assignment, text in (
        ("vm.swappiness=10", "did you mean 'sysctl/vm.swappiness'?"),
        ("net.ipv4.tcp_sack=1", "did you mean 'sysctl/net.ipv4.tcp_sack'?"),
        ("blok/vdb/scheduler=none", "did you mean 'block/vdb/scheduler'?"),
        ("colour=red", "unknown section, there are: block, net, memory, sysctl, vm")):
      with self.subTest(assignment):
        self.refuse("set", assignment, code=USAGE, texts=[text])

  def test_one_bad_value_among_ten_good_ones(self):
    names = ["nr_requests=64", "read_ahead_kb=64", "rq_affinity=2", "scheduler=none"]
    good = [f"block/{disk}/{name}" for disk in ("vdb", "sdc", "sdi") for name in names]
    self.refuse("set", *good, "sysctl/vm.swappiness=999999", texts=["vm.swappiness"])

  def test_profiles(self):
    self.refuse("apply", "--profile", "no-such-profile", texts=["no-such-profile"])
    self.refuse("apply", "--profile", "../../etc", texts=["../../etc"])
    self.refuse("apply", "--profile", "broken", texts=["no-such-parent"])

  def test_usage(self):
    for args in (("set",), ("set", "x"), ("set", "sysctl/../../x=1"), ("set", "colour/vda/x=1"),
                 ("apply", "--settings", "/nonexistent"), ("status", "web1"), ("memory", "sometimes"), ("memory", "wait"), ("raw", "{"), ("confirm", "x"),
                 ("apply", "--confirm-within=0"), ("apply", "--check", "true")):
      with self.subTest(args):
        self.refuse(*args, code=USAGE)
    self.refuse("apply", "--settings", "-", code=USAGE, stdin=b'{"vm": {"x": []}}')

  def test_raw(self):
    self.refuse("raw", "no-such-command", texts=["CommandNotFound", "no-such-command"])
    self.refuse("raw", '{"execute": "tune-apply", "arguments": {"bogus": 1}}', texts=["GenericError", "bogus"])
    self.refuse("raw", '{"execute": "tune-apply", "arguments": {"dry-run": 1}}', texts=["InvalidArgument"])
    self.refuse("raw", '{"execute": "guest-sync"}', texts=["InvalidArgument", "id"])


class Memory:
  """The memory verbs on plain files. Tests in real guests show what the kernel does."""

  def states(self):
    return "".join("1" if self.file(f"{BLOCKS}/memory{n}/state") == "online" else "0" for n in range(8))

  def test_status(self):
    result = self.vt("memory", "status")
    self.assertEqual(self.vt("memory").out, result.out)
    self.assert_table_says(result, "online     6 blocks, 768 MiB\n")
    self.assert_table_says(result, "offline    2 blocks, 256 MiB\n")
    if self.format == "json":
      self.assertEqual([(span["first"], span["last"], span["state"]) for span in result.json["blocks"]],
                       [(0, 5, "online"), (6, 7, "offline")])
    self.assert_unchanged()

  def test_online(self):
    self.assert_table_says(self.vt("memory", "online"), "2 of 2 blocks brought online")
    self.assertEqual(self.states(), "11111111")
    self.assert_table_says(self.vt("memory", "online"), "no block is offline")

  def test_wait(self):
    self.assert_table_says(self.vt("memory", "wait", "1G"), "8 of 8 blocks are online, 1 GiB")
    self.assertEqual(self.states(), "11111111")
    self.vt("memory", "wait", "2G", "--timeout", "1.5", code=FAILED)
    self.vt("memory", "wait", "2G", "--timeout", "x", code=USAGE)

  def test_offline(self):
    for block in (4, 5):
      write_file(self.agent.root, f"{BLOCKS}/memory{block}/valid_zones", "Movable")
    self.assert_table_says(self.vt("memory", "offline", "256M"), "2 of 2 blocks taken offline, 256 MiB")
    self.assertEqual(self.states(), "11110000")
    result = self.vt("memory", "offline", "1G", code=FAILED)
    self.assert_table_says(result, "0 blocks are movable")
    self.assertIn("4", result.out)

  def test_prepare(self):
    self.assert_table_says(self.vt("memory", "prepare"), "was told to bring memory online by itself")
    self.assertEqual(self.file(f"{BLOCKS}/auto_online_blocks"), "online")
    self.assert_table_says(self.vt("memory", "prepare", "8G"), "takes 128 MiB; 256 MiB are free")
    self.assert_table_says(self.vt("memory", "prepare", "9G", code=FAILED), "it may not fit")
    self.assert_table_says(self.vt("memory", "prepare", "32G", code=FAILED), "it does not fit")


class TableReading(Reading, Pair):
  pass


class JsonReading(Reading, Pair):
  format = "json"


class TableChanging(Changing, Pair):
  pass


class JsonChanging(Changing, Pair):
  format = "json"


class TableNotUndone(NotUndone, OwnPair):
  pass


class JsonNotUndone(NotUndone, OwnPair):
  format = "json"


class TableProvisional(Provisional, Pair):
  pass


class JsonProvisional(Provisional, Pair):
  format = "json"


class TableRefusing(Refusing, Pair):
  pass


class JsonRefusing(Refusing, Pair):
  format = "json"


class TableMemory(Memory, OwnPair):
  tree = staticmethod(small_guest)


class JsonMemory(Memory, OwnPair):
  tree = staticmethod(small_guest)
  format = "json"


class Blocked(OwnPair):
  """The guest's configuration can block commands."""

  options = ("--block-rpcs=tune-apply,tune-memory-status",)

  def test_a_command_that_is_blocked(self):
    self.vt("set", "sysctl/vm.swappiness=30", code=FAILED, texts=["CommandNotFound", "tune-apply"])
    self.assertRegex(self.vt("info").out, r"(?m)^tune-apply +no$")
    self.vt("memory", texts=["block size 128 MiB", "32-35"])
    self.assert_unchanged()


class Absent(OwnPair):
  """The agent does not run, or serves another client."""

  tree = staticmethod(make_tree)

  def test_stopped(self):
    self.agent.stop()
    self.vt("ping", code=UNREACHABLE)

  def test_another_client_holds_the_channel(self):
    with self.agent.connect() as client:
      client.sync()
      result = run("--socket", self.agent.path, "--timeout", "0.5", "ping")
      self.check(result, TIMED_OUT, "no other program holds its channel")
    self.vt("ping")


if __name__ == "__main__":
  unittest.main(verbosity=2)
