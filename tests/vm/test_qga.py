# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the replies of qemu-ga and of our agent, in one guest at the same time, field by field."""

import unittest

from . import debian, ours
from .case import GuestCase
from .devices import Port
from .host import Host

QGA_PORT = "org.qemu.guest_agent.0"
MEMORY = "/sys/devices/system/memory"

# The commands that both agents have and that change nothing.
ASKED = [("guest-sync", {"id": 8151}), ("guest-sync", {"id": -9223372036854775808}),
         ("guest-sync-delimited", {"id": 0}), ("guest-ping", None), ("guest-ping", {}),
         ("guest-get-memory-block-info", None)]

# Commands that return an unordered list, and the key that identifies an entry.
LISTS = {"guest-get-memory-blocks": "phys-index", "guest-get-vcpus": "logical-id"}

# Requests that both agents refuse, and what is wrong with them.
REFUSED = {
  "unknown command": '{"execute": "guest-no-such"}',
  "no command": '{"id": 3}',
  "command of a wrong type": '{"execute": 7}',
  "unknown member": '{"execute": "guest-ping", "colour": "red"}',
  "unknown argument": '{"execute": "guest-ping", "arguments": {"colour": "red"}, "id": 1}',
  "arguments of a wrong type": '{"execute": "guest-ping", "arguments": []}',
  "key twice": '{"execute": "guest-ping", "execute": "guest-ping"}',
  "no JSON": '{"execute": guest-ping}',
  "comma too many": '{"execute": "guest-ping",}',
  "control byte in a text": '{"execute": "guest-\x01ping"}',
}

# Requests that both refuse, our agent with its own error class, qemu-ga with GenericError.
OWN_CLASS = {
  "missing argument": '{"execute": "guest-sync"}',
  "argument of a wrong type": '{"execute": "guest-sync", "arguments": {"id": "8"}}',
}


