# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host's end of a port, as the measurements use it."""

import json
import socket
import time

from tests.vm.host import Host

PING = b'{"execute":"guest-ping"}\n'


class Client(Host):
  """Beyond a host's requests and replies: many at once, none looked at, or none read."""

  def ping(self):
    self.send(PING)
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

  def stuff(self, request, quiet=0.5, longest=20):
    """Sends requests and reads nothing, until for a while no more is taken, or only drop by drop.
    Gives the bytes."""
    block, sent = request * 64, 0
    end = time.monotonic() + longest
    self._socket.settimeout(quiet)
    try:
      while time.monotonic() < end:
        sent += self._socket.send(block[sent % len(request):])
    except socket.timeout:
      pass
    return sent
