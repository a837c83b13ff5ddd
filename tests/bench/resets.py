# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest is reset in the midst of applies and roll-backs, its state on a disk.

Whatever instant the reset hits: the agent that comes up then believes its
state, and the guest is tuned as before the request or as after it, not to
a part.
"""

import argparse
import collections
import json
import random
import subprocess
import sys

from tests.vm import mini, ours, say
from tests.vm.devices import Disk
from tests.vm.machine import Machine

STATE = "/var/lib/virt-tune-agent"
MOUNT = f"""set -e; modprobe ext4; mkdir -p {STATE}
disk=$(grep -lx state /sys/block/vd*/serial | cut -d/ -f4)
mount -t ext4 /dev/$disk {STATE}"""
FILES = {"sysctl/vm.swappiness": "/proc/sys/vm/swappiness",
         "sysctl/vm.dirty_ratio": "/proc/sys/vm/dirty_ratio",
         "sysctl/net.core.somaxconn": "/proc/sys/net/core/somaxconn",
         "block/*/read_ahead_kb": "/sys/block/vda/queue/read_ahead_kb"}
CHOICES = [dict(zip(FILES, values)) for values in (("11", "33", "8192", "512"),
                                                   ("22", "44", "2048", "64"),
                                                   ("33", "15", "1024", "1024"))]
FIRST_DELAY = 0.02  # seconds from the request to the first reset
# What the reset has hit, by what both files of the state say after it.
PHASES = {(False, False): "before the journal says what begins", (True, False): "between begin and commit",
          (True, True): "between commit and settle", (False, True): "after it"}


class StateDisk(Disk):
  """A disk with an empty file system."""

  def backends(self, machine):
    made = super().backends(machine)
    say.run(["mke2fs", "-q", "-t", "ext4", machine.folder / f"{self.id}.raw"])
    return made


def machine():
  """The guest for it: a disk to tune, and one for the state."""
  return Machine(mini.image(), cpus=2, overlay=ours.overlay(),
                 devices=[Disk("virtio-blk-pci", "tuned"), StateDisk("virtio-blk-pci", "state")])


class Resets:
  """One guest, and what it may look like."""

  def __init__(self, vm, seed):
    self.vm = vm
    self.random = random.Random(seed)
    self.untuned = self.actual()
    self.expected = [self.untuned]
    self.after = 0  # resets that left the guest as the request wants it
    self.phases = collections.Counter()
    self.delay = FIRST_DELAY
    self.active = None  # what is stored of it before the request

  def actual(self):
    """The values, as the guest's files say them."""
    return dict(zip(FILES, self.vm.run("cat " + " ".join(FILES.values())).out.split()))

  def _stored(self):
    """What is stored of the state; {}: nothing is."""
    text = self.vm.run("virt-tune-agent --dump-state 2>/dev/null; true").out
    return json.loads(text) if text else {}

  def _note_phase(self):
    """Which phase the reset has hit; the next aims at the midst of a change."""
    stored = self._stored()
    began = "under-way" in stored
    committed = stored.get("active") != self.active
    self.phases[PHASES[began, committed]] += 1
    if not began:
      self.delay *= 0.8 if committed else 1.25

  def come_up(self, after_reset=True):
    """Mounts the state, starts the agent, and looks at what it made of both."""
    self.vm.run(MOUNT)
    if after_reset:
      self._note_phase()
    self.vm.run("virt-tune-agent >/run/agent.log 2>&1 </dev/null &")
    verified = ours.shim(self.vm, "verify", timeout=120)
    if verified.code != 0:
      raise AssertionError(f"verify: {verified.code} {verified.out}{verified.err}"
                           f" {self.vm.run('cat /run/agent.log').out}")
    left = self.vm.run(f"ls {STATE} | grep damaged; true").out
    if left:
      raise AssertionError(f"not believed: {left} {self.vm.read('/run/agent.log')}")
    actual = self.actual()
    if actual not in self.expected:
      raise AssertionError(f"{actual} is none of {self.expected}")
    self.after += len(self.expected) == 2 and actual == self.expected[1]
    self.expected = [actual]
    self.active = self._stored().get("active")

  def request(self):
    """Begins an apply or a roll-back: its process, and what it leads to."""
    if self.expected[0] != self.untuned and self.random.random() < 0.3:
      words, target = ["rollback"], self.untuned
    else:
      target = self.random.choice([choice for choice in CHOICES if choice != self.expected[0]])
      words = ["set", *(f"{key}={value}" for key, value in target.items())]
    command = [ours.build_folder() / "host-shim/virt-tune", "--socket", self.vm.agent_socket, *words]
    return target, subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

  def reset(self):
    """Resets the guest at some instant of a request."""
    target, process = self.request()
    self.expected.append(target)
    try:
      process.wait(self.delay * self.random.uniform(*((0.5, 1.5) if self.random.random() < 0.7 else (0, 4))))
    except subprocess.TimeoutExpired:
      pass  # that it has not come to its end is what is wanted
    self.vm.qmp.execute("system_reset")
    process.kill()
    process.wait()
    self.vm.wait_booted()
    self.come_up()


def run(vm, count, seed, tell=lambda text: None):
  """Resets a fresh guest `count` times; AssertionError where its state was lost, else a sum."""
  resets = Resets(vm, seed)
  resets.come_up(after_reset=False)
  for number in range(1, count + 1):
    resets.reset()
    tell(f"{number} resets, {resets.after} found the request carried out")
  phases = ", ".join(f"{number} {phase}" for phase, number in resets.phases.most_common())
  return (f"{count} resets, {resets.after} found the request carried out, the others nothing of it;"
          f" they hit: {phases}")


def main():
  """Runs the resets, prints their number."""
  parser = argparse.ArgumentParser()
  parser.add_argument("--count", type=int, default=40)
  parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
  options = parser.parse_args()
  ours.compile_all()
  print(f"seed {options.seed}", flush=True)
  with machine() as vm:
    print(run(vm, options.count, options.seed, lambda text: print(text, flush=True)))
  return 0


if __name__ == "__main__":
  sys.exit(main())
