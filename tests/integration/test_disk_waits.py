#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How often a change waits for the disk, counted with strace(1)."""

import pathlib
import re
import shutil
import stat
import sys
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import agent_process  # noqa: E402
from agent_process import ROOT, Agent  # noqa: E402

WAITS = "fsync,fdatasync,sync_file_range,syncfs,sync,msync"
CALL = re.compile(r"^\d+ +(\w+)\(", re.M)


def kvm_guest(root):
  """Disks of every kind and three network cards, with our profiles."""
  shutil.copytree(ROOT / "tests/fixtures/kvm-guest", root, symlinks=True, dirs_exist_ok=True)
  shutil.copytree(ROOT / "agent/profiles/data", f"{root}/usr/lib/tuned/profiles")


class DiskWaits(unittest.TestCase):
  """An agent that is traced from its start. It must not open files with O_SYNC: each write would wait."""

  def setUp(self):
    self.agent = Agent(tree=kvm_guest)
    self.trace = pathlib.Path(self.agent.folder, "trace")
    wrapper = pathlib.Path(self.agent.folder, "traced")
    wrapper.write_text(f"#!/bin/sh\nexec strace -D -f -y -o '{self.trace}' -e trace={WAITS},openat,openat2"
                       f" '{agent_process.AGENT}' \"$@\"\n", encoding="ascii")
    wrapper.chmod(stat.S_IRWXU)
    with mock.patch.object(agent_process, "AGENT", str(wrapper)):
      self.enterContext(self.agent)
    self.client = self.enterContext(self.agent.connect())
    self.client.call("tune-status")  # answered after the start's own work

  def _waits(self):
    """Returns the calls that waited for the disk, in order. strace logs a call before it continues."""
    lines = self.trace.read_text(encoding="utf-8", errors="replace").splitlines()
    self.assertFalse([line for line in lines if "SYNC" in line and "open" in line])
    return [line for line in lines if (CALL.match(line) or [None, "open"])[1] in WAITS.split(",")]

  def assert_waits(self, most, command, arguments):
    """Asserts that a command waits at least once, and at most so often."""
    before = len(self._waits())
    reply = self.client.call(command, arguments)
    waits = self._waits()[before:]
    self.assertTrue(1 <= len(waits) <= most, f"{command} waited {len(waits)} times:\n" + "\n".join(waits))
    return reply

  def test_apply_and_roll_back(self):
    reply = self.assert_waits(2, "tune-apply", {"profile": "virtual-guest-auto"})
    self.assertGreater(sum(row["result"] == "applied" for row in reply["attributes"]), 10)
    self.assert_waits(2, "tune-apply", {"settings": {"sysctl": {"vm.swappiness": 7}}})
    self.assert_waits(2, "tune-rollback", {})

  def test_apply_without_changes_does_not_wait(self):
    settings = {"settings": {"sysctl": {"vm.swappiness": 7}}}
    self.client.call("tune-apply", settings)
    before = len(self._waits())
    for command, arguments in (("tune-apply", settings), ("tune-apply", {**settings, "dry-run": True}),
                               ("tune-verify", None), ("tune-status", None)):
      self.client.call(command, arguments)
    self.assertEqual(self._waits()[before:], [])


if __name__ == "__main__":
  unittest.main(verbosity=2)
