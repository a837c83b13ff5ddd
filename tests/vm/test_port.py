# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent's virtio port in a guest: unplugged under load, a second opener,
socat, events of a device that is plugged."""

import json
import select
import socket
import subprocess
import threading
import unittest

from . import mini, ours
from .case import GuestCase

PORT = "/dev/virtio-ports/org.virt_tune.agent.0"
DEADLINE = 60


class Host:
  """A client of the port's socket that keeps each message for whoever asks."""

  def __init__(self, machine):
    self._socket = socket.socket(socket.AF_UNIX)
    self._socket.settimeout(DEADLINE)
    self._socket.connect(str(machine.agent_socket))
    self._rest = b""

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.close()

  def close(self):
    self._socket.close()

  def send(self, data):
    self._socket.sendall(data)

  def request(self, name, arguments=None, **members):
    message = {"execute": name, **members}
    if arguments is not None:
      message["arguments"] = arguments
    self.send(json.dumps(message).encode() + b"\n")

  def read(self, skip=False):
    """The next message; skip: what is left of another's may come before it."""
    while b"\n" not in self._rest:
      data = self._socket.recv(1 << 16)
      if not data:
        raise ConnectionError("QEMU has closed the port's socket")
      self._rest += data
    line, self._rest = self._rest.split(b"\n", 1)
    try:
      return json.loads(line.lstrip(b"\xff"))
    except ValueError:
      if not skip:
        raise
      return None

  def call(self, name, arguments=None):
    """The whole reply."""
    self.request(name, arguments)
    return self.read()


class Port(GuestCase):
  """One mini guest; each test leaves an agent that answers."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, overlay=ours.overlay())

  def setUp(self):
    self.start_agent("-v")
    self.addCleanup(self.stop_agent)

  def test_replugged_under_load(self):
    stop = threading.Event()

    def load():
      while not stop.is_set():
        try:
          with Host(self.vm) as host:
            host._socket.settimeout(0.2)
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
    # A client's end of file is its leaving, so its input stays open.
    command = ["socat", "-", f"UNIX-CONNECT:{self.vm.agent_socket}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
      client.stdin.write(b'{"execute":"guest-ping","id":1}\n')
      client.stdin.flush()
      readable, _, _ = select.select([client.stdout], [], [], DEADLINE)
      self.assertTrue(readable)
      self.assertEqual(json.loads(client.stdout.readline()), {"return": {}, "id": 1})
      client.kill()

  def test_events(self):
    with Host(self.vm) as host:
      host.call("tune-status")  # behind the start
      self.assertIn("TUNE_DEVICE_TUNED", host.call("tune-subscribe")["return"]["events"])
      reply = host.call("tune-apply", {"settings": {"block": {"*": {"read_ahead_kb": 256}}}})
      self.assertIn("return", reply)
      disk = self.vm.plug_disk()
      self.addCleanup(self.vm.unplug, disk)
      message = host.read()
      self.assertEqual(message["event"], "TUNE_DEVICE_TUNED")
      self.assertTrue(message["data"]["attributes"])
    self.shim("rollback")


if __name__ == "__main__":
  unittest.main(verbosity=2)
