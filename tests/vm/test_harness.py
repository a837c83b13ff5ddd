# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests have the features that the other tests rely on."""

import glob
import os
import unittest

from . import cache, debian, mini
from .case import GuestCase
from .devices import Device, Disk, Nic
from .machine import Machine
from .overlay import Overlay


class Mini(GuestCase):
  """The mini guest with one device of each kind."""

  @classmethod
  def setUpClass(cls):
    scsi = Device("virtio-scsi-pci", "scsi0", num_queues=4)
    ahci = Device("ahci", "ahci0")
    cls.boot(mini.image(), cpus=4, max_cpus=5, slots=4, agent_port=False, devices=[
      Nic("nic0"), Disk("virtio-blk-pci", "vblk", num__queues=4),
      Disk("virtio-blk-pci", "vblk1q", num__queues=1), scsi, Disk("scsi-hd", "emul", bus="scsi0.0"),
      Disk("scsi-hd", "lun", bus="scsi0.0", vendor="ACME"), ahci,
      Disk("ide-hd", "sata", bus="ahci0.0", model="ACME DISK"),
      Disk("nvme", "nvme-emul"), Disk("nvme", "nvme-real", use__intel__id=True)])

  def test_exit_code_output_errors(self):
    result = self.vm.run("echo out; echo err >&2; exit 3", check=False)
    self.assertEqual((result.code, result.out, result.err), (3, "out\n", "err\n"))

  def test_deadline(self):
    self.assertNotEqual(self.vm.run("sleep 100", timeout=1, check=False).code, 0)
    self.assertEqual(self.shell("echo alive"), "alive")

  def test_long_output(self):
    self.assertEqual(len(self.vm.run("head -c 300000 /dev/zero | tr '\\0' x").out), 300000)

  def test_multiqueue(self):
    self.assertEqual(self.combined(self.nics()[0]), (4, 4))

  def test_disks(self):
    names = {serial: self.disk(serial) for serial in
             ("vblk", "vblk1q", "emul", "lun", "sata", "nvme-emul", "nvme-real")}
    self.assertEqual(len(set(names.values())), 7, names)
    self.assertNotIn("", names.values())
    vendor = {key: self.shell(f"cat /sys/block/{name}/device/vendor 2>/dev/null; true").strip()
              for key, name in names.items()}
    self.assertEqual((vendor["emul"], vendor["lun"], vendor["sata"]), ("QEMU", "ACME", "ATA"))
    pci = {key: self.shell(f"cat /sys/block/{names[key]}/device/device/vendor")
           for key in ("nvme-emul", "nvme-real")}
    self.assertEqual(pci, {"nvme-emul": "0x1b36", "nvme-real": "0x8086"})
    self.assertEqual(self.scheduler(names["vblk"]), "none")
    self.assertEqual(self.scheduler(names["vblk1q"]), "mq-deadline")

  def test_dimm(self):
    self.assertEqual(self.offline_blocks(), 0)
    dimm = self.vm.plug_dimm("1G")
    self.vm.wait_until("test $(grep -l offline /sys/devices/system/memory/memory*/state | wc -l) = 8")
    self.vm.unplug(dimm)
    self.vm.wait_until("! grep -q offline /sys/devices/system/memory/memory*/state")

  def test_plug_nic_disk_port_cpu(self):
    nic = self.vm.plug_nic()
    self.vm.wait_until("test $(ls -d /sys/class/net/*/device | wc -l) = 2")
    self.vm.unplug(nic)
    disk = self.vm.plug_disk()
    self.vm.wait_until("grep -qs plugged /sys/block/*/serial")
    self.vm.unplug(disk)
    port = "/dev/virtio-ports/org.virt_tune.agent.0"
    self.vm.run(f"test ! -e {port}")
    self.vm.plug_port()
    self.vm.wait_until(f"test -e {port}")
    self.vm.unplug_port()
    self.vm.wait_until(f"test ! -e {port}")
    self.vm.plug_cpu()
    self.vm.wait_until("test -d /sys/devices/system/cpu/cpu4")


class Lifetime(GuestCase):
  """Starts, resets and ends."""

  def test_reset_and_nothing_left(self):
    with Machine(mini.image(), devices=[Nic("nic0")]) as machine:
      before = machine.shell.boot_id
      machine.run("touch /run/mark")
      machine.reset()
      self.assertNotEqual(machine.shell.boot_id, before)
      machine.run("test ! -e /run/mark")
      pid, folder = machine.process.pid, machine.folder
      with open(f"/proc/{pid}/fdinfo/{self._tap_fd(pid)}") as info:
        tap = next(line.split()[1] for line in info if line.startswith("iff:"))
      self.assertTrue(os.path.exists(f"/sys/class/net/{tap}"))
    self.assertFalse(os.path.exists(f"/proc/{pid}"))
    self.assertFalse(folder.exists())
    self.assertFalse(os.path.exists(f"/sys/class/net/{tap}"))

  @staticmethod
  def _tap_fd(pid):
    links = {path.split("/")[-1]: os.readlink(path) for path in glob.glob(f"/proc/{pid}/fd/*")}
    return next(fd for fd, target in links.items() if target == "/dev/net/tun")

  def test_failed_start_leaves_nothing(self):
    runs = len(list(cache.folder().glob(f"run-{os.getpid()}-*")))
    with self.assertRaises(RuntimeError):
      with Machine(mini.image(), devices=[Device("no-such-device", "x")]):
        pass
    self.assertEqual(len(list(cache.folder().glob(f"run-{os.getpid()}-*"))), runs)

  def test_nodes(self):
    with Machine(mini.image(), cpus=2, nodes=2, slots=2) as machine:
      machine.plug_dimm("1G", node=1)
      machine.wait_until("test $(grep -l offline /sys/devices/system/node/node1/memory*/state | wc -l) = 8")


class Debian(GuestCase):
  """The debian guest with a file and a unit from an overlay."""

  @classmethod
  def setUpClass(cls):
    unit = "[Service]\nType=oneshot\nExecStart=/bin/true\nRemainAfterExit=yes\n" \
           "[Install]\nWantedBy=multi-user.target\n"
    cls.boot(debian.image(), overlay=Overlay(files={"etc/systemd/system/hello.service": unit},
                                             units=["hello.service"]))

  def test_boots_and_keeps_files_over_reboot(self):
    self.assertEqual(self.shell("systemctl is-system-running --wait", 120), "running")
    self.assertEqual(self.shell("systemctl is-active hello"), "active")
    self.vm.run("echo kept >/etc/kept; sync")
    self.vm.reboot()
    self.assertEqual(self.vm.read("/etc/kept"), "kept")
    self.vm.run("systemctl is-active hello", timeout=60, check=False)

  def test_other_services_are_installed_but_not_started(self):
    for unit in ("tuned", "qemu-guest-agent", "tgt", "iscsid"):
      self.assertEqual(self.shell(f"systemctl is-enabled {unit}; true"), "masked")
    self.vm.run("command -v tuned-adm tgtadm iscsiadm qemu-ga")


if __name__ == "__main__":
  unittest.main(verbosity=2)
