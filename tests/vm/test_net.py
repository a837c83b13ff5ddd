# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channels, XPS and interrupt affinity of virtio-net, read with ethtool and from /sys."""

import unittest

from . import mini, ours
from .case import GuestCase
from .devices import Nic


class Net(GuestCase):
  """A NIC with 4 queue pairs in a guest with 4 vCPUs.  Each test starts with 1 channel."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=4, max_cpus=5, overlay=ours.overlay(), devices=[Nic("nic0")])
    cls.start_agent(cls())
    cls.nic, = cls.nics(cls())

  def setUp(self):
    self.shim("rollback")
    self.vm.run(f"ethtool -L {self.nic} combined 1; true")
    self.before = self.state()

  def _set(self, *assignments):
    return self.rows("set", *(f"net/{self.nic}/{assignment}" for assignment in assignments))

  def _cpus_of_queues(self):
    """The CPUs of each active input queue's interrupt."""
    script = f"""for q in /sys/class/net/{self.nic}/queues/rx-*; do
      irq=$(sed -n "s/^ *\\([0-9]*\\):.*virtio[0-9]*-input\\.${{q##*rx-}}\\$/\\1/p" /proc/interrupts)
      cat /proc/irq/$irq/smp_affinity_list; done"""
    return self.shell(script).split()

  def test_combined(self):
    for word, count in (("2", 2), ("max", 4), ("auto", 4), ("3", 3)):
      with self.subTest(word=word):
        self._set(f"combined={word}")
        self.assertEqual(self.combined(self.nic), (count, 4))
        self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def test_out_of_range(self):
    for word in ("0", "5", "-1", "many"):
      with self.subTest(word=word):
        self.refused("set", f"net/{self.nic}/combined={word}", says=["combined", "4"])

  def test_xps_and_affinity_one_cpu_a_queue(self):
    self._set("combined=auto", "xps=auto", "irq_affinity=auto")
    masks = [int(word.replace(",", ""), 16) for word in
             self.shell(f"cat /sys/class/net/{self.nic}/queues/tx-*/xps_cpus").split()]
    self.assertEqual(sorted(masks), [1, 2, 4, 8])
    self.assertEqual(sorted(self._cpus_of_queues()), ["0", "1", "2", "3"])
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def test_fewer_queues_than_cpus(self):
    self._set("combined=2", "xps=auto")
    masks = [int(word.replace(",", ""), 16) for word in
             self.shell(f"cat /sys/class/net/{self.nic}/queues/tx-*/xps_cpus").split()]
    self.assertEqual(len(masks), 2)
    self.assertEqual(masks[0] & masks[1], 0)
    self.assertEqual(masks[0] | masks[1], 0b1111)
    self.rolled_back(self.before)

  def test_plugged_nic_gets_the_active_settings(self):
    self.rows("set", "net/*/combined=3")
    nic = self.vm.plug_nic("nic1")
    self.vm.wait_until("test $(ls -d /sys/class/net/*/device | wc -l) = 2")
    self.vm.run("udevadm settle")
    other, = set(self.nics()) - {self.nic}
    self.vm.wait_until(f"ethtool -l {other} | tail -n 2 | grep -q '3$'")
    self.vm.unplug(nic)
    self.shim("rollback")


if __name__ == "__main__":
  unittest.main(verbosity=2)
