# SPDX-License-Identifier: LGPL-2.1-or-later
"""The unit tests that meson knows; each line of their TAP counts."""

import json
import re
import subprocess

from tests.vm import ours

LINE = re.compile(r"^(not )?ok \d+(?: -)? ?(.*?)(?: # (SKIP|TODO)\b ?(.*))?$", re.M | re.I)
GOOD = ("OK", "EXPECTEDFAIL")


def run(tally, pattern):
  """Runs those whose name holds pattern, all without one."""
  build = ours.build_folder()
  names = _names(build)
  wanted = [name for name in names if not pattern or pattern in name]
  if not wanted:
    return
  log = build / "meson-logs/testlog.json"
  log.unlink(missing_ok=True)
  subprocess.run(["meson", "test", "-C", build, "--no-rebuild", *sorted(set(wanted))], check=False,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
  if not log.exists():
    tally.fail("meson test", "left no log")
    return
  for line in log.read_text().splitlines():
    _count(tally, json.loads(line))


def _names(build):
  listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
  return [test["name"] for test in json.loads(listing)]


def _count(tally, test):
  name = test["name"].split(" / ")[-1]
  rows = LINE.findall(test.get("stdout") or "")
  before = tally.failed
  for bad, what, directive, reason in rows:
    if directive.upper() == "SKIP":
      tally.skip(f"unit {name}: {what}", reason or "no reason given")
    elif bad:
      tally.fail(f"unit {name}: {what}")
    else:
      tally.ok(f"unit {name}: {what}")
  if not rows and test["result"] in GOOD:
    tally.ok(f"unit {name}", test["duration"])
  elif not rows and test["result"] == "SKIP":
    tally.skip(f"unit {name}", "skipped whole")
  elif test["result"] not in GOOD + ("SKIP",) and tally.failed == before:
    tally.fail(f"unit {name} ({test['result']})")
  if tally.failed > before:
    output = (test.get("stdout") or "") + (test.get("stderr") or "")
    print("\n".join(output.splitlines()[-40:]), flush=True)
