#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real agent, with requests as hosts send them and with input that no host should send."""

import errno
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from agent_process import (  # noqa: E402
    AGENT, DEADLINE, Agent, AgentError, Closed, make_tree, read_file, wait_until, write_file)

PING = b'{"execute":"guest-ping"}'
MIB = 1024 * 1024


class OneAgent(unittest.TestCase):
  """A running agent and a connected client."""

  options = ()

  def setUp(self):
    self.agent = Agent(*self.options)
    self.enterContext(self.agent)
    self.client = self.enterContext(self.agent.connect())

  def assert_fault(self, reply, error_class="GenericError"):
    self.assertIn("error", reply)
    self.assertEqual(reply["error"]["class"], error_class)
    self.assertTrue(reply["error"]["desc"])

  def assert_memory(self, most):
    """Asserts that at most so many kB are resident."""
    if self.agent.can_measure_memory():
      self.assertLess(self.agent.status("VmRSS"), most)

  def assert_alive(self):
    self.assertEqual(self.client.call("guest-ping"), {})
    self.assertTrue(self.client.is_quiet())


class Dialect(OneAgent):
  """The checks of QEMU's own guest agent test, and more."""

  def test_sync(self):
    self.assertEqual(self.client.call("guest-sync", {"id": 4711}), 4711)

  def test_sync_delimited(self):
    self.client.send(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":-1}}')
    self.assertEqual(self.client.read_line(), b'\xff{"return": -1}')

  def test_ping(self):
    self.assertEqual(self.client.call("guest-ping"), {})

  def test_info(self):
    info = self.client.call("guest-info")
    self.assertRegex(info["version"], r"^\d+\.\d+")
    names = {row["name"]: row for row in info["supported_commands"]}
    self.assertIn("tune-apply", names)
    for row in names.values():
      self.assertEqual(set(row), {"name", "enabled", "success-response"})
      self.assertIs(row["enabled"], True)

  def test_id_of_any_kind_comes_back(self):
    for ident in (1, -1.5, "x", True, None, [1, {"a": []}], {"b": "c"}):
      with self.subTest(ident=ident):
        self.client.request("guest-ping", id=ident)
        self.assertEqual(self.client.read_reply(), {"return": {}, "id": ident})

  def test_id_on_errors(self):
    requests = [
        {"execute": "no-such-command"},
        {"execute": "guest-ping", "arguments": {"foo": 1}},
        {"execute": "guest-sync"},
        {"execute": "guest-ping", "bogus": 1},
        {"execute": 7},
        {"arguments": {}},
        {"execute": "tune-apply", "arguments": {"settings": {"sysctl": {"no.such": 1}}}},
    ]
    for request in requests:
      with self.subTest(request=request):
        self.client.send(json.dumps({**request, "id": [7]}))
        reply = self.client.read_reply()
        self.assertEqual(reply["id"], [7])
        self.assertIn("error", reply)

  def test_unknown_command(self):
    with self.assertRaisesRegex(AgentError, "CommandNotFound.*no-such-command"):
      self.client.call("no-such-command")

  def test_wrong_arguments(self):
    cases = [
        ("guest-ping", {"foo": 1}, "GenericError", "'foo' is unexpected"),
        ("guest-sync", {}, "InvalidArgument", "id"),
        ("guest-sync", {"id": "x"}, "InvalidArgument", "id"),
        ("guest-sync", {"id": 1.5}, "InvalidArgument", "id"),
        ("tune-apply", {"dry-run": 1}, "InvalidArgument", "dry-run"),
    ]
    for name, arguments, error_class, text in cases:
      with self.subTest(name=name, arguments=arguments):
        with self.assertRaises(AgentError) as caught:
          self.client.call(name, arguments)
        self.assertEqual(caught.exception.error_class, error_class)
        self.assertIn(text, caught.exception.desc)

  def test_half_a_request_waits_for_its_other_half(self):
    self.client.send(PING[:10])
    self.assertTrue(self.client.is_quiet())
    self.client.send(PING[10:])
    self.assertEqual(self.client.read_reply(), {"return": {}})

  def test_byte_by_byte(self):
    for byte in PING:
      self.client.send(bytes([byte]))
    self.assertEqual(self.client.read_reply(), {"return": {}})

  def test_several_on_a_line_are_answered_in_order(self):
    self.client.send(b"".join(b'{"execute":"guest-sync","arguments":{"id":%d}} ' % n
                              for n in range(100)) + b"\n")
    self.assertEqual([self.client.read_reply()["return"] for _ in range(100)], list(range(100)))

  def test_one_over_several_lines(self):
    self.client.send(b'\n\r\n{\n"execute"\n:\n"guest-sync"\n,"arguments":{\r\n"id":\t3}\n}')
    self.assertEqual(self.client.read_reply(), {"return": 3})

  def test_delimiter_is_silent(self):
    self.client.send(b"\xff\xff\xff")
    self.assertTrue(self.client.is_quiet())
    self.client.send(b'{"execute":"gue\xff' + PING)
    self.assertEqual(self.client.read_reply(), {"return": {}})
    self.assertTrue(self.client.is_quiet())

  def test_one_error_for_one_fault(self):
    faults = [
        b"}\n", b"nonsense {}{}{}\n", b'{"execute":}\n', b'{"a":1,"a":2}\n', b"[1,2]\n", b'"x"\n',
        b'{"execute":"guest-ping"\x01}\n', b'{"execute":"\\u0000"}\n', b'{"a":1e400}\n',
        b'{"a":' + b"[" * 40 + b"\n", b"\xc3\x28\n", b'{"id":99999999999999999999}\n',
        b'{"execute":"\xed\xa0\x80"}\n', b'{"a":017}\n', b"{'a':1}\n",
    ]
    for fault in faults:
      with self.subTest(fault=fault):
        self.client.send(fault)
        self.assert_fault(self.client.read_reply())
        self.assert_alive()

  def test_over_deep_input_gives_one_error(self):
    self.client.send(b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n")
    self.assert_fault(self.client.read_reply())
    self.assert_alive()

  def test_slow_and_instant_requests_mixed(self):
    self.client.send(b"".join(
        b'{"execute":"tune-verify","id":%d}{"execute":"guest-ping","id":%d}' % (n, n + 1)
        for n in range(0, 200, 2)))
    idents = [self.client.read_reply()["id"] for _ in range(200)]
    self.assertEqual(sorted(idents), list(range(200)))
    reads = [ident for ident in idents if ident % 2 == 0]
    self.assertEqual(reads, sorted(reads))


class Tuning(OneAgent):
  """From the request to the files, and the reply about it."""

  def test_apply_verify_roll_back(self):
    result = self.client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 30}}})
    self.assertEqual(result["attributes"][0]["result"], "applied")
    self.assertEqual(read_file(self.agent.root, "proc/sys/vm/swappiness"), "30")
    self.assertEqual(self.client.call("tune-verify")["drift"], 0)
    self.client.call("tune-rollback")
    self.assertEqual(read_file(self.agent.root, "proc/sys/vm/swappiness"), "60")

  def test_changes_are_numbered(self):
    self.assertNotIn("last", self.client.call("tune-status")["changes"])
    self.client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 30}}})
    last = self.client.call("tune-status")["changes"]["last"]
    self.assertEqual((last["id"], last["command"], last["result"]), (1, "tune-apply", "done"))
    with self.assertRaises(AgentError):
      self.client.call("tune-apply", {"settings": {"sysctl": {"no.such": 30}}})
    last = self.client.call("tune-status")["changes"]["last"]
    self.assertEqual((last["id"], last["result"]), (2, "failed"))
    self.assertIn("no.such", last["desc"])

  def test_changes_of_one_client_wait_for_each_other(self):
    for value in range(1, 51):
      self.client.request("tune-apply", {"settings": {"sysctl": {"vm.swappiness": value}}})
    for value in range(1, 51):
      self.assertEqual(self.client.read_reply()["return"]["attributes"][0]["to"], value)

  def test_state_survives_a_kill(self):
    self.client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 30}}})
    self.agent.stop(signal.SIGKILL)
    write_file(self.agent.root, "proc/sys/vm/swappiness", "60")
    self.agent.start()
    with self.agent.connect() as client:
      self.assertEqual(client.call("tune-verify")["drift"], 0)
    self.assertEqual(read_file(self.agent.root, "proc/sys/vm/swappiness"), "30")


