# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares our agent with TuneD in one guest; README.md describes the measurements."""

import argparse
import json
import pathlib
import statistics
import sys
import time

from tests.vm import debian, ours
from tests.vm.devices import Disk
from tests.vm.machine import Machine

HERE = pathlib.Path(__file__).parent
WATCH = "/usr/lib/guest-watch-disk"
RULE = 'ACTION=="add|change", SUBSYSTEM=="block", KERNEL=="vd*", ATTR{queue/scheduler}="none"'
PROFILE = "[main]\ninclude=virtual-guest\n[disk]\nelevator=none\n"
CALM = 3  # seconds without a change after which a value counts as lasting
REST = 20  # seconds without requests in which wake-ups are counted


class Bench:
  """One guest, one measurement after the other."""

  def __init__(self, machine, rounds):
    self.vm = machine
    self.rounds = rounds

  def shim(self, *words):
    """Runs the shim on the host; returns its duration in milliseconds."""
    begin = time.monotonic()
    result = ours.shim(self.vm, *words, timeout=120)
    if result.code != 0:
      raise RuntimeError(f"virt-tune {words}: {result.out}{result.err}")
    return (time.monotonic() - begin) * 1000

  def guest(self, command, ok=(0,)):
    """Runs a command in the guest; returns its duration in milliseconds by the guest's clock."""
    script = f"a=$(date +%s%N); {command} >/dev/null 2>&1; c=$?; b=$(date +%s%N); echo $((b - a)) $c"
    nanoseconds, code = self.vm.run(script, 180).out.split()
    if int(code) not in ok:
      raise RuntimeError(f"{command}: exit {code}")
    return int(nanoseconds) / 1e6

  def guest_until_tuned(self, command):
    """Runs a command in the guest; returns the milliseconds until its profile is applied."""
    # The shell reads single bytes, and a sysctl returns only its first byte to such a read.
    look = "v=6; until [ $v = 3 ]; do read v </proc/sys/vm/swappiness || true; done"
    return self.guest(f"{{ {command} && {{ {look}; }}; }}")

  def median(self, measure, prepare=lambda: None):
    """The median of the rounds, and all values."""
    values = []
    for _ in range(self.rounds):
      prepare()
      values.append(round(measure(), 2))
    return {"median": statistics.median(values), "values": values}

  def start(self, unit):
    """Milliseconds from the start of a service until its settings are applied."""
    self.vm.run(f"systemctl stop {unit}; systemctl reset-failed {unit} || true; echo 60 >/proc/sys/vm/swappiness", 120)
    return self.guest_until_tuned(f"systemctl start --no-block {unit}")

  def pid(self, unit):
    """A service's main process."""
    return self.vm.run(f"systemctl show -p MainPID --value {unit}").out.strip()

  def rss(self, unit):
    """A service's resident memory in KiB."""
    return int(self.vm.run(f"sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{self.pid(unit)}/status").out)

  def wakeups(self, unit):
    """Context switches per second of all threads of a service without requests."""
    script = f"cat /proc/{self.pid(unit)}/task/*/status | awk '/ctxt/ {{ n += $2 }} END {{ print n }}'"
    before = int(self.vm.run(script).out)
    time.sleep(REST)
    return (int(self.vm.run(script).out) - before) / REST

  def plug(self, number):
    """Plugs a disk that starts with mq-deadline.  Returns the ms until it first has none, and until it keeps none."""
    disk = Disk("virtio-blk-pci", f"bench{number}", num__queues=1)
    self.vm.run(f"setsid {WATCH} vdb none {CALM} >/run/watch 2>&1 </dev/null &")
    self.vm.wait_until("grep -q watching /run/watch")
    self.vm.plug(disk)
    self.vm.wait_until("[ $(wc -l </run/watch) = 2 ]", 90)
    words = self.vm.read("/run/watch").split()[1:]
    self.vm.unplug(disk)
    self.vm.wait_until("! [ -e /sys/block/vdb ]")
    return [float(word) for word in words]

  def plugs(self):
    """Medians of both results of plug()."""
    pairs = [self.plug(number) for number in range(self.rounds)]
    return [{"median": round(statistics.median(values), 2), "values": list(values)}
            for values in zip(*pairs)]


def measure_ours(bench, figures):
  """The measurements of our agent."""
  vm = bench.vm
  figures["apply"] = bench.median(lambda: bench.shim("apply"), lambda: bench.shim("rollback"))
  figures["verify"] = bench.median(lambda: bench.shim("verify"))
  figures["ping"] = bench.median(lambda: bench.shim("ping"))
  figures["start"] = bench.median(lambda: bench.start(ours.UNIT))
  bench.shim("set", "block/*/scheduler=none")
  figures["rss"] = bench.rss(ours.UNIT)
  figures["wakeups"] = bench.wakeups(ours.UNIT)
  figures["plug-first"], figures["plug-lasting"] = bench.plugs()
  bench.shim("rollback")
  vm.run(f"systemctl stop {ours.UNIT}")


