# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's machine protocol over a connected socket.  Each wait has a deadline.

See docs/interop/qmp-spec.txt in QEMU.
"""

import collections
import json
import socket
import time


class QmpError(RuntimeError):
  """QEMU refused a command, or ended."""


class Qmp:
  """A client; events are kept until somebody waits for them."""

  def __init__(self, connection):
    self._socket = connection
    self._pending = b""
    self._events = collections.deque(maxlen=1000)
    self._serial = 0

  def greet(self, timeout=30):
    """Reads QEMU's greeting and ends the negotiation mode."""
    deadline = time.monotonic() + timeout
    while "QMP" not in self._message(deadline):
      pass
    self.execute("qmp_capabilities")

  def execute(self, command, arguments=None, timeout=30, fds=()):
    """Runs a command; returns its "return" member or raises QmpError."""
    self._serial += 1
    request = {"execute": command, "id": self._serial}
    if arguments:
      request["arguments"] = arguments
    data = json.dumps(request).encode() + b"\n"
    if fds:
      socket.send_fds(self._socket, [data], list(fds))
    else:
      self._send(data)
    deadline = time.monotonic() + timeout
    while True:
      message = self._message(deadline)
      if message.get("id") != self._serial:
        self._keep(message)
      elif "error" in message:
        raise QmpError(f"{command}: {message['error'].get('desc')}")
      else:
        return message["return"]

  def _send(self, data):
    try:
      self._socket.sendall(data)
    except ConnectionError as error:
      raise QmpError(f"QEMU has ended: {error}") from error

  def wait_event(self, name, timeout=30, **data):
    """Waits for an event of this name whose data contain all members of data."""
    deadline = time.monotonic() + timeout
    while True:
      for event in list(self._events):
        if event["event"] == name and data.items() <= event.get("data", {}).items():
          self._events.remove(event)
          return event
      self._keep(self._message(deadline, f"event {name} {data or ''}"))

  def _keep(self, message):
    if "event" in message:
      self._events.append(message)

  def _message(self, deadline, what="an answer"):
    while b"\n" not in self._pending:
      left = deadline - time.monotonic()
      if left <= 0:
        raise TimeoutError(f"QEMU did not give {what} in time")
      self._socket.settimeout(left)
      try:
        data = self._socket.recv(65536)
      except socket.timeout:
        continue
      except ConnectionError:
        data = b""
      if not data:
        raise QmpError("QEMU has ended")
      self._pending += data
    line, self._pending = self._pending.split(b"\n", 1)
    return json.loads(line)

  def close(self):
    self._socket.close()
