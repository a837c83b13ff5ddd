# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the project in other ways, each in its own folder and with fatal warnings: with ASan and
UBSan, with clang, with every optional feature off, and as fuzzers.  Runs the tests of each.
"""

import contextlib
import dataclasses
import os
import shutil
import time
from typing import Dict, List

from tests.runner import fuzzers, pythons, units
from tests.vm import ours, sanitizers, say

SANITIZE = "-Db_sanitize=address,undefined"

# Tests in guests for the sanitized programs: the port and its hosts, channels with ethtool, memory
# with the kernel's events, and the shim with libvirt.
GUESTS = ["test_port", "test_net", "test_channel", "test_memory", "test_libvirt"]


@dataclasses.dataclass
class Variant:
  """One way to build.  python: {folder: modules of Python tests}; an empty list stands for all modules,
  except for those in without."""
  name: str
  options: List
  environment: Dict = dataclasses.field(default_factory=dict)
  sanitized: bool = False
  python: Dict = dataclasses.field(default_factory=dict)
  without: List = dataclasses.field(default_factory=list)
  fuzz: bool = False


VARIANTS = [
  Variant("sanitized", [SANITIZE], sanitized=True, python={"integration": [], "vm": GUESTS}),
  Variant("clang", [], {"CC": "clang"}, python={"integration": []}),
  Variant("bare", ["-Dauto_features=disabled", "-Dlibvirt=disabled"],
          python={"integration": []}, without=["test_shim_libvirt"]),
  # clang links the sanitizers' symbols into programs, but not into shared libraries.
  Variant("fuzz", ["-Dfuzzers=true", "-Dtests=false", SANITIZE, "-Db_lundef=false"],
          {"CC": "clang"}, sanitized=True, fuzz=True),
]


@contextlib.contextmanager
def _environment(values):
  before = {name: os.environ.get(name) for name in values}
  os.environ.update(values)
  try:
    yield
  finally:
    for name, value in before.items():
      if value is None:
        os.environ.pop(name)
      else:
        os.environ[name] = value


def _compile(folder, variant):
  """Compiles.  Configures first, unless the folder was already configured with the same options."""
  words = ["meson", "setup", *ours.OPTIONS, "-Dwerror=true", *variant.options, folder, ours.ROOT]
  stamp = folder / "configured-by"
  if not stamp.exists() or stamp.read_text() != f"{words}":
    shutil.rmtree(folder, ignore_errors=True)
    say.run(words, env={**os.environ, **variant.environment})
    stamp.write_text(f"{words}")
  say.run(["ninja", "-C", folder])


def _test(tally, pattern, variant, folder):
  if variant.fuzz:
    fuzzers.run(tally, pattern, folder)
    return
  units.run(tally, pattern, folder, f"{variant.name} unit")
  for tests, modules in variant.python.items():
    pythons.run(tally, f"{variant.name} {tests}", tests, pattern, modules, variant.without)


def run(tally, pattern):
  """Builds all variants, and runs the tests of each."""
  for variant in VARIANTS:
    folder = ours.build_folder() / "variants" / variant.name
    begun = time.monotonic()
    try:
      _compile(folder, variant)
    except RuntimeError as error:
      tally.fail(f"{variant.name} build", str(error))
      continue
    tally.ok(f"{variant.name} build", time.monotonic() - begun)
    with _environment({**(sanitizers.HOST if variant.sanitized else {}),
                       "VIRT_TUNE_BUILD": str(folder),
                       "VIRT_TUNE": str(folder / "host-shim/virt-tune"),
                       "VIRT_TUNE_AGENT": str(folder / "agent/virt-tune-agent")}):
      _test(tally, pattern, variant, folder)
