# SPDX-License-Identifier: LGPL-2.1-or-later
"""Patterns and profiles that want values that a device or this kernel cannot have; a removed profile."""

import unittest

from . import mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Disk, Nic

PROFILES = "/etc/virt-tune/profiles"


class Misfits(GuestCase):
  """A disk, a NIC with at most 2 queue pairs, and a disk without I/O schedulers (null_blk)."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, overlay=ours.overlay(),
             devices=[Disk("virtio-blk-pci", "vblk"), Nic("nic0", queues=2)])
    cls.start_agent(cls())
    cls.nic, = cls.nics(cls())

  def setUp(self):
    self.shim("rollback")
    self.before = self.state()

  def _plug_null(self):
    """Plugs a disk whose scheduler file reads only "none", as with device-mapper disks and md arrays."""
    self.vm.run("modprobe null_blk queue_mode=0 nr_devices=1; udevadm settle")
    self.addCleanup(self.vm.run, "modprobe -r null_blk; true")
    self.assertEqual(self.vm.read("/sys/block/nullb0/queue/scheduler"), "none")

  def _restart(self):
    self.stop_agent()
    self.start_agent()

  def _verified(self, **expected):
    """Checks that verify finds no drift; expected: {end of a key: result of its row}."""
    reply = self.shim_json("verify")
    self.assertEqual(reply["drift"], 0)
    for name, result in expected.items():
      found = {row["key"]: row["result"] for row in reply["attributes"]
               if row["key"].endswith(name.replace("__", "/"))}
      self.assertEqual(set(found.values()), {result}, found)

  def _profile(self, name, text):
    self.vm.run(f"mkdir -p {PROFILES}/{name}; cat >{PROFILES}/{name}/tuned.conf <<'END'\n{text}\nEND")
    self.addCleanup(self.vm.run, f"rm -rf {PROFILES}/{name}")

  def test_pattern(self):
    self._plug_null()
    rows = self.rows("set", "block/*/scheduler=mq-deadline")
    self.assertEqual(rows["block/nullb0/scheduler"]["result"], "not-offered")
    self.assertEqual(self.scheduler("vda"), "mq-deadline")
    self._verified(nullb0__scheduler="not-offered", vda__scheduler="ok")
    self._restart()
    self._verified(nullb0__scheduler="not-offered", vda__scheduler="ok")
    self.refused("set", "block/nullb0/scheduler=mq-deadline", says=["nullb0", "none"])
    self.vm.run("modprobe -r null_blk")
    self.rolled_back(self.before)

  def test_disk_plugged_later(self):
    self.shim("set", "block/*/scheduler=mq-deadline")
    self._plug_null()
    self.shim("profiles")  # answered after the agent's own work
    self._verified(nullb0__scheduler="not-offered", vda__scheduler="ok")
    self.assertNotIn("nullb0", self.vm.read(AGENT_LOG))
    self.vm.run("modprobe -r null_blk")
    self.rolled_back(self.before)

  def test_profile(self):
    """A profile with more channels than the NIC has, and with sysctls of newer kernels."""
    self._profile("large", "[net]\nchannels=combined 8\n[sysctl]\nvm.swappiness=7\n"
                           "net.ipv4.tcp_ecn=5\nnet.ipv4.tcp_fastopen=0x403")
    self.vm.run("echo 1 >/proc/sys/net/ipv4/tcp_fastopen; echo 2 >/proc/sys/net/ipv4/tcp_ecn")
    rows = self.rows("apply", "--profile", "large")
    self.assertEqual(rows[f"net/{self.nic}/combined"]["result"], "not-offered")
    self.assertIn("8", rows[f"net/{self.nic}/combined"]["reason"])
    self.assertEqual(rows["sysctl/net.ipv4.tcp_ecn"]["result"], "left-alone")
    for restarted in (False, True):
      with self.subTest(restarted=restarted):
        if restarted:
          self._restart()
        self._verified(combined="not-offered", tcp_ecn="left-alone", tcp_fastopen="ok", swappiness="ok")
        self.assertEqual(self.shell("cat /proc/sys/net/ipv4/tcp_fastopen /proc/sys/net/ipv4/tcp_ecn"), "1027\n2")
    self.assertEqual(self.combined(self.nic), (2, 2))
    self.rolled_back(self.before)
    self.assertEqual(self.vm.read("/proc/sys/net/ipv4/tcp_fastopen"), "1")

  def test_profile_without_its_parent(self):
    self._profile("parent", "[sysctl]\nvm.dirty_ratio=40")
    self._profile("child", "[main]\ninclude=parent\n[sysctl]\nvm.swappiness=7")
    self.shim("apply", "--profile", "child")
    self.vm.run(f"rm -r {PROFILES}/parent")
    self._restart()
    says = "nothing of the active profile child is in force"
    self.assertIn(says, self.vm.read(AGENT_LOG))
    self.assertIn(says, self.shim("status").out)
    self.shim("set", "sysctl/vm.swappiness=12")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "12")
    self.assertIn(says, self.shim("verify", expect=1).err)
    self.rolled_back(self.before)
    self.assertNotIn(says, self.shim("status").out)


if __name__ == "__main__":
  unittest.main(verbosity=2)
