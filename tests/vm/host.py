# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's end of a port: sends and reads single lines and messages."""

import json
import socket

DEADLINE = 120  # seconds within which every answer must come


class Host:
  """A client of a port's socket.  Every wait has a deadline."""

  def __init__(self, path, deadline=DEADLINE):
    self._socket = socket.socket(socket.AF_UNIX)
    self._socket.settimeout(deadline)
    self._socket.connect(str(path))
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

  def line(self):
    """The next line, without its newline."""
    while b"\n" not in self._rest:
      data = self._socket.recv(1 << 16)
      if not data:
        raise ConnectionError("QEMU has closed the port's socket")
      self._rest += data
    line, self._rest = self._rest.split(b"\n", 1)
    return line

  def read(self):
    """The next message."""
    return json.loads(self.line().lstrip(b"\xff"))

  def call(self, name, arguments=None):
    """Sends a request; returns the whole reply."""
    self.request(name, arguments)
    return self.read()

  def event(self, name):
    """Reads the next message, which must be this event.  Returns its data."""
    message = self.read()
    if message.get("event") != name:
      raise AssertionError(f"expected the event {name}, got {message}")
    return message["data"]
