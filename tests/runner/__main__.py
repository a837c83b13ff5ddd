# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program that tests/run starts; the comment in that script is its documentation."""

import argparse
import os
import signal
import sys

from tests.runner import pythons, units, variants
from tests.runner.tally import Tally
from tests.vm import ours

USUAL = ["unit", "integration", "vm"]
STRICT = ["-Dwerror=true"]


def _options():
  parser = argparse.ArgumentParser(prog="tests/run")
  kinds = parser.add_mutually_exclusive_group()
  kinds.add_argument("--only", choices=[*USUAL, "variants"])
  kinds.add_argument("--all", action="store_true")
  parser.add_argument("-k", dest="pattern", default="")
  parser.add_argument("--allow-skip", action="append", default=[], metavar="NAME")
  return parser.parse_args()


def _kinds(options):
  if options.only:
    return [options.only]
  return [*USUAL, "variants"] if options.all else USUAL


def main():
  options = _options()
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  tally = Tally(options.allow_skip)
  try:
    ours.compile_all(*STRICT if options.all else [])
  except RuntimeError as error:
    tally.fail("build", str(error))
    return tally.close()
  os.environ.setdefault("VIRT_TUNE", str(ours.build_folder() / "host-shim/virt-tune"))
  os.environ.setdefault("VIRT_TUNE_AGENT", str(ours.build_folder() / "agent/virt-tune-agent"))
  kinds = _kinds(options)
  if "unit" in kinds:
    units.run(tally, options.pattern)
  if "integration" in kinds:
    pythons.run(tally, "integration", "integration", options.pattern)
  if "variants" in kinds:
    variants.run(tally, options.pattern)
  if "vm" in kinds:
    pythons.run(tally, "vm", "vm", options.pattern)
  return tally.close()


if __name__ == "__main__":
  sys.exit(main())
