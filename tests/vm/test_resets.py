# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest is reset while the agent writes."""

import unittest

from tests.bench import resets

from .case import GuestCase


class Resets(GuestCase):
  """tests/bench/resets runs more resets."""

  def test_resets(self):
    with resets.machine() as vm:
      self.assertIn("2 resets", resets.run(vm, 2, 5))


if __name__ == "__main__":
  unittest.main(verbosity=2)
