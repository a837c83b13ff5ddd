# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs meson's unit tests.  Each line of their TAP output counts as one test."""

import json
import re
import subprocess

from tests.vm import ours

LINE = re.compile(r"^(not )?ok \d+(?: -)? ?(.*?)(?: # (SKIP|TODO)\b ?(.*))?$", re.M | re.I)
GOOD = ("OK", "EXPECTEDFAIL")


def run(tally, pattern, build=None, kind="unit"):
  """Runs the tests whose name contains pattern; an empty pattern runs all.
  build: the build folder, if it is not the default one."""
  build = build or ours.build_folder()
  names = _names(build)
  wanted = [name for name in names if not pattern or pattern in name]
  if not wanted:
    return
  log = build / "meson-logs/testlog.json"
  log.unlink(missing_ok=True)
  subprocess.run(["meson", "test", "-C", build, "--no-rebuild",
                  "--timeout-multiplier", "10", *sorted(set(wanted))], check=False,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  if not log.exists():
    tally.fail("meson test", "wrote no log")
    return
  for line in log.read_text().splitlines():
    _count(tally, kind, json.loads(line))


def _names(build):
  listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
  return [test["name"] for test in json.loads(listing)]


def _count(tally, kind, test):
  name = test["name"].split(" / ")[-1]
  rows = LINE.findall(test.get("stdout") or "")
  before = tally.failed
  for bad, what, directive, reason in rows:
    if directive.upper() == "SKIP":
      tally.skip(f"{kind} {name}: {what}", reason or "no reason given")
    elif bad:
      tally.fail(f"{kind} {name}: {what}")
    else:
      tally.ok(f"{kind} {name}: {what}")
  if not rows and test["result"] in GOOD:
    tally.ok(f"{kind} {name}", test["duration"])
  elif not rows and test["result"] == "SKIP":
    tally.skip(f"{kind} {name}", "skipped as a whole")
  elif test["result"] not in GOOD + ("SKIP",) and tally.failed == before:
    tally.fail(f"{kind} {name} ({test['result']})")
  if tally.failed > before:
    output = (test.get("stdout") or "") + (test.get("stderr") or "")
    print("\n".join(output.splitlines()[-40:]), flush=True)
