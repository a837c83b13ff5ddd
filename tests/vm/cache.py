# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cache of build results, outside of the checkout, named by their inputs.

An entry is a folder <cache>/<name>-<hash of inputs>.  It is built below a
temporary name and renamed when complete, so that an interrupted build never
looks finished.  A finished entry is never changed.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile


def folder():
  """Returns the cache's folder, and makes it if needed."""
  base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
  path = pathlib.Path(base) / "virt-tune"
  path.mkdir(mode=0o755, parents=True, exist_ok=True)
  return path


def digest(*inputs):
  """Returns a hash of inputs: strings as they are, files by content, cache entries by name."""
  total = hashlib.sha256()
  for item in inputs:
    file = isinstance(item, pathlib.Path) and item.is_file()
    data = item.read_bytes() if file else str(item).encode()
    total.update(len(data).to_bytes(8, "little"))
    total.update(data)
  return total.hexdigest()[:16]


@contextlib.contextmanager
def locked(name):
  """Holds the lock of this name, which excludes other processes."""
  with open(folder() / (name + ".lock"), "w") as handle:
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield


def entry(name, inputs, build):
  """The folder of entry name for these inputs; build(folder) fills a new one."""
  final = folder() / f"{name}-{digest(*inputs)}"
  with locked(name):
    if not final.is_dir():
      _build(final, build)
      _forget_others(name, final)
  return final


def _build(final, build):
  draft = pathlib.Path(tempfile.mkdtemp(prefix="draft-", dir=folder()))
  try:
    build(draft)
    draft.chmod(0o755)
    draft.rename(final)
  finally:
    shutil.rmtree(draft, ignore_errors=True)


def _forget_others(name, keep):
  """Removes entries of older inputs, except for those that a running guest uses."""
  for other in folder().glob(name + "-*"):
    if other == keep or len(other.name) != len(keep.name) or not other.is_dir():
      continue
    with contextlib.suppress(BlockingIOError), in_use(other, fcntl.LOCK_EX):
      shutil.rmtree(other)


@contextlib.contextmanager
def in_use(path, how=fcntl.LOCK_SH):
  """Prevents the removal of an entry while the lock on it is held."""
  handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
  try:
    fcntl.flock(handle, how | fcntl.LOCK_NB)
    yield path
  finally:
    os.close(handle)


def run_folder():
  """Returns a new folder for one run, and removes the folders of processes that have ended."""
  for old in folder().glob("run-*-*"):
    if not os.path.exists(f"/proc/{old.name.split('-')[1]}"):
      shutil.rmtree(old, ignore_errors=True)
  return pathlib.Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=folder()))