def measure_rule(bench, figures):
  """The measurement of a udev rule without an agent."""
  bench.vm.run(f"echo '{RULE}' >/etc/udev/rules.d/99-bench.rules; udevadm control --reload")
  _, figures["plug-lasting-rule"] = bench.plugs()
  bench.vm.run("rm /etc/udev/rules.d/99-bench.rules; udevadm control --reload")


def measure_tuned(bench, figures):
  """The measurements of TuneD with its package's configuration."""
  vm = bench.vm
  vm.run("rm -f /etc/systemd/system/tuned.service; systemctl daemon-reload; systemctl start tuned", 120)
  vm.run("tuned-adm off; true", 120)
  figures["apply-tuned-adm"] = bench.median(lambda: bench.guest_until_tuned("tuned-adm profile virtual-guest"),
                                            lambda: bench.guest("tuned-adm off"))
  # After "tuned-adm off", TuneD's daemon would only store the profile, so switch from another profile.
  call = "busctl call com.redhat.tuned /Tuned com.redhat.tuned.control switch_profile s virtual-guest"
  figures["apply-tuned-dbus"] = bench.median(lambda: bench.guest_until_tuned(call),
                                             lambda: bench.guest("tuned-adm profile balanced"))
  figures["verify-tuned-adm"] = bench.median(lambda: bench.guest("tuned-adm verify", (0, 1)))
  verify = "busctl call com.redhat.tuned /Tuned com.redhat.tuned.control verify_profile"
  figures["verify-tuned-dbus"] = bench.median(lambda: bench.guest(verify))
  figures["start-tuned"] = bench.median(lambda: bench.start("tuned"))
  figures["rss-tuned"] = bench.rss("tuned")
  figures["wakeups-tuned"] = bench.wakeups("tuned")
  vm.run(f"mkdir -p /etc/tuned/bench /etc/tuned/profiles/bench; printf '{PROFILE}' |"
         " tee /etc/tuned/bench/tuned.conf /etc/tuned/profiles/bench/tuned.conf".replace("\n", "\\n"))
  bench.guest("tuned-adm profile bench")
  _, figures["plug-lasting-tuned"] = bench.plugs()


# (our figure, the figure to compare with, the largest allowed ratio).
PROMISES = [("apply", "apply-tuned-adm", 1 / 40), ("apply", "apply-tuned-dbus", 1 / 10),
            ("verify", "verify-tuned-adm", 1 / 40), ("verify", "verify-tuned-dbus", 1 / 10),
            ("start", "start-tuned", 1 / 50), ("rss", "rss-tuned", 1 / 6),
            ("plug-lasting", "plug-lasting-tuned", 1.0), ("plug-lasting", "plug-lasting-rule", 1.0),
            ("plug-first", "plug-lasting-rule", 1 / 4), ("wakeups", "wakeups-tuned", 0)]


class Figures(dict):
  """Prints each figure when it is set."""

  def __setitem__(self, name, figure):
    super().__setitem__(name, figure)
    print(name, json.dumps(figure), flush=True)


def value(figure):
  """A figure as one number."""
  return figure["median"] if isinstance(figure, dict) else figure


def report(figures):
  """Prints the table.  Returns the number of promises that are not met."""
  broken = 0
  print(f"{'':14} {'ours':>10} {'against':20} {'':>10} {'ratio':>8} {'promised':>9}")
  for what, other, promise in PROMISES:
    if what not in figures or other not in figures:
      continue
    mine, theirs = value(figures[what]), value(figures[other])
    holds = mine <= theirs * promise
    broken += not holds
    print(f"{what:14} {mine:10.2f} {other:20} {theirs:10.2f} {mine / theirs if theirs else 0:8.4f}"
          f" {promise:9.4f} {'' if holds else 'NOT MET'}")
  return broken


def main():
  """Measures and prints.  The exit code says whether all promises are met."""
  parser = argparse.ArgumentParser()
  parser.add_argument("--rounds", type=int, default=5)
  parser.add_argument("--json")
  parser.add_argument("--only-ours", action="store_true")
  options = parser.parse_args()
  figures = Figures()
  ours.compile_all()
  overlay = ours.overlay(files={WATCH.lstrip("/"): (HERE / "guest-watch-disk").read_text()})
  with Machine(debian.image(), cpus=2, overlay=overlay) as machine:
    bench = Bench(machine, options.rounds)
    bench.shim("ping")
    measure_ours(bench, figures)
    if not options.only_ours:
      measure_rule(bench, figures)
      measure_tuned(bench, figures)
  if options.json:
    pathlib.Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")
  return 1 if report(figures) else 0


if __name__ == "__main__":
  sys.exit(main())
