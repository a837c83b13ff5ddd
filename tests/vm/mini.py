# SPDX-License-Identifier: LGPL-2.1-or-later
"""The mini guest: kernel, modules, busybox, a real udevd; all in memory.

Boots in seconds without KVM.  It has no systemd and no disk, so the next boot
loses all changes of a test.
"""

import pathlib
import shutil

from . import apt, cache, initramfs, kernel, say
from .guest_image import Image

HERE = pathlib.Path(__file__).parent


def image():
  """The built mini guest, for Machine."""
  package = kernel.package()
  tools = initramfs.tools()

  def build(folder):
    say.say("packing the mini guest")
    modules = initramfs.modules(kernel.BOOT + kernel.DEVICES, folder / "modules")
    initramfs.write(folder / "base.cpio", lambda archive: _fill(archive, tools, modules))
    shutil.rmtree(modules)

  sources = ["mini.py", "initramfs.py", "kernel.py", "cpio.py", "guest/mini-init", "guest/shell"]
  folder = cache.entry("mini", [apt.versions(apt.kernel_package()), package, tools.parent,
                                *(HERE / name for name in sources)], build)
  return Image(name="mini", kernel=package / "vmlinuz", initramfs=folder / "base.cpio",
               cmdline="", memory="512M", disk=None, overlay_prefix="", boot_seconds=90)


def _fill(archive, tools, modules):
  initramfs.empty(archive)
  archive.tree(tools, skip=initramfs.UNUSED)
  archive.tree(modules)
  archive.file("init", initramfs.script("mini-init"), 0o755)
  archive.file("usr/lib/test-shell", initramfs.script("shell"), 0o755)