class Qga(GuestCase):
  """A Debian guest in which both agents run, each on its own port."""

  @classmethod
  def setUpClass(cls):
    cls.boot(debian.image(), cpus=2, max_cpus=4, slots=2, overlay=ours.overlay())
    port = cls.vm.plug(Port("qga", QGA_PORT))
    cls.vm.wait_until(f"test -e /dev/virtio-ports/{QGA_PORT}")
    cls.vm.run("mkdir -p /run/qga && setsid qemu-ga -m virtio-serial -t /run/qga"
               f" -p /dev/virtio-ports/{QGA_PORT} >/run/qga.log 2>&1 </dev/null &")
    cls.vm.plug_dimm("256M")
    cls.vm.wait_until("! grep -qx offline /sys/devices/system/memory/memory*/state"
                      f" && systemctl is-active {ours.UNIT}", timeout=120)
    paths = [cls.vm.agent_socket, port.path]
    cls.ours, cls.theirs = (Host(path) for path in paths)
    cls.addClassCleanup(cls.ours.close)
    cls.addClassCleanup(cls.theirs.close)
    for host in (cls.ours, cls.theirs):
      host.call("guest-ping")

  def both(self, name, arguments=None):
    """Returns the replies of our agent and of qemu-ga."""
    return [host.call(name, arguments) for host in (self.ours, self.theirs)]

  def test_answers(self):
    for name, arguments in ASKED:
      with self.subTest(name, arguments=arguments):
        ours_says, theirs_says = self.both(name, arguments)
        self.assertIn("return", theirs_says)
        self.assertEqual(ours_says, theirs_says)

  def test_lists(self):
    for name, key in LISTS.items():
      with self.subTest(name):
        replies = [sorted(reply["return"], key=lambda entry, key=key: entry[key])
                   for reply in self.both(name)]
        self.assertGreater(len(replies[1]), 1)
        self.assertEqual(*replies)

  def _states(self):
    script = f"cd {MEMORY}; for b in memory[0-9]*; do echo ${{b#memory}} $(cat $b/state); done"
    return {int(number): state for number, state in map(str.split, self.shell(script).splitlines())}

  def _set_blocks(self, host, *wishes):
    """Returns the reply, and then the blocks' states from the guest's files."""
    blocks = [{"phys-index": index, "online": online} for index, online in wishes]
    return host.call("guest-set-memory-blocks", {"mem-blks": blocks}), self._states()

  def _plug_movable(self):
    """Plugs movable memory.  Returns two blocks in its middle: the kernel keeps such blocks in the Movable
    zone even if they go offline and online again."""
    before = set(self._states())
    self.ours.call("tune-apply", {"settings": {"memory": {"auto_online_blocks": "online_movable"}}})
    self.addCleanup(self.ours.call, "tune-rollback")
    self.vm.plug_dimm("512M", id="movable")
    self.vm.wait_until(f"test $(grep -lx online {MEMORY}/memory*/state | wc -l) = {len(before) + 4}")
    return sorted(set(self._states()) - before)[1:3]

  def test_set_memory_blocks(self):
    """Both agents, one after the other, get the same requests in the same state: replies and states match."""
    first, second = self._plug_movable()
    absent = second + 4000
    rounds = [
      [(first, False), (absent, True), (second, False)],
      [(second, False), (first, True), (absent, False)],
      [(second, True), (first, True)],
      [(first, True)],
      [(0, False), (first, False)],  # pages of the kernel can't be moved
      [(first, True), (second, True)],
      [],
    ]
    # Otherwise our agent brings blocks online that qemu-ga takes offline.
    self.ours.call("tune-apply", {"settings": {"memory": {"auto_online_blocks": "offline"}}})
    seen = []
    for host in (self.ours, self.theirs):
      seen.append([self._set_blocks(host, *wishes) for wishes in rounds])
    for wishes, mine, its in zip(rounds, *seen):
      with self.subTest(wishes=wishes):
        self.assertIn("return", its[0])
        self.assertEqual(mine, its)
    replies = [[entry["response"] for entry in reply["return"]] for reply, _ in seen[0]]
    self.assertEqual(replies[:2], [["success", "not-found", "success"], ["success", "success", "not-found"]])
    self.assertEqual(replies[4], ["operation-failed", "success"])
    states = [{index: state for index, state in after.items() if index in (first, second)}
              for _, after in seen[0]]
    self.assertEqual([states[0], states[1]], [{first: "offline", second: "offline"},
                                             {first: "online", second: "offline"}])

  def test_set_vcpus(self):
    """The reply is the number of vCPUs done before the first failure, or an error if the first one fails."""
    rounds = [
      [(1, False)], [(1, False)], [(1, True), (0, True)], [(1, False), (77, True), (1, True)],
      [(77, True), (1, True)], [(77, False)], [(1, True), (0, False)], [(0, False), (1, False)], [],
    ]
    seen = []
    for host in (self.ours, self.theirs):
      replies = []
      for wishes in rounds:
        vcpus = [{"logical-id": index, "online": online} for index, online in wishes]
        reply = host.call("guest-set-vcpus", {"vcpus": vcpus})
        words = reply["error"]["class"] if "error" in reply else reply["return"]
        replies.append((words, self.vm.read("/sys/devices/system/cpu/online")))
      seen.append(replies)
    for wishes, mine, its in zip(rounds, *seen):
      with self.subTest(wishes=wishes):
        self.assertEqual(mine, its)
    self.assertEqual(seen[0], [(1, "0"), (1, "0"), (2, "0-1"), (1, "0"), ("GenericError", "0"),
                               ("GenericError", "0"), (1, "0-1"), ("GenericError", "0-1"), (0, "0-1")])

  def test_ids(self):
    for ident in (1, "one", None, True, 1.5, [1, {"a": None}], {"b": [2]}):
      for request in ({"name": "guest-ping"}, {"name": "guest-no-such"},
                      {"name": "guest-sync", "arguments": {"id": 1, "more": 2}}):
        with self.subTest(ident=ident, **request):
          replies = []
          for host in (self.ours, self.theirs):
            host.request(**request, id=ident)
            replies.append(host.read())
          self.assertIn("id", replies[1])
          self.assertEqual(replies[0]["id"], replies[1]["id"])
          self.assertEqual(set(replies[0]), set(replies[1]))

  def test_info(self):
    """The same members of the same types, and the same entries for commands that both have."""
    infos = [reply["return"] for reply in self.both("guest-info")]
    self.assertEqual(*({name: type(value) for name, value in info.items()} for info in infos))
    commands = [{entry["name"]: entry for entry in info["supported_commands"]} for info in infos]
    common = set(commands[0]) & set(commands[1])
    self.assertEqual(common, {name for name in commands[0] if name.startswith("guest-")})
    for name in sorted(common):
      self.assertEqual(commands[0][name], commands[1][name])

  def _errors(self, request):
    replies = []
    for host in (self.ours, self.theirs):
      host.send(b"\xff" + request.encode() + b"\n")
      host.request("guest-sync-delimited", {"id": 77})
      errors = []
      while "error" in (message := host.read()):
        errors.append(message)
      self.assertEqual(message, {"return": 77})
      replies.append(errors)
    return replies

  def test_errors(self):
    for what, request in {**REFUSED, **OWN_CLASS}.items():
      with self.subTest(what):
        ours_says, theirs_says = self._errors(request)
        self.assertEqual(len(ours_says), 1)
        mine, its = ours_says[0], theirs_says[-1]  # for qemu-ga a single 0xFF is an error
        self.assertEqual(set(mine), set(its))
        self.assertEqual(set(mine["error"]), set(its["error"]))
        self.assertTrue(mine["error"]["desc"])
        if what in OWN_CLASS:
          self.assertEqual((mine["error"]["class"], its["error"]["class"]),
                           ("InvalidArgument", "GenericError"))
        else:
          self.assertEqual(mine["error"]["class"], its["error"]["class"])


if __name__ == "__main__":
  unittest.main(verbosity=2)