class Memory(unittest.TestCase):
  """The base policy: what the configuration does to the files."""

  @staticmethod
  def tree(root):
    make_tree(root, offline=(2, 3))

  def states(self, agent):
    return [read_file(agent.root, f"sys/devices/system/memory/memory{n}/state") for n in range(4)]

  def test_offline_blocks_come_online_at_start(self):
    with Agent(tree=self.tree) as agent, agent.connect() as client:
      client.call("tune-status")
      wait_until(lambda: self.states(agent) == ["online"] * 4, "all blocks are online")
      self.assertEqual(read_file(agent.root, "sys/devices/system/memory/auto_online_blocks"),
                       "online")

  def test_off_leaves_all_as_it_is(self):
    def tree(root):
      self.tree(root)
      write_file(root, "etc/off.conf", "[tune]\nmemory=off")
    agent = Agent(tree=tree)
    agent._options = ("--config", os.path.join(agent.root, "etc/off.conf"))
    with agent, agent.connect() as client:
      client.call("tune-status")
      client.call("tune-verify")
      self.assertEqual(self.states(agent), ["online"] * 2 + ["offline"] * 2)
      self.assertEqual(read_file(agent.root, "sys/devices/system/memory/auto_online_blocks"),
                       "offline")


class GuestSet(unittest.TestCase):
  """guest-set-memory-blocks and guest-set-vcpus behave as in qemu-ga's schema."""

  MEMORY = "sys/devices/system/memory"
  CPU = "sys/devices/system/cpu"

  def start(self, change=lambda root: None, memory="off"):
    """Starts an agent that brings no memory online unless asked. Returns it and a client."""
    def tree(root):
      make_tree(root, blocks=6, offline=(3, 4), cpus=4)
      write_file(root, "agent.conf", f"[tune]\nmemory={memory}\nvcpus=off")
      change(root)
    agent = Agent(tree=tree)
    agent._options = ("-c", os.path.join(agent.root, "agent.conf"))
    self.enterContext(agent)
    return agent, self.enterContext(agent.connect())

  def set_blocks(self, client, *wishes):
    blocks = [{"phys-index": index, "online": online} for index, online in wishes]
    return client.call("guest-set-memory-blocks", {"mem-blks": blocks})

  def states(self, agent):
    return [read_file(agent.root, f"{self.MEMORY}/memory{n}/state") for n in range(6)]

  def test_blocks(self):
    """Each block has its own response, in the order of the request. A failure does not end the rest."""
    def change(root):
      write_file(root, f"{self.MEMORY}/memory2/removable", "0")
      os.remove(os.path.join(root, f"{self.MEMORY}/memory5/state"))
      os.mkdir(os.path.join(root, f"{self.MEMORY}/memory5/state"))
    agent, client = self.start(change)
    wishes = [(77, True), (2, False), (5, False), (3, True), (1, False), (4, False), (0, True),
              (9, False)]
    self.assertEqual(self.set_blocks(client, *wishes), [
        {"phys-index": 77, "response": "not-found", "error-code": errno.ENOENT},
        {"phys-index": 2, "response": "operation-not-supported", "error-code": errno.EOPNOTSUPP},
        {"phys-index": 5, "response": "operation-failed", "error-code": errno.EISDIR},
        {"phys-index": 3, "response": "success"},
        {"phys-index": 1, "response": "success"},
        {"phys-index": 4, "response": "success"},
        {"phys-index": 0, "response": "success"},
        {"phys-index": 9, "response": "not-found", "error-code": errno.ENOENT}])
    shutil.rmtree(os.path.join(agent.root, f"{self.MEMORY}/memory5"))
    write_file(agent.root, f"{self.MEMORY}/memory5/state", "online")
    self.assertEqual(self.states(agent),
                     ["online", "offline", "online", "online", "offline", "online"])
    self.assertEqual(self.set_blocks(client), [])

  def test_blocks_already_in_the_wanted_state_are_not_written(self):
    """The kernel would refuse such a write with EINVAL."""
    agent, client = self.start()
    paths = [pathlib.Path(agent.root, f"{self.MEMORY}/memory{n}/state") for n in (0, 3)]
    before = [path.stat().st_mtime_ns for path in paths]
    self.assertEqual([reply["response"] for reply in self.set_blocks(client, (0, True), (3, False))],
                     ["success"] * 2)
    self.assertEqual([path.stat().st_mtime_ns for path in paths], before)

  def test_unremovable_block_comes_online(self):
    """"removable" is about going offline only."""
    agent, client = self.start(lambda root: write_file(root, f"{self.MEMORY}/memory3/removable", "0"))
    self.assertEqual(self.set_blocks(client, (3, True)), [{"phys-index": 3, "response": "success"}])
    self.assertEqual(self.states(agent)[3], "online")
    listed = {block["phys-index"]: block for block in client.call("guest-get-memory-blocks")}
    self.assertEqual(listed[3], {"phys-index": 3, "online": True, "can-offline": False})

  def test_kernel_without_blocks(self):
    agent, client = self.start(lambda root: shutil.rmtree(os.path.join(root, self.MEMORY)))
    self.assertEqual(self.set_blocks(client, (0, True), (1, False)), [
        {"phys-index": index, "response": "operation-not-supported", "error-code": errno.ENOENT}
        for index in (0, 1)])
    self.assertEqual(client.call("guest-get-memory-blocks"), [])

  def test_one_invalid_block_fails_the_whole_request(self):
    agent, client = self.start()
    for bad in ({"phys-index": -1, "online": True}, {"phys-index": 1}, {"online": True}, 7):
      with self.subTest(bad=bad), self.assertRaises(AgentError) as caught:
        client.call("guest-set-memory-blocks",
                    {"mem-blks": [{"phys-index": 3, "online": True}, bad]})
      self.assertEqual(caught.exception.error_class, "InvalidArgument")
    self.assertEqual(self.states(agent)[3], "offline")

  def set_vcpus(self, client, *wishes):
    vcpus = [{"logical-id": index, "online": online} for index, online in wishes]
    return client.call("guest-set-vcpus", {"vcpus": vcpus})

  def online(self, agent):
    return [read_file(agent.root, f"{self.CPU}/cpu{n}/online") for n in (1, 2, 3)]

  def test_vcpus(self):
    """The reply is the number of vCPUs that were done before the first failure."""
    agent, client = self.start()
    self.assertEqual(self.set_vcpus(client), 0)
    self.assertEqual(self.set_vcpus(client, (0, True), (1, False), (2, False)), 3)
    self.assertEqual(self.online(agent), ["0", "0", "1"])
    self.assertEqual(self.set_vcpus(client, (1, True), (0, False), (3, False)), 1)
    self.assertEqual(self.online(agent), ["1", "0", "1"])
    self.assertEqual(self.set_vcpus(client, (2, True), (3, False), (44, True), (1, False)), 2)
    self.assertEqual(self.online(agent), ["1", "1", "0"])

  def test_vcpus_when_the_first_one_fails(self):
    agent, client = self.start()
    for wish, text in (((0, False), "#0 can't be offlined"), ((44, True), "#44"),
                       ((44, False), "#44")):
      with self.subTest(wish=wish), self.assertRaisesRegex(AgentError, f"GenericError.*{text}"):
        self.set_vcpus(client, wish, (1, False))
      self.assertEqual(self.online(agent), ["1"] * 3)

  def test_vcpus_already_in_the_wanted_state_are_not_written(self):
    agent, client = self.start()
    path = pathlib.Path(agent.root, f"{self.CPU}/cpu1/online")
    before = path.stat().st_mtime_ns
    self.assertEqual(self.set_vcpus(client, (1, True), (0, True)), 2)
    self.assertEqual(path.stat().st_mtime_ns, before)


