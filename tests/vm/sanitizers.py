# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our programs built with AddressSanitizer and UndefinedBehaviorSanitizer, here and in guests.

In a guest they find their libraries beside them, and their options in the environment of the
test shell, which starts them.  A finding is written to a file there, or to the standard error of
who had it, which tests keep as /run/*.log: there check() looks.
"""

import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent

# A finding ends the program with a code that no test takes for its own.  AddressSanitizer looks
# for the xdr functions that it wraps as it starts, when the shim has not loaded libvirt and its
# libtirpc yet, and would call none: libtirpc is there from the start, and unwrapped.
HOST = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:verify_asan_link_order=0",
        "LSAN_OPTIONS": "exitcode=99",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
        "LD_PRELOAD": "libtirpc.so.3"}

# Freed memory is held back by little: guests are small.  gcc's libubsan, beside its libasan, takes
# its log_path for libasan's and itself writes to standard error.
REPORT = "/run/sanitizer"
GUEST = {"ASAN_OPTIONS": f"detect_leaks=1:exitcode=99:quarantine_size_mb=8:log_path={REPORT}",
         "LSAN_OPTIONS": "exitcode=99",
         "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99"}

# What not every guest has; the other libraries are in both.
LIBRARIES = re.compile(r"^\s*(lib(?:asan|ubsan|stdc\+\+)\.so\.\d+) => (/\S+)", re.M)
SHELL = "usr/lib/test-shell"


def has_any(program):
  """Whether a program was built with sanitizers."""
  return b"__asan_init" in program.read_bytes()


def add_libraries(program, tree):
  """Puts those that the program needs below the tree, where the loader looks by itself."""
  words = subprocess.run(["ldd", program], check=True, stdout=subprocess.PIPE, text=True).stdout
  for name, path in LIBRARIES.findall(words):
    target = tree / "usr/lib" / pathlib.Path(path).parent.name
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target / name)


def shell():
  """The guest's test shell, with the options for what it starts."""
  script = (HERE / "guest/shell").read_text().splitlines(keepends=True)
  return "".join([script[0], *(f"export {name}={value}\n" for name, value in GUEST.items()),
                  *script[1:]])


def check(guest):
  """Nothing was found in a guest (Machine or Shell), or AssertionError with the reports."""
  reports = guest.run(f"cat {REPORT}.* 2>/dev/null;"
                      " grep -A 20 ': runtime error: ' /run/*.log 2>/dev/null; true").out
  if reports:
    raise AssertionError(f"sanitizers in the guest say:\n{reports}")
