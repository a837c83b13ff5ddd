# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's tuned values at one moment, read with the guest's own files and ethtool.

For machines with the demonstration's devices.
"""

SYSCTLS = ["vm.swappiness", "vm.dirty_ratio", "vm.dirty_background_ratio", "net.core.somaxconn"]

READ = """
cd /sys/block
for d in vda {blk} {scsi} {nvme}; do
  for f in scheduler read_ahead_kb; do echo "block $d: $f=$(cat $d/queue/$f)"; done
done
echo "net {nic}: ethtool -l, combined=$(ethtool -l {nic} | sed -n 's/^Combined:[[:space:]]*//p' | tail -n 1)"
cd /sys/class/net/{nic}/queues
echo "net {nic}: xps_cpus of tx-0...=$(cat tx-*/xps_cpus | tr '\\n' ' ')"
echo "net {nic}: CPUs of input interrupts=$(for q in rx-*; do
  irq=$(sed -n "s/^ *\\([0-9]*\\):.*virtio[0-9]*-input\\.${{q#rx-}}\\$/\\1/p" /proc/interrupts)
  cat /proc/irq/$irq/smp_affinity_list; done | tr '\\n' ' ')"
cd /proc/sys
for k in {sysctls}; do echo "sysctl $k=$(cat $(echo $k | tr . /))"; done
cd /sys/devices/system/memory
echo "transparent_hugepage=$(cat /sys/kernel/mm/transparent_hugepage/enabled)"
echo "auto_online_blocks=$(cat auto_online_blocks)"
echo "memory: blocks online=$(grep -lx online memory*/state | wc -l)"
echo "memory: blocks offline=$(grep -lx offline memory*/state | wc -l)"
"""

NAMES = """
cd /sys/class/net; for i in *; do [ -e $i/device ] && echo nic $i; done
for id in blk scsi nvme; do for d in /sys/block/*; do
  udevadm info -q property -p $d | grep -qxE "ID_(SERIAL|SERIAL_SHORT|SCSI_SERIAL)=demo-$id" &&
    echo $id ${d##*/}
done; done; true
"""


class Snapshot:
  """values: the displayed values in order, as text."""

  def __init__(self, machine):
    self._names = self.names(machine)
    text = machine.run(READ.format(sysctls=" ".join(SYSCTLS), **self._names)).out
    pairs = [line.split("=", 1) for line in text.splitlines()]
    self.values = {key: value.strip() for key, value in pairs}
    self.online_blocks = int(self.values["memory: blocks online"])

  @staticmethod
  def names(machine):
    """Returns the kernel's names of the demonstration's devices."""
    words = dict(line.split() for line in machine.run(NAMES).out.splitlines())
    if sorted(words) != ["blk", "nic", "nvme", "scsi"]:
      raise RuntimeError(f"the guest does not show all devices: {words}")
    return words

  def promised(self):
    """The values that virtual-guest with scheduler=auto and combined=auto sets with 4 vCPUs."""
    wanted = {f"net {self._names['nic']}: ethtool -l, combined": "4", "sysctl vm.swappiness": "30",
              "sysctl vm.dirty_ratio": "30", "auto_online_blocks": "online",
              "memory: blocks online": str(self.online_blocks), "memory: blocks offline": "0"}
    for name in self._disks():
      wanted[f"block {name}: scheduler"] = "none"
      wanted[f"block {name}: read_ahead_kb"] = "4096"
    return wanted

  def meaning(self, key):
    """A value without the alternatives that its file lists: "none" for "[none] kyber"."""
    value = self.values[key]
    return value.split("[")[1].split("]")[0] if "[" in value else value

  def _disks(self):
    return ["vda"] + [self._names[key] for key in ("blk", "scsi", "nvme")]
