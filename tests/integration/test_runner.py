#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The test runner: a test that hangs fails and reports where it hung; then the next test runs."""

import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Tests that hang on a read from a pipe: in the test, in a cleanup, and in the class's set-up.
HANGING = """
import os, sys, unittest
from tests.runner import pythons, tally, watchdog
watchdog.TEST = watchdog.AGAIN = 0.2
watchdog.BETWEEN = 2
class Hangs(unittest.TestCase):
  def setUp(self):
    self.here, self.there = os.pipe()
  def test_1_in_itself(self):
    os.read(self.here, 1)
  def test_2_in_its_cleanup_too(self):
    self.addCleanup(os.read, self.here, 1)
    os.read(self.here, 1)
  def test_3_not_at_all(self):
    pass
class HangsFirst(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    os.read(os.pipe()[0], 1)
  def test_never(self):
    pass
count = tally.Tally()
with watchdog.Watchdog() as dog:
  suite = unittest.TestSuite([Hangs(name) for name in dir(Hangs) if name.startswith("test_")])
  suite.run(pythons._Counter(count, "own", dog))
  unittest.TestSuite([HangsFirst("test_never")]).run(pythons._Counter(count, "own", dog))
sys.exit(count.close())
"""


class Runner(unittest.TestCase):
  def test_hanging_tests_are_ended(self):
    done = subprocess.run([sys.executable, "-B", "-c", HANGING], cwd=ROOT, timeout=120, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
    self.assertIn("ok   own __main__.Hangs.test_3_not_at_all", done.stdout)
    self.assertIn("1 passed, 4 failed", done.stdout)
    self.assertIn("in test_1_in_itself", done.stdout)
    self.assertIn("all threads", done.stderr)


if __name__ == "__main__":
  unittest.main()
