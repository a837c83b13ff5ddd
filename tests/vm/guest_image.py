# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a built guest is to the machine that boots it."""

import dataclasses
import pathlib
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Image:
  """Files of a built guest; none of them is ever written by a run."""
  name: str
  kernel: pathlib.Path
  initramfs: pathlib.Path
  cmdline: str
  memory: str
  disk: Optional[pathlib.Path]
  overlay_prefix: str
  boot_seconds: int

  def folders(self):
    """The cache entries that a run holds on to."""
    return {path.parent for path in (self.kernel, self.initramfs, self.disk) if path}
