# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests in which /var, /run or /etc is read-only: the agent works, and reports what it can't do."""

import unittest

from . import debian, mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Disk

PORT = "/dev/virtio-ports/org.virt_tune.agent.0"
VOLATILE = "/run/virt-tune-agent-state"
# A read-only image: /etc is as it was built, /var is empty.
FSTAB = """tmpfs /var tmpfs ro 0 0
/etc /etc none bind,ro 0 0
"""


class Image(GuestCase):
  """A Debian guest that boots with a read-only /var and /etc."""

  @classmethod
  def setUpClass(cls):
    cls.boot(debian.image(), cpus=2, devices=[Disk("virtio-blk-pci", "vblk")],
             overlay=ours.overlay(files={"etc/fstab": FSTAB}))
    cls.vm.wait_until(f"systemctl is-active {ours.UNIT}", timeout=240)

  def test_serves_with_a_warning(self):
    for folder in ("/var/lib", "/etc"):
      self.assertNotEqual(self.vm.run(f"mkdir {folder}/a-folder", check=False).code, 0)
    [warning] = [text for text in self.shim_json("status")["warnings"] if "read-only" in text]
    self.assertIn(f"the state is kept in {VOLATILE}", warning)

  def test_set_and_rolled_back(self):
    before = self.state()
    self.shim("set", "sysctl/vm.swappiness=33", "block/*/scheduler=none")
    pid = self.shell(f"systemctl show -P MainPID {ours.UNIT}")
    self.vm.run(f"kill -9 {pid}")
    self.vm.wait_until(f"p=$(systemctl show -P MainPID {ours.UNIT}); test $p != 0 && test $p != {pid}")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.shim("apply", "--profile", "virtual-guest")
    self.vm.run(f"systemctl restart {ours.UNIT}")
    self.assertEqual(self.shim_json("status")["active"]["profile"], "virtual-guest")
    self.rolled_back(before)


class ReadOnlyFolders(GuestCase):
  """A mini guest.  Each test starts an agent for which some folders are read-only."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, memory="768M", slots=3, overlay=ours.overlay())

  def setUp(self):
    self.vm.run(f"rm -rf {VOLATILE} /var/lib/virt-tune-agent")

  def read_only(self, *folders):
    """Starts the agent in its own mount namespace, because the test shell needs a writable /run."""
    script = "mount --make-rprivate /; " + "".join(
        f"mkdir -p {folder}; mount -o bind {folder} {folder}; mount -o remount,bind,ro {folder};"
        f" touch {folder}/a-file 2>/dev/null && exit 1; " for folder in folders)
    self.vm.run(f"unshare -m sh -c '{script} exec virt-tune-agent --method virtio-serial --path {PORT}'"
                f" >{AGENT_LOG} 2>&1 </dev/null &")
    self.addCleanup(self.stop_agent)
    self.shim("profiles")

  def tunes(self):
    before = self.state()
    self.shim("set", "sysctl/vm.swappiness=33")
    self.assertEqual(self.vm.read("/proc/sys/vm/swappiness"), "33")
    self.rolled_back(before)

  def test_var(self):
    self.read_only("/var")
    self.tunes()
    self.assertIn(VOLATILE, self.vm.read(AGENT_LOG))

  def test_etc(self):
    self.read_only("/etc")
    self.tunes()

  def test_run(self):
    """Plugged memory still comes online, and the log says once which file could not be written."""
    self.read_only("/run")
    self.tunes()
    self.assertEqual(self.vm.read(AGENT_LOG).count("Read-only file system"), 1, self.vm.read(AGENT_LOG))
    self.assertIn("creating '/run/virt-tune-agent'", self.vm.read(AGENT_LOG))
    self.vm.plug_dimm("256M")
    self.vm.wait_until("! grep -qx offline /sys/devices/system/memory/memory*/state"
                       " && test $(ls -d /sys/devices/system/memory/memory* | wc -l) -ge 8")

  def test_var_and_run(self):
    """The agent can't store its state, so it changes nothing, and each reply says why."""
    self.read_only("/var", "/run")
    self.refused("set", "sysctl/vm.swappiness=33", says=[VOLATILE, "Read-only file system"])
    self.assertIn("not in force", str(self.shim_json("status")["warnings"]))


if __name__ == "__main__":
  unittest.main(verbosity=2)
