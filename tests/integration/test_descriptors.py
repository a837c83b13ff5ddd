# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent without a free descriptor for a client waits without spinning, and serves clients later."""

import contextlib
import os
import pathlib
import resource
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import Agent, wait_until  # noqa: E402


def _descriptors(pid):
  """Returns {descriptor: the file or socket that it is open on}."""
  folder = f"/proc/{pid}/fd"
  links = {}
  for name in os.listdir(folder):
    with contextlib.suppress(FileNotFoundError):
      links[int(name)] = os.readlink(f"{folder}/{name}")
  return links


class Descriptors(unittest.TestCase):

  def _is_at_rest(self, agent):
    """Whether the listening socket is the agent's only socket, and it has no file of the tree open."""
    links = _descriptors(agent.process.pid).values()
    return (sum(link.startswith("socket:") for link in links) == 1
            and not any(f"{agent.root}/{part}/" in link for link in links for part in ("sys", "proc")))

  def _limit(self, agent, free):
    """Lets the agent open so many descriptors more than it has now."""
    taken = _descriptors(agent.process.pid)
    limit = next(n for n in range(1024) if n not in taken)
    while free > 0 or limit in taken:
      free -= limit not in taken
      limit += 1
    resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE, (limit, 4096))

  @contextlib.contextmanager
  def _agent(self, free):
    with Agent() as agent:
      with agent.connect() as client:
        client.call("tune-status")  # answered after the start
      wait_until(lambda: self._is_at_rest(agent), "the client is gone")
      self._limit(agent, free)
      before = agent.wake_ups()
      yield agent
      self.assertLess(agent.wake_ups() - before, 100)
      resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE, (1024, 4096))
      with agent.connect() as client:
        client.sync()
        self.assertEqual(client.call("guest-ping"), {})

  def test_no_descriptor_for_a_client(self):
    with self._agent(0) as agent, agent.connect():
      wait_until(lambda: agent.read_log().count("accepting a client") > 2, "the agent tries again")

  def test_no_descriptor_for_the_watch_of_a_client(self):
    with self._agent(1) as agent:
      for tries in range(1, 3):
        with agent.connect():
          wait_until(lambda: agent.read_log().count("the channel can't be used") == tries, "the client is refused")


if __name__ == "__main__":
  unittest.main(verbosity=2)
