#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""State files of an older version: the agent must read them as the older version would have.

tests/fixtures/state-v1 holds files that the older version wrote, and the values and replies of that
version itself when it was started on them.
"""

import json
import pathlib
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import ROOT, Agent, write_file  # noqa: E402
from state_folder import describe, observe, read_values, tree_with  # noqa: E402

FIXTURES = ROOT / "tests" / "fixtures" / "state-v1"
PAIR = ("proc/sys/vm/dirty_ratio", "proc/sys/vm/dirty_bytes")
NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def load(name):
  """Returns (state files, attributes, what the older version did with both)."""
  folder = FIXTURES / name
  files = {file: (folder / file).read_bytes() for file in ("active.json", "journal.json")
           if (folder / file).exists()}
  return files, *(json.loads((folder / f"{part}.fixture.json").read_text(encoding="ascii"))
                  for part in ("values", "observed"))


def values_before(values):
  """Returns the attributes before the agent's first start."""
  with tempfile.TemporaryDirectory() as root:
    tree_with({}, values)(root)
    return read_values(root)


def settle_writes(root, before):
  """Completes or undoes a write that the kill has interrupted half-way.

  In a tree of files, the agent writes an attribute in two steps: it truncates the file and then
  writes. It also sets dirty_ratio and dirty_bytes in two steps: it writes one and then zeroes the
  other. The kernel does each of these in one step, which happens as a whole or not at all.
  """
  values = read_values(root)
  for path, text in values.items():
    if not text:
      values[path] = before[path]
      write_file(root, path, before[path])
  if all(int(values[path]) for path in PAIR):
    [written] = [path for path in PAIR if values[path] != before[path]]
    for path in set(PAIR) - {written}:
      write_file(root, path, "0")


class FromTwoFiles(unittest.TestCase):
  """Settings, provisional applies and originals in active.json and journal.json."""
  maxDiff = None

  def test_observed_as_by_the_older_version(self):
    self.assertGreater(len(NAMES), 10)
    for name in NAMES:
      with self.subTest(name=name):
        files, values, expected = load(name)
        seen = observe(files, values)
        if name.startswith("damaged-"):
          # A damaged file may have held a larger id than the other: both versions skip many ids,
          # a random number of them.
          self.assertGreater(seen.pop("next id"), 1 << 15)
          del expected["next id"]
        self.assertEqual(seen, expected)

  def test_upgrade_of_a_killed_agent_starts_again(self):
    for name in NAMES:
      with self.subTest(name=name):
        files, values, expected = load(name)
        with Agent(tree=tree_with(files, values)) as agent:
          agent.stop(signal.SIGKILL)
          settle_writes(agent.root, values_before(values))
          agent.start()
          with agent.connect() as client:
            self.assertEqual(describe(client), expected["start"])
          self.assertEqual(read_values(agent.root), expected["values"])
          agent.stop(signal.SIGKILL)
          settle_writes(agent.root, expected["values"])
          agent.start()
          with agent.connect() as client:
            self.assertEqual(describe(client), expected["start again"])
            client.call("tune-rollback")
            self.assertEqual(describe(client), expected["rolled back"])
          self.assertEqual(read_values(agent.root), expected["values rolled back"])


if __name__ == "__main__":
  unittest.main(verbosity=2)
