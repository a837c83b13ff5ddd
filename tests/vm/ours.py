# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our own programs: compiles them, installs them into a folder, runs them on the host.

The build folder is build/ in the checkout, or the folder named by VIRT_TUNE_BUILD.
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
  """The folder in which meson builds."""
  return pathlib.Path(os.environ.get("VIRT_TUNE_BUILD", ROOT / "build"))


def compile_all(*options):
  """Compiles all.  Configures first if this is needed or if options for meson are given.
  If the compiler fails, its output is in the RuntimeError."""
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
  """Installs the compiled files into a new DESTDIR; returns it."""
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
  """Whether the programs were compiled with sanitizers."""
  return sanitizers.has_any(_agent())


def _merge_usr(target):
  """Moves /lib and the like below /usr: in the guests, they are links into /usr."""
  for name in ("bin", "sbin", "lib"):
    if (target / name).is_dir():
      shutil.copytree(target / name, target / "usr" / name, symlinks=True, dirs_exist_ok=True)
      shutil.rmtree(target / name)


def overlay(**files):
  """Our installed files as an overlay, with the agent's unit enabled or not as its preset says."""
  texts = files.pop("files", {})
  if sanitized():
    texts = {sanitizers.SHELL: sanitizers.shell(), **texts}
  return Overlay(trees=[installed()], units=[UNIT], files=texts, **files)


def shim(machine, *words, timeout=60, text=None):
  """Runs virt-tune on the host, for the agent of a machine."""
  command = [build_folder() / "host-shim/virt-tune", "--socket", machine.agent_socket, *words]
  done = subprocess.run([str(word) for word in command], input=text or "", timeout=timeout,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
  return Result(done.returncode, done.stdout, done.stderr)
