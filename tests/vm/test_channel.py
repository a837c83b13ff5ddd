# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent's virtio-serial port in a real guest: hosts connect and disconnect
at any moment; the port is unplugged, plugged again and held by another program."""

import json
import socket
import unittest

from tests.integration.agent_process import AgentError, Stream

from . import mini, ours
from .case import AGENT_LOG, GuestCase

PORT = "/dev/virtio-ports/org.virt_tune.agent.0"
SWAPPINESS = "/proc/sys/vm/swappiness"


def _change(value):
  return {"settings": {"sysctl": {"vm.swappiness": value}}}


class Channel(GuestCase):
  """One mini guest.  The agent runs during all tests."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, overlay=ours.overlay())

  def setUp(self):
    if self.vm.run("pidof virt-tune-agent", check=False).code != 0:
      self.start_agent()
    self.pid = self.shell("pidof virt-tune-agent")

  def host(self):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(self.vm.agent_socket))
    return Stream(sock.fileno(), sock.close)

  def wake_ups(self):
    return int(self.shell(f"cat /proc/{self.pid}/task/*/status |"
                          " awk '/^voluntary_ctxt/ { n += $2 } END { print n }'"))

  def cpu_ticks(self):
    return int(self.shell(f"awk '{{ print $14 + $15 }}' /proc/{self.pid}/stat"))

  def dropped(self, host):
    return host.call("tune-status")["requests"]["dropped"]

  def test_reconnects_lose_no_reply(self):
    for number in range(1000):
      with self.host() as host:
        self.assertEqual(host.call("guest-sync", {"id": number}), number)

  def test_reconnects_lose_no_change(self):
    for number in range(100):
      with self.host() as host:
        host.sync(number)
        row = host.call("tune-apply", _change(number % 2 + 40))["attributes"][0]
        self.assertEqual(row["to"], number % 2 + 40)

  def test_reconnects_lose_no_change_without_sync(self):
    for number in range(200):
      with self.host() as host:
        host.request("tune-apply", _change(number % 2 + 40))
        self.assertIn("return", host.read_reply())

  def test_half_a_request_does_not_reach_the_next_host(self):
    for _ in range(50):
      with self.host() as host:
        host.send('{"execute":"guest-sync","arg')
      with self.host() as host:
        host.sync()
        self.assertEqual(host.call("guest-ping"), {})
        self.assertEqual(host.sync(), 0)

  def test_changes_of_many_hosts_that_disconnect_at_once(self):
    """Each host sends a change and disconnects. The agent runs the change, or drops it because it saw
    the disconnect or because another change is under way: these are races. But it must not run
    a change twice, and must work afterwards."""
    with self.host() as host:
      host.sync()
      host.call("tune-apply", _change(50))
      before = self.dropped(host), host.call("tune-status")["changes"]["last"]["id"]
    for _ in range(20):
      with self.host() as host:
        host.request("tune-apply", _change(51))
        host.wait_until_read()
    with self.host() as host:
      host.sync()
      host.call("tune-verify")
      after = self.dropped(host), host.call("tune-status")["changes"]["last"]["id"]
    run_or_dropped = after[0] - before[0] + after[1] - before[1]
    self.assertGreater(run_or_dropped, 0)
    self.assertLessEqual(run_or_dropped, 20)

  def test_change_of_a_disconnected_host_is_not_run(self):
    """The agent is stopped while a host sends a change and disconnects; then it sees the hang-up first."""
    with self.host() as host:
      host.sync()
      host.call("tune-apply", _change(52))
      before = self.dropped(host)
    self.vm.run(f"kill -STOP {self.pid}")
    with self.host() as host:
      host.request("tune-apply", _change(53))
      host.wait_until_read()
    self.vm.run(f"kill -CONT {self.pid}")
    self.vm.wait_until(f"grep -q 'tune-apply was not run' {AGENT_LOG}")
    with self.host() as host:
      host.sync()
      self.assertEqual(self.dropped(host), before + 1)
    self.assertEqual(self.vm.read(SWAPPINESS), "52")

  def _freezers(self):
    """Functions that stop and continue the whole guest, or the agent alone."""
    execute = self.vm.qmp.execute
    return {"guest": (lambda: execute("stop"), lambda: execute("cont")),
            "agent": (lambda: self.vm.run(f"kill -STOP {self.pid}"),
                      lambda: self.vm.run(f"kill -CONT {self.pid}"))}

  def test_new_host_before_the_guest_sees_the_last_one_disconnect(self):
    """The new host's requests, even an invalid one, are answered once, after its sync.  After its
    sync, it gets no reply or event of the host before it."""
    for name, (freeze, thaw) in self._freezers().items():
      for number in range(5):
        with self.subTest(frozen=name, round=number):
          with self.host() as host:
            host.sync()
            host.call("tune-subscribe")
            freeze()
            host.request("tune-verify", id="of the first host")
            host.request("tune-apply", _change(60), id="of the first host")
          with self.host() as host:
            host.send(f'\n{{"execute":"guest-sync","arguments":{{"id":{number}}},"id":"sync"}}\n'
                      '{"execute":1,"id":"fault"}\n{"execute":"tune-status","id":"status"}\n'
                      '{"execute":"guest-ping","id":"ping"}\n')
            thaw()
            while (reply := host.read_reply()).get("id") != "sync":
              self.assertEqual(reply.get("id"), "of the first host")  # sent before the hang-up was seen
            self.assertEqual(reply["return"], number)
            replies = {reply["id"]: reply for reply in (host.read_reply() for _ in range(3))}
            self.assertEqual(sorted(replies), ["fault", "ping", "status"])
            self.assertIn("error", replies["fault"])
            self.assertIn("changes", replies["status"]["return"])
            self.assertEqual(replies["ping"]["return"], {})
            self.assertEqual(host.sync(), 0)

  def test_agent_never_wakes_at_rest(self):
    for state in ("no host", "a silent host"):
      with self.subTest(state=state):
        host = self.host() if state == "a silent host" else None
        if host:
          host.sync()
        self.shell("sleep 1")  # lets the agent finish; then the test measures 10 s without an event
        wakes, ticks = self.wake_ups(), self.cpu_ticks()
        self.shell("sleep 10")
        self.assertEqual(self.wake_ups() - wakes, 0)
        self.assertEqual(self.cpu_ticks() - ticks, 0)
        if host:
          host.close()

  def _rest(self):
    """Waits until the agent uses no CPU time for a second."""
    self.vm.wait_until(f"a=$(cat /proc/{self.pid}/stat); sleep 1; test \"$a\" = \"$(cat /proc/{self.pid}/stat)\"",
                       timeout=120)

  def _flood(self):
    """A host that sends requests until no more fit, reads no reply, and disconnects."""
    flood = json.dumps({"execute": "guest-info"}).encode() * 4096
    with self.host() as host:
      host.sync()
      while host.send_some(flood):
        self._rest()
      ticks = self.cpu_ticks()
      self.shell("sleep 5")
      self.assertEqual(self.cpu_ticks() - ticks, 0)

  def test_host_that_does_not_read(self):
    self._flood()
    self._rest()
    with self.host() as host:  # gets none of the replies to the flood
      self.assertEqual(host.sync(), 0)
    self._flood()
    with self.host() as host:  # the guest may not notice that this is another host
      host.sync()
      self.assertEqual(host.call("guest-ping"), {})
    self._rest()

  def test_unplugged_and_replugged(self):
    for _ in range(3):
      self.vm.unplug_port()
      self.vm.wait_until(f"test ! -e {PORT}")
      self.vm.plug_port()
      with self.host() as host:
        host.sync()
        self.assertEqual(host.call("guest-ping"), {})
    self.assertEqual(self.shell("pidof virt-tune-agent"), self.pid)

  def test_unplugged_with_a_host_and_a_request(self):
    host = self.host()
    host.request("tune-status")
    self.vm.unplug_port()
    host.close()
    self.vm.wait_until(f"test ! -e {PORT}")
    self.vm.plug_port()
    with self.host() as host:
      host.sync()
    self.assertEqual(self.shell("pidof virt-tune-agent"), self.pid)

  def test_port_held_by_another(self):
    self.stop_agent()
    self.vm.run(f"sleep 1000 <{PORT} >/dev/null 2>&1 & echo $! >/run/holder")
    self.vm.wait_until("readlink /proc/$(cat /run/holder)/fd/0 | grep -q vport")
    self.vm.run(f"virt-tune-agent >{AGENT_LOG} 2>&1 </dev/null &")
    self.vm.wait_until(f"grep -q 'in use by another' {AGENT_LOG}")
    self.vm.run("kill $(cat /run/holder)")
    with self.host() as host:
      host.sync()
      self.assertEqual(host.call("guest-ping"), {})

  def test_large_request_and_reply(self):
    with self.host() as host:
      host.sync()
      ident = "x" * 900000
      for _ in range(3):
        host.request("guest-ping", id=ident)
        self.assertEqual(host.read_reply()["id"], ident)
      host.send(b'{"execute":"' + b"y" * 2000000 + b'"}\n')
      self.assertIn("error", host.read_reply())
      with self.assertRaises(AgentError):
        host.call("no-such-command")


if __name__ == "__main__":
  unittest.main(verbosity=2)
