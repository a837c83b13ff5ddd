# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's kernel and some of its modules.  Never the kernel of this machine."""

import os
import shutil

from . import apt, cache, say

# Modules of every guest: for its root disk and for the test shell.
BOOT = """
virtio_pci virtio_blk virtio_scsi virtio_console virtio_rng sd_mod
crc32c_generic crc32c_intel ext4
""".split()

# More modules of both guests: udev loads some for devices that a test plugs,
# tests load others themselves.
DEVICES = """
virtio_net virtio_balloon virtio_mem net_failover e1000 e1000e vmxnet3
nvme ahci ata_piix ata_generic sr_mod sg scsi_debug iscsi_tcp dm_mod dm_multipath
bfq kyber-iosched null_blk brd loop zram
button evdev psmouse pcspkr qemu_fw_cfg i6300esb dummy veth macvlan
autofs4 binfmt_misc configfs fuse
""".split()


def package():
  """The cached, unpacked kernel package's folder."""
  def build(folder):
    say.say(f"downloading {apt.kernel_package()}")
    apt.extract(apt.kernel_package(), folder / "package")
    top = folder / "package"
    shutil.move(str(next((top / "boot").glob("vmlinuz-*"))), folder / "vmlinuz")
    if not (top / "usr/lib/modules").exists():
      shutil.move(str(top / "lib/modules"), top / "usr/lib/modules")
    shutil.rmtree(top / "boot")
    _depmod(top / "usr", release(folder))
  name = apt.kernel_package()
  return cache.entry("kernel", [name, apt.versions(name), "1"], build)


def release(folder):
  """The version that uname -r prints in the guest."""
  return next((folder / "package/usr/lib/modules").iterdir()).name


def _depmod(top, version):
  say.run(["depmod", "-b", top, version])


def _dependencies(folder):
  rows = (folder / "modules.dep").read_text().splitlines()
  return {line.split(":")[0]: line.split(":")[1].split() for line in rows}


def copy_modules(names, target):
  """Copies these modules and all modules that they need to target/usr/lib/modules."""
  source = package()
  version = release(source)
  modules = source / "package/usr/lib/modules" / version
  needs = _dependencies(modules)
  by_name = {os.path.basename(path).split(".ko")[0].replace("-", "_"): path for path in needs}
  builtin = (modules / "modules.builtin").read_text().replace("-", "_")
  chosen = set()
  for name in names:
    key = name.replace("-", "_")
    if key in by_name:
      chosen.update([by_name[key], *needs[by_name[key]]])
    elif f"/{key}.ko" not in builtin:
      raise RuntimeError(f"{version} has no module {name}")
  below = target / "usr/lib/modules" / version
  for path in chosen | {"modules.builtin", "modules.builtin.modinfo", "modules.order"}:
    (below / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(modules / path, below / path)
  _depmod(target / "usr", version)
