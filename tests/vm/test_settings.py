# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles, sysctl and vm settings.  Bad input is answered with an error and changes nothing."""

import json
import socket
import unittest

from . import mini, ours
from .case import GuestCase
from .devices import Disk, Nic

THP = "/sys/kernel/mm/transparent_hugepage/enabled"
THP_DEFRAG = "/sys/kernel/mm/transparent_hugepage/defrag"

# Raw requests of a host, and what the error must name.
BAD_REQUESTS = {
  "unknown command": ({"execute": "tune-everything"}, "tune-everything"),
  "unknown argument": ({"execute": "tune-apply", "arguments": {"colour": "red"}}, "colour"),
  "wrong type": ({"execute": "tune-apply", "arguments": {"settings": "all"}}, "settings"),
  "wrong type of a flag": ({"execute": "tune-apply", "arguments":
                            {"settings": {}, "dry-run": "yes"}}, "dry-run"),
  "unknown section": ({"execute": "tune-apply", "arguments":
                       {"settings": {"toaster": {"heat": 3}}}}, "toaster"),
  "unknown attribute": ({"execute": "tune-apply", "arguments":
                         {"settings": {"vm": {"magic": 3}}}}, "magic"),
  "list as a value": ({"execute": "tune-apply", "arguments":
                       {"settings": {"sysctl": {"vm.swappiness": [1]}}}}, "vm.swappiness"),
  "unknown profile": ({"execute": "tune-apply", "arguments": {"profile": "no-such"}}, "no-such"),
  "profile by path": ({"execute": "tune-apply", "arguments": {"profile": "../etc"}}, "../etc"),
}

# KEY=VALUE settings, and what the error must name.
BAD_SETTINGS = {
  "block/vdz/scheduler=none": "vdz",
  "net/nic9/combined=1": "nic9",
  "sysctl/kernel.core_pattern=|/bin/sh": "kernel.core_pattern",
  "sysctl/vm.swappiness=900": "200",
  "sysctl/vm.swappiness=lots": "lots",
  "vm/transparent_hugepage=sometimes": "madvise",
  "vm/transparent_hugepage.defrag=sometimes": "defer+madvise",
  "memory/auto_online_blocks=perhaps": "online_movable",
}


class Settings(GuestCase):
  """A guest with one disk and one NIC."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, memory="768M", overlay=ours.overlay(),
             devices=[Disk("virtio-blk-pci", "vblk"), Nic("nic0", queues=2)])
    cls.start_agent(cls())

  def setUp(self):
    self.shim("rollback")
    self.before = self.state()

  def test_sysctl_files(self):
    """The operator's file wins over a profile, and the host's setting over both."""
    path = "/etc/sysctl.d/operator.conf"
    before = self.vm.read("/proc/sys/vm/swappiness")
    self.vm.run(f"mkdir -p /etc/sysctl.d; echo vm.swappiness=7 >{path}; sysctl -q vm.swappiness=7")
    self.addCleanup(self.vm.run, f"rm {path}; sysctl -q vm.swappiness={before}")
    row = self.rows("apply", "--profile", "virtual-guest")["sysctl/vm.swappiness"]
    self.assertEqual((row["result"], row["reason"]), ("left-alone", f"{path} sets it: the profile leaves it alone"))
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "7")
    self.shim("set", "sysctl/vm.swappiness=9")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "9")
    self.shim("rollback")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "7")

  def test_virtual_guest(self):
    self.shim("apply", "--profile", "virtual-guest")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "30")
    self.assertEqual(self.vm.read("/proc/sys/vm/dirty_ratio"), "30")
    self.assertEqual(self.vm.read("/sys/block/vda/queue/read_ahead_kb"), "4096")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    again = self.rows("apply", "--profile", "virtual-guest")
    self.assertNotIn("applied", {row["result"] for row in again.values()})
    self.rolled_back(self.before)

  def test_dry_run_changes_nothing(self):
    rows = self.rows("apply", "--profile", "virtual-guest", "--dry-run")
    self.assertEqual(rows["sysctl/vm.swappiness"]["result"], "planned")
    self.assertEqual(self.state(), self.before)

  def test_transparent_hugepage(self):
    for words in (("madvise", "defer"), ("never", "never"), ("always", "defer+madvise")):
      with self.subTest(words=words):
        self.shim("set", f"vm/transparent_hugepage={words[0]}",
                  f"vm/transparent_hugepage.defrag={words[1]}")
        self.assertIn(f"[{words[0]}]", self.vm.read(THP))
        self.assertIn(f"[{words[1]}]", self.vm.read(THP_DEFRAG))
        self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.vm.run(f"echo madvise >{THP_DEFRAG}")
    drifted = [row["key"] for row in self.shim_json("verify", expect=1)["attributes"]
               if row["result"] == "drift"]
    self.assertEqual(drifted, ["vm/transparent_hugepage.defrag"])
    self.vm.run(f"echo defer+madvise >{THP_DEFRAG}")
    self.rolled_back(self.before)

  def test_dirty_pair(self):
    """A write to one of the pair zeroes the other; the roll-back must restore both."""
    self.shim("set", "sysctl/vm.dirty_bytes=33554432")
    self.assertEqual(self.vm.read("/proc/sys/vm/dirty_ratio"), "0")
    self.rolled_back(self.before)

  def test_rollback_after_several_applies(self):
    for value in (10, 20, 35):
      self.shim("set", f"sysctl/vm.swappiness={value}")
      self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), str(value))
    self.rolled_back(self.before)

  def test_bad_requests(self):
    for name, (request, says) in BAD_REQUESTS.items():
      with self.subTest(name):
        self.refused("raw", json.dumps(request), says=[says])

  def test_bad_settings(self):
    for assignment, says in BAD_SETTINGS.items():
      with self.subTest(assignment):
        self.refused("set", assignment, says=[says])

  def test_one_bad_among_ten_good(self):
    good = ["sysctl/vm.swappiness=11", "sysctl/vm.dirty_ratio=31", "sysctl/vm.stat_interval=7",
            "sysctl/net.core.somaxconn=5000", "vm/transparent_hugepage=never",
            "block/vda/scheduler=none", "block/vda/read_ahead_kb=64", "block/vda/rq_affinity=2",
            f"net/{self.nics()[0]}/combined=1", "memory/auto_movable_ratio=150"]
    self.refused("set", *good, "block/vda/nr_requests=minus", says=["nr_requests"])
    self.shim("set", *good)
    self.rolled_back(self.before)

  def test_half_a_request(self):
    """A client that disconnects in the middle of a request does not disturb the next client."""
    with socket.socket(socket.AF_UNIX) as client:
      client.connect(str(self.vm.agent_socket))
      client.sendall(b'{"execute": "tune-apply", "arguments": {"settings": {"sysctl": {"vm.sw')
    self.shim("ping")
    self.assertEqual(self.state(), self.before)


if __name__ == "__main__":
  unittest.main(verbosity=2)
