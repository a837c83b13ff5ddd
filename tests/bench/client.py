# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's end of a port, for the measurements."""

import json
import socket
import time

from tests.vm.host import Host

PING = b'{"execute":"guest-ping"}\n'


class Client(Host):
  """A Host that can also send many requests at once, skip replies, or read no reply."""

  def ping(self):
    self.send(PING)
    return self.line()

  def lines(self, count):
    """Reads and discards count lines."""
    seen = self._rest.count(b"\n")
    while seen < count:
      data = self._socket.recv(1 << 16)
      if not data:
        raise ConnectionError("QEMU has closed the port's socket")
      seen += data.count(b"\n")
    self._rest = b""

  def sync(self):
    """Discards all earlier replies, up to the reply to a new sync request."""
    number = time.monotonic_ns() & 0xFFFFFFFF
    request = {"execute": "guest-sync-delimited", "arguments": {"id": number}}
    self.send(b"\xff" + json.dumps(request).encode() + b"\n")
    while not self.line().endswith(b'{"return": %d}' % number):
      pass

  def send_until_full(self, request, quiet=0.5, longest=20):
    """Sends requests and reads nothing, until nothing could be sent for `quiet` seconds, or for
    `longest` seconds.  Returns the number of bytes sent."""
    block, sent = request * 64, 0
    end = time.monotonic() + longest
    self._socket.settimeout(quiet)
    try:
      while time.monotonic() < end:
        sent += self._socket.send(block[sent % len(request):])
    except socket.timeout:
      pass
    return sent
