# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests written with Python's unittest: integration tests and tests in guests."""

import importlib
import sys
import time
import unittest

from tests.runner import watchdog
from tests.vm import ours


class _Counter(unittest.TestResult):
  """Reports each result to a tally, and restarts the watchdog's time at each start and end of a test."""

  def __init__(self, tally, kind, dog):
    super().__init__()
    self._tally, self._kind, self._dog = tally, kind, dog
    self._start = 0

  def _name(self, test):
    return f"{self._kind} {test.id()}"

  def _seconds(self):
    return time.monotonic() - self._start

  def startTest(self, test):
    super().startTest(test)
    self._start = time.monotonic()
    self._dog.watch(watchdog.TEST)

  def stopTest(self, test):
    super().stopTest(test)
    self._dog.watch(watchdog.BETWEEN)

  def addSuccess(self, test):
    self._tally.ok(self._name(test), self._seconds())

  def addError(self, test, err):
    self._tally.fail(self._name(test), self._exc_info_to_string(err, test))

  def addFailure(self, test, err):
    self.addError(test, err)

  def addSubTest(self, test, subtest, err):
    if err is not None:
      self.addError(subtest, err)

  def addSkip(self, test, reason):
    self._tally.skip(self._name(test), reason)

  def addExpectedFailure(self, test, err):
    self._tally.fail(self._name(test), "marked as expected to fail, which is not allowed here")

  def addUnexpectedSuccess(self, test):
    self.addSuccess(test)


def run(tally, kind, folder, pattern, modules=(), without=()):
  """Runs folder/test_*.py: only `modules` if there are any, and none of `without`.
  Runs only tests whose full name contains pattern."""
  top = ours.ROOT / "tests" / folder
  sys.path.insert(0, str(top))
  for path in sorted(top.glob("test_*.py")):
    if modules and path.stem not in modules or path.stem in without:
      continue
    name = f"tests.vm.{path.stem}" if folder == "vm" else path.stem
    _forget(top)
    try:
      suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name))
    except Exception as error:  # a file that can't be imported is one failure; the others still run
      tally.fail(f"{kind} {name}", f"{type(error).__name__}: {error}")
      continue
    with watchdog.Watchdog() as dog:
      unittest.TestSuite(_matching(suite, pattern)).run(_Counter(tally, kind, dog))


def _forget(top):
  """Forgets the modules imported from top, because they keep the paths of the programs of another build."""
  for name, module in list(sys.modules.items()):
    if not name.startswith("tests.") and str(getattr(module, "__file__", None)).startswith(str(top)):
      del sys.modules[name]


def _matching(suite, pattern):
  for test in suite:
    if isinstance(test, unittest.TestSuite):
      yield from _matching(test, pattern)
    elif not pattern or pattern in test.id():
      yield test
