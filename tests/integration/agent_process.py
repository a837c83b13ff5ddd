# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts the real agent on a tree of files, and talks to it as a host does.

    with Agent() as agent, agent.connect() as client:
        client.call("guest-ping")

The tree stands for the guest's /sys and /proc, so nothing here touches the
machine that runs it. Every wait has a deadline.
"""

import contextlib
import fcntl
import itertools
import json
import os
import pathlib
import pty
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty

ROOT = pathlib.Path(__file__).resolve().parents[2]
AGENT = os.environ.get("VIRT_TUNE_AGENT", str(ROOT / "build" / "agent" / "virt-tune-agent"))

# As in the agent's systemd unit: GLib before 2.76 would never free its pools of small structs.
UNIT_ENVIRONMENT = {"G_SLICE": "always-malloc"}

TIOCVHANGUP = 0x5437  # ioctl_tty(2)

DEADLINE = 120  # seconds: long enough for every step on a slow machine, too


class AgentError(Exception):
  """An error reply."""

  def __init__(self, reply):
    super().__init__(f"{reply['error']['class']}: {reply['error']['desc']}")
    self.reply = reply
    self.error_class = reply["error"]["class"]
    self.desc = reply["error"]["desc"]


class Closed(Exception):
  """The agent has closed the stream."""


def wait_until(condition, what, seconds=DEADLINE):
  """Polls until the condition is true. Only for conditions that raise no event."""
  end = time.monotonic() + seconds
  while not condition():
    if time.monotonic() > end:
      raise TimeoutError(f"not true after {seconds} s: {what}")
    select.select([], [], [], 0.005)


def write_file(root, path, text):
  """Writes a file of the tree with a newline at its end, as the kernel's files have one."""
  whole = pathlib.Path(root) / path
  whole.parent.mkdir(parents=True, exist_ok=True)
  whole.write_text(text + "\n", encoding="utf-8")


def read_file(root, path):
  return (pathlib.Path(root) / path).read_text(encoding="utf-8").strip()


def make_tree(root, blocks=4, offline=(), cpus=2):
  """A small guest: memory blocks, CPUs, a disk, some sysctls."""
  write_file(root, "proc/sys/kernel/random/boot_id", "3f0c1a52-8f0e-4d6e-9d8c-0a4c5f6b7e01")
  write_file(root, "proc/cmdline", "root=/dev/vda1 ro")
  write_file(root, "proc/sys/vm/swappiness", "60")
  write_file(root, "proc/sys/vm/dirty_ratio", "20")
  write_file(root, "proc/sys/vm/dirty_bytes", "0")
  memory = "sys/devices/system/memory"
  write_file(root, f"{memory}/block_size_bytes", "8000000")
  write_file(root, f"{memory}/auto_online_blocks", "offline")
  for index in range(blocks):
    state = "offline" if index in offline else "online"
    write_file(root, f"{memory}/memory{index}/state", state)
    write_file(root, f"{memory}/memory{index}/online", "0" if state == "offline" else "1")
    write_file(root, f"{memory}/memory{index}/removable", "1")
    write_file(root, f"{memory}/memory{index}/phys_index", f"{index:08x}")
    write_file(root, f"{memory}/memory{index}/valid_zones", "Normal Movable")
  write_file(root, "sys/devices/system/cpu/online", f"0-{cpus - 1}")
  write_file(root, "sys/devices/system/cpu/present", f"0-{cpus - 1}")
  for cpu in range(cpus):
    (pathlib.Path(root) / f"sys/devices/system/cpu/cpu{cpu}").mkdir(parents=True, exist_ok=True)
    if cpu > 0:
      write_file(root, f"sys/devices/system/cpu/cpu{cpu}/online", "1")
  disk = "sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda"
  write_file(root, f"{disk}/queue/scheduler", "[mq-deadline] none")
  write_file(root, f"{disk}/queue/read_ahead_kb", "128")
  write_file(root, f"{disk}/queue/nr_requests", "256")
  write_file(root, f"{disk}/queue/rq_affinity", "1")
  (pathlib.Path(root) / "sys/block").mkdir(parents=True, exist_ok=True)
  (pathlib.Path(root) / "sys/block/vda").symlink_to("../devices/" + disk.split("/", 2)[2])


