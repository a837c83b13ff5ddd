# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends tests that hang: a Python test that takes too long fails where it waits.

SIGALRM interrupts a waiting call in the main thread, and the handler raises an
exception, so that the call is not restarted (PEP 475).  The exception has the
stack trace.  The signal is repeated, because cleanups may hang, too.
"""

import faulthandler
import signal
import sys

TEST = 600     # seconds
BETWEEN = 1800  # seconds for a class's set-up: a guest may have to be built
AGAIN = 60  # seconds between repetitions of the signal


class TooLong(Exception):
  """A test hung; the stack trace shows where."""


def _bark(_signal, _frame):
  print("a test hangs; all threads:", file=sys.stderr)
  faulthandler.dump_traceback()
  raise TooLong("took too long: ended by the runner")


class Watchdog:
  """A context manager that ends hanging tests.  watch() restarts its time."""

  def __enter__(self):
    self._before = signal.signal(signal.SIGALRM, _bark)
    self.watch(BETWEEN)
    return self

  def __exit__(self, *_):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, self._before)

  def watch(self, seconds):
    """Raises the signal after so many seconds, and then every AGAIN seconds."""
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
