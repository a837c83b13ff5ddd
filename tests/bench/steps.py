# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random applies, hot-plugs, unplugs, outside changes, verifies and roll-backs.

After each step, the guest's own files are compared with a model of what design
and manual promise: which settings are active, which values are the originals,
and who wrote a value.
"""

import argparse
import random
import sys

from tests.vm import mini, ours
from tests.vm.devices import Disk
from tests.vm.machine import Machine

# The sysctls of the guest, the attributes of each disk, and the values that a step may choose.
SYSCTLS = {"vm.swappiness": ["10", "20", "30"], "vm.vfs_cache_pressure": ["50", "80", "120"],
           "net.core.somaxconn": ["1024", "2048", "8192"]}
ATTRIBUTES = {"scheduler": ["none", "mq-deadline"], "read_ahead_kb": ["64", "512", "1024"],
              "rq_affinity": ["0", "2"]}
PLUGGED = "vdb"


def machine():
  """The guest for this test, with one disk that is never unplugged."""
  return Machine(mini.image(), cpus=2, overlay=ours.overlay(), devices=[Disk("virtio-blk-pci", "stays")])


class Record:
  """The agent's record of one attribute: its original, and the value that the agent wrote."""

  def __init__(self, original, ours_):
    self.original, self.ours = original, ours_


class Model:
  """The guest's expected values.  The key of an attribute is (disk or None, name)."""

  def __init__(self, values):
    self.values = values
    self.wants = {}
    self.records = {}

  def wanted(self, attribute):
    """The value that the active settings want for an attribute, or None."""
    disk, name = attribute
    if disk is None:
      return self.wants.get(f"sysctl/{name}")
    return self.wants.get(f"block/{disk}/{name}", self.wants.get(f"block/*/{name}"))

  def tune(self, attribute):
    """Sets an attribute to its wanted value, or restores its original."""
    wanted, record = self.wanted(attribute), self.records.get(attribute)
    value = self.values[attribute]
    if wanted is not None:
      if record or value != wanted:
        self.records[attribute] = Record(record.original if record else value, wanted)
        if self.records[attribute].original == wanted:
          del self.records[attribute]
      self.values[attribute] = wanted
    elif record:
      if value == record.ours:
        self.values[attribute] = record.original
      del self.records[attribute]

  def apply(self, settings):
    """settings: {key: value, or None to remove the setting}. Other attributes stay as they are."""
    before = {attribute: self.wanted(attribute) for attribute in self.values}
    for key, value in settings.items():
      self.wants.pop(key, None)
      if value is not None:
        self.wants[key] = value
    for attribute, old in before.items():
      if self.wanted(attribute) != old or self._is_named(attribute, settings):
        self.tune(attribute)

  def _is_named(self, attribute, settings):
    disk, name = attribute
    if disk is None:
      return f"sysctl/{name}" in settings
    exact = f"block/{disk}/{name}"
    return settings.get(exact) is not None or (
      exact not in self.wants and settings.get(f"block/*/{name}") is not None)

  def rollback(self):
    """Restores all values that are ours; no settings stay active."""
    self.wants = {}
    for attribute in list(self.records):
      self.tune(attribute)

  def plugged(self, values):
    """Adds a new disk with the kernel's values, then applies the active settings."""
    self.values.update(values)
    for attribute in values:
      self.tune(attribute)

  def unplugged(self, disk):
    """Removes a disk's attributes and their records."""
    for attribute in [key for key in self.values if key[0] == disk]:
      del self.values[attribute]
      self.records.pop(attribute, None)

  def drift(self):
    """The number of attributes that differ from their wanted value."""
    return sum(self.wanted(attribute) not in (None, value) for attribute, value in self.values.items())


def path(attribute):
  """The file of an attribute."""
  disk, name = attribute
  return f"/sys/block/{disk}/queue/{name}" if disk else "/proc/sys/" + name.replace(".", "/")


