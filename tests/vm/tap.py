# SPDX-License-Identifier: LGPL-2.1-or-later
"""A multi-queue tap interface that exists as long as its descriptors are open.

It is not persistent (Documentation/networking/tuntap.rst): the kernel removes
it with its last descriptor, even if this process or QEMU is killed.  The kernel
chooses its name.
"""

import fcntl
import os
import struct

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x4000, 0x0100
FLAGS = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE


class Tap:
  """One interface with so many queues, and a descriptor for each queue."""

  def __init__(self, queues):
    self.fds = []
    self.name = "vttap%d"
    try:
      for _ in range(queues):
        self._add_queue()
    except OSError:
      self.close()
      raise

  def _add_queue(self):
    self.fds.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    request = struct.pack("16sH22x", self.name.encode(), FLAGS)
    answer = fcntl.ioctl(self.fds[-1], TUNSETIFF, request)
    self.name = answer[:16].split(b"\0")[0].decode()

  def close(self):
    """Closes our descriptors; QEMU keeps its own."""
    for fd in self.fds:
      os.close(fd)
    self.fds = []
