# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program that tests/bench/channel runs; the comment in that script is its documentation.

Each round measures all contenders, so that other load on the host affects all of them.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import sys
import time

from tests.vm import debian, ours, say
from tests.vm.machine import Machine

from . import contenders, figures
from .client import PING
from .figures import Row, percentile

ANSWERING = ["ours", "qemu-ga", "echo"]
AGENTS = ["ours", "qemu-ga"]
PINGS = 1000
CONNECTS = 40
HOSTILE = 70 << 20


class Bench:
  """Each method that is named in FIGURES returns the rows of one measurement."""

  def __init__(self, ring, rounds, seconds):
    self._ring, self._rounds, self._seconds = ring, rounds, seconds

  def _each_round(self, names, measure):
    """Calls measure(contender), which returns {figure: value}, for each round and contender.
    Returns {figure: {contender: [values]}}."""
    result = collections.defaultdict(lambda: collections.defaultdict(list))
    for _ in range(self._rounds):
      for name in names:
        for figure, value in measure(name).items():
          result[figure][name].append(value)
    return result

  def start(self):
    """Starts of a new process: time to the first reply, and memory at rest."""
    def measure(name):
      seconds = self._ring.restart(name)
      time.sleep(1)  # lets the start finish; the memory of work that takes longer counts
      sample = self._ring.sample(name)[name]
      weight = {"rss": sample.rss, "pss": sample.pss, "private dirty": sample.private,
                "threads": sample.tasks}
      return weight if name == "bare" else {"start": 1000 * seconds, **weight}

    seen = self._each_round([*ANSWERING, "bare"], measure)
    rows = [Row("start to first answered ping", "ms", "<= 1.0 x qemu-ga's", seen["start"],
                lambda m: m["ours"] <= m["qemu-ga"])]
    rows += [Row(f"{kind} at rest", "kB", "<= 1.2 x bare", seen[kind],
                 lambda m: m["ours"] <= 1.2 * m["bare"]) for kind in ("rss", "pss", "private dirty")]
    return rows + [Row("threads", "n", "", seen["threads"])]

  def idle(self):
    """No client is connected to the host's sockets."""
    wakes, cpu = collections.defaultdict(list), collections.defaultdict(list)
    for _ in range(self._rounds):
      for name, seen in self._ring.over(self._seconds, *ANSWERING, "bare").items():
        wakes[name].append(seen["wakes"])
        cpu[name].append(seen["cpu"])
    return [Row(f"wake-ups in {self._seconds} s without a host", "n", "0", wakes,
                lambda m: m["ours"] == 0),
            Row("CPU without a host", "%", "0", cpu, lambda m: m["ours"] == 0)]

  def stall(self):
    """A host that sends requests, reads nothing, and then disconnects."""
    stalled, left = collections.defaultdict(list), collections.defaultdict(list)
    for _ in range(self._rounds):
      clients = [self._ring.connect(name) for name in AGENTS]
      for client in clients:
        client.send_until_full(b'{"execute":"guest-info"}\n')
      for name, seen in self._ring.over(3, *AGENTS).items():
        stalled[name].append(seen["cpu"])
      for client in clients:
        client.close()
      time.sleep(0.5)  # lets the guest's kernel report the hang-up
      for name, seen in self._ring.over(3, *AGENTS).items():
        left[name].append(seen["cpu"])
      for name in AGENTS:
        self._ring.restart(name)
    return [Row("CPU while a host does not read", "%", "0", stalled, lambda m: m["ours"] == 0),
            Row("CPU after it left", "%", "0", left, lambda m: m["ours"] == 0)]

  def connect(self):
    """From connect() to the first reply."""
    def measure(name):
      took = []
      for _ in range(CONNECTS):
        begun = time.monotonic()
        with self._ring.connect(name) as client:
          client.ping()
          took.append(1000 * (time.monotonic() - begun))
        time.sleep(0.02)  # without a pause, the guest would not see the disconnect
      return {"p50": percentile(took, 0.5), "max": max(took)}

    seen = self._each_round(ANSWERING, measure)
    return [Row(f"first reply after connecting, {kind}", "ms", "<= 0.1 x qemu-ga's", seen[kind],
                lambda m: m["ours"] <= 0.1 * m["qemu-ga"]) for kind in ("p50", "max")]

  def ping(self):
    """Round trips, one after another."""
    def measure(name):
      took = []
      with self._ring.connect(name) as client:
        client.ping()
        for _ in range(PINGS):
          begun = time.monotonic()
          client.ping()
          took.append(1e6 * (time.monotonic() - begun))
      return {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}

    seen = self._each_round(ANSWERING, measure)
    return [Row(f"guest-ping round trip, {kind}", "µs", "<= 0.6 x qemu-ga's", seen[kind],
                lambda m: m["ours"] <= 0.6 * m["qemu-ga"]) for kind in ("p50", "p99")]

  def pipeline(self):
    """Sends all requests at once, then reads all replies."""
    def measure(name):
      with self._ring.connect(name) as client:
        client.ping()
        begun = time.monotonic()
        client.send(PING * PINGS)
        client.lines(PINGS)
        return {"took": 1000 * (time.monotonic() - begun)}

    seen = self._each_round(ANSWERING, measure)
    return [Row(f"{PINGS} pipelined guest-ping", "ms", "<= 0.5 x qemu-ga's", seen["took"],
                lambda m: m["ours"] <= 0.5 * m["qemu-ga"])]

  def hostile(self):
    """One line of 70 MiB; the memory is measured when the agent answers again."""
    line = b'{"execute":"' + b"x" * HOSTILE + b'"}\n'
    at_rest = collections.defaultdict(list)

    def measure(name):
      self._ring.restart(name)
      with self._ring.connect(name) as client:
        client.sync()
        at_rest[name].append(self._ring.sample(name)[name].rss)
        client.send(line)
        client.sync()
        return {"rss": self._ring.sample(name)[name].rss}

    seen = self._each_round(AGENTS, measure)
    return [Row("rss before a line of 70 MiB", "kB", "", at_rest),
            Row("rss after it", "kB", "<= 1.1 x before", seen["rss"],
                lambda m: m["ours"] <= 1.1 * sorted(at_rest["ours"])[len(at_rest["ours"]) // 2])]

  def rounds(self):
    """Connects, asks and disconnects as fast as possible; counts the clients that get their own reply."""
    good = 0
    for number in range(PINGS):
      with self._ring.connect("ours") as client:
        client.send(b'{"execute":"guest-sync","arguments":{"id":%d}}\n' % number)
        good += client.line() == b'{"return": %d}' % number
    return [Row(f"{PINGS} rounds of connect, ask, disconnect", "answered", f"{PINGS}",
                {"ours": [good]}, lambda m: m["ours"] == PINGS)]


FIGURES = ["start", "idle", "stall", "connect", "ping", "pipeline", "hostile", "rounds"]


def _options():
  parser = argparse.ArgumentParser(prog="tests/bench/channel")
  parser.add_argument("--rounds", type=int, default=5)
  parser.add_argument("--seconds", type=int, default=30)
  parser.add_argument("--only", action="append", choices=FIGURES)
  parser.add_argument("--json", type=pathlib.Path)
  return parser.parse_args()


def measure(machine, options):
  """Measures the chosen figures and prints each when it is done.  Returns all rows."""
  ring = contenders.Ring(machine)
  for name in ring.all:
    ring.start(name)
  bench = Bench(ring, options.rounds, options.seconds)
  rows = []
  for name in options.only or FIGURES:
    say.say(f"measuring: {name}")
    new = getattr(bench, name)()
    print(figures.table(new), flush=True)
    rows += new
  return rows


def main():
  options = _options()
  ours.compile_all()
  with contextlib.ExitStack() as cleanup:
    machine = cleanup.enter_context(
      Machine(debian.image(), cpus=2, agent_port=False, overlay=contenders.overlay(cleanup)))
    machine.run("systemctl is-system-running --wait; true", timeout=240)
    # The pages of a program file count as private dirty until the guest has written them to its disk.
    machine.run("sync", timeout=120)
    rows = measure(machine, options)
    accelerator = machine.accelerator
  print("\n" + figures.table(rows))
  if options.json:
    options.json.write_text(json.dumps({"guest": "debian", "accelerator": accelerator,
                                        "rounds": options.rounds,
                                        "figures": [row.as_json() for row in rows]}, indent=2) + "\n")
  return 0 if all(row.met() in (True, None) for row in rows) else 1


if __name__ == "__main__":
  sys.exit(main())
