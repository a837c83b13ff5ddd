# SPDX-License-Identifier: LGPL-2.1-or-later
"""The debian guest: systemd, udev and dbus on an ext4 disk, like a usual guest.

The disk is built once, without our files.  Each run has its own layer on top
for what it writes, and gets our files from its initramfs.
"""

import pathlib
import shutil

from . import apt, cache, initramfs, kernel, say
from .guest_image import Image

HERE = pathlib.Path(__file__).parent
DISK_SIZE = "3G"

# Masked, so that no other service disturbs what a test measures.
MASKED = ["tuned.service", "qemu-guest-agent.service", "tgt.service", "iscsid.service",
          "iscsid.socket", "open-iscsi.service", "apt-daily.timer", "apt-daily-upgrade.timer",
          "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer", "systemd-timesyncd.service",
          "e2scrub_reap.service", "systemd-tmpfiles-clean.timer"]

FILES = {
  "etc/hostname": "debian\n",
  "etc/hosts": "127.0.0.1 localhost debian\n",
  "etc/fstab": "",
  "etc/udev/rules.d/60-test-shell.rules":
    'SUBSYSTEM=="virtio-ports", ATTR{name}=="virt_tune.test.shell", TAG+="systemd", '
    'ENV{SYSTEMD_WANTS}="test-shell.service"\n',
  "etc/systemd/system/test-shell.service":
    "[Unit]\nDescription=Root shell for tests\nDefaultDependencies=no\n"
    "[Service]\nExecStart=/usr/lib/test-shell\nKillMode=process\nRestart=always\n",
  "etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf":
    "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --keep-baud 115200 - vt220\n",
  "etc/systemd/journald.conf.d/test.conf": "[Journal]\nStorage=persistent\nForwardToConsole=no\n",
}


def image():
  """The built debian guest, for Machine."""
  package = kernel.package()
  tools = initramfs.tools()
  names = apt.package_list("debian")

  def build(folder):
    _build_disk(folder, names)
    _build_initramfs(folder / "boot.cpio", folder / "boot", tools)

  sources = ["debian.py", "initramfs.py", "kernel.py", "cpio.py", "guest/debian-init", "guest/shell"]
  inputs = [*apt.source_lines(), *names, apt.versions(*names), package, tools.parent,
            *(HERE / name for name in sources)]
  folder = cache.entry("debian", inputs, build)
  return Image(name="debian", kernel=package / "vmlinuz", initramfs=folder / "boot.cpio",
               cmdline="systemd.show_status=no", memory="1G", disk=folder / "disk.raw",
               overlay_prefix="overlay", boot_seconds=120)


def _build_disk(folder, names):
  say.say("making the debian guest's root file system (about a minute)")
  top = folder / "root"
  apt.tree(top, "minbase", names)
  kernel.copy_modules(kernel.BOOT + kernel.DEVICES, top)
  for name, text in FILES.items():
    (top / name).parent.mkdir(parents=True, exist_ok=True)
    (top / name).write_text(text)
  shutil.copy2(HERE / "guest/shell", top / "usr/lib/test-shell")
  for unit in MASKED:
    link = top / "etc/systemd/system" / unit
    link.unlink(missing_ok=True)
    link.symlink_to("/dev/null")
  say.run(["mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=1", "-d", top,
           folder / "disk.raw", DISK_SIZE])
  shutil.rmtree(top)


def _build_initramfs(path, work, tools):
  modules = initramfs.modules(kernel.BOOT, work)
  initramfs.write(path, lambda archive: _fill(archive, tools, modules))
  shutil.rmtree(work)


def _fill(archive, tools, modules):
  initramfs.empty(archive)
  initramfs.just_busybox(archive, tools)
  archive.tree(modules)
  archive.folder("etc")
  archive.file("etc/boot-modules", "\n".join(kernel.BOOT).encode())
  archive.file("init", initramfs.script("debian-init"), 0o755)
