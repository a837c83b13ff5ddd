# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent as a service of a Debian guest: with and without its port, killed,
over a reboot, with a real iSCSI LUN, with TuneD."""

import unittest

from . import debian, ours
from .case import GuestCase
from .devices import Disk, Nic

UNIT = ours.UNIT
PORT = "/dev/virtio-ports/org.virt_tune.agent.0"

ISCSI_UP = """
systemctl unmask tgt iscsid open-iscsi && systemctl start tgt
truncate -s 64M /root/lun.img
tgtadm --lld iscsi --mode target --op new --tid 1 --targetname iqn.2020-01.test:lun
tgtadm --lld iscsi --mode logicalunit --op new --tid 1 --lun 1 --backing-store /root/lun.img
tgtadm --lld iscsi --mode target --op bind --tid 1 --initiator-address ALL
systemctl start iscsid
iscsiadm -m discovery -t sendtargets -p 127.0.0.1
iscsiadm -m node -T iqn.2020-01.test:lun -p 127.0.0.1 --login
udevadm settle
"""

# An open session would delay the guest's shutdown.
ISCSI_DOWN = """
iscsiadm -m node --logout
iscsiadm -m node -o delete
systemctl stop iscsid tgt
systemctl mask tgt iscsid open-iscsi
"""

TUNED_UP = """
rm -f /etc/systemd/system/tuned.service && systemctl daemon-reload
systemctl start tuned && tuned-adm profile virtual-guest
"""

ISCSI_DISK = "for d in /sys/block/sd*; do readlink -f $d | grep -q /session && echo ${d##*/}; done; true"


class Service(GuestCase):
  """One guest that boots without the port."""

  @classmethod
  def setUpClass(cls):
    cls.boot(debian.image(), cpus=2, agent_port=False, slots=2, overlay=ours.overlay(), devices=[
      Nic("nic0"), Disk("virtio-blk-pci", "vblk", num__queues=1)])
    cls.vm.run("systemctl is-system-running --wait", timeout=240)

  def _pid(self):
    return self.shell(f"systemctl show -P MainPID {UNIT}")

  def _plugged(self):
    return self.vm.run(f"test -e {PORT}", check=False).code == 0

  def _need_port(self):
    if not self._plugged():
      self.vm.plug_port()
    self.shim("ping")

  def test_1_runs_without_a_port(self):
    self.assertEqual(self.shell(f"systemctl is-active {UNIT}"), "active")
    self.assertFalse(self._plugged())
    # When plugged memory makes the guest run out of memory, the kernel kills other processes first.
    self.assertEqual(self.vm.read(f"/proc/{self._pid()}/oom_score_adj"), "-900")
    self.vm.plug_dimm("1G")
    self.vm.wait_until("test $(grep -lx online /sys/devices/system/memory/memory*/state | wc -l) = 16")

  def test_2_opens_the_port_after_each_plug(self):
    pid = self._pid()
    for _ in range(3):
      self._need_port()
      self.vm.unplug_port()
      self.vm.wait_until(f"test ! -e {PORT}")
    self._need_port()
    self.assertEqual(self._pid(), pid)

  def test_3_comes_back_after_kill(self):
    self._need_port()
    before = self.state()
    self.shim("set", "sysctl/vm.swappiness=33")
    pid = self._pid()
    self.vm.run(f"kill -9 {pid}")
    self.vm.wait_until(f"p=$(systemctl show -P MainPID {UNIT}); test $p != 0 && test $p != {pid}")
    self.shim("ping")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "33")
    self.rolled_back(before)

  def test_4_iscsi_lun_is_left_alone(self):
    self._need_port()
    self.addCleanup(self.vm.run, ISCSI_DOWN, timeout=120)
    self.vm.run(ISCSI_UP, timeout=120)
    self.vm.wait_until(f"test -n \"$({ISCSI_DISK})\"")
    name = self.shell(ISCSI_DISK)
    self.vm.run(f"echo mq-deadline >/sys/block/{name}/queue/scheduler")
    row = self.rows("set", "block/*/scheduler=auto")[f"block/{name}/scheduler"]
    self.assertEqual((row["result"], self.scheduler(name)), ("left-alone", "mq-deadline"))
    self.refused("set", f"block/{name}/scheduler=none", says=["iscsi"])
    self.shim("set", "--force", f"block/{name}/scheduler=none")
    self.assertEqual(self.scheduler(name), "none")
    self.shim("rollback")
    self.assertEqual(self.scheduler(name), "mq-deadline")
    self._mapped(name, self.disk("vblk"))

  def _mapped(self, lun, disk):
    """Makes a linear map (dmsetup(8)) on each disk and one on both.  A map has no scheduler, because it
    passes requests to the disks below, but it has its own read-ahead."""
    for name, parts in (("vt-disk", [disk]), ("vt-lun", [lun]), ("vt-both", [disk, lun])):
      table = "".join(f"{at * 8192} 8192 linear /dev/{part} 65536\n" for at, part in enumerate(parts))
      self.vm.run(f"printf '{table}' | dmsetup create {name} && udevadm settle")
      self.addCleanup(self.vm.run, f"dmsetup remove --retry {name}")
    maps = {name: self.shell(f"basename $(readlink -f /dev/mapper/{name})")
             for name in ("vt-disk", "vt-lun", "vt-both")}
    kinds = {device["name"]: device["kind"] for device in self.shim_json("status")["devices"]}
    for dm in maps.values():
      self.assertEqual(kinds[dm], "device-mapper")
      row = self.rows("set", f"block/{dm}/scheduler=auto")[f"block/{dm}/scheduler"]
      self.assertEqual((row["result"], self.scheduler(dm)), ("left-alone", "none"))
      queue = f"/sys/block/{dm}/queue/read_ahead_kb"
      before = self.vm.read(queue)
      self.shim("set", f"block/{dm}/read_ahead_kb=512")
      self.assertEqual(self.vm.read(queue), "512")
      self.assertEqual(self.shim_json("verify")["drift"], 0)
      self.shim("rollback")
      self.assertEqual(self.vm.read(queue), before)

  def test_4_modular_schedulers(self):
    """The kernel can load scheduler modules in spite of the unit's sandbox."""
    self._need_port()
    name = self.disk("vblk")
    before = self.scheduler(name)
    for word in ("bfq", "kyber"):
      self.assertFalse(self.vm.run(f"grep -q ^{word} /proc/modules", check=False).code == 0)
      self.shim("set", f"block/{name}/scheduler={word}")
      self.assertEqual(self.scheduler(name), word)
      self.assertEqual(self.shim_json("verify")["drift"], 0)
      self.shim("rollback")
      self.assertEqual(self.scheduler(name), before)

  def test_5_tuned_again_after_a_reboot(self):
    self._need_port()
    disk = self.disk("vblk")
    self.shim("set", "sysctl/vm.swappiness=34", "block/*/scheduler=auto", "net/*/combined=1")
    self.vm.reboot()
    self.vm.wait_until(f"systemctl is-active {UNIT}", timeout=120)
    self.shim("profiles")  # answered after the start
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "34")
    self.assertEqual(self.scheduler(disk), "none")
    self.vm.run("systemctl is-system-running --wait", timeout=240)
    tuned = self.shell(f"journalctl -b -u {UNIT} --grep='^active settings:' | tail -n 1")
    self.assertRegex(tuned, "[1-9][0-9]* changed, 0 failed")
    # The agent reports Ready after this, unless its start takes longer than systemd waits for it.
    self.assertEqual(self.shell(f"systemctl show -P StatusText {UNIT}"), "Ready")
    ready, network = (int(self.shell(f"systemctl show -P ActiveEnterTimestampMonotonic {unit}"))
                      for unit in (UNIT, "network-pre.target"))
    self.assertLessEqual(ready, network)
    self.assertEqual(self.combined(self.nics()[0])[0], 1)
    self.shim("rollback")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "60")
    self.assertEqual(self.scheduler(disk), "mq-deadline")

  def test_6_clean_stop(self):
    self.vm.run(f"systemctl stop {UNIT}")
    self.assertEqual(self.shell(f"systemctl show -P Result {UNIT}"), "success")
    self.vm.run("test ! -e /run/virt-tune-agent/owns-memory")
    self.vm.run(f"systemctl start {UNIT}")
    self._need_port()

  def test_7_together_with_tuned(self):
    """Values that TuneD sets are changed only with --force; other values can be changed."""
    self._need_port()
    self.addCleanup(self.vm.run, "tuned-adm off; systemctl stop tuned; systemctl mask tuned", timeout=120)
    self.vm.run(TUNED_UP, timeout=120)
    self.vm.wait_until("grep -qx 30 /proc/sys/vm/swappiness")
    self.refused("set", "sysctl/vm.swappiness=35", says=["tuned.service", "vm.swappiness"])
    self.refused("apply", says=["tuned.service"])
    self.assertIn("tuned.service", self.shim("status").out)
    self.shim("set", "net/*/combined=1")
    self.shim("set", "--force", "sysctl/vm.swappiness=35")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "35")
    self.shim("rollback")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "30")


if __name__ == "__main__":
  unittest.main(verbosity=2)
