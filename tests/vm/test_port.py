# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent's virtio port in a guest: unplugged under load, opened by a second program,
used with socat, with a change that hangs on a disk, with events."""

import json
import select
import subprocess
import threading
import time
import unittest

from . import mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Disk
from .host import DEADLINE, Host

PORT = "/dev/virtio-ports/org.virt_tune.agent.0"
HAS_LEFT = "the host has left"
LIMITS = ("bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr")


class Port(GuestCase):
  """One mini guest.  At the end of each test, the agent must answer."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, memory="768M", slots=3, overlay=ours.overlay(),
             devices=[Disk("virtio-blk-pci", "stuck")])

  def setUp(self):
    self.start_agent("-v")
    self.addCleanup(self.stop_agent)

  def host(self):
    return Host(self.vm.agent_socket)

  def test_replugged_under_load(self):
    stop = threading.Event()

    def load():
      while not stop.is_set():
        try:
          with Host(self.vm.agent_socket, deadline=0.2) as host:
            host.send(b'{"execute":"guest-ping"}\n' * 50)
            while not stop.is_set():
              host.read()
        except OSError:
          continue

    thread = threading.Thread(target=load)
    thread.start()
    pid = self.shell("pidof virt-tune-agent")
    try:
      for _ in range(3):
        self.vm.unplug_port()
        self.vm.wait_until(f"test ! -e {PORT}")
        self.vm.plug_port()
        self.vm.wait_until(f"ls -l /proc/{pid}/fd | grep -q vport")
    finally:
      stop.set()
      thread.join()
    self.shim("ping")
    self.assertEqual(self.shell("pidof virt-tune-agent"), pid)

  def test_second_opener_is_refused(self):
    self.assertNotEqual(self.vm.run(f"exec 9<>{PORT}", check=False).code, 0)
    self.shim("ping")

  def test_socat(self):
    # At the end of its input, socat disconnects, so its input stays open.
    command = ["socat", "-", f"UNIX-CONNECT:{self.vm.agent_socket}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
      client.stdin.write(b'{"execute":"guest-ping","id":1}\n')
      client.stdin.flush()
      readable, _, _ = select.select([client.stdout], [], [], DEADLINE)
      self.assertTrue(readable)
      self.assertEqual(json.loads(client.stdout.readline()), {"return": {}, "id": 1})
      client.kill()

  def test_device_tuned_and_drift(self):
    with self.host() as host:
      host.call("tune-status")  # answered after the start
      self.assertIn("TUNE_DEVICE_TUNED", host.call("tune-subscribe")["return"]["events"])
      wanted = {"*": {"read_ahead_kb": 256}, "vdb": {"nr_requests": 1000000}}
      reply = host.call("tune-apply", {"settings": {"block": wanted}, "allow-absent": True})
      self.assertIn("return", reply)
      disk = self.vm.plug_disk()
      self.addCleanup(self.vm.unplug, disk)
      data = host.event("TUNE_DEVICE_TUNED")
      self.assertEqual((data["section"], data["device"]), ("block", "vdb"))
      self.assertEqual([(row["key"], row["to"]) for row in data["attributes"]],
                       [("block/vdb/read_ahead_kb", 256)])
      data = host.event("TUNE_DRIFT")
      self.assertEqual([row["key"] for row in data["attributes"]], ["block/vdb/nr_requests"])
      self.assertTrue(data["attributes"][0]["reason"])
      # The agent re-applies its value once; a second change by others stays and is reported as drift.
      path = "/sys/block/vdb/queue/read_ahead_kb"
      for event, value in ("TUNE_DEVICE_TUNED", "256"), ("TUNE_DRIFT", "64"):
        self.vm.run(f"echo 64 >{path}; udevadm trigger --action=change /sys/block/vdb")
        row = self._row(host, event, "block/vdb/read_ahead_kb")
        self.assertEqual(self.vm.read(path), value)
      self.assertIn("again", row["reason"])
    self.shim("rollback")

  def _row(self, host, event, key):
    """Skips messages until an event of this name has a row of this key; returns the row."""
    while True:
      message = host.read()
      for row in message["data"]["attributes"]:
        if (message["event"], row["key"]) == (event, key):
          return row

  def test_memory_onlined(self):
    with self.host() as host:
      host.call("tune-status")
      host.call("tune-subscribe")
      # Otherwise the kernel brings the memory online first, and the agent has nothing to do.
      self.vm.run("echo offline >/sys/devices/system/memory/auto_online_blocks")
      self.vm.plug_dimm("256M")
      online = 0
      while online < 2:
        data = host.event("TUNE_MEMORY_ONLINED")
        self.assertEqual((data["failed"], data["misplaced"]), (0, 0))
        online += data["online"]
      self.assertEqual((online, self.offline_blocks()), (2, 0))

  def test_memory_online_reports_its_progress(self):
    with self.host() as host:
      host.call("tune-status")
      host.call("tune-subscribe")
      self.vm.run("echo offline >/sys/devices/system/memory/auto_online_blocks")
      there = len(host.call("guest-get-memory-blocks")["return"])
      wait = {"blocks": there + 4, "timeout": 5000}
      host.request("tune-memory-online", wait)
      for name in ("progress1", "progress2"):
        self.vm.plug_dimm("256M", id=name)
      onlined, complete = 0, False
      while not complete:
        message = host.read()
        if "event" in message:
          self.assertEqual(message["event"], "TUNE_MEMORY_ONLINED")
          onlined += message["data"]["online"]
          continue
        complete = message["return"]["complete"]
        if not complete:  # the machine is slow: wait again, as the shim does
          host.request("tune-memory-online", wait)
      self.assertEqual((onlined, self.offline_blocks()), (4, 0))

  def _limit(self, bytes_a_second):
    """Limits the rate of the disk's I/O in QEMU; 0: no limit."""
    limits = {**dict.fromkeys(LIMITS, 0), "bps": bytes_a_second}
    device = "/machine/peripheral/stuck/virtio-backend"
    self.vm.qmp.execute("block_set_io_throttle", {"id": device, **limits})

  def _stick(self, name):
    """Stops the disk's I/O, so that a change that freezes its queue does not return."""
    self._limit(1)
    self.addCleanup(self._limit, 0)
    # QEMU lets the first read pass, and then none for hours, because of the limit.
    # The reads are far apart, because QEMU would merge two neighbours into one read.
    self.vm.run(f"for n in 1 100; do dd if=/dev/{name} of=/dev/null bs=64k count=1 skip=$n"
                " iflag=direct 2>/dev/null & done")
    self.vm.wait_until(f"""read done rest </sys/block/{name}/stat; sleep 0.2
      read same rest </sys/block/{name}/stat; read reads writes </sys/block/{name}/inflight
      test $done = $same && test $reads -gt 0 && test $(pidof dd | wc -w) = 1""")

  def _wait_hanging(self):
    """Waits until a thread of the agent is in an uninterruptible system call."""
    self.vm.wait_until("grep -q '^State:.D' /proc/$(pidof virt-tune-agent)/task/*/status")

  def _wait_done(self, host):
    """Waits until no change is under way; returns the changes of tune-status."""
    end = time.monotonic() + DEADLINE
    while "under-way" in (changes := host.call("tune-status")["return"]["changes"]):
      self.assertLess(time.monotonic(), end, changes)
    return changes

  def _departures(self):
    return int(self.shell(f"grep -c '{HAS_LEFT}' {AGENT_LOG}; true"))

  def _scheduler_change(self):
    """Returns a disk, another scheduler for it, and the arguments of tune-apply that set it."""
    name = self.disk("stuck")
    other = "none" if self.scheduler(name) != "none" else "mq-deadline"
    return name, other, {"settings": {"block": {name: {"scheduler": other}}}}

  def test_apply_while_a_roll_back_is_stuck(self):
    before = self.state()
    name, _, change = self._scheduler_change()
    with self.host() as host:
      self.assertIn("return", host.call("tune-apply", change))
      self._stick(name)
      host.request("tune-rollback", {}, id="slow")
      self._wait_hanging()
      departures = self._departures()
    self.vm.wait_until(f"test $(grep -c '{HAS_LEFT}' {AGENT_LOG}) -gt {departures}")
    with self.host() as another:
      self.assertEqual(another.call("tune-apply", change)["error"]["class"], "Busy")
      self.assertEqual(self._changes_under_way(another), {"command": "tune-rollback"})
      self._limit(0)
      self._wait_done(another)
    self.assertEqual(self.state(), before)

  @staticmethod
  def _changes_under_way(host):
    return host.call("tune-status")["return"]["changes"]["under-way"]

  def test_change_on_a_stuck_disk(self):
    name, other, change = self._scheduler_change()
    before = self.state()
    self._stick(name)
    with self.host() as host:
      host.request("tune-apply", change, id="slow")
      self._wait_hanging()
      for _ in range(10):
        self.assertEqual(host.call("guest-ping"), {"return": {}})
      changes = host.call("tune-status")["return"]["changes"]
      self.assertEqual(changes["under-way"], {"command": "tune-apply"})
      departures = self._departures()
    # Until the guest sees the disconnect, it takes a new host for the last one, and the new host waits.
    self.vm.wait_until(f"test $(grep -c '{HAS_LEFT}' {AGENT_LOG}) -gt {departures}")
    with self.host() as another:
      self.assertEqual(another.call("tune-apply", change)["error"]["class"], "Busy")
      self.assertEqual(another.call("tune-rollback")["error"]["class"], "Busy")
      self.assertEqual(another.call("guest-ping"), {"return": {}})
      self._limit(0)
      self.vm.wait_until(f"grep -q '\\[{other}\\]' /sys/block/{name}/queue/scheduler")
      changes = self._wait_done(another)
      self.assertEqual((changes["last"]["command"], changes["last"]["result"]),
                       ("tune-apply", "done"))
      self.assertEqual(another.call("tune-verify")["return"]["drift"], 0)
    self.rolled_back(before)

  def test_start_on_a_stuck_disk(self):
    name, other, change = self._scheduler_change()
    before = self.state()
    with self.host() as host:
      self.assertIn("return", host.call("tune-apply", change))
    self.stop_agent()
    active = self.state()
    self.vm.run(f"echo {before[f'/sys/block/{name}/queue/scheduler']} >/sys/block/{name}/queue/scheduler")
    self._stick(name)
    self.start_agent(until="ping")
    self._wait_hanging()
    with self.host() as host:
      host.call("tune-subscribe")
      self.assertEqual(host.call("guest-ping"), {"return": {}})
      status = host.call("tune-status")["return"]
      self.assertEqual(status["changes"]["under-way"], {"work": "start"})
      self.assertNotIn("attributes", status)
      self._limit(0)
      self.assertEqual(host.event("TUNE_READY"), {"applied": 1, "failed": 0})
    self.assertEqual(self.state(), active)
    self.rolled_back(before)


if __name__ == "__main__":
  unittest.main(verbosity=2)
