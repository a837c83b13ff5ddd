# SPDX-License-Identifier: LGPL-2.1-or-later
"""Zoned disks: kernels before 6.10 keep the writes to a zone in order only with mq-deadline."""

import json
import unittest

from . import mini, ours
from .case import GuestCase


class Zoned(GuestCase):
  """A zoned disk of null_blk and one of scsi_debug.  Each test starts with mq-deadline."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, overlay=ours.overlay())
    cls.vm.run("modprobe null_blk zoned=1 nr_devices=1 gb=1 zone_size=64 queue_mode=2")
    cls.vm.run("modprobe scsi_debug zbc=host-managed dev_size_mb=256 zone_size_mb=16; udevadm settle", 60)
    cls.start_agent(cls())
    cls.disks = cls.vm.run("grep -lx host-managed /sys/block/*/queue/zoned | cut -d/ -f4").out.split()

  def setUp(self):
    self.assertEqual(len(self.disks), 2, "a disk is missing, or is not zoned")
    release = self.shell("uname -r").split(".")
    self.assertLess((int(release[0]), int(release[1])), (6, 10))
    self.shim("rollback")
    for disk in self.disks:
      self.vm.run(f"echo mq-deadline >/sys/block/{disk}/queue/scheduler")
    self.before = self.state()

  def test_auto(self):
    """auto keeps mq-deadline even if the host's hints would make it choose none."""
    hints = [{"address": self.shell(f"basename $(readlink -f /sys/block/{disk}/device)"),
              "backing": "image"} for disk in self.disks if disk.startswith("sd")]
    self.assertEqual(len(hints), 1)
    request = {"execute": "tune-apply", "arguments": {"hints": hints}}
    self.shim("raw", json.dumps(request))
    rows = self.rows("set", "block/*/scheduler=auto")
    for disk in self.disks:
      row = rows[f"block/{disk}/scheduler"]
      self.assertEqual((row["result"], self.scheduler(disk)), ("left-alone", "mq-deadline"))
      self.assertIn("zoned", row["reason"])
    self.rolled_back(self.before)

  def test_none_by_name(self):
    null_blk, = [disk for disk in self.disks if disk.startswith("nullb")]
    for word in ("none", "noop"):
      with self.subTest(word=word):
        self.refused("set", f"block/{null_blk}/scheduler={word}", says=["zoned", "6.10"])
    self.rows("set", f"block/{null_blk}/scheduler=none", "--force")
    self.assertEqual(self.scheduler(null_blk), "none")
    self.rolled_back(self.before)


if __name__ == "__main__":
  unittest.main(verbosity=2)
