# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints progress on standard error, and runs programs quietly.

A program's output is shown only when it fails.
"""

import subprocess
import sys
import time

_START = time.monotonic()


def say(text):
  """Prints one line of progress, with the seconds since the start."""
  print(f"[{time.monotonic() - _START:6.1f}] {text}", file=sys.stderr, flush=True)


def run(command, **options):
  """Runs a program to its end; its output is in the error if it fails."""
  done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                        errors="replace", check=False, **options)
  if done.returncode != 0:
    raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-8000:]}")
  return done.stdout
