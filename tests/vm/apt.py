# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packages from the Debian archives that this machine's apt is configured for.

The archives, their addresses and their proxy all come from apt's own
configuration; this file names none.  Archives whose origin is not Debian are
not used.  Nothing is installed on the machine.
"""

import functools
import pathlib
import re
import subprocess

from . import say

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
HERE = pathlib.Path(__file__).parent
MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"


def package_list(name):
  """The packages listed in packages/<name>, without comments."""
  lines = (HERE / "packages" / name).read_text().splitlines()
  return [word for line in lines for word in line.split("#")[0].split()]


def _output(*command):
  return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        text=True).stdout


def _index_rows():
  layout = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
  text = _output("apt-get", "indextargets", "--format", layout, "Created-By: Packages")
  rows = [line.split("|") for line in text.splitlines()]
  return [row[1:] for row in rows if row[0] == "Debian"]


@functools.lru_cache(maxsize=None)
def archives():
  """Debian's archives as (URI, suite, components), in apt's order."""
  rows = _index_rows()
  if not rows:
    _output("apt-get", "update")
    rows = _index_rows()
  if not rows:
    raise RuntimeError("apt on this machine knows no Debian archive: see /etc/apt/sources.list*")
  found = {}
  for uri, suite, component in rows:
    found.setdefault((uri, suite), [])
    if component not in found[(uri, suite)]:
      found[(uri, suite)].append(component)
  return tuple((uri, suite, tuple(parts)) for (uri, suite), parts in found.items())


def source_lines():
  """The archives as one-line sources, as sources.list(5) has them."""
  option = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
  return [f"deb {option}{uri} {suite} {' '.join(parts)}" for uri, suite, parts in archives()]


def _own_options():
  """This machine's apt options for downloads: proxies, time-outs, checks."""
  wanted = re.compile(r"Acquire::(https?|ftp|Check-|Retries|ForceIPv)[^ ]* \"[^\"]+\";$")
  return [line for line in _output("apt-config", "dump").splitlines() if wanted.match(line)]


@functools.lru_cache(maxsize=None)
def versions(*names):
  """The versions of these packages that apt would install, as one string."""
  text = _output("apt-cache", "policy", *names)
  return "\n".join(re.findall(r"^\S+:$|^  Candidate: .*$", text, re.M))


def tree(target, variant, packages, *options):
  """Makes a root file system of these packages below target."""
  command = ["mmdebstrap", "--quiet", "--mode=root", f"--variant={variant}",
             "--include=" + ",".join(packages), "--aptopt=Apt::Install-Recommends \"false\"",
             f"--hook-dir={MERGED_USR}"]
  command += [f"--aptopt={line}" for line in _own_options()]
  command += ["--dpkgopt=path-exclude=/usr/share/" + part + "/*" for part in ("man", "locale", "info")]
  command += [*options, archives()[0][1], str(target), *source_lines()]
  say.run(command)


@functools.lru_cache(maxsize=None)
def kernel_package():
  """The kernel package that linux-image-amd64 depends on at present."""
  text = _output("apt-cache", "depends", "--important", "linux-image-amd64")
  names = re.findall(r"Depends: (linux-image-\S+)", text)
  if not names:
    raise RuntimeError("apt on this machine knows no linux-image-amd64")
  return names[0]


def extract(package, target):
  """Downloads one package and unpacks its files below target."""
  target.mkdir(parents=True)
  say.run(["apt-get", "-o", "APT::Sandbox::User=root", "-qq", "download", package], cwd=target)
  archive, = target.glob("*.deb")
  say.run(["dpkg-deb", "-x", archive, target])
  archive.unlink()
