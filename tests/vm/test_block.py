# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every kind of disk is tuned from the host; the guest's /sys shows the effect."""

import json
import unittest

from . import mini, ours
from .case import GuestCase
from .devices import Device, Disk

# Ids of disks, all at mq-deadline: auto sets the first ones to none and leaves the others alone.
HOST_SCHEDULES = ["vblk", "emul", "nvme-emul", "ide-emul", "sata-emul"]
LEFT_ALONE = ["lun", "sata", "nvme-real"]


class Block(GuestCase):
  """Disks of each transport; each has mq-deadline before a test."""

  @classmethod
  def setUpClass(cls):
    scsi = Device("virtio-scsi-pci", "scsi0", num_queues=1)
    cls.boot(mini.image(), cpus=2, overlay=ours.overlay(), devices=[
      Disk("virtio-blk-pci", "vblk"), scsi, Disk("scsi-hd", "emul", bus="scsi0.0"),
      Disk("scsi-hd", "lun", bus="scsi0.0", vendor="ACME"), Device("ahci", "ahci0"),
      Disk("ide-hd", "sata", bus="ahci0.0", model="ACME DISK"),
      Disk("ide-hd", "sata-emul", bus="ahci0.1"),
      Device("piix3-ide", "piix0"), Disk("ide-hd", "ide-emul", bus="piix0.0"),
      Disk("nvme", "nvme-emul"), Disk("nvme", "nvme-real", use__intel__id=True)])
    cls.start_agent(cls())
    cls.names = {serial: cls.disk(cls(), serial) for serial in HOST_SCHEDULES + LEFT_ALONE}

  def setUp(self):
    self.shim("rollback")
    for name in self.names.values():
      self.vm.run(f"echo mq-deadline >/sys/block/{name}/queue/scheduler")
    self.before = self.state()

  def _schedulers(self):
    return {serial: self.scheduler(name) for serial, name in self.names.items()}

  def test_auto_by_kind(self):
    rows = self.rows("set", "block/*/scheduler=auto")
    self.assertEqual(self._schedulers(), {**{serial: "none" for serial in HOST_SCHEDULES},
                                          **{serial: "mq-deadline" for serial in LEFT_ALONE}})
    for serial in HOST_SCHEDULES:
      self.assertEqual(rows[f"block/{self.names[serial]}/scheduler"]["result"], "applied")
    for serial in LEFT_ALONE:
      row = rows[f"block/{self.names[serial]}/scheduler"]
      self.assertEqual(row["result"], "left-alone")
      self.assertTrue(row["reason"])
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def _hint(self, *hints):
    request = {"execute": "tune-apply", "arguments": {"hints": list(hints)}}
    return {row["key"]: row for row in self.shim_json("raw", json.dumps(request))["attributes"]}

  def test_hints(self):
    vblk, lun = self.names["vblk"], self.names["lun"]
    self.shim("set", "block/*/scheduler=auto")
    self.assertEqual((self.scheduler(vblk), self.scheduler(lun)), ("none", "mq-deadline"))
    address = self.shell(f"basename $(readlink -f /sys/block/{lun}/device)")
    image = {"address": address, "backing": "image", "rotational": False}
    rows = self._hint({"serial": "vblk", "backing": "iscsi"}, image)
    self.assertEqual((self.scheduler(vblk), self.scheduler(lun)), ("mq-deadline", "none"))
    self.assertIn("image-backed on flash", rows[f"block/{lun}/scheduler"]["reason"])
    self.refused("set", f"block/{vblk}/scheduler=none", says=["iscsi"])
    self.vm.run("kill -KILL $(pidof virt-tune-agent)")
    self.start_agent()
    for backing, scheduler in (("block", "none"), ("lun", "mq-deadline"), ("image", "none"),
                               ("passthrough", "mq-deadline")):
      self._hint({"serial": "vblk", "backing": backing, "rotational": True}, image)
      self.assertEqual((self.scheduler(vblk), self.scheduler(lun)), (scheduler, "none"))
    self._hint()
    self.assertEqual((self.scheduler(vblk), self.scheduler(lun)), ("none", "mq-deadline"))
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def test_none_by_name_is_refused_unless_forced(self):
    for serial in LEFT_ALONE:
      for word in ("none", "noop"):
        key = f"block/{self.names[serial]}/scheduler={word}"
        with self.subTest(key=key):
          self.refused("set", key, says=[self.names[serial]])
      self.shim("set", "--force", key)
      self.assertEqual(self.scheduler(self.names[serial]), "none")
      self.rolled_back(self.before)

  def test_one_refusal_fails_the_whole_command(self):
    self.refused("set", f"block/{self.names['vblk']}/scheduler=none",
                 f"block/{self.names['lun']}/scheduler=none", "sysctl/vm.swappiness=11")

  def test_aliases(self):
    name = self.names["vblk"]
    self.shim("set", f"block/{name}/scheduler=noop")
    self.assertEqual(self.scheduler(name), "none")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.shim("set", f"block/{name}/scheduler=deadline")
    self.assertEqual(self.scheduler(name), "mq-deadline")
    self.rolled_back(self.before)

  def test_modular_schedulers(self):
    name = self.names["vblk"]
    for word in ("bfq", "kyber"):
      self.shim("set", f"block/{name}/scheduler={word}")
      self.assertEqual(self.scheduler(name), word)
      self.assertEqual(self.shim_json("verify")["drift"], 0)
      self.rolled_back(self.before)

  def test_not_offered_lists_the_offered_schedulers(self):
    self.refused("set", f"block/{self.names['vblk']}/scheduler=cfq", says=["cfq", "mq-deadline"])

  def test_not_configurable(self):
    self.vm.run("modprobe null_blk queue_mode=0 nr_devices=1; udevadm settle")
    self.addCleanup(self.vm.wait_until, "udevadm settle; modprobe -r null_blk")
    self.assertEqual(self.vm.read("/sys/block/nullb0/queue/scheduler"), "none")
    row = self.rows("set", "block/*/scheduler=auto")["block/nullb0/scheduler"]
    self.assertNotEqual(row["result"], "applied")
    self.shim("rollback")
    row = self.rows("set", "block/nullb0/scheduler=none")["block/nullb0/scheduler"]
    self.assertEqual(row["result"], "unchanged")
    self.shim("rollback")
    self.refused("set", "block/nullb0/scheduler=mq-deadline", says=["nullb0"])

  def test_numbers(self):
    queue = f"/sys/block/{self.names['emul']}/queue/"
    wanted = {"read_ahead_kb": "512", "nr_requests": "64", "rq_affinity": "2"}
    self.shim("set", *(f"block/{self.names['emul']}/{key}={value}" for key, value in wanted.items()))
    for key, value in wanted.items():
      self.assertEqual(self.vm.read(queue + key), value)
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.vm.run(f"echo 1024 >{queue}read_ahead_kb")
    self.assertEqual(self.shim_json("verify", expect=1)["drift"], 1)
    rows = self.rows("rollback")
    self.assertEqual(rows[f"block/{self.names['emul']}/read_ahead_kb"]["result"], "changed-by-others")
    self.assertEqual(self.vm.read(queue + "read_ahead_kb"), "1024")
    self.vm.run(f"echo 128 >{queue}read_ahead_kb")
    self.assertEqual(self.state(), self.before)


if __name__ == "__main__":
  unittest.main(verbosity=2)