class Stream:
  """Sends bytes to the agent and reads lines from it, over a descriptor."""

  def __init__(self, fd, on_close):
    self._fd, self._on_close, self._rest = fd, on_close, b""

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.close()

  def close(self):
    if self._on_close is not None:
      self._on_close()
      self._on_close = None

  def fileno(self):
    return self._fd

  def send(self, data):
    """Sends all of data; waits while the agent does not read."""
    data = data.encode() if isinstance(data, str) else data
    end = time.monotonic() + DEADLINE
    while data:
      _, writable, _ = select.select([], [self._fd], [], max(0, end - time.monotonic()))
      if not writable:
        raise TimeoutError(f"the agent does not read: {len(data)} bytes left")
      data = data[os.write(self._fd, data[:65536]):]

  def send_some(self, data):
    """Sends as much as fits without waiting. Returns the number of bytes."""
    os.set_blocking(self._fd, False)
    sent = 0
    try:
      while sent < len(data):
        sent += os.write(self._fd, data[sent:])
    except BlockingIOError:
      pass
    os.set_blocking(self._fd, True)
    return sent

  def wait_until_read(self):
    """Waits until the other end of the socket has read all that was sent (SIOCOUTQ, unix(7))."""
    wait_until(lambda: not int.from_bytes(fcntl.ioctl(self._fd, termios.TIOCOUTQ, bytes(4)),
                                          sys.byteorder), "all was read")

  def read_line(self, seconds=DEADLINE):
    """Reads one line as bytes, without its newline."""
    end = time.monotonic() + seconds
    while b"\n" not in self._rest:
      readable, _, _ = select.select([self._fd], [], [], max(0, end - time.monotonic()))
      if not readable:
        raise TimeoutError(f"no line within {seconds} s, only {self._rest[:200]!r}")
      try:
        chunk = os.read(self._fd, 65536)
      except OSError as error:
        raise Closed(str(error)) from error
      if not chunk:
        raise Closed(f"closed, with {self._rest[:200]!r} unfinished")
      self._rest += chunk
    line, self._rest = self._rest.split(b"\n", 1)
    return line

  def read_reply(self, seconds=DEADLINE):
    return json.loads(self.read_line(seconds).lstrip(b"\xff"))

  def is_quiet(self, seconds=0.2):
    """Whether the agent sends nothing for so long. Only a wait can show this: silence has no event."""
    return not self._rest and not select.select([self._fd], [], [], seconds)[0]

  def request(self, execute, arguments=None, **members):
    """Sends a request without a newline, as QEMU's own client does."""
    message = {"execute": execute, **members}
    if arguments is not None:
      message["arguments"] = arguments
    self.send(json.dumps(message))

  def call(self, execute, arguments=None, **members):
    """Sends a request. Returns the reply's value, or raises AgentError."""
    self.request(execute, arguments, **members)
    reply = self.read_reply()
    if "error" in reply:
      raise AgentError(reply)
    return reply["return"]

  def sync(self, number=None):
    """Skips replies to earlier clients, as libvirt does. Returns the number of skipped lines."""
    number = random.getrandbits(62) if number is None else number
    self.send(b"\xff" + json.dumps({"execute": "guest-sync-delimited",
                                    "arguments": {"id": number}}).encode())
    for skipped in itertools.count():
      line = self.read_line()
      if line.startswith(b"\xff") and json.loads(line[1:]) == {"return": number}:
        return skipped