class Blocked(unittest.TestCase):
  """Lists of allowed and blocked commands, as qemu-ga has them."""

  def check(self, options, enabled, disabled):
    with Agent(*options) as agent, agent.connect() as client:
      if "guest-info" in enabled:
        rows = {row["name"]: row["enabled"]
                for row in client.call("guest-info")["supported_commands"]}
        for name in enabled:
          self.assertTrue(rows[name], name)
        for name in disabled:
          self.assertFalse(rows[name], name)
      for name in disabled:
        with self.assertRaisesRegex(AgentError, f"CommandNotFound.*{name} has been disabled"):
          client.call(name)

  def test_block(self):
    self.check(("--block-rpcs", "tune-apply,guest-set-vcpus", "-b", "tune-rollback"),
               ["guest-info", "guest-ping"], ["tune-apply", "guest-set-vcpus", "tune-rollback"])

  def test_allow(self):
    self.check(("--allow-rpcs=guest-info,guest-ping",), ["guest-info", "guest-ping"],
               ["tune-apply", "guest-sync"])

  def test_block_wins_over_allow(self):
    self.check(("-a", "guest-info,guest-ping", "-b", "guest-ping"), ["guest-info"],
               ["guest-ping", "tune-status"])


class Clients(OneAgent):
  """Clients that connect, disconnect, wait, or stop reading."""

  def test_disconnect_in_mid_request(self):
    self.client.send(PING[:10])
    self.client.close()
    with self.agent.connect() as client:
      client.send(PING)
      self.assertEqual(client.read_reply(), {"return": {}})

  def test_disconnect_in_mid_reply(self):
    self.client.send_some(b'{"execute":"guest-info"}' * 2000)
    self.client.read_line()
    self.client.close()
    with self.agent.connect() as client:
      self.assertEqual(client.call("guest-sync", {"id": 5}), 5)
      self.assertTrue(client.is_quiet())

  def test_client_that_shuts_down_its_sending_side_gets_all_replies(self):
    import socket
    with socket.socket(fileno=os.dup(self.client.fileno())) as raw:
      raw.sendall(b'{"execute":"tune-verify"}' * 5 + PING)
      raw.shutdown(socket.SHUT_WR)
    lines = []
    with self.assertRaises(Closed):
      while True:
        lines.append(self.client.read_reply())
    self.assertEqual(len(lines), 6)

  def test_socat_at_the_end_of_its_input(self):
    self.client.close()
    done = subprocess.run(["socat", "-t", str(DEADLINE), "-", f"UNIX-CONNECT:{self.agent.path}"],
                          input=PING + b'{"execute":"tune-verify"}', stdout=subprocess.PIPE,
                          timeout=2 * DEADLINE, check=True)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    self.assertEqual(replies[0], {"return": {}})
    self.assertEqual(replies[1]["return"]["drift"], 0)

  def test_two_in_the_backlog_are_served_in_turn(self):
    second = self.enterContext(self.agent.connect())
    third = self.enterContext(self.agent.connect())
    second.request("guest-sync", {"id": 2})
    third.request("guest-sync", {"id": 3})
    self.assertEqual(self.client.call("guest-ping"), {})
    self.assertTrue(second.is_quiet())
    self.client.close()
    self.assertEqual(second.read_reply(), {"return": 2})
    self.assertTrue(third.is_quiet())
    second.close()
    self.assertEqual(third.read_reply(), {"return": 3})

  def test_reconnects_lose_no_reply(self):
    self.client.close()
    for number in range(200):
      with self.agent.connect() as client:
        self.assertEqual(client.call("guest-sync", {"id": number}), number)

  def test_change_of_a_client_that_disconnected_is_not_run(self):
    self.client.close()
    change = {"settings": {"sysctl": {"vm.swappiness": 11}}}
    dropped = 0
    with self.agent.connect() as other:
      with self.agent.connect() as waiting:
        waiting.request("tune-apply", change)
      # The client disconnects before its turn; the agent can still read what it sent.
      self.assertEqual(other.call("guest-ping"), {})
    with self.agent.connect() as client:
      dropped = client.call("tune-status")["requests"]["dropped"]
    self.assertEqual(dropped, 1)
    self.assertEqual(read_file(self.agent.root, "proc/sys/vm/swappiness"), "60")

  def test_slow_reader_delays_only_its_own_replies(self):
    request = b'{"execute":"guest-info"}'
    sent = 0
    flood = request * 4096
    while n := self.client.send_some(flood[sent % len(request):]):
      sent += n
      wait_until(self.agent.is_at_rest, "the agent rests")
    wait_until(lambda: self.agent.is_at_rest(1), "the agent waits for the slow client without waking up")
    self.assert_memory(24 * 1024)
    whole = sent // len(request)
    for _ in range(whole):
      self.assertIn("return", self.client.read_reply())
    rest = sent % len(request)
    if rest:
      self.client.send(request[rest:])
      self.assertIn("return", self.client.read_reply())
    self.assert_alive()

  def test_slow_reader_that_disconnects_leaves_no_load(self):
    self.client.send_some(b'{"execute":"guest-info"}' * 4096)
    self.client.close()
    with self.agent.connect() as client:
      self.assertEqual(client.call("guest-sync", {"id": 1}), 1)

  def test_socket_is_private(self):
    self.assertEqual(os.stat(self.agent.path).st_mode & 0o777, 0o600)

  def test_socket_of_a_killed_agent_is_replaced(self):
    self.agent.stop(signal.SIGKILL)
    self.assertTrue(os.path.exists(self.agent.path))
    self.agent.start()
    with self.agent.connect() as client:
      self.assertEqual(client.call("guest-ping"), {})
    self.assertEqual(self.agent.stop(), 0)
    self.assertFalse(os.path.exists(self.agent.path))


