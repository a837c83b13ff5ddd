# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plugged memory is brought online by the agent, by the udev rule alone, or by both."""

import json
import unittest

from . import mini, ours
from .case import GuestCase
from .host import Host

RULE = "/usr/lib/udev/rules.d/80-virt-tune-memory.rules"
STATES = "/sys/devices/system/memory/memory*/state"
KERNEL_POLICY = "/sys/devices/system/memory/auto_online_blocks"


class Memory(GuestCase):
  """One guest.  Each test plugs another 1 GiB."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=12, overlay=ours.overlay())
    cls.plugged = 0

  def setUp(self):
    self.vm.run(f"echo offline >{KERNEL_POLICY}")

  def _rule(self, on):
    self.vm.run(f"{'' if on else '!'} test -e {RULE} || mv {RULE}* {RULE}{'' if on else '.off'}; "
                "udevadm control --reload")

  def _plug(self):
    before = int(self.shell(f"grep -lx online {STATES} | wc -l"))
    type(self).plugged += 1
    self.vm.plug_dimm("1G", id=f"dimm{self.plugged}")
    return before

  def _plug_and_expect_online(self):
    before = self._plug()
    self.vm.wait_until(f"test $(grep -lx online {STATES} | wc -l) = {before + 8}")
    self.assertEqual(self.offline_blocks(), 0)

  def test_neither_agent_nor_rule(self):
    """Without agent and rule, the blocks stay offline. Otherwise the other tests would prove nothing."""
    self._rule(False)
    self._plug()
    self.vm.wait_until(f"test $(grep -lx offline {STATES} | wc -l) = 8")
    self.vm.run("udevadm settle")
    self.assertEqual(self.offline_blocks(), 8)
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.vm.wait_until(f"! grep -qx offline {STATES}")

  def test_rule_only(self):
    self._rule(True)
    self._plug_and_expect_online()

  def test_agent_only(self):
    self._rule(False)
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self._plug_and_expect_online()

  def test_agent_only_by_events(self):
    """Another program turns off the kernel's own onlining: the agent must act on the kernel's events."""
    self._rule(False)
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.vm.run(f"echo offline >{KERNEL_POLICY}")
    self._plug_and_expect_online()

  def test_both(self):
    self._rule(True)
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.vm.run(f"echo offline >{KERNEL_POLICY}")
    self._plug_and_expect_online()

  def test_host_gets_events(self):
    """The events also cover blocks that the kernel brought online by itself."""
    self._rule(False)
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.assertEqual(self.vm.read(KERNEL_POLICY), "online")
    with Host(self.vm.agent_socket) as host:
      host.call("tune-subscribe")
      self._plug()
      online = 0
      while online < 8:
        online += host.event("TUNE_MEMORY_ONLINED")["online"]
      self.assertEqual((online, self.offline_blocks()), (8, 0))

  def test_keys(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    before = self.state()
    self.shim("set", "memory/auto_online_blocks=online_movable", "memory/auto_movable_ratio=200")
    self.assertEqual(self.vm.read(KERNEL_POLICY), "online_movable")
    self.assertEqual(self.vm.read("/sys/module/memory_hotplug/parameters/auto_movable_ratio"), "200")
    self._plug_and_expect_online()
    zones = self.shell(f"tail -qn 1 /sys/devices/system/memory/memory*/valid_zones")
    self.assertIn("Movable", zones)
    self.rolled_back(before)

  def test_online_policy(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    before = self.state()
    policy = "/sys/module/memory_hotplug/parameters/online_policy"
    self.assertEqual(self.vm.read(policy), "contig-zones")
    self.shim("set", "memory/online_policy=auto-movable")
    self.assertEqual(self.vm.read(policy), "auto-movable")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self._plug_and_expect_online()
    self.rolled_back(before)
    self.refused("set", "memory/online_policy=movable", says=["contig-zones"])

  def test_block_set_by_number_goes_to_the_wanted_zone(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    before = set(self._blocks())
    self.shim("set", "memory/auto_online_blocks=online_movable")
    self.addCleanup(self.shim, "rollback")
    self._plug_and_expect_online()
    plugged = sorted(set(self._blocks()) - before)
    # Then the Movable zone is empty, and the kernel by itself would choose another zone.
    self._set(plugged, False)
    self._set(plugged[:1], True)
    self.assertEqual(self.vm.read(f"/sys/devices/system/memory/memory{plugged[0]}/valid_zones"), "Movable")
    self._set(plugged, True)

  def _blocks(self):
    return [int(word) for word in self.shell("cd /sys/devices/system/memory; "
                                             "for b in memory[0-9]*; do echo ${b#memory}; done").split()]

  def _set(self, blocks, online):
    wishes = [{"phys-index": number, "online": online} for number in blocks]
    request = {"execute": "guest-set-memory-blocks", "arguments": {"mem-blks": wishes}}
    self.assertEqual(self.shim_json("raw", json.dumps(request)),
                     [{"phys-index": number, "response": "success"} for number in blocks])


if __name__ == "__main__":
  unittest.main(verbosity=2)
