# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records a guest's disk through applies, roll-backs, trials, kills and a reboot.

The agent runs in the mini guest on a tree of files (--root) that lies on the
recorded disk, beside its state: see powercut_disk.  A file of that tree says
which step has begun and which is done.
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
CHANGED = ("applied", "restored")  # results of rows
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
LONGEST_DEATH = 0.06  # seconds from a request to the end of its agent


def fill_tree(root):
  """The guest that is tuned: a disk, sysctls, memory, and a profile."""
  make_tree(root)
  write_file(root, "proc/sys/net/core/somaxconn", "4096")
  write_file(root, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never")
  write_file(root, "etc/tuned/recorded/tuned.conf", PROFILE)
  for folder in ("dev", "var/lib/virt-tune-agent"):
    (pathlib.Path(root) / folder).mkdir(parents=True)


@dataclasses.dataclass
class Step:
  """What was done, and what the agent said of its settings afterwards.

  last_id: the largest apply id that was answered so far by an apply that changed a value: one
  that finds all as it is wanted does not wait for the disk.
  lasting: whether the originals have to be on the disk behind it."""
  name: str
  active: dict
  last_id: int
  lasting: bool = True


@dataclasses.dataclass
class Recording:
  """A disk as it was before, the log of all that was written, and the steps."""
  before: bytes
  entries: List
  steps: List

  @classmethod
  def load(cls, folder):
    """What record() has left in a folder."""
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
    """Starts it, and waits until the start's own work is done."""
    self.vm.run(f"{self.command} >>/run/agent.log 2>&1 </dev/null &")
    self.shim("status")

  def kill_agent(self):
    """SIGKILL: what it wrote stays in the page cache."""
    self.vm.run("kill -KILL $(pidof virt-tune-agent); while pidof virt-tune-agent; do sleep 0.02; done")

  def shim(self, *words):
    """virt-tune; what it prints as JSON."""
    done = ours.shim(self.vm, "--format", "json", *words)
    if done.code != 0:
      raise AssertionError(f"virt-tune {words}: {done.code} {done.out}{done.err}"
                           f" {self.vm.read('/run/agent.log')}")
    reply = json.loads(done.out)
    if any(row["result"] in CHANGED for row in reply.get("attributes", []) if "result" in row):
      self.last_id = max(self.last_id, reply.get("apply-id", 0))
    return reply

  def mark(self, text):
    """Leaves a word of where we are in the recorded tree."""
    self.vm.run(f"echo '{text}' >{TREE}/{powercut_disk.MARK}")

  def step(self, name, do, lasting=True):
    """One step between two marks."""
    number = len(self.steps)
    self.mark(f"begin {number}")
    do()
    active = self.shim("status")["active"]
    self.mark(f"done {number}")
    self.steps.append(Step(name, active, self.last_id, lasting))

  def choose(self):
    """Some settings, by chance."""
    keys = self.random.sample(list(VALUES), self.random.randint(1, 4))
    if {"sysctl/vm.dirty_ratio", "sysctl/vm.dirty_bytes"} <= set(keys):
      keys.remove("sysctl/vm.dirty_bytes")
    words = [f"{key}={self.random.choice(VALUES[key])}" for key in keys]
    # Of a pair one is in force: the other is wanted no longer.
    pair = {"sysctl/vm.dirty_ratio": "sysctl/vm.dirty_bytes="}
    pair.update({value[:-1]: key + "=" for key, value in pair.items()})
    return words + [pair[key] for key in keys if key in pair]

  def apply(self, *options):
    self.step(" ".join(["set", *options]), lambda: self.shim("set", *self.choose(), *options))

  def expire(self):
    """A trial that nobody confirms."""
    before = self.steps[-1].active

    def do():
      self.shim("set", "sysctl/vm.swappiness=77", "--confirm-within=1")
      self.vm.wait_until(f"! grep -q 77 {TREE}/proc/sys/vm/swappiness")
      if self.shim("status")["active"] != before:
        raise AssertionError("the trial went on")
    self.step("a trial expires", do)

  def die(self):
    """The agent is killed at some instant of a request, and started again."""
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
    """As after a boot: the kernel's own values, another boot id.  No disk is lost by that.

    What a start applies again is on the disk only with the next request: the
    originals are the kernel's own after any power cut."""
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
    self.step("roll-back on trial", lambda: self.shim("rollback"))
    self.apply()
    self.expire()
    self.die()
    self.reboot()
    self.apply()
    self.step("last roll-back", lambda: self.shim("rollback"))

  def more(self, count):
    """Steps by chance."""
    for _ in range(count):
      self.random.choice([self.apply] * 5 + [lambda: self.apply("--transient"), self.expire, self.die,
                                             self.reboot, lambda: self.step("roll-back", self._back)])()

  def _back(self):
    self.shim("rollback")


def _overlay(folder):
  """Ours, and what takes an agent's flushes away."""
  below = folder / "overlay" / pathlib.Path(NO_FLUSH).parent
  below.mkdir(parents=True, exist_ok=True)
  shutil.copy(ours.build_folder() / "tests/no-flush.so", below)
  overlay = ours.overlay()
  overlay.trees.append(folder / "overlay")
  return overlay


def record(folder, seed, more=0, flushes=True):
  """Leaves a recording in a folder: the disk before, the log, the steps.

  flushes: False takes the agent's fsync(2) and fdatasync(2) away, to see the judge fail."""
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
