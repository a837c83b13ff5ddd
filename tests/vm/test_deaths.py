# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent is killed, or its disk is full: no state is lost."""

import unittest

from tests.bench import deaths

from . import debian, ours
from .case import GuestCase
from .devices import Disk

SETTINGS = ["block/*/read_ahead_kb=512", "sysctl/vm.swappiness=11", "sysctl/vm.dirty_bytes=100000000"]
# More settings than fit into the block that the state log already occupies.
MANY = [f"block/absent{number}*/read_ahead_kb=64" for number in range(120)]


class Deaths(GuestCase):
  """A guest with its state on a disk.  tests/bench/kill runs many more kills."""

  @classmethod
  def setUpClass(cls):
    cls.boot(debian.image(), cpus=2, overlay=deaths.overlay(),
             devices=[Disk("virtio-blk-pci", "vblk", num__queues=1)])
    cls.vm.wait_until(f"systemctl is-active {ours.UNIT}", 120)  # the unit makes the state folder

  def _mount_small(self):
    """Mounts a small state folder and restarts the agent; resets systemd's count of earlier starts."""
    again = f"systemctl reset-failed {ours.UNIT}; systemctl start {ours.UNIT}"
    self.vm.run(f"systemctl stop {ours.UNIT} && mount -t tmpfs -o size=64k tmpfs /var/lib/virt-tune-agent &&"
                f" {{ {again}; }}")
    self.addCleanup(self.vm.run, f"systemctl stop {ours.UNIT}; umount /var/lib/virt-tune-agent; {again}")

  def test_1_state_folder_full(self):
    self._mount_small()
    before = self.state()
    self.vm.run("dd if=/dev/zero of=/var/lib/virt-tune-agent/fill bs=4k 2>/dev/null; true")
    self.refused("set", *SETTINGS, *MANY, says=["StateError"])
    self.vm.run("rm /var/lib/virt-tune-agent/fill")
    self.shim("set", *SETTINGS)
    self.rolled_back(before)

  def test_2_full_at_start(self):
    self._mount_small()
    before = self.state()
    self.shim("set", *SETTINGS)
    # The log gets an unfinished record at its end, as after a kill: the agent must replace the log.
    self.vm.run(f"systemctl stop {ours.UNIT}; sysctl -w vm.swappiness=60;"
                " printf x >>/var/lib/virt-tune-agent/state.log;"
                " dd if=/dev/zero of=/var/lib/virt-tune-agent/fill bs=4k 2>/dev/null;"
                f" systemctl start {ours.UNIT}")
    status = self.shim_json("status")
    self.assertIn("No space left", "".join(status["warnings"]))
    self.assertEqual(self.vm.run("sysctl -n vm.swappiness").out.strip(), "60")
    self.vm.run("rm /var/lib/virt-tune-agent/fill")
    self.shim("verify")
    self.assertEqual(self.vm.run("sysctl -n vm.swappiness").out.strip(), "11")
    self.assertEqual(self.shim_json("status")["warnings"], [])
    self.rolled_back(before)

  def test_3_kills(self):
    self.assertIn("0 originals lost", deaths.kills(self.vm, 25, 60, 7))


if __name__ == "__main__":
  unittest.main(verbosity=2)
