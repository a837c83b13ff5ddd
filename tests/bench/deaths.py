# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills the agent during applies and roll-backs, hundreds of times.

The program guest-kill sends all requests from inside a debian guest, whose
state is on a real disk.
"""

import argparse
import pathlib
import random
import sys

from tests.vm import debian, ours
from tests.vm.devices import Disk, Nic
from tests.vm.machine import Machine

HERE = pathlib.Path(__file__).parent
KILL = "/usr/lib/guest-kill"


def overlay():
  """Our files, and guest-kill."""
  return ours.overlay(files={KILL.lstrip("/"): (HERE / "guest-kill").read_text()})


def machine():
  """The guest for this test."""
  return Machine(debian.image(), cpus=2, overlay=overlay(),
                 devices=[Disk("virtio-blk-pci", "vblk", num__queues=1), Nic("nic0", 2)])


def kills(vm, count, longest, seed):
  """Kills agents `count` times.  Raises an error if a value was lost, else returns a summary."""
  vm.run(f"systemctl stop {ours.UNIT}")
  return vm.run(f"{KILL} {count} {longest} {seed}", 120 + count * 3).out.strip()


def main():
  """Runs the kills and prints the summary."""
  parser = argparse.ArgumentParser()
  parser.add_argument("--count", type=int, default=500)
  parser.add_argument("--longest", type=int, default=60, help="most ms from a request to the kill")
  parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
  options = parser.parse_args()
  ours.compile_all()
  with machine() as vm:
    print(f"seed {options.seed}", flush=True)
    print(kills(vm, options.count, options.longest, options.seed))
  return 0


if __name__ == "__main__":
  sys.exit(main())
