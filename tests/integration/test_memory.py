# SPDX-License-Identifier: LGPL-2.1-or-later
"""The memory commands on a tree of files: the limit on movable memory, and blocks that stay offline."""

import signal
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from agent_process import Agent, AgentError, make_tree, read_file, write_file  # noqa: E402

MEMORY = "sys/devices/system/memory"
POLICY = f"{MEMORY}/auto_online_blocks"
KERNEL = range(4)  # with 301 %, these kernel blocks allow 12 movable blocks
PLUGGED = range(32, 52)


def tree(root):
  make_tree(root, blocks=len(KERNEL))
  for index in KERNEL:
    write_file(root, f"{MEMORY}/memory{index}/valid_zones", "none")
  (Path(root) / "run").mkdir()


class Memory(unittest.TestCase):
  """Four blocks are there from boot. Each test has an agent of its own."""

  def setUp(self):
    self.agent = Agent(tree=tree)
    self.agent.__enter__()
    self.addCleanup(self.agent.__exit__, None, None, None)
    self.connect()

  def connect(self):
    self.client = self.agent.connect()
    self.addCleanup(self.client.close)

  def call(self, name, **arguments):
    return self.client.call(name, arguments or None)

  def plug(self, blocks, state="offline", zones="Normal Movable"):
    for index in blocks:
      folder = f"{MEMORY}/memory{index}"
      write_file(self.agent.root, f"{folder}/valid_zones", zones)
      write_file(self.agent.root, f"{folder}/removable", "1")
      write_file(self.agent.root, f"{folder}/state", state)

  def states(self, blocks):
    return {read_file(self.agent.root, f"{MEMORY}/memory{index}/state") for index in blocks}

  def want(self, word):
    self.call("tune-apply", settings={"memory": {"auto_online_blocks": word}})
    self.settle()

  def settle(self):
    """Waits for the agent's memory sweep: it is queued after the first reply and runs before the second."""
    self.call("tune-memory-status")
    self.call("tune-memory-status")

  def refused(self, name, **arguments):
    with self.assertRaises(AgentError) as raised:
      self.call(name, **arguments)
    self.assertEqual(raised.exception.error_class, "Refused")
    self.assertIn("auto_movable_ratio allows", raised.exception.desc)

  def test_named_policy_is_refused(self):
    """After the refusal, no later step carries out the refused policy."""
    self.want("offline")
    self.plug(PLUGGED)
    self.refused("tune-memory-online", policy="online_movable")
    self.refused("tune-apply", settings={"memory": {"auto_online_blocks": "online_movable"}})
    self.assertEqual(read_file(self.agent.root, POLICY), "offline")
    self.settle()
    self.assertEqual(self.states(PLUGGED), {"offline"})
    self.call("guest-set-memory-blocks", **{"mem-blks": [{"phys-index": 1, "online": False}]})
    self.refused("tune-memory-online", policy="online_movable", held=True)
    self.assertEqual(self.call("tune-memory-online", policy="online", blocks=1)["held"], 1)
    self.plug(PLUGGED)
    reply = self.call("tune-memory-online", policy="online_movable", force=True)
    self.assertEqual((reply["onlined"], reply["misplaced"]), (len(PLUGGED), 0))

  def test_policy_with_its_ratio(self):
    """When both are set together, the policy is checked against the new ratio."""
    ratio = "sys/module/memory_hotplug/parameters/auto_movable_ratio"
    write_file(self.agent.root, ratio, "301")
    self.want("offline")
    self.plug(PLUGGED)
    self.call("tune-apply", settings={"memory": {"auto_online_blocks": "online_movable",
                                                        "auto_movable_ratio": 500}})
    self.assertEqual(read_file(self.agent.root, POLICY), "online_movable")

  def test_wanted_policy_is_degraded(self):
    self.want("online_movable")
    self.plug(PLUGGED)
    reply = self.call("tune-memory-online")
    self.assertTrue(reply["complete"])
    self.assertEqual(reply["misplaced"], len(PLUGGED))
    self.assertTrue(reply["reason"])
    self.assertEqual(self.states(PLUGGED), {"online"})

  def test_misplaced_by_others(self):
    self.want("online_movable")
    self.plug(range(32, 40), "online", "Normal")
    reply = self.call("tune-memory-online", blocks=12)
    self.assertEqual((reply["complete"], reply["misplaced"]), (True, 8))
    self.assertTrue(reply["reason"])

  def test_movable_room(self):
    self.assertEqual(self.call("tune-memory-status")["movable-room"], 12)
    self.plug(range(32, 36), "online", "Movable")
    self.assertEqual(self.call("tune-memory-status")["movable-room"], 8)

  def test_offline_is_kept(self):
    """Blocks that either command took offline stay so, without an event and across the agent's restart."""
    self.settle()
    self.plug(PLUGGED, "online", "Movable")
    self.assertEqual(self.call("tune-memory-offline", blocks=2)["offlined"], 2)
    self.call("guest-set-memory-blocks", **{"mem-blks": [{"phys-index": 32, "online": False}]})
    self.want("online_kernel")
    held = (32, 50, 51)
    for _ in range(2):
      reply = self.call("tune-memory-online", blocks=len(KERNEL) + len(PLUGGED))
      self.assertEqual((reply["complete"], reply["held"], reply["offline"]), (False, 3, 3))
      self.assertIn("on purpose", reply["reason"])
      self.assertEqual(self.states(held), {"offline"})
      self.agent.stop(signal.SIGKILL)
      self.agent.start()
      self.connect()
    self.call("guest-set-memory-blocks", **{"mem-blks": [{"phys-index": 32, "online": True}]})
    self.assertEqual(self.call("tune-memory-online")["held"], 2)
    self.assertEqual(self.call("tune-memory-online", held=True)["onlined"], 2)
    self.assertEqual(self.states(PLUGGED), {"online"})


if __name__ == "__main__":
  unittest.main(verbosity=2)
