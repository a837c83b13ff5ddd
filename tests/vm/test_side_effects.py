# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attributes that the kernel changes when another one is written: kept while they are wanted,
restored with it."""

import unittest

from . import mini, ours
from .case import GuestCase

THP = "/sys/kernel/mm/transparent_hugepage/enabled"
MIN_FREE = "/proc/sys/vm/min_free_kbytes"
OVERCOMMIT = ("/proc/sys/vm/overcommit_ratio", "/proc/sys/vm/overcommit_kbytes")
WATCHDOG = ("/proc/sys/kernel/watchdog", "/proc/sys/kernel/nmi_watchdog")


class SideEffects(GuestCase):
  """One mini guest."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, memory="768M", overlay=ours.overlay())
    cls.start_agent(cls())

  def values(self, *files):
    return [self.vm.read(file) for file in files]

  def setUp(self):
    self.vm.run(f"echo never >{THP}; echo 4000 >{MIN_FREE}; sysctl -q vm.overcommit_ratio=50")
    self.before = self.values(THP, MIN_FREE, *OVERCOMMIT, *WATCHDOG)

  def check(self):
    self.assertEqual(self.shim_json("verify")["drift"], 0)

  def roll_back(self):
    for row in self.rows("rollback").values():
      self.assertNotIn(row["result"], ("failed", "changed-by-others"))
    self.assertEqual(self.values(THP, MIN_FREE, *OVERCOMMIT, *WATCHDOG), self.before)

  def test_the_kernel_does_so(self):
    """Else nothing is tested here."""
    self.vm.run(f"echo always >{THP}")
    self.vm.wait_until(f"test $(cat {MIN_FREE}) -gt 4000")
    self.vm.run("sysctl -q vm.overcommit_kbytes=100000")
    self.assertEqual(self.values(*OVERCOMMIT), ["0", "100000"])

  def test_overcommit(self):
    for key, expected in (("overcommit_kbytes=100000", ["0", "100000"]), ("overcommit_ratio=70", ["70", "0"])):
      with self.subTest(key=key):
        self.shim("set", f"sysctl/vm.{key}")
        self.assertEqual(self.values(*OVERCOMMIT), expected)
        self.check()
        self.roll_back()

  def test_huge_pages(self):
    self.shim("set", "vm/transparent_hugepage=always")
    self.vm.wait_until(f"test $(cat {MIN_FREE}) -gt 4000")
    self.check()
    self.roll_back()

  def test_huge_pages_and_min_free(self):
    self.shim("set", "vm/transparent_hugepage=always", "sysctl/vm.min_free_kbytes=5000")
    self.assertEqual(self.values(MIN_FREE), ["5000"])
    self.check()
    self.roll_back()

  def test_min_free_and_huge_pages_later(self):
    self.shim("set", "sysctl/vm.min_free_kbytes=5000")
    self.shim("set", "vm/transparent_hugepage=always")
    self.assertEqual(self.values(MIN_FREE), ["5000"])
    self.check()
    self.shim("set", "sysctl/vm.min_free_kbytes=")
    self.assertEqual(self.values(MIN_FREE), ["4000"])
    self.roll_back()

  def test_watchdog(self):
    self.shim("set", "sysctl/kernel.watchdog=0")
    self.check()
    self.roll_back()


if __name__ == "__main__":
  unittest.main(verbosity=2)
