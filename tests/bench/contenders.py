# SPDX-License-Identifier: LGPL-2.1-or-later
"""The measured programs, each on its own port, in one guest."""

import concurrent.futures
import contextlib
import dataclasses
import pathlib
import shutil
import tempfile
import time
from typing import Optional

from tests.vm import ours
from tests.vm.devices import Port
from tests.vm.overlay import Overlay

from .client import Client, PING

FOLDER = "usr/lib/virt-tune-bench"
RUN = "/run/bench"
MARK = "bench.mark.0"

# As in the agent's systemd unit.  The bare program gets the same.
UNIT_ENVIRONMENT = "G_SLICE=always-malloc GLIBC_TUNABLES=glibc.pthread.stack_cache_size=0"


@dataclasses.dataclass
class Contender:
  """port: the port's name; None for a program without clients.  command: for the guest's sh."""
  name: str
  port: Optional[str]
  command: str
  path: Optional[pathlib.Path] = None  # the host's socket


def _time_of_line(client):
  client.line()
  return time.monotonic()


@dataclasses.dataclass(frozen=True)
class Sample:
  """A program's counters in /proc at one moment."""
  wakes: int       # voluntary switches of all its threads
  ticks: int       # CPU time, in 1/100 s
  tasks: int
  rss: int         # kB
  pss: int
  private: int     # private dirty


def _contenders():
  port = "/dev/virtio-ports/"
  return [
    Contender("ours", "org.virt_tune.agent.0",
              f"{UNIT_ENVIRONMENT} exec virt-tune-agent -p {port}org.virt_tune.agent.0"),
    Contender("qemu-ga", "org.qemu.guest_agent.0",
              f"exec qemu-ga -m virtio-serial -p {port}org.qemu.guest_agent.0 -t {RUN}/qga"),
    Contender("echo", "bench.echo.0", f"exec /{FOLDER}/echo-floor {port}bench.echo.0"),
    Contender("bare", None, f"{UNIT_ENVIRONMENT} exec /{FOLDER}/bare"),
  ]


def overlay(cleanup):
  """Our files and the benchmark's programs.  None of them is started automatically."""
  top = pathlib.Path(tempfile.mkdtemp(prefix="virt-tune-bench-"))
  cleanup.callback(shutil.rmtree, top)
  (top / FOLDER).mkdir(parents=True)
  for name in ("echo-floor", "bare"):
    shutil.copy2(ours.build_folder() / "tests/bench" / name, top / FOLDER / name)
  return Overlay(trees=[ours.installed(), top])


class Ring:
  """All programs in a booted guest."""

  def __init__(self, machine):
    self.machine = machine
    self.all = {contender.name: contender for contender in _contenders()}
    machine.run(f"mkdir -p {RUN}/qga")
    for number, contender in enumerate(self.all.values()):
      if contender.port:
        port = machine.plug(Port(f"bench{number}", contender.port))
        contender.path = port.path
    self._mark = machine.plug(Port("mark", MARK)).path
    machine.wait_until(" && ".join(f"test -e /dev/virtio-ports/{name}" for name in
                                   [MARK, *(c.port for c in self.all.values() if c.port)]))

  def serving(self):
    """The contenders that answer a host."""
    return [contender for contender in self.all.values() if contender.port]

  def start(self, name):
    """Starts a contender.  Returns the seconds until it answers a ping that was sent before its start."""
    contender = self.all[name]
    script = (f"echo $$ >{RUN}/{name}.pid; echo >/dev/virtio-ports/{MARK}; "
              f"{contender.command} >{RUN}/{name}.log 2>&1")
    with contextlib.ExitStack() as stack:
      clients = [stack.enter_context(Client(path)) for path in (self._mark, contender.path) if path]
      if contender.port:
        clients[1].send(PING)
      # A thread for each client: the guest's shell may answer after both.
      threads = stack.enter_context(concurrent.futures.ThreadPoolExecutor(2))
      times = [threads.submit(_time_of_line, client) for client in clients]
      self.machine.run(f"setsid sh -c '{script}' </dev/null >/dev/null 2>&1 &")
      return times[-1].result() - times[0].result()

  def stop(self, name):
    """Kills a contender, even one that hangs."""
    self.machine.run(f"p=$(cat {RUN}/{name}.pid) && kill -9 $p 2>/dev/null; "
                     f"while [ -d /proc/$p/fd ] && kill -0 $p 2>/dev/null; do sleep 0.02; done; "
                     f"rm -f {RUN}/{name}.pid")

  def restart(self, name):
    self.stop(name)
    return self.start(name)

  def connect(self, name):
    return Client(self.all[name].path)

  def sample(self, *names):
    """Returns {name: Sample}, all taken at one time."""
    script = "".join(f"""
      p=$(cat {RUN}/{name}.pid)
      echo {name} $(cat /proc/$p/task/*/status | awk '/^voluntary/ {{ n += $2 }} END {{ print n }}') \
        $(awk '{{ print $14 + $15 }}' /proc/$p/stat) $(ls /proc/$p/task | wc -l) \
        $(awk '/^(Rss|Pss|Private_Dirty):/ {{ print $2 }}' /proc/$p/smaps_rollup)""" for name in names)
    lines = [line.split() for line in self.machine.run(script).out.splitlines()]
    return {words[0]: Sample(*map(int, words[1:])) for words in lines}

  def over(self, seconds, *names):
    """Wake-ups and CPU share of each contender during a time in which the host does nothing."""
    before = self.sample(*names)
    time.sleep(seconds)  # the measured time
    after = self.sample(*names)
    return {name: {"wakes": after[name].wakes - before[name].wakes,
                   "cpu": (after[name].ticks - before[name].ticks) / seconds} for name in names}
