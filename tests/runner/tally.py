# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts results and prints one line for each.

A skip is a failure unless it was allowed by name: a test that does not run
proves nothing.
"""

import fnmatch


class Tally:
  """The results so far."""

  def __init__(self, allowed_skips=()):
    self.passed = self.failed = 0
    self.failures = []
    self._allowed = list(allowed_skips)

  def ok(self, name, seconds=None):
    self.passed += 1
    self._line("ok", name, seconds)

  def fail(self, name, detail="", seconds=None):
    self.failed += 1
    self.failures.append(name)
    self._line("FAIL", name, seconds)
    if detail:
      print("     " + detail.rstrip().replace("\n", "\n     "), flush=True)

  def skip(self, name, reason):
    if any(fnmatch.fnmatch(name, pattern) for pattern in self._allowed):
      self._line("skip", f"{name}: {reason}", None)
    else:
      self.fail(name, f"skipped: {reason}")

  def _line(self, word, name, seconds):
    took = f" ({seconds:.1f} s)" if seconds is not None else ""
    print(f"{word:4} {name}{took}", flush=True)

  def close(self):
    """Prints the failures again, then the last line.  Returns the exit code."""
    for name in self.failures:
      print(f"failed: {name}")
    print(f"{self.passed} passed, {self.failed} failed", flush=True)
    return 1 if self.failed or not self.passed else 0
