# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's end of the guest's root shell (guest/shell is the guest's end).

One script at a time.  The socket is connected before the guest boots, so that
the guest's "ready" is the event that it has booted.
"""

import base64
import dataclasses
import socket
import time


class GuestError(AssertionError):
  """A script failed in the guest, or the guest ended."""


@dataclasses.dataclass(frozen=True)
class Result:
  """The exit code and output of a script."""
  code: int
  out: str
  err: str


def _decode(word):
  return base64.b64decode(word[1:]).decode(errors="replace")


class Shell:
  """Runs scripts in the guest over a connected socket."""

  def __init__(self, connection):
    self._socket = connection
    self._pending = bytearray()
    self._serial = 0
    self.boot_id = None

  def wait_ready(self, timeout, fault=lambda: None):
    """Waits until the guest has booted since the last call.  fault() returns a reason to give up."""
    deadline = time.monotonic() + timeout
    while True:
      words = self._line(deadline, "boot", fault).split()
      if words[:1] == ["ready"] and len(words) == 3 and words[1] != self.boot_id:
        self.boot_id = words[1]
        return

  def run(self, script, timeout=30):
    """Runs a script with sh; waits for its end, at most until the deadline."""
    self._serial += 1
    encoded = base64.b64encode(script.encode()).decode()
    self._socket.settimeout(timeout)
    self._socket.sendall(f"{self._serial} {max(1, int(timeout))} {encoded}\n".encode())
    deadline = time.monotonic() + timeout + 15
    while True:
      words = self._line(deadline, "answer").split()
      if words[:1] == ["ready"]:
        raise GuestError(f"the guest's shell restarted while it ran: {script}")
      if len(words) == 4 and words[0] == str(self._serial):
        return Result(int(words[1]), _decode(words[2]), _decode(words[3]))

  def _line(self, deadline, what, fault=lambda: None):
    while b"\n" not in self._pending:
      left = deadline - time.monotonic()
      if left <= 0:
        raise GuestError(f"the guest did not {what} in time")
      if fault():
        raise GuestError(f"the guest did not {what}: {fault()}")
      self._socket.settimeout(min(left, 2))
      try:
        data = self._socket.recv(1 << 20)
      except socket.timeout:
        continue
      except ConnectionError:
        data = b""
      if not data:
        raise GuestError("QEMU has ended")
      self._pending += data
    line, _, rest = self._pending.partition(b"\n")
    self._pending = rest
    return line.decode(errors="replace")

  def close(self):
    self._socket.close()
