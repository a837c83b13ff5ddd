# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recorded disk: its two partitions, how it is made, and how it is read back.

The first partition has the agent's state, on ext4 as in usual guests.  The
second has the tree of files that stands for the guest's /sys and /proc.  Its
mount options have each write on the disk before write(2) returns, and never
flush the disk.  So one log has the writes to both in order: for any cut, it
shows which attributes were written before, and what was on the disk.
"""

import contextlib
import itertools
import os
import pathlib
import struct
import subprocess

from tests.vm import say

MIB = 1 << 20
SIZE = 33 * MIB
# (start, length); the first megabyte is for the partition table.
STATE = (MIB, 16 * MIB)
TREE = (17 * MIB, 16 * MIB)
# No metadata journal, and small files inside of their inodes: each attribute is written as one block.
TREE_FEATURES = "^has_journal,inline_data,^metadata_csum"
MARK = "mark"  # a file of the tree that names the step which has begun or is done
TREE_OPTIONS = "sync,dirsync,nobarrier,noatime"


def make(path, tree):
  """Makes a disk image: an empty file system for the state, and one with a copy of the folder `tree`."""
  parts = {}
  for name, words in (("state", []), ("tree", ["-O", TREE_FEATURES, "-d", str(tree)])):
    parts[name] = path.with_suffix("." + name)
    # No lazy initialization: otherwise a thread of the guest's kernel would write tables later.
    say.run(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-I", "256",
             "-E", "lazy_itable_init=0,lazy_journal_init=0", *words, parts[name], "16M"])
  with open(path, "wb") as disk:
    disk.truncate(SIZE)
    disk.write(_partition_table())
    for (start, _), part in ((STATE, parts["state"]), (TREE, parts["tree"])):
      disk.seek(start)
      disk.write(part.read_bytes())
      part.unlink()


def _partition_table():
  rows = b"".join(struct.pack("<B3sB3sII", 0, b"\0\0\0", 0x83, b"\0\0\0", start // 512, length // 512)
                  for start, length in (STATE, TREE))
  return bytes(446) + rows.ljust(64, b"\0") + b"\x55\xaa"


def belongs_to(entry, partition):
  """Whether a logged write is in a partition."""
  return bool(entry.data) and partition[0] <= entry.offset < sum(partition)


class Image:
  """The disk's content at one point of the log, in memory.  The host kernel's ext4 reads it."""

  def __init__(self, content, folder):
    self.content = bytearray(content)
    self._folder = pathlib.Path(folder)

  def apply(self, entry):
    """Carries out one logged write on the content."""
    self.content[entry.offset:entry.offset + len(entry.data)] = entry.data

  def copy(self):
    return Image(self.content, self._folder)

  def read_state(self):
    """Returns {name: bytes} of the state folder.  The mount replays ext4's own journal."""
    return self._read(STATE, "rw")

  def read_tree(self):
    """Returns {path: bytes} of the guest's attributes and of the mark."""
    return self._read(TREE, "ro", ("sys", "proc", MARK))

  def _read(self, partition, mode, below=("",)):
    path, mount = self._folder / "image", self._folder / "mount"
    mount.mkdir(exist_ok=True)
    start, length = partition
    path.write_bytes(self.content[start:start + length])
    subprocess.run(["mount", "-t", "ext4", "-o", f"loop,{mode}", path, mount], check=True)
    try:
      return dict(_files(mount, below))
    finally:
      subprocess.run(["umount", mount], check=True)


def _files(top, below):
  for path in itertools.chain.from_iterable(map(_walk, (top / name for name in below))):
    if not path.is_symlink():
      yield str(path.relative_to(top)), path.read_bytes()


def _walk(top):
  if not top.is_dir():
    yield top
    return
  for folder, names, files in os.walk(top):
    with contextlib.suppress(ValueError):
      names.remove("lost+found")
    yield from (pathlib.Path(folder) / name for name in files)
