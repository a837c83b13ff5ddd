# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds out whether KVM works on this machine: boots the mini guest with it.

/dev/kvm can exist although its guests hang or never start.  The result is kept
until this machine boots again.
"""

import dataclasses
import os
import pathlib

from . import cache, say

PROBE_SECONDS = 30


def best():
  """Returns "kvm" if a guest boots with it, else "tcg".  VIRT_TUNE_ACCEL overrides the choice."""
  forced = os.environ.get("VIRT_TUNE_ACCEL")
  if forced in ("kvm", "tcg"):
    return forced
  if not os.access("/dev/kvm", os.R_OK | os.W_OK):
    return "tcg"
  boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
  answer = cache.folder() / "accelerator"
  with cache.locked("accelerator"):
    words = answer.read_text().split() if answer.exists() else []
    if len(words) != 2 or words[0] != boot:
      words = [boot, _probe()]
      answer.write_text(" ".join(words))
  return words[1]


def _probe():
  # Imported here, because Machine itself calls best().
  from . import machine, mini  # pylint: disable=import-outside-toplevel
  say.say("testing whether KVM works here")
  image = dataclasses.replace(mini.image(), boot_seconds=PROBE_SECONDS)
  guest = machine.Machine(image, cpus=2, accelerator="kvm", agent_port=False)
  guest.show_console = lambda: None
  try:
    with guest:
      guest.run("true", timeout=10)
    return "kvm"
  except (RuntimeError, AssertionError, OSError) as error:
    say.say(f"KVM does not work ({error}): guests are emulated")
    return "tcg"