class Events(OneAgent):
  """Events go only to a client that subscribed, and only between replies."""

  def setUp(self):
    super().setUp()
    self.client.call("tune-status")  # answered after the start, which has events of its own

  def call(self, name):
    """Returns the reply's value, and the events that came before and right after the reply."""
    self.client.request(name)
    self.client.request("guest-ping", id="end")
    events, value = [], None
    while True:
      message = self.client.read_reply()
      if "event" in message:
        events.append(message)
      elif message.get("id") == "end" and value is not None:
        return value, events
      elif message.get("id") != "end":
        value = message["return"]
        self.client.request("guest-ping", id="end")

  def test_no_events_without_subscription(self):
    self.client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 7}}})
    self.assertEqual(self.call("tune-rollback")[1], [])

  def test_rolled_back(self):
    names = self.client.call("tune-subscribe")["events"]
    self.assertIn("TUNE_ROLLED_BACK", names)
    self.client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 7}}})
    _, events = self.call("tune-rollback")
    self.assertEqual([event["event"] for event in events], ["TUNE_ROLLED_BACK"])
    self.assertEqual(events[0]["data"], {"restored": 1, "failed": 0})
    self.assertLess(abs(events[0]["timestamp"]["seconds"] - time.time()), 60)

  def test_not_confirmed(self):
    self.client.call("tune-subscribe")
    change = {"settings": {"sysctl": {"vm.swappiness": 7}}, "confirm-within": 1}
    number = self.client.call("tune-apply", change)["apply-id"]
    event = self.client.read_reply()
    self.assertEqual((event["event"], event["data"]),
                     ("TUNE_ROLLED_BACK", {"restored": 1, "failed": 0, "apply-id": number}))

  def test_a_sync_ends_the_subscription(self):
    self.client.call("tune-subscribe")
    self.client.sync()
    self.assertEqual(self.call("tune-rollback")[1], [])

  def test_the_next_client_gets_no_events(self):
    self.client.call("tune-subscribe")
    self.client.close()
    self.client = self.agent.connect()
    self.addCleanup(self.client.close)
    self.assertEqual(self.call("tune-rollback")[1], [])

  def test_between_replies_only(self):
    self.client.call("tune-subscribe")
    for number in range(50):
      self.client.request("tune-rollback", id=number)
      self.client.request("guest-info", id=number)
    seen = {"reply": 0, "event": 0}
    while seen["reply"] < 100 or seen["event"] < 50:
      message = self.client.read_reply()
      seen["event" if "event" in message else "reply"] += 1
    self.assert_alive()

  def test_subscriber_that_does_not_read_does_not_block_the_next(self):
    self.client.call("tune-subscribe")
    for number in range(30):
      self.client.send(b'{"execute":"tune-rollback","id":%d}' % number)
    self.client.close()
    self.client = self.agent.connect()
    self.addCleanup(self.client.close)
    self.assert_alive()


