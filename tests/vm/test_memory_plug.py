# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that the host plugs and unplugs, and several programs that bring it online at once."""

import json
import subprocess
import unittest

from . import mini, ours
from .case import AGENT_LOG, GuestCase
from .devices import Device, Nvdimm, VirtioMem
from .host import Host

RULE = "/usr/lib/udev/rules.d/80-virt-tune-memory.rules"
CPU_RULE = "/usr/lib/udev/rules.d/80-virt-tune-cpu.rules"
OWNS = "/run/virt-tune-agent/owns-memory"
MEMORY = "/sys/devices/system/memory"
POLICY = f"{MEMORY}/auto_online_blocks"
BOOT_BLOCKS = 4  # 512 MiB
ROUNDS = 50
OST_IN_PROGRESS = 0x80  # ACPI 6, table 6.69

# The udev rules of other distributions, rewritten: Red Hat's brings new blocks
# online unless the kernel's policy is "offline"; SUSE's brings all new blocks online.
RED_HAT = """SUBSYSTEM!="memory", GOTO="red_hat_end"
ACTION!="add", GOTO="red_hat_end"
ATTRS{auto_online_blocks}=="offline", GOTO="red_hat_end"
ATTR{state}=="offline", ATTR{state}="online"
LABEL="red_hat_end"
"""
SUSE = 'SUBSYSTEM=="memory", ACTION=="add", TEST=="state", ATTR{state}!="online", ATTR{state}="online"\n'


