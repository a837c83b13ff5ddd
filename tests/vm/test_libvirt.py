# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that libvirt runs, tuned by the name of its domain.

The domain is type='qemu' (it needs no KVM).  It runs the mini guest, with
another channel for the test shell.  If no libvirtd runs, the test starts one.
"""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import uuid

from . import mini, ours, sanitizers
from .shell import Shell

sys.path.insert(0, str(ours.ROOT / "tests/integration"))
from test_shim_libvirt import Daemons, await_true, virsh  # noqa: E402 pylint: disable=wrong-import-position

URI = "qemu:///system"
QGA_CHANNEL = "org.qemu.guest_agent.0"
DOMAIN = """
<domain type='qemu'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{folder}/vmlinuz</kernel>
    <initrd>{folder}/initramfs</initrd>
    <cmdline>quiet panic=0</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='{folder}/disk.raw'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <channel type='unix'><target type='virtio' name='org.virt_tune.agent.0'/></channel>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <channel type='unix'>
      <source mode='bind' path='{folder}/shell.sock'/>
      <target type='virtio' name='virt_tune.test.shell'/>
    </channel>
  </devices>
</domain>
"""


class Libvirt(unittest.TestCase):
  """One domain for all tests."""

  @classmethod
  def setUpClass(cls):
    daemons = Daemons()
    cls.addClassCleanup(daemons.stop)
    daemons.start()
    cls.name = "vt-test-" + uuid.uuid4().hex[:8]
    # libvirt runs QEMU as another user, who must be able to read the files.
    cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="virt-tune-libvirt-"))
    cls.addClassCleanup(shutil.rmtree, cls.folder)
    cls.folder.chmod(0o777)
    cls._lay_out(mini.image())
    xml = cls.folder / "domain.xml"
    xml.write_text(DOMAIN.format(name=cls.name, uuid=uuid.uuid4(), folder=cls.folder))
    virsh("create", "--paused", str(xml))
    cls.addClassCleanup(virsh, "destroy", cls.name, check=False)
    connection = socket.socket(socket.AF_UNIX)
    cls.addClassCleanup(connection.close)
    connection.connect(str(cls.folder / "shell.sock"))
    virsh("resume", cls.name)
    cls.guest = Shell(connection)
    cls.guest.wait_ready(3 * mini.image().boot_seconds)
    if ours.sanitized():
      cls.addClassCleanup(sanitizers.check, cls.guest)

  @classmethod
  def _lay_out(cls, image):
    """Puts the kernel, the initramfs and a disk into a new folder."""
    shutil.copy(image.kernel, cls.folder / "vmlinuz")
    extra = cls.folder / "overlay.cpio"
    ours.overlay().write(extra, image.overlay_prefix)
    (cls.folder / "initramfs").write_bytes(image.initramfs.read_bytes() + extra.read_bytes())
    extra.unlink()
    with open(cls.folder / "disk.raw", "wb") as disk:
      disk.truncate(64 << 20)

  def virt_tune(self, *words, expect=0):
    """Runs the shim on the domain; returns its output."""
    verb, *arguments = words
    command = [str(ours.build_folder() / "host-shim/virt-tune"), "-c", URI, "--format", "json",
               verb, self.name, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=90, check=False)
    self.assertEqual(done.returncode, expect, f"{command}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout) if expect == 0 else done.stderr

  def connected(self, channel="org.virt_tune.agent.0"):
    """Whether libvirt has seen the guest open the channel."""
    xml = virsh("dumpxml", self.name).stdout
    return f"name='{channel}' state='connected'" in xml

  def read(self, path):
    return self.guest.run(f"cat {path}").out.strip()

  def agent_command(self, name, check=True, **arguments):
    """Runs virsh qemu-agent-command, as a user of qemu-ga would."""
    request = {"execute": name, **({"arguments": arguments} if arguments else {})}
    done = virsh("qemu-agent-command", "--timeout", "60", self.name, json.dumps(request), check=check)
    return json.loads(done.stdout)["return"] if check else done

  def test_qemu_agent_command(self):
    """Our agent serves qemu-ga's clients on the channel that libvirt has for qemu-ga."""
    self.guest.run(f"virt-tune-agent -p /dev/virtio-ports/{QGA_CHANNEL} -t /run/second"
                   " >/run/second.log 2>&1 </dev/null & echo $! >/run/second.pid")
    await_true(lambda: self.connected(QGA_CHANNEL), "qemu-ga's channel is connected")
    self.assertEqual(self.agent_command("guest-ping"), {})
    self.assertEqual(self.agent_command("guest-sync", id=7), 7)
    names = {command["name"] for command in self.agent_command("guest-info")["supported_commands"]}
    self.assertIn("tune-apply", names)
    self.assertEqual(self.agent_command("tune-verify")["drift"], 0)
    done = self.agent_command("guest-no-such", check=False)
    self.assertNotEqual(done.returncode, 0)
    self.assertIn("guest-no-such", done.stderr)
    self.assertEqual(self.agent_command("guest-ping"), {})

    # Commands that libvirt itself sends to the agent.
    virsh("setvcpus", self.name, "1", "--guest")
    self.assertEqual(self.read("/sys/devices/system/cpu/online"), "0")
    online = re.search(r"^online +: *(\S+)", virsh("guestvcpus", self.name).stdout, re.MULTILINE)
    self.assertEqual(online.group(1), "0")
    virsh("setvcpus", self.name, "2", "--guest")
    self.assertEqual(self.read("/sys/devices/system/cpu/online"), "0-1")
    self.guest.run("kill $(cat /run/second.pid)")
    await_true(lambda: not self.connected(QGA_CHANNEL), "qemu-ga's channel is disconnected")

  def test_tuned_by_name(self):
    self.assertIn("not connected", self.virt_tune("ping", expect=3))
    self.guest.run("virt-tune-agent >/run/agent.log 2>&1 </dev/null &")
    await_true(self.connected, "the agent's channel is connected")

    self.virt_tune("ping")
    before = self.read("/proc/sys/vm/swappiness")
    scheduler = self.read("/sys/block/vda/queue/scheduler")
    self.virt_tune("set", "sysctl/vm.swappiness=17", "block/vda/scheduler=mq-deadline")
    self.assertEqual(self.read("/proc/sys/vm/swappiness"), "17")
    self.assertIn("[mq-deadline]", self.read("/sys/block/vda/queue/scheduler"))
    self.assertEqual(self.virt_tune("verify")["drift"], 0)
    self.virt_tune("rollback")
    self.assertEqual(self.read("/proc/sys/vm/swappiness"), before)
    self.assertEqual(self.read("/sys/block/vda/queue/scheduler"), scheduler)

    for _ in range(20):  # each call frees the channel
      self.virt_tune("ping")
    self.assertIn("vm.swappiness", self.virt_tune("set", "sysctl/vm.swappiness=9999", expect=1))
    self.guest.run("kill $(pidof virt-tune-agent)")
    await_true(lambda: not self.connected(), "the agent's channel is disconnected")
    self.assertIn("not connected", self.virt_tune("ping", expect=3))


if __name__ == "__main__":
  unittest.main(verbosity=2)