class Bounds(OneAgent):
  """No input makes the agent grow, spin or stop answering."""

  def memory_at_rest(self):
    self.client.call("tune-status")  # answered after the start
    wait_until(self.agent.is_at_rest, "the agent is at rest")
    return self.agent.status("VmRSS")

  def test_oversize_line(self):
    rest = self.memory_at_rest()
    self.client.send(b'{"execute":"' + b"x" * (20 * MIB) + b'"}\n')
    self.assert_fault(self.client.read_reply())
    self.assert_alive()
    self.assert_memory(rest + 2048)

  def test_large_request_gives_its_memory_back(self):
    rest = self.memory_at_rest()
    big = {"execute": "guest-ping", "id": [[n] for n in range(20000)]}
    for _ in range(5):
      self.client.send(json.dumps(big))
      self.assertEqual(len(self.client.read_reply()["id"]), 20000)
    self.assert_alive()
    self.assert_memory(rest + 3072)

  def test_floods_of_faults(self):
    rest = self.memory_at_rest()
    self.client.send(b"}\n" * 20)
    for _ in range(20):
      self.assert_fault(self.client.read_reply())
    self.client.send(b"}" * MIB + b"\n")
    self.assert_fault(self.client.read_reply())
    self.assert_alive()
    self.assert_memory(rest + 2048)

  def test_idle_agent_never_wakes(self):
    for state in ("with a client", "without"):
      with self.subTest(state=state):
        if state == "without":
          self.client.close()
          with self.agent.connect() as client:
            client.call("guest-ping")
        wait_until(lambda: self.agent.is_at_rest(2), "two seconds pass without a wake-up")


