# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command behind tests/run, whose head comment is the documentation."""

import argparse
import os
import signal
import sys

from tests.runner import pythons, units, variants
from tests.runner.tally import Tally
from tests.vm import ours


def _options():
  parser = argparse.ArgumentParser(prog="tests/run")
  parser.add_argument("--only", choices=["unit", "integration", "variants", "vm"])
  parser.add_argument("-k", dest="pattern", default="")
  parser.add_argument("--allow-skip", action="append", default=[], metavar="NAME")
  return parser.parse_args()


def main():
  options = _options()
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  tally = Tally(options.allow_skip)
  try:
    ours.compile_all()
  except RuntimeError as error:
    tally.fail("build", str(error))
    return tally.close()
  os.environ.setdefault("VIRT_TUNE", str(ours.build_folder() / "host-shim/virt-tune"))
  os.environ.setdefault("VIRT_TUNE_AGENT", str(ours.build_folder() / "agent/virt-tune-agent"))
  if options.only in (None, "unit"):
    units.run(tally, options.pattern)
  if options.only in (None, "integration"):
    pythons.run(tally, "integration", "integration", options.pattern)
  if options.only == "variants":
    variants.run(tally, options.pattern)
  if options.only in (None, "vm"):
    pythons.run(tally, "vm", "vm", options.pattern)
  return tally.close()


if __name__ == "__main__":
  sys.exit(main())
