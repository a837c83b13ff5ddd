#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A state folder on a read-only file system: the agent keeps its state in /run, and moves it back later."""

import json
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import AGENT, Agent, make_tree, read_file, write_file  # noqa: E402

STATE = "var/lib/virt-tune-agent"
VOLATILE = "run/virt-tune-agent-state"
SWAPPINESS = "proc/sys/vm/swappiness"


def set_swappiness(client, value):
  client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": value}}})


def active_swappiness(client):
  return client.call("tune-status")["active"]["settings"].get("sysctl", {}).get("vm.swappiness")


class ReadOnlyState(unittest.TestCase):
  """Mounts a read-only file system below the tree of files."""

  def setUp(self):
    # The agent is no context manager here: tearDown must unmount before the tree is removed.
    self.agent = Agent(tree=self._fill)
    self.addCleanup(self.agent.__exit__)

  def _fill(self, root):
    make_tree(root)
    self.library = pathlib.Path(root) / "var/lib"
    self.library.mkdir(parents=True)
    (pathlib.Path(root) / "run").mkdir()
    subprocess.run(["mount", "--bind", self.library, self.library], check=True)

  def tearDown(self):
    self.agent.stop()
    subprocess.run(["umount", self.library], check=True)

  def remount(self, mode):
    subprocess.run(["mount", "-o", f"remount,bind,{mode}", self.library], check=True)

  def reboot(self):
    """Makes the tree as after a reboot: the kernel's own values, an empty /run, a new boot id."""
    subprocess.run(["rm", "-rf", f"{self.agent.root}/{VOLATILE}"], check=True)
    write_file(self.agent.root, "proc/sys/kernel/random/boot_id", "11111111-8f0e-4d6e-9d8c-0a4c5f6b7e01")
    write_file(self.agent.root, SWAPPINESS, "60")

  def swappiness(self):
    return read_file(self.agent.root, SWAPPINESS)

  def warnings(self, client):
    return [text for text in client.call("tune-status")["warnings"] if "read-only" in text]

  def test_absent_folder(self):
    self.remount("ro")
    self.agent.start()
    with self.agent.connect() as client:
      [warning] = self.warnings(client)
      self.assertIn(f"{self.agent.root}/{VOLATILE}, and is lost at the next boot", warning)
      set_swappiness(client, 30)
    self.assertIn("is on a read-only file system", self.agent.read_log())
    self.agent.stop(signal.SIGKILL)
    self.agent.start()
    with self.agent.connect() as client:
      self.assertEqual(active_swappiness(client), 30)
      client.call("tune-rollback")
    self.assertEqual(self.swappiness(), "60")
    self.assertFalse((self.library / "virt-tune-agent").exists())

  def test_settings_of_an_image(self):
    """Settings stored in a read-only image are applied; settings added later last until the next boot."""
    self.agent.start()
    with self.agent.connect() as client:
      set_swappiness(client, 30)
      self.assertEqual(self.warnings(client), [])
    self.agent.stop()
    shipped = (self.library / "virt-tune-agent/state.log").read_bytes()
    for _ in range(2):
      self.reboot()
      self.remount("ro")
      self.agent.start()
      with self.agent.connect() as client:
        self.assertEqual(active_swappiness(client), 30)
        self.assertEqual(client.call("tune-verify")["drift"], 0)
        self.assertEqual(self.swappiness(), "30")
        set_swappiness(client, 40)
        self.assertEqual(len(self.warnings(client)), 1)
      self.agent.stop()
      self.assertEqual((self.library / "virt-tune-agent/state.log").read_bytes(), shipped)

  def test_writable_again(self):
    """The state moves back to its folder, originals included."""
    self.remount("ro")
    self.agent.start()
    with self.agent.connect() as client:
      set_swappiness(client, 30)
    self.agent.stop()
    self.assertEqual(self.dumped()["active"]["stored"]["settings"], {"sysctl": {"vm.swappiness": 30}})
    self.remount("rw")
    self.agent.start()
    with self.agent.connect() as client:
      self.assertEqual(active_swappiness(client), 30)
      self.assertEqual(self.warnings(client), [])
    self.assertFalse((pathlib.Path(self.agent.root) / VOLATILE / "state.log").exists())
    self.assertTrue((self.library / "virt-tune-agent/state.log").exists())
    with self.agent.connect() as client:
      client.call("tune-rollback")
    self.assertEqual(self.swappiness(), "60")

  def dumped(self):
    return json.loads(subprocess.run([AGENT, "--root", self.agent.root, "--dump-state"], check=True,
                                     stdout=subprocess.PIPE).stdout)


if __name__ == "__main__":
  unittest.main(verbosity=2)
