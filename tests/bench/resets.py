# SPDX-License-Identifier: LGPL-2.1-or-later
"""Resets the guest, whose state is on a disk, during applies and roll-backs.

After a reset at any moment, the agent must accept its state when it starts
again.  The guest must be tuned as before the request or as after it, never in
part.
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
# The phase that a reset has hit: (state.log has a change under way, the active settings are the new ones).
PHASES = {(False, False): "before state.log had the begin record",
          (True, False): "between the begin and commit records",
          (True, True): "after the commit record, with the change still under way",
          (False, True): "after the commit record"}


class StateDisk(Disk):
  """A disk with an empty file system."""

  def backends(self, machine):
    made = super().backends(machine)
    say.run(["mke2fs", "-q", "-t", "ext4", machine.folder / f"{self.id}.raw"])
    return made


def machine():
  """The guest for this test: a disk to tune, and one for the state."""
  return Machine(mini.image(), cpus=2, overlay=ours.overlay(),
                 devices=[Disk("virtio-blk-pci", "tuned"), StateDisk("virtio-blk-pci", "state")])


class Resets:
  """One guest, and the values that are allowed in it."""

  def __init__(self, vm, seed):
    self.vm = vm
    self.random = random.Random(seed)
    self.untuned = self.actual()
    self.expected = [self.untuned]
    self.after = 0  # resets after which the request was carried out
    self.phases = collections.Counter()
    self.delay = FIRST_DELAY
    self.active = None  # the stored active settings before the request

  def actual(self):
    """Returns the values of the guest's files."""
    return dict(zip(FILES, self.vm.run("cat " + " ".join(FILES.values())).out.split()))

  def _stored(self):
    """Returns the stored state, or {} if there is none."""
    text = self.vm.run("virt-tune-agent --dump-state 2>/dev/null; true").out
    return json.loads(text) if text else {}

  def _note_phase(self):
    """Counts the phase that the reset has hit, and adapts the delay so that the next reset hits a change."""
    stored = self._stored()
    began = "under-way" in stored
    committed = stored.get("active") != self.active
    self.phases[PHASES[began, committed]] += 1
    if not began:
      self.delay *= 0.8 if committed else 1.25

  def come_up(self, after_reset=True):
    """Mounts the state, starts the agent, and checks the state and the guest's values."""
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
      raise AssertionError(f"set aside as damaged: {left} {self.vm.read('/run/agent.log')}")
    actual = self.actual()
    if actual not in self.expected:
      raise AssertionError(f"{actual} is not one of {self.expected}")
    self.after += len(self.expected) == 2 and actual == self.expected[1]
    self.expected = [actual]
    self.active = self._stored().get("active")

  def request(self):
    """Starts an apply or a roll-back.  Returns the values that it sets, and its process."""
    if self.expected[0] != self.untuned and self.random.random() < 0.3:
      words, target = ["rollback"], self.untuned
    else:
      target = self.random.choice([choice for choice in CHOICES if choice != self.expected[0]])
      words = ["set", *(f"{key}={value}" for key, value in target.items())]
    command = [ours.build_folder() / "host-shim/virt-tune", "--socket", self.vm.agent_socket, *words]
    return target, subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

  def reset(self):
    """Resets the guest at a random moment of a request."""
    target, process = self.request()
    self.expected.append(target)
    try:
      process.wait(self.delay * self.random.uniform(*((0.5, 1.5) if self.random.random() < 0.7 else (0, 4))))
    except subprocess.TimeoutExpired:
      pass  # the usual case: the reset hits a request that is under way
    self.vm.qmp.execute("system_reset")
    process.kill()
    process.wait()
    self.vm.wait_booted()
    self.come_up()


def run(vm, count, seed, tell=lambda text: None):
  """Resets a new guest `count` times.  Raises AssertionError if state was lost, else returns a summary."""
  resets = Resets(vm, seed)
  resets.come_up(after_reset=False)
  for number in range(1, count + 1):
    resets.reset()
    tell(f"{number} resets, {resets.after} found the request carried out")
  phases = ", ".join(f"{number} {phase}" for phase, number in resets.phases.most_common())
  return (f"{count} resets, {resets.after} found the request carried out, the others nothing of it;"
          f" they hit: {phases}")


def main():
  """Runs the resets and prints the summary."""
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
