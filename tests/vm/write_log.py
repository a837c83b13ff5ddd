# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the log of a disk's writes that QEMU's blklogwrites driver records.

The format is that of the kernel's dm-log-writes: a super block, then for each
request one sector that describes it, and its data.  QEMU logs a request when
it is complete, so the log is in the order of completion.  A flush makes durable
all writes that completed before the flush was sent.  QEMU writes no marks.
"""

import dataclasses
import struct

MAGIC = 0x6a736677736872
VERSION = 1
FLUSH, FUA, DISCARD = 1, 2, 4
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")


@dataclasses.dataclass(frozen=True)
class Entry:
  """One request: its start in bytes, and its data, which a discard and a flush do not have."""
  offset: int
  data: bytes
  flags: int

  @property
  def is_flush(self):
    return bool(self.flags & FLUSH)


def read(path):
  """Returns all entries up to the last flush: the super block does not count later ones."""
  with open(path, "rb") as log:
    magic, version, count, sector = _SUPER.unpack(log.read(_SUPER.size))
    if (magic, version) != (MAGIC, VERSION):
      raise ValueError(f"{path} is not a log of writes: magic {magic:#x}, version {version}")
    log.seek(sector)
    return [_read_entry(log, sector) for _ in range(count)]


def _read_entry(log, sector_size):
  sector, sectors, flags, _ = _ENTRY.unpack(log.read(_ENTRY.size))
  log.seek(sector_size - _ENTRY.size, 1)
  data = b"" if flags & DISCARD else log.read(sectors * sector_size)
  return Entry(sector * sector_size, data, flags)