class Agent:
  """One agent in a folder of its own. Its channel is a Unix socket in that folder, or a
  pseudo-terminal with a link to it there. line: whether the pseudo-terminal exists from the start."""

  def __init__(self, *options, method="unix-listen", tree=make_tree, line=True):
    self.folder = tempfile.mkdtemp(prefix="virt-tune-")
    self.root = os.path.join(self.folder, "root")
    self.path = os.path.join(self.folder, "line" if method == "isa-serial" else "socket")
    self.log = os.path.join(self.folder, "log")
    os.mkdir(self.root)
    tree(self.root)
    self._method, self._options, self._line = method, options, line
    self._master = self._slave = None
    self.process = None

  def __enter__(self):
    try:
      self.start()
    except BaseException:
      self._remove()
      raise
    return self

  def __exit__(self, *_):
    self.stop()
    self._remove()

  def _remove(self):
    self.unplug_line()
    shutil.rmtree(self.folder)

  def plug_line(self):
    """Makes a new pseudo-terminal and points the link to it, as if a device was plugged."""
    self._master, self._slave = pty.openpty()
    tty.setraw(self._master)
    os.symlink(os.ttyname(self._slave), self.path + ".new")
    os.replace(self.path + ".new", self.path)

  def unplug_line(self):
    """Closes the pseudo-terminal, as if the host went away. The link to it stays."""
    for fd in (self._master, self._slave):
      if fd is not None:
        os.close(fd)
    self._master = self._slave = None

  def hang_up(self):
    """Hangs up the line as vhangup(2) does. The host's end stays; the line can be opened again."""
    slave, self._slave = self._slave, None
    fcntl.ioctl(slave, TIOCVHANGUP)
    os.close(slave)

  def start(self):
    """Starts the agent, and returns when it takes requests."""
    if self._method == "isa-serial" and self._line:
      self.plug_line()
    with open(self.log, "ab") as log:
      self.process = subprocess.Popen(
          [AGENT, "--method", self._method, "--path", self.path, "--root", self.root,
           *self._options],
          stdin=subprocess.DEVNULL, stdout=log, stderr=log,
          env={**os.environ, "G_DEBUG": "fatal-criticals", **UNIT_ENVIRONMENT})
    if self._method == "unix-listen":
      wait_until(self._takes_requests, "the agent listens")

  def _takes_requests(self):
    if self.process.poll() is not None:
      raise RuntimeError(f"the agent ended with {self.process.returncode}: {self.read_log()}")
    try:
      with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(self.path)
    except (FileNotFoundError, ConnectionRefusedError):
      return False
    return True

  def connect(self, receive_buffer=None):
    """Connects a new client. The agent serves it once all earlier clients are gone."""
    if self._method == "isa-serial":
      return Stream(self._master, None)
    client = socket.socket(socket.AF_UNIX)
    if receive_buffer is not None:
      client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(self.path)
    return Stream(client.fileno(), client.close)

  def stop(self, how=signal.SIGTERM):
    """Ends the agent. Returns its exit code."""
    if self.process is None:
      return None
    if self.process.poll() is None:
      self.process.send_signal(how)
    try:
      code = self.process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.wait()
      raise
    self.process = None
    return code

  def read_log(self):
    return pathlib.Path(self.log).read_text(encoding="utf-8", errors="replace")

  def wait_logged(self, text):
    """Waits until the agent's log holds the text; raises at once if the agent ends before."""
    def is_logged():
      ended = self.process.poll() is not None
      if text in self.read_log():
        return True
      if ended:
        raise RuntimeError(f"the agent ended with {self.process.returncode}: {self.read_log()}")
      return False
    wait_until(is_logged, f"the agent logs '{text}'")

  def status(self, key):
    """A number of /proc/PID/status: VmRSS in kB, voluntary_ctxt_switches, …"""
    for task in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
      name, value = task.split(":", 1)
      if name == key:
        return int(value.split()[0])
    raise KeyError(key)

  def wake_ups(self):
    """How often the agent's threads have gone to sleep so far. The worker's thread ends without work."""
    total = 0
    for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
      with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in (task / "status").read_text().splitlines():
          if line.startswith("voluntary_ctxt_switches"):
            total += int(line.split()[1])
    return total

  def can_measure_memory(self):
    """Whether its resident memory is a measure: AddressSanitizer does not give back freed memory."""
    return b"__asan_init" not in pathlib.Path(AGENT).read_bytes()

  def cpu_seconds(self):
    fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

  def is_at_rest(self, seconds=0.2):
    """Whether the agent neither runs nor wakes for so long. Only a wait can show this."""
    before = self.cpu_seconds(), self.wake_ups()
    time.sleep(seconds)
    return (self.cpu_seconds(), self.wake_ups()) == before
