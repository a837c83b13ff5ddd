# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the udev rules leave alone, when the agent leaves memory alone, and its unit's sandbox."""

import unittest

from . import debian, mini, ours
from .case import GuestCase
from .devices import Nic

SYS = "/sys/devices/system"
BLOCKS = f"{SYS}/memory/memory[0-9]*"
BOOT_BLOCKS = 4  # 512 MiB
DIMM_BLOCKS = 8  # 1 GiB


class MemoryCase(GuestCase):
  """Helpers for all modes."""
  plugged = 0

  def plug(self, size=1):
    """Plugs size GiB and waits for the blocks.  Returns the number of all blocks."""
    self.vm.plug_dimm(f"{size}G", id=f"dimm{self.plugged}")
    type(self).plugged += size
    blocks = BOOT_BLOCKS + DIMM_BLOCKS * self.plugged
    self.vm.wait_until(f"test $(ls -d {BLOCKS} | wc -l) = {blocks}")
    return blocks

  def kernel_policy(self, word):
    self.shell(f"echo {word} >{SYS}/memory/auto_online_blocks")

  def plug_movable(self):
    """Plugs a DIMM whose blocks can always be taken offline.  Returns their numbers."""
    self.kernel_policy("online_movable")
    self.wait_online(self.plug())
    self.kernel_policy("offline")
    numbers = self.shell(f"ls -d {BLOCKS} | sed 's/.*memory//' | sort -n | tail -n {DIMM_BLOCKS}")
    return [int(number) for number in numbers.split()]

  def take_offline(self, number):
    self.shell(f"echo offline >{SYS}/memory/memory{number}/state")

  def wait_online(self, blocks):
    self.vm.wait_until(f"test $(cat {BLOCKS}/state | grep -cx online) = {blocks}")

  def state(self, number):
    return self.vm.read(f"{SYS}/memory/memory{number}/state")

  def announce_again(self, path):
    """Repeats a device's event, as `udevadm trigger` does, and waits until udevd has handled it."""
    self.shell(f"echo add >{SYS}/{path}/uevent && udevadm settle")


class RuleAlone(MemoryCase):
  """Only the udev rules; no agent runs."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, max_cpus=3, slots=8, agent_port=False, overlay=ours.overlay())

  def test_zone_of_the_kernels_policy(self):
    blocks = self.plug_movable()
    for word, zone in (("online_movable", "Movable"), ("online_kernel", "Normal")):
      block = blocks.pop()
      self.take_offline(block)
      self.kernel_policy(word)
      self.announce_again(f"memory/memory{block}")
      self.assertEqual(self.state(block), "online")
      self.assertEqual(self.vm.read(f"{SYS}/memory/memory{block}/valid_zones"), zone)

  def test_marker_files_disable_the_rule(self):
    block = self.plug_movable()[-1]
    self.take_offline(block)
    self.shell("mkdir -p /run/virt-tune-agent")
    for marker in ("/run/virt-tune-memory-off", "/run/virt-tune-agent/owns-memory"):
      self.shell(f"touch {marker}")
      self.announce_again(f"memory/memory{block}")
      self.assertEqual(self.state(block), "offline")
      self.shell(f"rm {marker}")
    self.announce_again(f"memory/memory{block}")
    self.assertEqual(self.state(block), "online")

  def test_cpu(self):
    self.vm.plug_cpu()
    self.vm.wait_until(f"test $(cat {SYS}/cpu/online) = 0-2")
    self.shell(f"echo 0 >{SYS}/cpu/cpu1/online")
    self.announce_again("cpu/cpu1")
    self.assertEqual(self.vm.read(f"{SYS}/cpu/online"), "0,2")


class OperatorsPolicy(MemoryCase):
  """memhp_default_state= is on the kernel's command line: rule and agent leave memory alone."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=8, overlay=ours.overlay(), cmdline="memhp_default_state=offline")

  def test_left_alone(self):
    self.plug()
    self.shell("udevadm settle")
    self.assertEqual(self.offline_blocks(), DIMM_BLOCKS)
    self.start_agent()
    self.assertEqual(self.vm.read(f"{SYS}/memory/auto_online_blocks"), "offline")
    self.assertEqual(self.offline_blocks(), DIMM_BLOCKS)
    self.shim("set", "memory/auto_online_blocks=online")
    self.wait_online(BOOT_BLOCKS + DIMM_BLOCKS)


class OnPurpose(MemoryCase):
  """A block that was taken offline on purpose stays offline while the agent brings new blocks online."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=8, overlay=ours.overlay())

  def test_block_stays_offline(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.shim("set", "memory/auto_online_blocks=online_movable")
    block = self.plug_movable()[-1]
    self.take_offline(block)
    self.wait_online(self.plug(2) - 1)
    self.assertEqual(self.state(block), "offline")


class Unit(MemoryCase):
  """The agent in its unit's sandbox."""

  @classmethod
  def setUpClass(cls):
    cls.boot(debian.image(), cpus=2, slots=4, devices=[Nic("nic0")], overlay=ours.overlay())
    cls.vm.wait_until("systemctl is-active virt-tune-agent", 60)

  def test_interrupts(self):
    self.vm.wait_until("grep -q 'virtio.*input' /proc/interrupts")
    interrupts = self.shell("grep -E 'virtio[0-9]+-(in|out)put' /proc/interrupts | cut -d: -f1").split()
    self.assertTrue(interrupts)
    for number in interrupts:
      self.shell(f"echo 3 >/proc/irq/{number}/smp_affinity")
    self.shim("set", "net/*/irq_affinity=auto")
    self.assertEqual(self.vm.read(f"/proc/irq/{interrupts[0]}/smp_affinity"), "1")
    self.shim("rollback")
    self.assertEqual(self.vm.read(f"/proc/irq/{interrupts[0]}/smp_affinity"), "3")

  def test_closed(self):
    for path in ("/proc/sys/kernel/hostname", "/sys/module/printk/parameters/time", "/etc/hostname",
                 "/run/udev/x"):
      inside = f"nsenter -m -t $(systemctl show -P MainPID virt-tune-agent) sh -c 'echo x >{path}'"
      self.assertIn("Read-only", self.vm.run(inside, check=False).err)

  def test_markers(self):
    self.vm.run("test -e /run/virt-tune-agent/owns-memory -a ! -e /run/virt-tune-memory-off")
    self.vm.wait_until("test -e /run/virt-tune-vcpus-seen")
    self.shim("set", "memory/auto_online_blocks=offline")
    self.vm.wait_until("test -e /run/virt-tune-memory-off")
    self.vm.run("systemctl stop virt-tune-agent")
    self.vm.run("test ! -e /run/virt-tune-agent -a -e /run/virt-tune-memory-off")
    self.vm.run("systemctl start virt-tune-agent")
    self.shim("rollback")
    self.vm.wait_until("test ! -e /run/virt-tune-memory-off")


if __name__ == "__main__":
  unittest.main(verbosity=2)