class Steps:
  """One guest, its model, and the random choices."""

  def __init__(self, vm, seed):
    self.vm = vm
    self.random = random.Random(seed)
    self.disk = None
    self.model = Model(self.read([(None, name) for name in SYSCTLS] + self.of_disk("vda")))
    # The values of an untuned disk: a plugged disk is of the same kind as vda, so it has the same.
    self.fresh = {name: self.model.values["vda", name] for name in ATTRIBUTES}
    self.done = {}

  @staticmethod
  def of_disk(disk):
    """The attributes of a disk."""
    return [(disk, name) for name in ATTRIBUTES]

  def read(self, attributes):
    """Returns {attribute: value}, read from the guest's files."""
    lines = self.vm.run("cat " + " ".join(map(path, attributes))).out.splitlines()
    return {attribute: text.split("[")[1].split("]")[0] if "[" in text else text
            for attribute, text in zip(attributes, lines)}

  def values_of(self, attribute):
    """The values that a step may choose for an attribute."""
    return (ATTRIBUTES if attribute[0] else SYSCTLS)[attribute[1]]

  def apply(self):
    """Sets random settings, by exact names and by "*", and removes some."""
    settings = {}
    for _ in range(self.random.randint(1, 4)):
      disk, name = self.random.choice(list(self.model.values))
      selector = self.random.choice([disk, "*"])
      key = f"block/{selector}/{name}" if disk else f"sysctl/{name}"
      settings[key] = None if self.random.random() < 0.25 else self.random.choice(self.values_of((disk, name)))
    words = [f"{key}={'' if value is None else value}" for key, value in settings.items()]
    self.shim("set", *words)
    self.model.apply(settings)

  def outside(self):
    """Writes a value without the agent."""
    attribute = self.random.choice(list(self.model.values))
    value = self.random.choice(self.values_of(attribute))
    self.vm.run(f"echo {value} >{path(attribute)}")
    self.model.values[attribute] = value

  def verify(self):
    """Asserts that the agent and the model count the same drift."""
    drift = self.model.drift()
    result = self.shim("verify", expect=1 if drift else 0)
    rows = [line for line in result.out.splitlines() if " drift " in line]
    if len(rows) != drift:
      raise AssertionError(f"{drift} should differ: {result.out}")

  def rollback(self):
    """Rolls back."""
    self.shim("rollback")
    self.model.rollback()

  def plug(self):
    """Plugs a disk, or unplugs it."""
    if self.disk:
      self.vm.unplug(self.disk)
      self.vm.wait_until(f"! [ -e /sys/block/{PLUGGED} ]")
      self.shim("status")  # answered after the agent has handled the unplug
      self.disk = None
      self.model.unplugged(PLUGGED)
      return
    self.disk = self.vm.plug_disk(id=f"disk{sum(self.done.values())}")
    self.vm.wait_until(f"[ -e /sys/block/{PLUGGED}/queue/scheduler ] && udevadm settle")
    self.model.plugged({(PLUGGED, name): value for name, value in self.fresh.items()})
    conditions = [f"grep -qE '(^|\\[){self.model.values[key]}(\\]|$)' {path(key)}"
                  for key in self.of_disk(PLUGGED)]
    self.vm.wait_until(" && ".join(conditions))

  def shim(self, *words, expect=0):
    """Runs virt-tune; asserts its exit code."""
    result = ours.shim(self.vm, *words)
    if result.code != expect:
      raise AssertionError(f"virt-tune {words}: {result.code}, not {expect}: {result.out}{result.err}")
    return result

  def step(self):
    """Runs one random step; then the guest's values must be those of the model."""
    kinds = [self.apply] * 4 + [self.outside] * 3 + [self.verify, self.verify, self.rollback, self.plug]
    chosen = self.random.choice(kinds)
    chosen()
    self.done[chosen.__name__] = self.done.get(chosen.__name__, 0) + 1
    actual = self.read(list(self.model.values))
    wrong = {path(key): (actual.get(key), value) for key, value in self.model.values.items()
             if actual.get(key) != value}
    if wrong:
      raise AssertionError(f"after {self.done}, last {chosen.__name__}: is, should be: {wrong}")


def run(vm, count, seed):
  """Runs `count` steps in a guest whose agent runs.  Raises AssertionError at the first difference,
  else returns a summary."""
  steps = Steps(vm, seed)
  for _ in range(count):
    steps.step()
  if steps.disk:
    steps.plug()
  return f"{count} steps ({', '.join(f'{number} {name}' for name, number in sorted(steps.done.items()))})"


def main():
  """Runs the steps and prints the summary."""
  parser = argparse.ArgumentParser()
  parser.add_argument("--count", type=int, default=300)
  parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
  options = parser.parse_args()
  ours.compile_all()
  print(f"seed {options.seed}", flush=True)
  with machine() as vm:
    vm.run("virt-tune-agent >/run/agent.log 2>&1 </dev/null &")
    ours.shim(vm, "ping")
    print(run(vm, options.count, options.seed) + ": the guest matched the model after each step")
  return 0


if __name__ == "__main__":
  sys.exit(main())
