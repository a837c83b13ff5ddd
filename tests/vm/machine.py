# SPDX-License-Identifier: LGPL-2.1-or-later
"""One running guest: QEMU's process, its QMP, the guest's root shell.

A context manager that leaves nothing behind.  The kernel kills QEMU when the
thread that started it ends (prctl(2), PR_SET_PDEATHSIG), and removes taps with
their last descriptor.  The next run removes the folder of a killed run.
"""

import atexit
import contextlib
import ctypes
import shutil
import signal
import socket
import subprocess
import sys

from . import accel, cache, command_line, hotplug, overlay as overlays, say
from .devices import AgentPort
from .qmp import Qmp, QmpError
from .shell import GuestError, Shell

_PRCTL = ctypes.CDLL(None, use_errno=True).prctl
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
  _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine(hotplug.HotPlug):
  """Boots image when entered.

  cpus, max_cpus: vCPUs at boot, and the limit with plugged ones.
  memory, slots, max_memory: memory at boot, DIMM slots, and the limit of all memory.
  nvdimm: whether persistent memory may be plugged.
  nodes: NUMA nodes among which vCPUs and memory are split.
  devices: see devices.py.  agent_port: whether the guest boots with the agent's port.
  overlay: files on top of the image.  cmdline: more kernel parameters.
  accelerator: "kvm" or "tcg"; by default the result of accel.best().
  console: "file", or "stdio" for a person at a terminal.
  """

  def __init__(self, image, *, cpus=2, max_cpus=None, memory=None, slots=0, max_memory="64G",
               nvdimm=False, nodes=1, devices=(), agent_port=True, overlay=None, cmdline="", accelerator=None,
               console="file"):
    self.image = image
    self.cpus, self.max_cpus, self.nodes = cpus, max_cpus or cpus, nodes
    self.nvdimm = nvdimm
    self.memory, self.slots, self.max_memory = memory or image.memory, slots, max_memory
    self.devices = list(devices) + ([AgentPort()] if agent_port else [])
    self.overlay = overlay or overlays.Overlay()
    self.cmdline, self.console = cmdline, console
    self.accelerator = accelerator
    self.folder = self.process = self.qmp = self.shell = None
    self._cleanup = contextlib.ExitStack()

  def __enter__(self):
    with contextlib.ExitStack() as undo:
      undo.enter_context(contextlib.closing(self))
      self._start()
      undo.pop_all()
    return self

  def __exit__(self, kind, _error, _trace):
    if kind and issubclass(kind, (GuestError, QmpError, TimeoutError)):
      self.show_console()
    self.close()

  @property
  def agent_socket(self):
    """The Unix socket behind the agent's port."""
    return self.folder / "agent.sock"

  def _start(self):
    atexit.register(self.close)
    for folder in self.image.folders():
      self._cleanup.enter_context(cache.in_use(folder))
    self.accelerator = self.accelerator or accel.best()
    self.folder = cache.run_folder()
    self._cleanup.callback(shutil.rmtree, self.folder, ignore_errors=True)
    self._pack_initramfs()
    self._spawn()
    try:
      self.qmp.greet()
      self.wait_booted()
    except (GuestError, QmpError, TimeoutError):
      self.show_console()
      raise

  def _pack_initramfs(self):
    extra = self.folder / "overlay.cpio"
    self.overlay.write(extra, self.image.overlay_prefix)
    with open(self.folder / "initramfs", "wb") as out:
      for part in (self.image.initramfs, extra):
        with open(part, "rb") as data:
          shutil.copyfileobj(data, out, 1 << 20)

  def root_layer(self):
    """This run's layer over the image's disk: kept over a reboot, removed at the end."""
    layer = self.folder / "root.qcow2"
    say.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.image.disk, layer])
    return layer

  def _pair(self):
    ours, theirs = socket.socketpair()
    self._cleanup.callback(ours.close)
    return ours, theirs

  def _spawn(self):
    qmp, qmp_peer = self._pair()
    shell, shell_peer = self._pair()
    self.qmp, self.shell = Qmp(qmp), Shell(shell)
    for device in self.devices:
      self._cleanup.callback(device.close)
    with qmp_peer, shell_peer, open(self.folder / "qemu.log", "wb") as log:
      words, fds = command_line.build(self, qmp_peer.fileno(), shell_peer.fileno())
      terminal = self.console == "stdio"
      self.process = subprocess.Popen(
        words, pass_fds=fds, stdin=None if terminal else subprocess.DEVNULL,
        stdout=None if terminal else log, stderr=log, preexec_fn=_die_with_parent)
    self._cleanup.callback(self._end_process)
    for device in self.devices:
      device.close()

  def wait_booted(self):
    """Waits until the guest's shell answers after a start or a reset."""
    seconds = self.image.boot_seconds * self._patience()
    seen = self.console_text().count("Kernel panic")
    self.shell.wait_ready(seconds, lambda: "its kernel panicked"
                          if self.console_text().count("Kernel panic") > seen else None)

  def run(self, script, timeout=30, check=True):
    """Runs a script with sh in the guest, as root; see shell.Result.

    timeout: seconds on a machine with KVM; without KVM, the limit is a multiple of it."""
    result = self.shell.run(script, timeout * self._patience())
    if check and result.code != 0:
      raise GuestError(f"in the guest: {script}\nended with {result.code}\n{result.out}{result.err}")
    return result

  def _patience(self):
    """The factor by which time limits grow without KVM.  Waits end as soon as their event comes."""
    return 1 if self.accelerator == "kvm" else 4

  def read(self, path):
    """The content of a file in the guest, without the last newline."""
    return self.run(f"cat '{path}'").out.rstrip("\n")

  def wait_until(self, script, timeout=30):
    """Runs a script in the guest again and again until its exit code is 0."""
    loop = f"until {{ {script}\n}} >/dev/null 2>&1; do sleep 0.05; done"
    if self.run(loop, timeout, check=False).code != 0:
      last = self.run(script, check=False)
      raise GuestError(f"not true after {timeout} s: {script}\n{last.out}{last.err}")

  def reset(self):
    """Resets the guest like a reset button, and waits until it has booted."""
    self.qmp.execute("system_reset")
    self.wait_booted()

  def reboot(self):
    """Has the guest's init reboot it, and waits until it has booted."""
    self.run("(reboot >/dev/null 2>&1 &)")
    self.wait_booted()

  def console_text(self):
    """The guest's output on its serial console so far."""
    path = self.folder / "console.log"
    return path.read_text(errors="replace") if path.exists() else ""

  def show_console(self, lines=60):
    """Prints the end of the console and QEMU's own output, for a failed run."""
    for name in ("qemu.log", "console.log"):
      path = self.folder / name
      if path.exists():
        tail = path.read_text(errors="replace").splitlines()[-lines:]
        print(f"--- {name} ---", *tail, sep="\n", file=sys.stderr)

  def _end_process(self):
    self.process.kill()
    self.process.wait()

  def close(self):
    """Ends QEMU at once and removes all files of the run."""
    atexit.unregister(self.close)
    self._cleanup.close()
