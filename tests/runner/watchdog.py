# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends what hangs: a test of Python that takes too long fails where it stands.

SIGALRM interrupts whatever waits in the main thread (PEP 475: a handler that
raises ends a call that would else go on), and the exception carries the trace.
It comes again while cleanups hang, too.
"""

import faulthandler
import signal
import sys

TEST = 600     # seconds
BETWEEN = 1800  # what a class needs first: a guest may have to be built
AGAIN = 60


class TooLong(Exception):
  """A test hung; the trace says where."""


def _bark(_signal, _frame):
  print("this hangs; all threads:", file=sys.stderr)
  faulthandler.dump_traceback()
  raise TooLong("took too long: ended by the runner")


class Watchdog:
  """On guard while it is entered; told what begins."""

  def __enter__(self):
    self._before = signal.signal(signal.SIGALRM, _bark)
    self.watch(BETWEEN)
    return self

  def __exit__(self, *_):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, self._before)

  def watch(self, seconds):
    """So many seconds from now, and then more often."""
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
