# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes initramfs archives: "newc" cpio, the only form that the kernel reads.

See Documentation/driver-api/early-userspace/buffer-format.rst in the kernel.
Every file belongs to root.  Several archives may follow each other, and later
files replace earlier ones: this puts our own files over an already built guest.
"""

import os
import stat


class Writer:
  """One archive, written to a binary file."""

  def __init__(self, out):
    self._out = out
    self._serial = 0

  def _align(self):
    self._out.write(b"\0" * (-self._out.tell() % 4))

  def _member(self, name, mode, data=b""):
    raw = os.fsencode(name) + b"\0"
    self._serial += 1
    fields = (self._serial, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    self._out.write(b"070701" + b"".join(b"%08x" % field for field in fields) + raw)
    self._align()
    self._out.write(data)
    self._align()

  def folder(self, name, mode=0o755):
    self._member(name, stat.S_IFDIR | mode)

  def file(self, name, data, mode=0o644):
    self._member(name, stat.S_IFREG | mode, data)

  def link(self, name, target):
    self._member(name, stat.S_IFLNK | 0o777, os.fsencode(target))

  def tree(self, top, prefix="", skip=()):
    """Adds all files below top, except for the paths in skip (relative to top) and all below those."""
    for folder, folders, files in os.walk(top):
      below = os.path.relpath(folder, top)
      here = {name: os.path.normpath(os.path.join(below, name)) for name in folders + files}
      folders[:] = sorted(name for name in folders if here[name] not in skip)
      for name in sorted(here):
        if here[name] not in skip:
          self._copy(os.path.join(folder, name), os.path.join(prefix, here[name]))

  def _copy(self, path, name):
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
      self.link(name, os.readlink(path))
    elif stat.S_ISDIR(info.st_mode):
      self.folder(name, stat.S_IMODE(info.st_mode))
    elif stat.S_ISREG(info.st_mode):
      with open(path, "rb") as handle:
        self.file(name, handle.read(), stat.S_IMODE(info.st_mode))

  def close(self):
    """Ends the archive, with padding so that another archive can follow."""
    self._member("TRAILER!!!", 0)
    self._out.write(b"\0" * (-self._out.tell() % 512))
