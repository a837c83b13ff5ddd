# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files put on top of a built guest for one run: our installed tree, files of a test.

They are passed as a second initramfs archive, so that no guest is rebuilt when
our code changes.
"""

import dataclasses
from typing import Dict, List

from . import initramfs


@dataclasses.dataclass
class Overlay:
  """Trees, single files (path: text) and units to enable, added in this order."""
  trees: List = dataclasses.field(default_factory=list)
  files: Dict = dataclasses.field(default_factory=dict)
  units: List = dataclasses.field(default_factory=list)
  without: List = dataclasses.field(default_factory=list)

  def write(self, path, prefix):
    """Writes the archive; prefix is where the guest looks for the files."""
    initramfs.write(path, lambda archive: self._fill(archive, prefix))

  def _fill(self, archive, prefix):
    if prefix:
      archive.folder(prefix)
    for tree in self.trees:
      archive.tree(tree, prefix, skip=self.without)
    for name, text in self.files.items():
      parts = name.split("/")[:-1]
      for depth in range(1, len(parts) + 1):
        archive.folder("/".join(filter(None, [prefix, *parts[:depth]])))
      mode = 0o755 if text.startswith("#!") else 0o644
      archive.file("/".join(filter(None, [prefix, name])), text.encode(), mode)
    if self.units:
      archive.folder("etc")
      archive.file("etc/enabled-units", " ".join(self.units).encode())
