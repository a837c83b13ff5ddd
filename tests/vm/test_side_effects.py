# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attributes that the kernel changes when another one is written, and two interfaces of one device.

After each apply verify finds no drift, and a roll-back restores all originals.
"""

import unittest

from . import mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Nic

HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"
SYSCTLS = ("vm/min_free_kbytes", "vm/overcommit_ratio", "vm/overcommit_kbytes", "vm/user_reserve_kbytes",
           "vm/admin_reserve_kbytes", "kernel/watchdog", "kernel/nmi_watchdog")


class Attributes(GuestCase):
  """A guest without devices."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, slots=4, overlay=ours.overlay())
    cls.start_agent(cls())

  def setUp(self):
    self.shim("rollback")
    self.vm.run(f"echo never >{HUGE_PAGES}; echo 8000 >/proc/sys/vm/min_free_kbytes;"
                " echo 50 >/proc/sys/vm/overcommit_ratio")
    self.before = self.state()

  def state(self):
    return {**super().state(), **{name: self._read(name) for name in SYSCTLS}}

  def _read(self, name):
    return self.vm.read(f"/proc/sys/{name}")

  def _verified(self):
    self.assertEqual(self.shim_json("verify")["drift"], 0)

  def rolled_back(self, before):
    results = {row["result"] for row in self.rows("rollback").values()}
    self.assertFalse(results - {"restored", "unchanged"}, results)
    self.maxDiff = None
    self.assertEqual(self.state(), before)

  def test_huge_pages(self):
    self.shim("set", "vm/transparent_hugepage=always")
    raised = int(self._read("vm/min_free_kbytes"))
    self.assertGreater(raised, 9000, "this kernel does not raise the value, so the test proves nothing")
    self._verified()
    self.rolled_back(self.before)

  def test_huge_pages_with_the_other_wanted(self):
    wanted = "sysctl/vm.min_free_kbytes=9000"
    for steps in ([["vm/transparent_hugepage=always", wanted]],
                  [[wanted], ["vm/transparent_hugepage=madvise"]],
                  [["vm/transparent_hugepage=always"], [wanted]]):
      with self.subTest(steps=steps):
        for settings in steps:
          self.shim("set", *settings)
        self.assertEqual(self._read("vm/min_free_kbytes"), "9000")
        self._verified()
        self.rolled_back(self.before)

  def test_other_no_longer_wanted(self):
    self.shim("set", "vm/transparent_hugepage=always", "sysctl/vm.min_free_kbytes=9000")
    self.shim("set", "sysctl/vm.min_free_kbytes=")
    self.assertEqual(self._read("vm/min_free_kbytes"), "8000")
    self._verified()
    self.rolled_back(self.before)

  def test_no_huge_pages(self):
    self.vm.run(f"echo always >{HUGE_PAGES}")
    self.before = self.state()
    self.shim("set", "vm/transparent_hugepage=never")
    self._verified()
    self.rolled_back(self.before)

  def test_overcommit_pair(self):
    for first, second in (("kbytes=524288", "ratio"), ("ratio=80", "kbytes")):
      with self.subTest(first=first):
        self.shim("set", f"sysctl/vm.overcommit_{first}")
        self.assertEqual(self._read(f"vm/overcommit_{second}"), "0")
        self._verified()
        self.rolled_back(self.before)
    self.vm.run("echo 262144 >/proc/sys/vm/overcommit_kbytes")
    self.before = self.state()
    self.shim("set", "sysctl/vm.overcommit_ratio=80")
    self.assertEqual(self._read("vm/overcommit_kbytes"), "0")
    self._verified()
    self.rolled_back(self.before)

  def test_plugged_memory(self):
    """The kernel computes these values again; the wanted ones are written again."""
    wanted = {"vm/min_free_kbytes": "9000", "vm/admin_reserve_kbytes": "4000", "vm/user_reserve_kbytes": "5000"}
    self.vm.run(f"echo madvise >{HUGE_PAGES}")
    before = {name: self._read(name) for name in wanted}
    self.shim("set", *(f"sysctl/{name.replace('/', '.')}={value}" for name, value in wanted.items()))
    self.vm.plug_dimm("128M")
    self.vm.wait_until(f"! grep -q offline /sys/devices/system/memory/memory*/state && "
                       f"grep -q 'vm.min_free_kbytes: 9000' {AGENT_LOG}")
    self.shim("profiles")  # answered after the agent's own work
    self.assertEqual({name: self._read(name) for name in wanted}, wanted)
    self._verified()
    self.shim("rollback")
    self.assertEqual({name: self._read(name) for name in wanted}, before)

  def test_watchdog(self):
    self.shim("set", "sysctl/kernel.watchdog=0")
    self.assertEqual(self._read("kernel/nmi_watchdog"), "0")
    self._verified()
    self.rolled_back(self.before)


class Failover(GuestCase):
  """A virtio-net NIC that is the standby of another one, with 2 of 4 queue pairs in use."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=4, overlay=ours.overlay(), devices=[Nic("nic0", failover=True)])
    cls.start_agent(cls())

  def setUp(self):
    self.shim("rollback")
    drivers = {self.shell(f"ethtool -i {name} | sed -n 's/^driver: //p'"): name for name in self.nics()}
    self.lower, self.upper = drivers["virtio_net"], drivers["net_failover"]
    self.vm.run(f"ethtool -L {self.lower} combined 2; true")
    self.before = self.state()

  def test_pair(self):
    """Both show the same device, but its interrupts belong to the lower one."""
    self.assertEqual(*(self.shell(f"readlink -f /sys/class/net/{name}/device")
                       for name in (self.lower, self.upper)))
    rows = self.rows("set", "net/*/irq_affinity=auto", "net/*/xps=auto")
    self.assertEqual(set(rows), {f"net/{self.lower}/irq_affinity", f"net/{self.lower}/xps"})
    self.assertNotEqual(self.state(), self.before)
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def test_channels(self):
    self.shim("set", "net/*/combined=auto", "net/*/irq_affinity=auto", "net/*/xps=auto")
    self.assertEqual(self.combined(self.lower), (4, 4))
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)
    self.assertNotIn(self.upper, self.vm.read(AGENT_LOG))


if __name__ == "__main__":
  unittest.main(verbosity=2)
