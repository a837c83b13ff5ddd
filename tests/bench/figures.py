# SPDX-License-Identifier: LGPL-2.1-or-later
"""Medians, goals, and the table that shows both."""

import dataclasses
import statistics
from typing import Callable, Optional

COLUMNS = ["ours", "qemu-ga", "echo", "bare"]


def percentile(values, share):
  """The value below which this share of the values is, without interpolation."""
  return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@dataclasses.dataclass
class Row:
  """One figure of all contenders.  goal gets the medians and returns whether ours is good enough."""
  name: str
  unit: str
  says: str
  values: dict
  goal: Optional[Callable] = None

  def medians(self):
    return {name: statistics.median(values) for name, values in self.values.items()}

  def met(self):
    return None if self.goal is None else bool(self.goal(self.medians()))

  def as_json(self):
    return {"figure": self.name, "unit": self.unit, "medians": self.medians(),
            "rounds": self.values, "goal": self.says, "met": self.met()}


def _number(value):
  if value is None:
    return "-"
  return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def table(rows):
  """Rows as text for a terminal."""
  lines = [["figure", *COLUMNS, "ours must be", "met"]]
  for row in rows:
    medians = row.medians()
    lines.append([f"{row.name}, {row.unit}", *(_number(medians.get(name)) for name in COLUMNS),
                  row.says, {True: "yes", False: "NO", None: ""}[row.met()]])
  widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
  return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip()
                   for line in lines)
