# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that lacks most things to tune: one CPU, no disk, no network card, no memory hot-plug and
no transparent huge pages.

All kernels of distributions have the last two, so the test hides their folders from the agent.
"""

import unittest

from . import mini, ours
from .case import AGENT_LOG, GuestCase

PORT = "/dev/virtio-ports/org.virt_tune.agent.0"
HIDDEN = ["/sys/devices/system/memory", "/sys/kernel/mm/transparent_hugepage"]


class BareGuest(GuestCase):
  """One mini guest and one agent."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=1, overlay=ours.overlay())

  def setUp(self):
    hide = "".join(f"mount -t tmpfs tmpfs {folder}; " for folder in HIDDEN)
    self.vm.run(f"unshare -m sh -c 'mount --make-rprivate /; {hide}"
                f" exec virt-tune-agent --method virtio-serial --path {PORT}' >{AGENT_LOG} 2>&1 </dev/null &")
    self.addCleanup(self.stop_agent)
    self.shim("profiles")

  def test_start(self):
    self.assertNotIn("warning", self.vm.read(AGENT_LOG))
    self.assertEqual(self.shim_json("status")["devices"], [])
    self.shim("status", "--all")

  def test_profiles(self):
    before = self.state()
    for profile in ("virtual-guest", "virtual-guest-auto"):
      with self.subTest(profile=profile):
        self.assertTrue(self.rows("apply", "--profile", profile))
        self.assertEqual(self.shim_json("verify")["drift"], 0)
        self.rolled_back(before)

  def test_absent_devices_are_refused_by_name(self):
    self.refused("set", "vm/transparent_hugepage=never", says=["vm/transparent_hugepage"])
    self.refused("set", "memory/auto_online_blocks=offline", says=["memory/auto_online_blocks"])
    self.refused("set", "block/vda/scheduler=none", says=["vda"])

  def test_memory_commands(self):
    for words in (["memory"], ["memory", "prepare", "1G"]):
      self.refused(*words, says=["has no memory hot-plug"])


if __name__ == "__main__":
  unittest.main(verbosity=2)
