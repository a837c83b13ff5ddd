# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the engine does by itself: at a deadline, on hot-plug, after a kill.

While a test waits for the guest, no host is connected: the shim has ended.
"""

import unittest

from tests.bench import steps

from . import mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Disk, Nic

SETTINGS = ["block/*/scheduler=none", "block/*/read_ahead_kb=512", "net/*/combined=auto",
            "net/*/xps=auto", "net/*/irq_affinity=auto", "sysctl/vm.swappiness=11"]
# A rule for disks such as a distribution may have; udev runs it after our rules.
RULE = ('ACTION=="add", SUBSYSTEM=="block", KERNEL=="vd*", '
        'ATTR{queue/scheduler}="mq-deadline", ATTR{queue/read_ahead_kb}="64"')

# A rule for NICs that sets another value than the kernel's default: auto wants that default.
NIC_RULE = ('ACTION=="add", SUBSYSTEM=="net", ENV{INTERFACE}!="lo", '
            'RUN+="/bin/sh -c \'PATH=/usr/sbin:/sbin:/usr/bin:/bin; ethtool -L $name combined 1; '
            'echo 3 >/sys/class/net/$name/queues/tx-0/xps_cpus\'"')


class Engine(GuestCase):
  """A disk, a NIC with 4 queue pairs, 2 vCPUs of at most 4."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), cpus=2, max_cpus=4, overlay=ours.overlay(),
             devices=[Disk("virtio-blk-pci", "vblk"), Nic("nic0")])
    cls.start_agent(cls())
    cls.nic, = cls.nics(cls())

  def setUp(self):
    self.vm.run(f"ethtool -L {self.nic} combined 2")
    self.before = self.state()
    self.addCleanup(self.shim, "rollback")

  def _wait(self, condition, timeout=30):
    self.vm.wait_until(condition, timeout)

  def _channels_are(self, name, count):
    return f"[ \"$(ethtool -l {name} | sed -n 's/^Combined:[^0-9]*//p' | tail -n 1)\" = {count} ]"

  def test_confirm_within(self):
    with self.subTest("no confirmation comes"):
      rows = self.rows("set", f"net/{self.nic}/combined=1", "sysctl/vm.swappiness=12", "--confirm-within=2")
      self.assertEqual(rows[f"net/{self.nic}/combined"]["result"], "applied")
      self._wait(self._channels_are(self.nic, 2))
      status = self.shim_json("status")  # answered after the roll-back
      self.assertEqual(self.state(), self.before)
      self.assertNotIn("unconfirmed", status)
      self.assertEqual(status["changes"]["last"]["result"], "failed")
    with self.subTest("confirmed"):
      self.shim("set", "sysctl/vm.swappiness=12", "--confirm-within=600")
      self.assertEqual(self.shim_json("status")["active"]["settings"], {})
      self.refused("set", "sysctl/vm.swappiness=13", says=["Busy"])
      self.shim("confirm")
      self.assertEqual(self.shim_json("status")["active"]["settings"],
                       {"sysctl": {"vm.swappiness": 12}})
    with self.subTest("rolled back"):
      self.shim("set", f"net/{self.nic}/combined=1", "--confirm-within=600")
      self.rolled_back(self.before)

  def test_confirm_within_survives_a_kill(self):
    self.shim("set", f"net/{self.nic}/combined=1", "--confirm-within=600")
    self.vm.run("kill -KILL $(pidof virt-tune-agent)")
    self.start_agent()
    self.assertEqual(self.combined(self.nic)[0], 1)
    self.assertIn("unconfirmed", self.shim_json("status"))
    self.rolled_back(self.before)
    self.shim("set", f"net/{self.nic}/combined=1", "--confirm-within=1")
    self.vm.run("kill -KILL $(pidof virt-tune-agent)")
    self._wait("! pidof virt-tune-agent")
    self.start_agent()
    self._wait(self._channels_are(self.nic, 2))
    self.assertEqual(self.state(), self.before)

  def test_random_steps(self):
    self.assertIn("20 steps", steps.run(self.vm, 20, 4))

  def _add_rules(self):
    # 99: after the rules that rename NICs.
    self.vm.run("mkdir -p /etc/udev/rules.d; cat >/etc/udev/rules.d/99-others.rules <<'END'\n"
                f"{RULE}\n{NIC_RULE}\nEND\nudevadm control --reload")
    self.addCleanup(self.vm.run, "rm /etc/udev/rules.d/99-others.rules; udevadm control --reload")

  def _wait_spread(self, name, count):
    """Waits until a NIC has so many channels, with one CPU for each channel's XPS and interrupts."""
    self._wait(self._channels_are(name, count))
    for queue in range(count):
      self._wait(f"grep -qx 0*{1 << queue} /sys/class/net/{name}/queues/tx-{queue}/xps_cpus")
    state = self.state()
    for queue in range(count):
      for kind in ("input", "output"):
        self.assertEqual(state[f"{name}/{kind}.{queue}"], str(queue))

  def test_hot_plug(self):
    self._add_rules()
    self.shim("set", *SETTINGS)
    disk = self.vm.plug_disk(id="late")
    self._wait("[ -e /sys/block/vdb/queue/scheduler ]")
    self._wait("grep -q '\\[none\\]' /sys/block/vdb/queue/scheduler && udevadm settle &&"
               " grep -q '\\[none\\]' /sys/block/vdb/queue/scheduler &&"
               " grep -qx 512 /sys/block/vdb/queue/read_ahead_kb")
    # The value that the rule set is the original, which the roll-back restores.
    self.shim("rollback")
    self.assertEqual(self.scheduler("vdb"), "mq-deadline")
    self.assertEqual(self.vm.read("/sys/block/vdb/queue/read_ahead_kb"), "64")
    self.shim("set", *SETTINGS)
    # The agent re-applies its value once; a second change by others is reported and stays.
    for _ in range(2):
      self.vm.run("echo 256 >/sys/block/vdb/queue/read_ahead_kb; udevadm trigger -c change /sys/block/vdb;"
                  " udevadm settle --timeout=120", 120)
      self.shim("profiles")  # answered after the agent's own work
    self.assertEqual(self.shim_json("verify", expect=1)["drift"], 1)
    self.vm.run("echo 512 >/sys/block/vdb/queue/read_ahead_kb")

    nic = self.vm.plug_nic()
    self._wait(f"[ $(ls /sys/class/net | grep -vcx lo) = 2 ] && udevadm settle")
    late, = set(self.nics()) - {self.nic}
    self._wait_spread(late, 2)
    self.assertIn(f"net/{late}/combined: 2 (was 1)", self.vm.read(AGENT_LOG))
    self.vm.plug_cpu()
    self._wait("[ -e /sys/devices/system/cpu/cpu2 ]")
    self.vm.run("echo 1 >/sys/devices/system/cpu/cpu2/online; true")
    for name in (self.nic, late):
      self._wait_spread(name, 3)
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.vm.unplug(nic)
    self.vm.unplug(disk)
    self._wait("! [ -e /sys/block/vdb ]")
    self.shim("rollback")
    self.assertEqual(self.combined(self.nic)[0], 2)


if __name__ == "__main__":
  unittest.main(verbosity=2)
