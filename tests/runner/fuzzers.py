# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs each fuzzer for a short time on a copy of its corpus, and prints one line for each.

A failure is described in the fuzzer's last lines, with its input in Base64.
tests/fuzz/README.md describes longer runs.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile
import time

from tests.vm import ours

SECONDS = 25
GRACE = 300  # more seconds for the start, the corpus and the end, on a slow machine
PROGRESS = re.compile(r"^#\d+\t.*\n", re.M)
EXECUTIONS = re.compile(r"^stat::number_of_executed_units: *(\d+)$", re.M)
CORPUS = ours.ROOT / "tests/fuzz/corpus"


def _fuzz(program, name):
  """Runs one fuzzer on a copy of its corpus, which is removed afterwards.
  Returns (seconds, exit code or None if it did not end, output)."""
  with tempfile.TemporaryDirectory(prefix="virt-tune-fuzz-") as folder:
    corpus = shutil.copytree(CORPUS / name, f"{folder}/corpus")
    begun = time.monotonic()
    try:
      done = subprocess.run([program, f"-max_total_time={SECONDS}", "-print_final_stats=1",
                             f"-artifact_prefix={folder}/", corpus], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", timeout=SECONDS + GRACE, check=False)
    except subprocess.TimeoutExpired as late:
      return time.monotonic() - begun, None, (late.stdout or b"").decode(errors="replace")
    return time.monotonic() - begun, done.returncode, done.stdout


def _count(tally, name, seconds, code, words):
  executions = EXECUTIONS.search(words)
  if code == 0 and executions and int(executions[1]) > 0:
    tally.ok(f"{name}: {executions[1]} executions", seconds)
    return
  end = "did not end" if code is None else f"ended with {code}"
  tally.fail(name, "\n".join([*PROGRESS.sub("", words).splitlines()[-60:], end]), seconds)


def run(tally, pattern, build):
  """Runs the fuzzers whose name contains pattern, as many at a time as there are processors."""
  names = [name for name in sorted(os.listdir(CORPUS)) if pattern in f"fuzz {name}"]
  with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    runs = {name: pool.submit(_fuzz, build / f"tests/fuzz/fuzz-{name}", name) for name in names}
    for name, done in runs.items():
      _count(tally, f"fuzz {name}", *done.result())
