# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host's end of a port, bare enough not to be what is measured."""

import json
import socket
import time

PING = b'{"execute":"guest-ping"}\n'


class Client:
  """Connected when made; requests out, lines in, each wait with a deadline."""

  def __init__(self, path, timeout=60):
    self._socket = socket.socket(socket.AF_UNIX)
    self._socket.settimeout(timeout)
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

  def line(self):
    """The next line, without its newline."""
    while b"\n" not in self._rest:
      data = self._socket.recv(1 << 16)
      if not data:
        raise ConnectionError("QEMU has closed the port's socket")
      self._rest += data
    line, self._rest = self._rest.split(b"\n", 1)
    return line

  def ping(self):
    self._socket.sendall(PING)
    return self.line()

  def lines(self, count):
    """Reads count lines, and drops them."""
    seen = self._rest.count(b"\n")
    while seen < count:
      data = self._socket.recv(1 << 16)
      if not data:
        raise ConnectionError("QEMU has closed the port's socket")
      seen += data.count(b"\n")
    self._rest = b""

  def sync(self):
    """Drops all that was sent before, up to the answer to a number of ours."""
    number = time.monotonic_ns() & 0xFFFFFFFF
    request = {"execute": "guest-sync-delimited", "arguments": {"id": number}}
    self.send(b"\xff" + json.dumps(request).encode() + b"\n")
    while not self.line().endswith(b'{"return": %d}' % number):
      pass

  def stuff(self, request, quiet=0.5, limit=64 << 20):
    """Sends requests and reads nothing, until for a while no more is taken.  Gives the bytes."""
    block, sent = request * 64, 0
    self._socket.settimeout(quiet)
    try:
      while sent < limit:
        sent += self._socket.send(block[sent % len(request):])
    except socket.timeout:
      pass
    return sent
