# SPDX-License-Identifier: LGPL-2.1-or-later
"""Base class of the tests in guests: one boot for each class, the agent, the shim.

Tests read the guest's state from its own files and tools, never through our agent.
"""

import json
import shlex
import unittest

from . import ours, sanitizers
from .machine import Machine

AGENT_LOG = "/run/agent.log"
OLD_LOG = "/run/agents-before.log"


class GuestCase(unittest.TestCase):
  """Tests with one guest, which the class boots with boot()."""
  vm = None

  @classmethod
  def boot(cls, image, **options):
    """Boots the class's guest, which is ended after the class's last test."""
    machine = Machine(image, **options)
    machine.__enter__()
    cls.addClassCleanup(machine.close)
    if ours.sanitized():
      cls.addClassCleanup(sanitizers.check, machine)
    cls.vm = machine
    return machine

  def shell(self, script, timeout=30):
    """Runs a script in the guest; returns its output without the last newline."""
    return self.vm.run(script, timeout).out.rstrip("\n")

  def shim(self, *words, expect=0, **options):
    """Runs virt-tune on the guest; asserts its exit code."""
    result = ours.shim(self.vm, *words, **options)
    self.assertEqual(result.code, expect,
                     f"virt-tune {shlex.join(map(str, words))}\n{result.out}{result.err}")
    return result

  def shim_json(self, *words, expect=0):
    """Runs virt-tune on the guest; returns its JSON output."""
    return json.loads(self.shim("--format", "json", *words, expect=expect).out)

  def rows(self, *words, expect=0):
    """Runs virt-tune on the guest; returns the reply's rows by key."""
    return {row["key"]: row for row in self.shim_json(*words, expect=expect)["attributes"]}

  # Tests look up the names of disks and interfaces: the kernel and udev choose them.

  def disk(self, serial):
    """The kernel's name of the disk with this id (see devices.py), from udev's records."""
    script = f"""for d in /sys/block/*; do
      udevadm info -q property -p $d |
        grep -qxE 'ID_(SERIAL|SERIAL_SHORT|SCSI_SERIAL)={serial}' && echo ${{d##*/}}
    done; true"""
    return self.shell(script)

  def scheduler(self, name):
    """A disk's active scheduler."""
    return self._active("/scheduler", self.vm.read(f"/sys/block/{name}/queue/scheduler"))

  def state(self):
    """Returns {file: value} of everything that a test may tune, read from the guest's files."""
    script = """grep -s . /sys/block/*/queue/scheduler /sys/block/*/queue/read_ahead_kb \
        /sys/block/*/queue/nr_requests /sys/block/*/queue/rq_affinity \
        /sys/class/net/*/queues/tx-*/xps_cpus /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/defrag \
        /sys/devices/system/memory/auto_online_blocks /sys/module/memory_hotplug/parameters/* \
        /proc/sys/vm/swappiness /proc/sys/vm/dirty_* /proc/sys/net/core/somaxconn
      cd /sys/class/net; for i in *; do [ -e $i/device ] || continue
        ethtool -l $i | sed -n "s|^Combined:|$i/combined:|p" | tail -n 1
        for q in $i/queues/rx-*; do for kind in input output; do
          irq=$(sed -n "s/^ *\\([0-9]*\\):.*$(basename $(readlink -f $i/device))-$kind\\.${q#*rx-}\$/\\1/p" /proc/interrupts)
          echo "$i/$kind.${q#*rx-}:$(cat /proc/irq/$irq/smp_affinity_list)"
        done; done; done; true"""
    pairs = [line.split(":", 1) for line in self.shell(script).splitlines()]
    return {path: self._active(path, text.strip()) for path, text in pairs}

  @staticmethod
  def _active(path, text):
    # Only the active scheduler: the order of the others depends on earlier switches.
    return text.split("[")[1].split("]")[0] if path.endswith("/scheduler") and "[" in text else text

  def nics(self):
    """The names of interfaces that have a device."""
    return self.shell("cd /sys/class/net; for i in *; do [ -e $i/device ] && echo $i; done; true").split()

  def combined(self, name):
    """The current and the maximum number of combined channels, by ethtool."""
    words = [line.split()[1] for line in self.shell(f"ethtool -l {name}").splitlines()
             if line.startswith("Combined:")]
    return int(words[1]), int(words[0])

  def offline_blocks(self):
    """How many memory blocks are offline."""
    return int(self.shell("cat /sys/devices/system/memory/memory*/state | grep -c offline; true"))

  def rolled_back(self, before):
    """Rolls back; asserts that the guest's files are as in before, a result of state()."""
    self.shim("rollback")
    self.maxDiff = None
    self.assertEqual(self.state(), before)

  def refused(self, *words, says=(), expect=1):
    """Asserts that a command is refused, gives these reasons, and changes nothing."""
    before = self.state()
    result = self.shim(*words, expect=expect)
    for text in says:
      self.assertIn(text, result.out + result.err)
    self.assertEqual(self.state(), before)
    return result

  def start_agent(self, *words, until="profiles"):
    """Starts the agent in a guest without systemd, and waits until it answers.

    The agent answers ping at once, and most commands only after the work of its start."""
    self.vm.run(f"cat {AGENT_LOG} >>{OLD_LOG} 2>/dev/null; "
                f"virt-tune-agent {shlex.join(words)} >{AGENT_LOG} 2>&1 </dev/null &")
    self.shim(until)

  def stop_agent(self):
    """Ends the agent in a guest without systemd, and removes its /run folder as systemd would."""
    self.vm.run("kill $(pidof virt-tune-agent); true")
    self.vm.wait_until("! pidof virt-tune-agent")
    self.vm.run("rm -rf /run/virt-tune-agent")
