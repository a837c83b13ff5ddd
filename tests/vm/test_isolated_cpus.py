# SPDX-License-Identifier: LGPL-2.1-or-later
"""vCPUs that the operator isolates on the kernel's command line: automatic values do not use them."""

import unittest

from . import mini, ours
from .case import GuestCase
from .devices import Nic


class IsolatedCpus(GuestCase):
  """A guest with four vCPUs, two of them isolated, and a NIC with four queues."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=4, memory="768M", overlay=ours.overlay(), devices=[Nic("nic0")],
             cmdline="isolcpus=2-3 irqaffinity=0-1")
    cls.start_agent(cls())
    [cls.nic] = cls.nics(cls())

  def setUp(self):
    self.before = self.state()

  def test_boot(self):
    self.assertEqual(self.vm.read("/sys/devices/system/cpu/isolated"), "2-3")

  def test_channels(self):
    row = self.rows("set", f"net/{self.nic}/combined=auto")[f"net/{self.nic}/combined"]
    self.assertEqual(self.combined(self.nic), (2, 4))
    self.assertEqual(row["reason"], "2 of 4 vCPUs are not isolated, up to 4 queues")
    self.rolled_back(self.before)

  def test_interrupts_and_senders(self):
    self.shim("set", f"net/{self.nic}/combined=4", f"net/{self.nic}/irq_affinity=auto", f"net/{self.nic}/xps=auto")
    cpus = {path: value for path, value in self.state().items() if path.startswith(self.nic)
            and ("input" in path or "output" in path)}
    # Not just within irqaffinity=, where the kernel has put them already: shared out queue by queue.
    self.assertEqual(cpus, {f"{self.nic}/{kind}.{queue}": str(queue % 2)
                            for kind in ("input", "output") for queue in range(4)})
    masks = self.shell(f"cat /sys/class/net/{self.nic}/queues/tx-*/xps_cpus").split()
    self.assertLessEqual({int(mask.replace(",", ""), 16) for mask in masks}, {1, 2})
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)


if __name__ == "__main__":
  unittest.main(verbosity=2)
