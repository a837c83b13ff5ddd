# SPDX-License-Identifier: LGPL-2.1-or-later
"""A built guest, for the machine that boots it."""

import dataclasses
import pathlib
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Image:
  """Files of a built guest.  A run never writes to them."""
  name: str
  kernel: pathlib.Path
  initramfs: pathlib.Path
  cmdline: str
  memory: str
  disk: Optional[pathlib.Path]
  overlay_prefix: str
  boot_seconds: int

  def folders(self):
    """The cache entries that must stay during a run."""
    return {path.parent for path in (self.kernel, self.initramfs, self.disk) if path}
