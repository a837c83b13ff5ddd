# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes that network cards refuse, and the reasons in the reply: XDP, drivers without a setter."""

import json
import pathlib
import shutil
import tempfile
import unittest

from . import mini, ours
from .case import GuestCase
from .devices import Device, Nic

PROGRAMS = ("channels", "xdp")


def overlay(case):
  """Our installed files, and the programs of this test."""
  folder = pathlib.Path(tempfile.mkdtemp())
  case.addClassCleanup(shutil.rmtree, folder)
  (folder / "usr/bin").mkdir(parents=True)
  for name in PROGRAMS:
    shutil.copy2(ours.build_folder() / "tests" / name, folder / "usr/bin" / name)
  made = ours.overlay()
  made.trees.append(folder)
  return made


class Refusals(GuestCase):
  """A virtio-net NIC with 4 queue pairs and a vmxnet3 NIC, in a guest with 4 vCPUs."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=4, overlay=overlay(cls),
             devices=[Nic("nic0"), Device("vmxnet3", "vmx0", romfile="")])
    cls.vm.run("modprobe vmxnet3; modprobe veth; udevadm settle")
    cls.start_agent(cls())
    cls.nic = cls._of_driver("virtio_net")
    cls.vmxnet3 = cls._of_driver("vmxnet3")

  @classmethod
  def _of_driver(cls, driver):
    script = f"""cd /sys/class/net; for i in *; do
      case $(readlink -f $i/device/driver) in */{driver}) echo $i;; esac; done"""
    return cls.vm.run(script).out.strip()

  def setUp(self):
    self.shim("rollback")
    self.vm.run(f"xdp {self.nic} off; ethtool -L {self.nic} combined 1; true")
    self.before = self.state()

  def _attach(self):
    self.vm.run(f"xdp {self.nic} driver")
    self.addCleanup(self.vm.run, f"xdp {self.nic} off")
    refused = self.vm.run(f"ethtool -L {self.nic} combined 4 2>&1; true").out
    self.assertIn("Invalid argument", refused, "this kernel accepts the change, so the test shows nothing")

  def test_named_count_with_xdp(self):
    self._attach()
    self.refused("set", f"net/{self.nic}/combined=3",
                 says=[f"an XDP program is attached to {self.nic} (ip link show {self.nic})"])

  def test_auto_and_max_with_xdp(self):
    self._attach()
    for word in ("auto", "max"):
      with self.subTest(word=word):
        for dry_run in (["--dry-run"], []):
          row = self.rows("set", f"net/{self.nic}/combined={word}", *dry_run)[f"net/{self.nic}/combined"]
          self.assertEqual(row["result"], "left-alone")
          self.assertIn("XDP", row["reason"])
        self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.assertEqual(self.combined(self.nic), (1, 4))
    self.rolled_back(self.before)

  def test_whole_profile_with_xdp(self):
    self._attach()
    rows = self.rows("apply", "--profile", "virtual-guest-auto")
    self.assertEqual(rows[f"net/{self.nic}/combined"]["result"], "left-alone")
    self.assertEqual(rows["sysctl/vm.swappiness"]["result"], "applied")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.rolled_back(self.before)

  def test_generic_xdp_program_does_not_matter(self):
    """A generic XDP program runs in the network stack, so virtio-net can still change its channels."""
    self.vm.run(f"xdp {self.nic} generic")
    self.addCleanup(self.vm.run, f"xdp {self.nic} off")
    row = self.rows("set", f"net/{self.nic}/combined=auto")[f"net/{self.nic}/combined"]
    self.assertEqual((row["result"], self.combined(self.nic)), ("applied", (4, 4)))
    self.vm.run(f"xdp {self.nic} off")
    self.rolled_back(self.before)

  def test_driver_without_a_setter(self):
    """vmxnet3 shows its channels but can't change them."""
    kinds = {row["key"].split("/")[-1]: row for row in self.shim_json("status")["attributes"]
             if row["key"].startswith(f"net/{self.vmxnet3}/")}
    shown = self.shell(f"ethtool -l {self.vmxnet3}")
    for kind, word in (("combined", "Combined"), ("rx", "RX"), ("tx", "TX"), ("other", "Other")):
      maximum, count = [line.split()[1] for line in shown.splitlines() if line.startswith(word)]
      self.assertEqual(kind in kinds, maximum not in ("0", "n/a"), f"{kind}: {shown}")
      if kind in kinds:
        self.assertEqual(str(kinds[kind]["value"]), count)
    self.refused("set", f"net/{self.vmxnet3}/other=0", says=["shows its channels and can't change them"])

  def test_rows_of_an_apply_that_fails(self):
    """The kernel refuses one of three writes: those before it are put back, and each has a row."""
    key = f"net/{self.vmxnet3}/other"
    result = self.refused("--format", "json", "set", "sysctl/vm.swappiness=33", "sysctl/vm.dirty_ratio=33",
                          f"{key}=0")
    error = json.loads(result.out)["error"]
    self.assertEqual(error["class"], "ApplyFailed")
    rows = {row["key"]: row for row in error["data"]["attributes"]}
    self.assertEqual(rows[key]["result"], "failed")
    self.assertIn("can't change them", rows[key]["reason"])
    for name in ("sysctl/vm.swappiness", "sysctl/vm.dirty_ratio"):
      self.assertIn(rows[name]["result"], ("restored", "planned"))
    table = self.refused("set", "sysctl/vm.swappiness=33", f"{key}=0").out
    self.assertRegex(table, rf"(?m)\A.*KEY .*\n{key} +failed ")

  def test_separate_channels_of_veth(self):
    """The ioctl sets one kind of channels and keeps the other.  Runs the agent's code in a program of
    its own, because the agent does not tune veth, which has no parent device."""
    self.vm.run("ip link add name va numtxqueues 4 numrxqueues 4 type veth peer name vb")
    self.addCleanup(self.vm.run, "ip link del va")
    self.vm.run("channels va rx 2; channels va tx 3")
    self.assertEqual(self.shell("channels va").splitlines(),
                     ["combined 0 of 0", "rx 2 of 4", "tx 3 of 4", "other 0 of 0"])
    self.assertEqual(self.shell("ls /sys/class/net/va/queues").split(),
                     ["rx-0", "rx-1", "tx-0", "tx-1", "tx-2"])
    self.assertEqual(self.vm.run("channels va rx 9 2>&1; true").out.strip(), "Invalid argument")


if __name__ == "__main__":
  unittest.main(verbosity=2)
