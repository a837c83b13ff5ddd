# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our programs built with AddressSanitizer and UndefinedBehaviorSanitizer, here and in guests.

In a guest, the sanitizers' libraries are installed beside the programs, and the test shell, which
starts the programs, sets the sanitizers' options.  A report goes to a file, or to the program's
standard error, which tests keep in /run/*.log.  check() reads both.
"""

import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent

# A report ends the program with an exit code that no test expects.  libtirpc is preloaded because
# AddressSanitizer looks up the xdr functions that it wraps when the program starts.  The shim loads
# libvirt, and with it libtirpc, only later, so that the wrappers would have no function to call.
HOST = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:verify_asan_link_order=0",
        "LSAN_OPTIONS": "exitcode=99",
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99",
        "LD_PRELOAD": "libtirpc.so.3"}

# A small quarantine of freed memory, because guests are small.  gcc's libubsan, when libasan is also
# loaded, ignores log_path and writes to standard error.
REPORT = "/run/sanitizer"
GUEST = {"ASAN_OPTIONS": f"detect_leaks=1:exitcode=99:quarantine_size_mb=8:log_path={REPORT}",
         "LSAN_OPTIONS": "exitcode=99",
         "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:exitcode=99"}

# Libraries that a guest may lack.  Both guests have all others.
LIBRARIES = re.compile(r"^\s*(lib(?:asan|ubsan|stdc\+\+)\.so\.\d+) => (/\S+)", re.M)
SHELL = "usr/lib/test-shell"


def has_any(program):
  """Whether a program was built with sanitizers."""
  return b"__asan_init" in program.read_bytes()


def add_libraries(program, tree):
  """Copies the libraries that the program needs to the loader's default folders below the tree."""
  words = subprocess.run(["ldd", program], check=True, stdout=subprocess.PIPE, text=True).stdout
  for name, path in LIBRARIES.findall(words):
    target = tree / "usr/lib" / pathlib.Path(path).parent.name
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target / name)


def shell():
  """The guest's test shell, with the sanitizers' options for the programs that it starts."""
  script = (HERE / "guest/shell").read_text().splitlines(keepends=True)
  return "".join([script[0], *(f"export {name}={value}\n" for name, value in GUEST.items()),
                  *script[1:]])


def check(guest):
  """Raises AssertionError with the reports if sanitizers in the guest (Machine or Shell) have any."""
  reports = guest.run(f"cat {REPORT}.* 2>/dev/null;"
                      " grep -A 20 ': runtime error: ' /run/*.log 2>/dev/null; true").out
  if reports:
    raise AssertionError(f"sanitizers in the guest report:\n{reports}")
