# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulates a power cut at every write to the disk with the agent's state.

powercut_record makes the recording in a guest, powercut_judge checks what must
hold after a cut.  The judge mounts file systems, so it runs in its own mount
namespace: nothing stays mounted, even if it is killed.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from tests.vm import ours, say

# The environment of the judge's process: the agent of this build.
_AGENT = {"VIRT_TUNE_AGENT": str(ours.build_folder() / "agent/virt-tune-agent")}
PROGRESS = 5  # seconds between two lines of progress


def run(folder, seed, *, more=0, lost=2, in_order=None, flushes=True):
  """Records the usual steps and `more` random ones, and judges.  Returns (success, the last line)."""
  from . import powercut_record  # pylint: disable=import-outside-toplevel
  powercut_record.record(folder, seed, more, flushes)
  return judge_apart(folder, seed, lost, in_order)


def judge_apart(folder, seed, lost, in_order=None):
  """Judges a recording in a process with its own mount namespace."""
  command = ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", "-m",
             "tests.bench.powercuts", "--judge", str(folder), "--seed", str(seed), "--lost", str(lost)]
  if in_order is not None:
    command += ["--in-order", str(in_order)]
  done = subprocess.run(command, cwd=ours.ROOT, env={**_AGENT, **os.environ}, text=True,
                        stdout=subprocess.PIPE, check=False)
  lines = done.stdout.splitlines()
  return done.returncode == 0, lines[-1] if lines else "the judge printed nothing"


def _judge_here(options):
  from . import powercut_judge  # pylint: disable=import-outside-toplevel
  last = [time.monotonic()]

  def tell(text):
    if time.monotonic() - last[0] > PROGRESS:
      last[0] = time.monotonic()
      say.say(text)
  try:
    print(powercut_judge.judge(options.judge, options.seed, in_order=options.in_order,
                               lost=options.lost, tell=tell))
  except powercut_judge.Verdict as verdict:
    print(verdict)
    return 1
  return 0


def main():
  """Records, judges, prints the result."""
  parser = argparse.ArgumentParser()
  parser.add_argument("--more", type=int, default=60, help="random steps after the usual ones")
  parser.add_argument("--lost", type=int, default=5, help="cuts with a lost cache between two flushes")
  parser.add_argument("--in-order", type=int, help="judge only so many of the cuts in order")
  parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
  parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="keep the recording there")
  parser.add_argument("--judge", type=pathlib.Path, metavar="FOLDER", help="judge a kept recording")
  options = parser.parse_args()
  if options.judge:
    return _judge_here(options)
  ours.compile_all()
  print(f"seed {options.seed}", flush=True)
  with tempfile.TemporaryDirectory(prefix="virt-tune-cuts-") as scratch:
    folder = options.keep or pathlib.Path(scratch)
    folder.mkdir(exist_ok=True)
    good, text = run(folder, options.seed, more=options.more, lost=options.lost, in_order=options.in_order)
  print(text)
  return 0 if good else 1


if __name__ == "__main__":
  sys.exit(main())