class SerialLine(unittest.TestCase):
  """The dialogue over a pseudo-terminal, which stands for a serial line."""

  def test_dialogue(self):
    with Agent(method="isa-serial") as agent, agent.connect() as client:
      client.sync()
      self.assertEqual(client.call("guest-ping"), {})
      self.assertIn("version", client.call("tune-status"))
      client.send(b"nonsense\n")
      self.assertIn("error", client.read_reply())
      self.assertEqual(client.call("guest-sync", {"id": 9}), 9)
      self.assertEqual(agent.stop(), 0)

  def ping_on(self, agent, count):
    """Waits until the agent has opened the line for the count-th time and answers there."""
    wait_until(lambda: agent.read_log().count("is open") == count, "the line is open")
    with agent.connect() as client:
      client.sync()
      self.assertEqual(client.call("guest-ping"), {})

  def test_agent_runs_without_a_line(self):
    with Agent(method="isa-serial", line=False) as agent:
      agent.wait_logged("no channel")
      # The line does not exist, and no timer looks for it.
      wait_until(lambda: agent.is_at_rest(2), "two seconds pass without a wake-up")
      self.assertEqual(agent.stop(), 0)

  def test_line_that_appears_later_is_opened(self):
    with Agent(method="isa-serial", line=False) as agent:
      agent.wait_logged("no channel")
      agent.plug_line()
      self.ping_on(agent, 1)
      self.assertEqual(agent.stop(), 0)

  def test_line_in_a_folder_that_appears_later(self):
    agent = Agent(method="isa-serial", line=False)
    agent.path = os.path.join(agent.folder, "later", "line")
    with agent:
      agent.wait_logged("no channel")
      os.mkdir(os.path.dirname(agent.path))
      agent.plug_line()
      self.ping_on(agent, 1)

  def test_line_that_is_plugged_again_is_opened(self):
    with Agent(method="isa-serial") as agent:
      self.ping_on(agent, 1)
      for count in (2, 3):
        agent.unplug_line()
        wait_until(lambda: agent.read_log().count("is closed") == count - 1, "the line is closed")
        agent.plug_line()
        self.ping_on(agent, count)
      self.assertEqual(agent.stop(), 0)

  def test_line_that_is_hung_up_is_opened_again(self):
    with Agent(method="isa-serial") as agent:
      self.ping_on(agent, 1)
      agent.hang_up()
      self.ping_on(agent, 2)
      self.assertEqual(agent.stop(), 0)

  def test_retries_of_a_path_that_is_no_line_slow_down(self):
    with Agent(method="isa-serial", line=False) as agent:
      agent.wait_logged("no channel")
      os.mkdir(agent.path)
      before = agent.wake_ups()
      time.sleep(2)  # the test counts tries in this time; without growing pauses there would be 200
      self.assertLess(agent.wake_ups() - before, 30)
      self.assertEqual(agent.read_log().count("no channel"), 1)
      os.rmdir(agent.path)
      agent.plug_line()
      self.ping_on(agent, 1)


