# SPDX-License-Identifier: LGPL-2.1-or-later
"""The project built in other ways, each in a folder of its own, warnings fatal:
with ASan and UBSan, with clang, and with every optional feature off.
"""

import contextlib
import os
import time

from tests.runner import pythons, units
from tests.vm import ours, say

# Name, meson's options, environment of the build, folders of Python tests that run too.
VARIANTS = [
  ("sanitized", ["-Dlibvirt=enabled", "-Db_sanitize=address,undefined"], {}, ["integration"]),
  ("clang", ["-Dlibvirt=enabled"], {"CC": "clang"}, []),
  ("bare", ["-Dauto_features=disabled", "-Dlibvirt=disabled"], {}, []),
]

# A finding ends the program with a code that no test takes for its own.  AddressSanitizer looks
# for the xdr functions that it wraps as it starts, when the shim has not loaded libvirt and its
# libtirpc yet, and would call none: libtirpc is there from the start, and unwrapped.
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:verify_asan_link_order=0",
              "LSAN_OPTIONS": "exitcode=99",
              "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
              "LD_PRELOAD": "libtirpc.so.3"}


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


def _compile(folder, options, environment):
  if not (folder / "build.ninja").exists():
    say.run(["meson", "setup", "-Dwerror=true", *options, folder, ours.ROOT],
            env={**os.environ, **environment})
  say.run(["ninja", "-C", folder])


def run(tally, pattern):
  """Builds all of them, and runs the unit tests of each."""
  for name, options, environment, folders in VARIANTS:
    folder = ours.build_folder() / "variants" / name
    begun = time.monotonic()
    try:
      _compile(folder, options, environment)
    except RuntimeError as error:
      tally.fail(f"{name} build", str(error))
      continue
    tally.ok(f"{name} build", time.monotonic() - begun)
    sanitizers = SANITIZERS if name == "sanitized" else {}
    with _environment({**sanitizers, "VIRT_TUNE": str(folder / "host-shim/virt-tune"),
                       "VIRT_TUNE_AGENT": str(folder / "agent/virt-tune-agent")}):
      units.run(tally, pattern, folder, f"{name} unit")
      for tests in folders:
        pythons.run(tally, f"{name} {tests}", tests, pattern)
