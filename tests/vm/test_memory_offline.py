# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that is taken offline on purpose stays offline; a block that can't go offline blocks nothing else."""

import pathlib
import shutil
import tempfile

from . import mini, ours
from .host import Host
from .test_memory_plug import MEMORY, PlugCase

PIN = "usr/bin/pin-memory"
EINTR = 4


class Offline(PlugCase):
  """Each test has DIMMs of movable memory."""

  @classmethod
  def setUpClass(cls):
    folder = pathlib.Path(tempfile.mkdtemp())
    cls.addClassCleanup(shutil.rmtree, folder)
    (folder / PIN).parent.mkdir(parents=True)
    shutil.copy2(ours.build_folder() / "tests/pin-memory", folder / PIN)
    overlay = ours.overlay()
    overlay.trees.append(folder)
    cls.boot(mini.image(), slots=16, overlay=overlay)

  def setUp(self):
    self.start_agent()
    self.addCleanup(self.stop_agent)
    self.shim("set", "memory/auto_online_blocks=online_movable")
    self.addCleanup(self.shim, "rollback")

  def _write(self, blocks, word):
    for number in blocks:
      self.shell(f"echo {word} >{MEMORY}/memory{number}/state")

  def _state(self, blocks):
    rows = self.states()
    return [rows[number][0] for number in sorted(blocks)]

  def _pin(self):
    """Plugs two DIMMs and pins pages of the upper one.  Returns the blocks of both."""
    dimms, low = self.plug_online(256)
    more, high = self.plug_online(256)
    self.addCleanup(self.unplug_all, *dimms, *more)
    self._write(low, "offline")  # now only the upper one is movable
    self.vm.run("pin-memory 200 >/run/pinned 2>&1 </dev/null &")
    self.addCleanup(self.vm.run, "kill $(pidof pin-memory); while pidof pin-memory >/dev/null; do :; done")
    self.vm.wait_until("grep -q pinned /run/pinned")
    self._write(low, "online_movable")
    return low, high

  def test_pinned_blocks_do_not_stop_the_others(self):
    """The first two blocks can't go offline; the next two must still go offline."""
    low, high = self._pin()
    reply = self.shim_json("--timeout", 30, "memory", "offline", "256M")
    self.assertEqual((reply["offlined"], reply["unfinished"]), (2, 0))
    self.assertEqual((self._state(low), self._state(high)), (["offline"] * 2, ["online"] * 2))

  def test_operation_failed(self):
    """The request of QEMU's own guest agent, which would never answer here."""
    _, high = self._pin()
    block = max(high)
    with Host(self.vm.agent_socket) as host:
      reply = host.call("guest-set-memory-blocks", {"mem-blks": [{"phys-index": block, "online": False}]})
    self.assertEqual(reply["return"], [{"phys-index": block, "response": "operation-failed", "error-code": EINTR}])
    self.assertEqual(self._state([block]), ["online"])

  def test_agent_ends_during_an_offline_request(self):
    """The agent ends while the kernel tries to take blocks offline: the blocks stay online."""
    _, high = self._pin()
    with Host(self.vm.agent_socket) as host:
      host.request("guest-set-memory-blocks",
                   {"mem-blks": [{"phys-index": number, "online": False} for number in sorted(high) * 50]})
      self.vm.wait_until(f"grep -qx going-offline {MEMORY}/memory*/state")
      self.stop_agent()
      self.vm.wait_until("! pidof virt-tune-agent")
    self.assertEqual(self._state(high), ["online"] * 2)
    self.start_agent()

  def test_blocks_taken_offline_stay_offline(self):
    """They stay so over a restart, another plug and a host's wait, until the host asks for all blocks."""
    dimms, blocks = self.plug_online(512)
    self.addCleanup(self.unplug_all, *dimms)
    self.shim("memory", "offline", "128M")
    self._write([min(blocks)], "offline")
    held = [min(blocks), max(blocks)]
    self.stop_agent()
    self.vm.wait_until("! pidof virt-tune-agent")
    self.start_agent()
    before = len(self.states())
    more = self.plug("256M")
    self.addCleanup(self.unplug_all, more)
    said = self.shim("memory", "wait", f"{128 * (before + 2)}M", "--timeout", 2, expect=1).out
    self.assertIn("2 blocks stay offline, for they were taken offline on purpose", said)
    self.shim("memory", "prepare")
    self.assertEqual(self._state(held), ["offline"] * 2)
    self.assertEqual(self.offline_blocks(), 2)
    self.shim("memory", "online")
    self.assertEqual(self.offline_blocks(), 0)