class PlugCase(GuestCase):
  """Plugs memory, and reads the state of its blocks without the agent."""
  number = 0

  def plug(self, size, node=0):
    type(self).number += 1
    return self.vm.plug_dimm(size, node=node, id=f"dimm{self.number}")

  def unplug_all(self, *dimms):
    for dimm in dimms:
      self.vm.qmp.execute("device_del", {"id": dimm.id})
      self.vm.qmp.wait_event("DEVICE_DELETED", 60, device=dimm.id)
      for command, arguments in dimm.backends_gone():
        self.vm.qmp.execute(command, arguments)

  def states(self):
    """Returns {block: (state, zones)}."""
    script = (f"cd {MEMORY}; for b in memory[0-9]*; do "
              "echo ${b#memory} $(cat $b/state) $(cat $b/valid_zones); done")
    rows = [line.split(maxsplit=2) for line in self.shell(script).splitlines()]
    return {int(row[0]): (row[1], row[2]) for row in rows}

  def policy(self, word):
    self.vm.run(f"echo {word} >{POLICY}")

  def plug_online(self, *sizes, node=0):
    """Plugs DIMMs of these MiB, has the shim wait for them, and checks that they are online.
    Returns the DIMMs and their blocks."""
    before = set(self.states())
    dimms = [self.plug(f"{size}M", node) for size in sizes]
    self.shim("memory", "wait", f"{128 * len(before) + sum(sizes)}M")
    rows = self.states()
    self.assertEqual({row[0] for row in rows.values()}, {"online"})
    self.assertEqual(len(rows), len(before) + sum(sizes) // 128)
    return dimms, set(rows) - before


class Plugging(PlugCase):
  """Two NUMA nodes and an agent, without our udev rules."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), nodes=2, max_cpus=4, slots=16,
             overlay=ours.overlay(without=[RULE.lstrip("/"), CPU_RULE.lstrip("/")]))

  def setUp(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)

  def test_node(self):
    _, blocks = self.plug_online(512, node=1)
    spans = self.shim_json("memory", "status")["blocks"]
    seen = {number: span["node"] for span in spans for number in range(span["first"], span["last"] + 1)}
    self.assertEqual({seen[number] for number in blocks}, {1})

  def test_vcpu(self):
    online = "/sys/devices/system/cpu/online"
    self.shell("echo 0 >/sys/devices/system/cpu/cpu1/online; "
               "udevadm trigger --action=add /sys/devices/system/cpu/cpu1; udevadm settle")
    self.vm.plug_cpu()
    self.vm.wait_until(f"grep -qx 0,2 {online}")
    self.stop_agent()
    self.vm.wait_until("! pidof virt-tune-agent")
    self.vm.plug_cpu()
    self.vm.wait_until("test -e /sys/devices/system/cpu/cpu3/online")
    self.assertEqual(self.vm.read(online), "0,2")
    self.start_agent()
    self.vm.wait_until(f"grep -qx 0,2-3 {online}")
    self.shell("echo 1 >/sys/devices/system/cpu/cpu1/online")

  def test_movable(self):
    """Movable memory can be unplugged, whether it was taken offline first or not."""
    self.shim("set", "memory/auto_online_blocks=online_movable")
    self.addCleanup(self.shim, "rollback")
    self.assertNotIn("unplug", self.shim("memory", "prepare").out)
    dimms, blocks = self.plug_online(256, 256)
    rows = self.states()
    self.assertEqual({rows[number][1] for number in blocks}, {"Movable"})
    reply = self.shim_json("memory", "offline", "256M")
    self.assertEqual((reply["offlined"], reply["unfinished"]), (2, 0))
    rows = self.states()
    self.assertEqual([rows[number][0] for number in sorted(blocks)], ["online"] * 2 + ["offline"] * 2)
    self.unplug_all(*dimms)
    self.assertFalse(blocks & set(self.states()))

  def test_movable_beyond_the_ratio(self):
    result = self.shim("raw", '{"execute": "tune-memory-online", "arguments": '
                              '{"policy": "online_movable", "blocks": 10000}}', expect=1)
    self.assertIn("auto_movable_ratio allows", result.err)

  def test_settings_beyond_the_ratio(self):
    """Blocks beyond the ratio come online in another zone than the settings want, and the reply says so."""
    ratio = -(-100 // len(self.states()))  # allows one block
    self.shim("set", "memory/auto_online_blocks=online_movable", f"memory/auto_movable_ratio={ratio}")
    self.addCleanup(self.shim, "rollback")
    said = self.shim("memory", "prepare", "256M", expect=1).out
    self.assertIn("exceeds auto_movable_ratio", said)
    self.policy("offline")
    _, blocks = self.plug_online(256)
    rows = self.states()
    normal = sum(rows[number][1] == "Normal" for number in blocks)
    self.assertGreaterEqual(normal, 1)  # the ratio allows one, if the agent sees it before the other
    reply = self.shim_json("raw", "tune-memory-online")
    self.assertGreaterEqual(reply["misplaced"], normal)
    self.assertTrue(reply["reason"])

  def test_refused_policy_is_not_carried_out_later(self):
    """After a command refused a policy, no memory sweep of the agent carries it out."""
    self.shim("set", "memory/auto_online_blocks=offline")
    self.addCleanup(self.shim, "rollback")
    before = len(self.states())
    self.plug("256M")
    self.vm.wait_until(f"test $(ls -d {MEMORY}/memory[0-9]* | wc -l) = {before + 2}")
    offline = self.offline_blocks()
    self.shim("set", "memory/auto_movable_ratio=1")
    self.refused("set", "memory/auto_online_blocks=online_movable", says=["auto_movable_ratio allows"])
    self.shim("raw", "tune-status")
    self.assertEqual(self.offline_blocks(), offline)

  def test_apply_while_memory_is_plugged(self):
    """Settings are applied while memory is plugged; both must succeed."""
    before = len(self.states())
    swappiness = "/proc/sys/vm/swappiness"
    for number in range(4):
      self.plug("256M")
      self.shim("set", f"sysctl/vm.swappiness={40 + number}")
      self.assertEqual(self.vm.read(swappiness), str(40 + number))
    self.vm.wait_until(f"test $(cat {MEMORY}/memory*/state | grep -cx online) = {before + 8}")
    self.assertEqual(self.shim_json("verify")["drift"], 0)
    self.shim("rollback")

  def test_lost_events(self):
    """The agent is stopped while the kernel sends more events than the agent's socket can hold."""
    self.policy("offline")
    self.vm.run("kill -STOP $(pidof virt-tune-agent)")
    self.vm.run(f"i=0; while [ $i -lt 3000 ]; do echo change >{MEMORY}/memory0/uevent; i=$((i+1)); done", 60)
    before = len(self.states())
    self.plug("2G")
    self.vm.wait_until(f"test $(ls -d {MEMORY}/memory[0-9]* | wc -l) = {before + 16}")
    self.assertEqual(self.offline_blocks(), 16)
    self.vm.run("kill -CONT $(pidof virt-tune-agent)")
    self.vm.wait_until(f"! cat {MEMORY}/memory*/state | grep -qx offline")
    drops = self.shell("awk '$2 == 15 && $9 > 0' /proc/net/netlink")
    self.assertTrue(drops, "no event was lost, so the test shows nothing")
    self.vm.run("udevadm settle --timeout=240", 240)  # udevd gets the events, too: keep them out of the next test


class Persistent(PlugCase):
  """An NVDIMM is storage and not memory, although it is in a memory slot."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=2, nvdimm=True, overlay=ours.overlay())

  def test_not_memory(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.vm.plug(Nvdimm("nv0", "256M"))
    _, blocks = self.plug_online(256)
    self.assertEqual((len(self.states()), len(blocks)), (BOOT_BLOCKS + 2, 2))
    self.assertEqual(self.shim_json("memory", "status")["refused"], 0)


class VirtioMemory(PlugCase):
  """Memory that the guest's virtio-mem driver plugs and unplugs."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=2, overlay=ours.overlay(), devices=[VirtioMem("vm0", "2G")])

  def _request(self, size):
    self.vm.qmp.execute("qom-set", {"path": "/machine/peripheral/vm0", "property": "requested-size",
                                    "value": size << 20})

  def _wait_size(self, size):
    while self.vm.qmp.execute("qom-get", {"path": "/machine/peripheral/vm0", "property": "size"}) != size << 20:
      self.vm.qmp.wait_event("MEMORY_DEVICE_SIZE_CHANGE", 300)

  def test_up_and_down(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    for policy in ("online_movable", "offline"):
      self.policy(policy)
      with self.subTest(policy=policy):
        self._request(1024)
        self._wait_size(1024)
        self.vm.wait_until(f"test $(cat {MEMORY}/memory*/state | grep -cx online) = {BOOT_BLOCKS + 8}")
        self.assertIn("stays in its zone", self.shim("set", "memory/online_policy=auto-movable", "--dry-run").out)
        self._request(256)
        if policy == "online_movable":  # other memory may not be unpluggable, which is no fault
          self._wait_size(256)
          self.vm.wait_until(f"test $(cat {MEMORY}/memory*/state | grep -cx online) = {BOOT_BLOCKS + 2}")
          self.assertEqual(self.offline_blocks(), 0)
        self._request(0)
        if policy == "online_movable":
          self._wait_size(0)


class Refused(PlugCase):
  """A DIMM whose list of pages does not fit into the guest."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=2, overlay=ours.overlay(),
             devices=[Device("virtio-balloon-pci", "balloon", deflate__on__oom=True)])

  def _inflate(self, left):
    """Leaves the guest so many MiB; the balloon holds the rest.  The kernel can't use the balloon's memory
    for the list of pages, but it deflates the balloon when the guest runs out of memory."""
    self.vm.qmp.execute("balloon", {"value": left << 20})
    while self.vm.qmp.execute("query-balloon")["actual"] != left << 20:
      self.vm.qmp.wait_event("BALLOON_CHANGE", 60)

  def test_refused(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    agent = self.shell("pidof virt-tune-agent")
    said = self.shim("memory", "prepare", "32G", expect=1).out
    self.assertIn("impossible to unplug", said)
    self.assertIn("it does not fit", said)
    self.assertIn("plug no more than", said)
    self._inflate(256)
    self.plug("32G")
    while self.vm.qmp.wait_event("ACPI_DEVICE_OST", 300)["data"]["info"]["status"] == OST_IN_PROGRESS:
      pass
    timed_out = 4  # a guest with too little memory may answer too late
    while (waited := ours.shim(self.vm, "memory", "wait", "33280M", "--timeout", 3)).code == timed_out:
      pass
    said = waited.out
    self.assertEqual(waited.code, 1, said)
    self.assertIn("refused 1 of its memory devices", said)
    self.assertEqual(self.shim_json("memory", "status")["refused"], 1)
    self.assertEqual(len(self.states()), BOOT_BLOCKS)
    self.assertEqual(self.shell("pidof virt-tune-agent"), agent)
    self.assertEqual(self.shell("dmesg | grep -c 'Out of memory: Killed'; true"), "0")


class Together(PlugCase):
  """The agent, our udev rule and other programs write to the same blocks."""

  @classmethod
  def setUpClass(cls):
    cls.boot(mini.image(), slots=16, overlay=ours.overlay())

  def setUp(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)

  def _round(self, word, other, blocks, head_start=False):
    """Takes blocks offline; then the agent, the udev rule and a script bring them online at once.  The script
    writes its own policy, other; with head_start it has written its first block before the agent is asked.
    Returns the blocks that were offline and the agent's reply."""
    names = " ".join(f"memory{number}" for number in blocks)
    self.shim("profiles")  # answered after the agent's own work: no sweep of the last round follows
    self.shell(f"cd {MEMORY}; for b in {names}; do echo offline >$b/state; done 2>/dev/null; rm -f {OWNS}")
    offline = [number for number, row in self.states().items() if row[0] == "offline"]
    if head_start and offline:
      self.shell(f"echo {other} >{MEMORY}/memory{offline[0]}/state")
    # A second write to a block fails with EINVAL, which is no failure if the block is online.
    script = f"""cd {MEMORY}
      (for b in {names}; do echo add >$b/uevent || echo uevent of $b; done) &
      (for b in {names}; do echo {other} >$b/state; read -r s <$b/state; test $s = online || echo $b is $s
       done) 2>/dev/null &
      wait; udevadm settle"""
    command = [ours.build_folder() / "host-shim/virt-tune", "--socket", self.vm.agent_socket, "raw",
               '{"execute": "tune-memory-online", "arguments": {"policy": "%s", "held": true, "force": true}}' % word]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as agent:
      self.assertEqual(self.shell(script), "", "others failed")
      said = agent.communicate(timeout=300)[0]
      self.assertEqual(agent.returncode, 0, said)
    return offline, json.loads(said)

  def _race(self, word, other):
    """Runs half of the rounds on a new DIMM.  Returns the DIMM, the number of blocks that were brought online,
    and how many of those are in another zone because another program was faster.

    If the script wants another policy than the agent, it has a head start in every second round: else the agent
    may be faster in all of them."""
    self.shim("set", f"memory/auto_online_blocks={word}")
    dimms, blocks = self.plug_online(512)
    raced = elsewhere = 0
    for number in range(ROUNDS // 2):
      offline, reply = self._round(word, other, sorted(blocks), head_start=word != other and number % 2 == 1)
      rows = self.states()
      raced += len(offline)
      self.assertEqual({row[0] for row in rows.values()}, {"online"}, f"round {number}: {reply}")
      self.assertEqual(reply["failed"], 0)
      if word == "online_movable":
        # The first reply may be from before the other programs were done, so ask again.
        reply = self.shim_json("raw", '{"execute": "tune-memory-online", "arguments": {"force": true}}')
        others = [index for index in blocks if rows[index][1] != "Movable"]
        self.assertEqual(len(others), reply["misplaced"], f"round {number}: {rows}")
        elsewhere += len(others)
    return dimms, raced, elsewhere

  def test_race(self):
    """With a movable policy, all blocks go offline in each round; else those in use by the kernel stay online."""
    self.addCleanup(self.shim, "rollback")
    dimms, raced, _ = self._race("online_movable", "online_movable")
    self.assertEqual(raced, ROUNDS // 2 * 4)
    self.unplug_all(*dimms)
    self.assertGreater(self._race("online", "online")[1], 0)
    said = self.shell("dmesg | grep 'udevd.*ailed' | grep -v 'Invalid argument'; true")
    self.assertEqual(said, "", "udevd failed, and not because it was second")
    self.assertEqual(self.shell(f"grep -c 'stay offline' {AGENT_LOG}; true"), "0")

  def test_race_for_the_zone(self):
    """Another program wants the kernel's zone: the agent reports the blocks for which it was faster."""
    self.addCleanup(self.shim, "rollback")
    self.assertGreaterEqual(self._race("online_movable", "online_kernel")[2], ROUNDS // 4,
                            "the other program was not faster in each round with a head start")

  def test_wrong_zone_is_reported(self):
    """While the agent is stopped, another program brings new blocks online in another zone."""
    self.shim("set", "memory/auto_online_blocks=online_movable")
    self.addCleanup(self.shim, "rollback")
    self.policy("offline")
    with Host(self.vm.agent_socket) as host:
      host.call("tune-subscribe")
      self.vm.run("kill -STOP $(pidof virt-tune-agent)")
      before = set(self.states())
      self.plug("256M")
      self.vm.wait_until(f"test $(ls -d {MEMORY}/memory[0-9]* | wc -l) = {len(before) + 2}")
      for number in set(self.states()) - before:
        self.shell(f"echo online_kernel >{MEMORY}/memory{number}/state")
      self.vm.run("kill -CONT $(pidof virt-tune-agent)")
      self.assertEqual(host.event("TUNE_MEMORY_ONLINED")["online"], 2)
      self.assertEqual(host.event("TUNE_DRIFT")["misplaced"], 2)

  def test_rules_of_other_distributions(self):
    for name, text in (("red-hat", RED_HAT), ("suse", SUSE)):
      for policy in ("offline", "online"):
        with self.subTest(rule=name, policy=policy):
          path = f"/etc/udev/rules.d/40-{name}.rules"
          self.vm.run(f"mkdir -p /etc/udev/rules.d; cat >{path} <<'END'\n{text}END\nudevadm control --reload")
          self.policy(policy)
          before = len(self.states())
          self.plug("256M")
          self.vm.wait_until(f"test $(cat {MEMORY}/memory*/state | grep -cx online) = {before + 2}")
          self.vm.run(f"udevadm settle; rm {path}; udevadm control --reload")
          self.assertEqual(self.offline_blocks(), 0)


if __name__ == "__main__":
  unittest.main(verbosity=2)
