# SPDX-License-Identifier: LGPL-2.1-or-later
"""The demonstration that tests/demo runs: one guest, tuned from its host.

All values in its table are read in the guest with sh, cat and ethtool, not
through our agent.
"""

import signal
import sys

from . import debian, ours
from .devices import Device, Disk, Nic
from .machine import Machine
from .snapshot import Snapshot

ASSIGNMENTS = ["block/*/scheduler=auto", "net/*/combined=auto"]

# Values that differ from the kernel's defaults, so that tuning has a visible effect.
DETUNE = """
ethtool -L {nic} combined 1
echo mq-deadline >/sys/block/{scsi}/queue/scheduler
modprobe bfq
echo bfq >/sys/block/{nvme}/queue/scheduler
"""


def say(text):
  """Prints the title of a step."""
  print(f"\n== {text}", flush=True)


def devices():
  """A NIC with 4 queue pairs and a disk of each kind beside the root disk."""
  return [Nic("nic0", queues=4), Disk("virtio-blk-pci", "demo-blk", num__queues=1),
          Device("virtio-scsi-pci", "scsi0", num_queues=4),
          Disk("scsi-hd", "demo-scsi", bus="scsi0.0"), Disk("nvme", "demo-nvme")]


class Demo:
  """The steps, in order.  Collects the expectations that fail."""

  def __init__(self, machine):
    self._machine = machine
    self._broken = []
    self._before = self._tuned = self._after = None

  def _expect(self, true, text):
    if not true:
      self._broken.append(text)
      print(f"   NOT AS EXPECTED: {text}", flush=True)

  def _shim(self, *words, lines=None):
    print(f"\n   host# virt-tune --socket {self._machine.agent_socket.name} "
          + " ".join(f"'{word}'" if "*" in word else word for word in words))
    result = ours.shim(self._machine, *words)
    text = (result.out + result.err).rstrip().splitlines()
    shown = text[:lines]
    print("\n".join("   " + line for line in shown))
    if len(text) > len(shown):
      print(f"   (and {len(text) - len(shown)} lines more)")
    self._expect(result.code == 0, f"virt-tune {words[0]} ended with {result.code}")

  def _take(self):
    return Snapshot(self._machine)

  def prepare(self):
    say("The agent runs in the guest as its systemd service:")
    self._machine.run("systemctl is-system-running --wait; true", timeout=240)
    print(self._machine.run("systemctl show -p Id,ActiveState,UnitFileState,MainPID "
                            "virt-tune-agent.service").out.replace("\n", "  "))
    state = self._machine.run("systemctl is-active virt-tune-agent", check=False).out.strip()
    self._expect(state == "active", f"virt-tune-agent.service is {state}")
    names = Snapshot.names(self._machine)
    script = DETUNE.format(**names)
    say("So that there is something to see, the demo itself first sets in the guest:")
    print("   guest# " + script.strip().replace("\n", "\n   guest# "))
    self._machine.run(script)
    self._before = self._take()

  def tune(self):
    say("The host reads the guest's state:")
    self._shim("status", lines=16)
    say("The host tunes the guest:")
    self._shim("apply", "--profile", "virtual-guest", *ASSIGNMENTS)

  def plug(self):
    say("The host plugs 1 GiB over QMP:")
    print("   qmp> object-add memory-backend-ram 1 GiB; device_add pc-dimm")
    online = self._before.online_blocks
    self._machine.plug_dimm("1G")
    self._machine.wait_until(
      f"test $(grep -lx online /sys/devices/system/memory/memory*/state | wc -l) = {online + 8}")
    print("   guest: 8 blocks of 128 MiB more, all online")
    self._shim("memory")
    self._tuned = self._take()

  def verify(self):
    say("The host verifies, and rolls back:")
    self._shim("verify")
    self._shim("rollback")
    self._after = self._take()

  def judge(self):
    """Prints the table and compares it with the expected values."""
    say("Every value, read from the guest's own /sys, /proc and ethtool -l:")
    rows = [("WHAT", "BEFORE", "TUNED", "ROLLED BACK")]
    rows += [(key, self._before.values[key], self._tuned.values[key], self._after.values[key])
             for key in self._before.values]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
      print("   " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print("   (plugged memory stays online: it can't be taken offline safely, so it is not rolled back)")
    for key, wanted in self._tuned.promised().items():
      have = self._tuned.meaning(key)
      self._expect(have == wanted, f"{key} was tuned to {have}, not to {wanted}")
    for key in self._before.values:
      if not key.startswith("memory: "):
        was, now = self._before.meaning(key), self._after.meaning(key)
        self._expect(now == was, f"{key} was restored to {now}, not to {was}")
    changed = [key for key in self._before.values if self._before.values[key] != self._tuned.values[key]]
    self._expect(len(changed) >= 8, f"only {len(changed)} values changed")
    print(f"\n{len(changed)} values changed, " +
          ("all values are as expected." if not self._broken else f"{len(self._broken)} faults."))
    return 1 if self._broken else 0


def main():
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  say("Building the project and the guest (the guest only if it is not cached)")
  try:
    ours.compile_all()
    image = debian.image()
  except RuntimeError as error:
    print(error)
    return 1
  machine = Machine(image, cpus=4, slots=4, devices=devices(), overlay=ours.overlay())
  say("Booting Debian with 4 vCPUs, virtio-net with 4 queue pairs, virtio-blk, emulated virtio-scsi,\n"
      "   NVMe, and spare DIMM slots")
  with machine:
    print(f"   up, with {machine.accelerator}; kernel {machine.run('uname -r').out.strip()}")
    demo = Demo(machine)
    demo.prepare()
    demo.tune()
    demo.plug()
    demo.verify()
    code = demo.judge()
  say("The guest has ended; its disk layer, sockets and taps are removed.")
  return code


if __name__ == "__main__":
  sys.exit(main())
