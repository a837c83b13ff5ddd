# SPDX-License-Identifier: LGPL-2.1-or-later
"""The small root trees that are packed into initramfs archives."""

import os
import pathlib
import subprocess

from . import apt, cache, cpio, kernel, say

HERE = pathlib.Path(__file__).parent

# Files that no test reads: left out, so that each boot has less to load.
UNUSED = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl5",
          "usr/share/bash-completion", "usr/share/zsh", "usr/lib/x86_64-linux-gnu/gconv",
          "usr/lib/x86_64-linux-gnu/perl-base", "usr/lib/udev/hwdb.d", "usr/lib/udev/hwdb.bin",
          "var", "dev"]


def tools():
  """The cached tree of tools for the initramfs of both guests."""
  names = apt.package_list("mini")

  def build(folder):
    say.say("making the mini guest's tree of tools")
    apt.tree(folder / "tree", "extract", names)
    _busybox(folder / "tree")

  inputs = [*apt.source_lines(), apt.versions(*names), *names, pathlib.Path(__file__)]
  return cache.entry("tools", inputs, build) / "tree"


def _applets(top):
  return subprocess.run([top / "usr/bin/busybox", "--list"], check=True,
                        stdout=subprocess.PIPE, text=True).stdout.split()


def _busybox(top):
  """Makes a link for each applet, except where the tree has the real program."""
  real = set(os.listdir(top / "usr/bin")) | set(os.listdir(top / "usr/sbin"))
  for name in set(_applets(top)) - real:
    (top / "usr/bin" / name).symlink_to("busybox")


def empty(archive):
  """Adds the folders on which the first program mounts file systems."""
  for name in ("proc", "sys", "dev", "run", "tmp", "var", "var/lib", "var/log", "root"):
    archive.folder(name)


def write(path, fill):
  """Writes an archive to path; fill(writer) adds the files."""
  with open(path, "wb") as out:
    archive = cpio.Writer(out)
    fill(archive)
    archive.close()


def script(name):
  """A guest script's bytes."""
  return (HERE / "guest" / name).read_bytes()


def modules(names, folder):
  """A tree of modules below folder, for cpio.Writer.tree()."""
  kernel.copy_modules(names, folder)
  return folder


def just_busybox(archive, top):
  """Adds only busybox and its applets (modprobe is one) from the tree."""
  for name in ("usr", "usr/bin", "usr/sbin"):
    archive.folder(name)
  for name in ("bin", "sbin", "lib"):
    archive.link(name, "usr/" + name)
  archive.file("usr/bin/busybox", (top / "usr/bin/busybox").read_bytes(), 0o755)
  for applet in set(_applets(top)) - {"busybox"}:
    archive.link("usr/bin/" + applet, "busybox")
