# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulates a power cut of a guest's disk at every write of the agent's state."""

import pathlib
import tempfile
import unittest

from tests.bench import powercuts


class PowerCuts(unittest.TestCase):
  """tests/bench/powercuts runs more cuts; powercut_judge defines what must hold after a cut."""

  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.folder = pathlib.Path(folder.name)

  def test_every_write(self):
    good, text = powercuts.run(self.folder, 3)
    self.assertTrue(good, text)
    self.assertIn(" 0 originals lost", text)

  def test_lost_originals_are_found_without_flushes(self):
    good, text = powercuts.run(self.folder, 3, flushes=False)
    self.assertFalse(good, text)
    self.assertRegex(text, "the same boot lost .*read_ahead_kb")


if __name__ == "__main__":
  unittest.main(verbosity=2)
