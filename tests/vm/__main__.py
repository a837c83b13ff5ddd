# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a guest for interactive use: see README.md, or --help."""

import argparse
import signal
import sys

from . import debian, mini, ours
from .devices import Device, Disk, Nic
from .machine import Machine
from .overlay import Overlay

IMAGES = {"mini": mini.image, "debian": debian.image}


def _options():
  parser = argparse.ArgumentParser(prog="python3 -m tests.vm", description=__doc__)
  parser.add_argument("guest", choices=sorted(IMAGES))
  parser.add_argument("script", nargs="?", help="run this script with sh in the guest and end; "
                      "without it, a root shell on the guest's console")
  parser.add_argument("--cpus", type=int, default=4)
  parser.add_argument("--memory", help="at boot, such as 1G")
  parser.add_argument("--bare", action="store_true", help="without the project's own files")
  parser.add_argument("--no-port", action="store_true", help="without the agent's port")
  parser.add_argument("--kernel", default="", metavar="WORDS", help="more kernel parameters")
  parser.add_argument("--timeout", type=int, default=600, help="seconds for the script")
  return parser.parse_intermixed_args()


def _devices():
  return [Nic("nic0"), Disk("virtio-blk-pci", "vblk"), Device("virtio-scsi-pci", "scsi0"),
          Disk("scsi-hd", "emul", bus="scsi0.0"), Disk("nvme", "nvme0")]


def _machine(options):
  if options.bare:
    overlay = Overlay()
  else:
    ours.compile_all()
    overlay = ours.overlay()
  return Machine(IMAGES[options.guest](), cpus=options.cpus, max_cpus=options.cpus + 4, slots=16,
                 memory=options.memory, devices=_devices(), overlay=overlay,
                 agent_port=not options.no_port, cmdline=options.kernel,
                 console="file" if options.script else "stdio")


def main():
  options = _options()
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  with _machine(options) as machine:
    if options.script:
      result = machine.run(options.script, options.timeout, check=False)
      sys.stdout.write(result.out)
      sys.stderr.write(result.err)
      return result.code
    print(f"\r\nagent's socket: {machine.agent_socket}\r\n"
          "to end the guest: poweroff in it, or SIGTERM to this process\r", file=sys.stderr)
    machine.process.wait()
  return 0


if __name__ == "__main__":
  sys.exit(main())