class Life(unittest.TestCase):
  """Start, end, and the command line."""

  def setUp(self):
    self.root = self.enterContext(tempfile.TemporaryDirectory())

  def run_agent(self, *options):
    return subprocess.run([AGENT, "--root", self.root, *options], capture_output=True, text=True, timeout=20,
                          check=False)

  def test_ends_with_0_on_signals(self):
    for how in (signal.SIGTERM, signal.SIGINT):
      with Agent() as agent, agent.connect() as client:
        client.call("guest-ping")
        self.assertEqual(agent.stop(how), 0)

  def test_tells_the_service_manager(self):
    import socket
    with tempfile.TemporaryDirectory() as folder:
      path = os.path.join(folder, "notify")
      with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = path
        try:
          with Agent() as agent:
            self.assertTrue(notify.recv(4096).startswith(b"READY=1"))
            self.assertEqual(agent.stop(), 0)
            self.assertEqual(notify.recv(4096), b"STOPPING=1")
        finally:
          del os.environ["NOTIFY_SOCKET"]

  def test_agent_runs_without_a_port(self):
    with Agent(method="virtio-serial") as agent:
      agent.wait_logged("there is no port")
      self.assertEqual(agent.stop(), 0)

  def test_version(self):
    result = self.run_agent("-V")
    self.assertEqual(result.returncode, 0)
    self.assertRegex(result.stdout, r"^virt-tune-agent \d+\.\d+\.\d+\n$")

  def test_help_lists_options_and_commands(self):
    self.assertIn("--dump-conf", self.run_agent("--help").stdout)
    for option in ("--block-rpcs=help", "-a?", "-bhelp"):
      self.assertIn("tune-apply\n", self.run_agent(option).stdout)

  def test_configuration_file_and_dump(self):
    with tempfile.TemporaryDirectory() as folder:
      path = os.path.join(folder, "agent.conf")
      pathlib.Path(path).write_text(
          "[general]\nmethod=unix-listen\npath=/run/x\nverbose=true\nblock-rpcs=tune-apply\n"
          "[tune]\nmemory=online_movable\n", encoding="utf-8")
      result = self.run_agent("-c", path, "-p", "/run/y", "-b", "tune-rollback", "--dump-conf")
      self.assertEqual(result.returncode, 0, result.stderr)
      for line in ("method=unix-listen", "path=/run/y", "verbose=true",
                   "block-rpcs=tune-apply,tune-rollback", "memory=online_movable",
                   "statedir=/var/lib/virt-tune-agent"):
        self.assertIn(line + "\n", result.stdout)
      again = os.path.join(folder, "again.conf")
      pathlib.Path(again).write_text(result.stdout, encoding="utf-8")
      self.assertEqual(self.run_agent("-c", again, "-D").stdout, result.stdout)

  def test_configuration_file_of_the_environment(self):
    with tempfile.TemporaryDirectory() as folder:
      path = pathlib.Path(folder, "agent.conf")
      path.write_text("[tune]\nmemory=online_movable\n", encoding="utf-8")
      done = subprocess.run([AGENT, "--dump-conf"], env={**os.environ, "VIRT_TUNE_AGENT_CONF": str(path)},
                            capture_output=True, text=True, timeout=20, check=True)
      self.assertIn("memory=online_movable\n", done.stdout)
      self.assertIn("path=/dev/virtio-ports/org.virt_tune.agent.0\n", done.stdout)
      path.unlink()
      done = subprocess.run([AGENT, "--dump-conf"], env={**os.environ, "VIRT_TUNE_AGENT_CONF": str(path)},
                            capture_output=True, text=True, timeout=20, check=False)
      self.assertEqual(done.returncode, 1)
      self.assertIn(str(path), done.stderr)

  def test_dump_state(self):
    with Agent() as agent, agent.connect() as client:
      client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 11}}})
      command = [AGENT, "--root", agent.root, "--dump-state"]
      dumped = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
      state = json.loads(dumped)
      self.assertEqual(state["active"]["stored"]["settings"], {"sysctl": {"vm.swappiness": 11}})
      records = {record["key"]: record for record in state["records"]}
      self.assertEqual(records["sysctl/vm.swappiness"]["original"], "60")
      self.assertNotIn("under-way", state)
      agent.stop()
      self.assertEqual(subprocess.run(command, capture_output=True, text=True, timeout=20,
                                      check=True).stdout, dumped)

  def test_dump_state_without_stored_state(self):
    result = self.run_agent("-t", "/no/such/folder", "--dump-state")
    self.assertEqual(result.returncode, 1)
    self.assertIn("/no/such/folder/state.log", result.stderr)

  def test_bad_options(self):
    cases = {
        ("--bogus",): "bogus",
        ("-m", "carrier-pigeon"): "carrier-pigeon",
        ("-m", "unix-listen"): "path",
        ("-c", "/no/such/file"): "/no/such/file",
        ("-t", "relative"): "relative",
        ("-p",): "-p",
        ("operand",): "operand",
        ("--root", "/no/such/root"): "/no/such/root",
        ("-m", "unix-listen", "-p", "/no/such/folder/socket"): "/no/such/folder/socket",
    }
    for options, text in cases.items():
      with self.subTest(options=options):
        result = self.run_agent(*options)
        self.assertEqual(result.returncode, 1)
        self.assertIn(text, result.stderr)

  def test_bad_configuration(self):
    for content, text in (("[tune]\nmemory=sometimes\n", "sometimes"),
                          ("[general]\nverbose=maybe\n", "verbose"),
                          ("nonsense\n", "agent.conf")):
      with self.subTest(content=content), tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "agent.conf")
        pathlib.Path(path).write_text(content, encoding="utf-8")
        result = self.run_agent("-c", path)
        self.assertEqual(result.returncode, 1)
        self.assertIn(text, result.stderr)

  def test_unknown_keys_are_reported_and_ignored(self):
    def tree(root):
      make_tree(root)
      write_file(root, "agent.conf", "[general]\nfsfreeze-hook=/x\n[other]\na=b")
    agent = Agent(tree=tree)
    agent._options = ("-c", os.path.join(agent.root, "agent.conf"), "-b", "no-such-command")
    with agent, agent.connect() as client:
      client.call("guest-ping")
      for text in ("fsfreeze-hook", "[other] a", "no-such-command"):
        self.assertIn(text, agent.read_log())

  def test_log_and_pid_files(self):
    with tempfile.TemporaryDirectory() as folder:
      log, pid = os.path.join(folder, "log"), os.path.join(folder, "pid")
      with Agent("--logfile", log, "--pidfile", pid) as agent, agent.connect() as client:
        client.call("guest-ping")
        self.assertEqual(pathlib.Path(pid).read_text().strip(), str(agent.process.pid))
        self.assertEqual(agent.read_log(), "")
        other = self.run_agent("-m", "unix-listen", "-p", os.path.join(folder, "s"),
                               "--root", agent.root, "-f", pid)
        self.assertEqual(other.returncode, 1)
        self.assertIn(pid, other.stderr)
        self.assertEqual(agent.stop(), 0)
      self.assertFalse(os.path.exists(pid))
      self.assertRegex(pathlib.Path(log).read_text(), r"(?m)^\d{4}-\d\d-\d\dT.*active settings")


if __name__ == "__main__":
  unittest.main()
