#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""State that an older version has left: the agent takes it over as that one would have read it.

tests/fixtures/state-v1 holds files that the older version wrote, and what it made of them itself.
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
  """(files of the state, attributes, what the older version made of both)"""
  folder = FIXTURES / name
  files = {file: (folder / file).read_bytes() for file in ("active.json", "journal.json")
           if (folder / file).exists()}
  return files, *(json.loads((folder / f"{part}.fixture.json").read_text(encoding="ascii"))
                  for part in ("values", "observed"))


def values_before(values):
  """What the attributes are before the agent's first start."""
  with tempfile.TemporaryDirectory() as root:
    tree_with({}, values)(root)
    return read_values(root)


def settle_writes(root, before):
  """Makes of a write that the kill has split what the kernel makes of it.

  The agent truncates an attribute of a tree of files before it writes it, and zeroes the other
  one of dirty_ratio and dirty_bytes after it. In the kernel each of the two is one step: it
  happens as a whole or not at all.
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
  """Settings, trials and originals in active.json and journal.json."""
  maxDiff = None

  def test_all_is_as_before(self):
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

  def test_a_killed_agent_takes_it_over_once_more(self):
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
