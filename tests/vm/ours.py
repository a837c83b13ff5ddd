# SPDX-License-Identifier: LGPL-2.1-or-later
"""The project itself: compiled, installed into a folder, and run on the host.

The build folder is build/ in the checkout, or what VIRT_TUNE_BUILD names.
"""

import os
import pathlib
import shutil
import subprocess

from . import cache, sanitizers, say
from .overlay import Overlay
from .shell import Result

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = "virt-tune-agent.service"
OPTIONS = ["--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "-Dlibvirt=enabled"]


def build_folder():
  """Where meson builds."""
  return pathlib.Path(os.environ.get("VIRT_TUNE_BUILD", ROOT / "build"))


def compile_all(*options):
  """Configures if needed, with more of meson's options in any case, and compiles; RuntimeError
  holds the compiler's words."""
  folder = build_folder()
  with cache.locked("build"):
    if not (folder / "build.ninja").exists():
      say.say(f"configuring {folder}")
      say.run(["meson", "setup", *OPTIONS, *options, folder, ROOT])
    elif options:
      say.run(["meson", "configure", *options, folder])
    say.say("compiling")
    say.run(["ninja", "-C", folder])


def installed():
  """A fresh DESTDIR of what was compiled."""
  target = build_folder() / "installed"
  with cache.locked("build"):
    shutil.rmtree(target, ignore_errors=True)
    say.run(["meson", "install", "--quiet", "--no-rebuild", "-C", build_folder()],
            env={**os.environ, "DESTDIR": str(target)})
    _merge_usr(target)
    if sanitized():
      sanitizers.add_libraries(_agent(), target)
  return target


def _agent():
  return build_folder() / "agent/virt-tune-agent"


def sanitized():
  """Whether what was compiled has sanitizers."""
  return sanitizers.has_any(_agent())


def _merge_usr(target):
  """Moves /lib and the like below /usr: in the guests they are links to there."""
  for name in ("bin", "sbin", "lib"):
    if (target / name).is_dir():
      shutil.copytree(target / name, target / "usr" / name, symlinks=True, dirs_exist_ok=True)
      shutil.rmtree(target / name)


def overlay(**files):
  """Our files as they are installed, the agent's unit as its preset has it."""
  texts = files.pop("files", {})
  if sanitized():
    texts = {sanitizers.SHELL: sanitizers.shell(), **texts}
  return Overlay(trees=[installed()], units=[UNIT], files=texts, **files)


def shim(machine, *words, timeout=60, text=None):
  """Runs virt-tune on the host against a machine's agent."""
  command = [build_folder() / "host-shim/virt-tune", "--socket", machine.agent_socket, *words]
  done = subprocess.run([str(word) for word in command], input=text or "", timeout=timeout,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
  return Result(done.returncode, done.stdout, done.stderr)
