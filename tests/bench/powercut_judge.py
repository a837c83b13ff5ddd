# SPDX-License-Identifier: LGPL-2.1-or-later
"""Replays a recorded disk to cuts of its power, and gives each to the agent.

A cut is a point of the log.  In order: all that was written up to there is on
the disk.  With a lost cache: of what was written since the last flush only
some of the writes are, drawn by chance; the disk keeps a cache and says so to
the guest.  The host's kernel mounts the state's file system and thereby
replays ext4's journal.  What the folder then holds goes to the agent twice:

  the next boot    The kernel has its own values and another boot id, as after
                   any real power cut.  The agent must serve; its settings must
                   be those after the last request that was answered or, where
                   one was under way, also those that it leads to, transient
                   ones left out; each attribute must be as these settings
                   make it, so no request is in force in part.  Its next apply
                   id must be larger than that of any apply that was
                   answered and had changed a value.
  the same boot    The kernel has what it had been told by that write, and the
                   same boot id.  No real guest comes to this by a power cut
                   alone.  It is the hard form of "originals are on the disk
                   before the first write": whatever the kernel had been told,
                   a roll-back must give all originals back.  The agent writes
                   a record's newline when the record is on the disk, and does
                   not wait for it.  Within a boot the page cache keeps that
                   newline, so the judge adds it where it is all that is missing, also where
                   the file's size is on the disk already and a NUL stands in its place.

The truth of the second comes from the log itself: the attributes lie on the
same disk, and are written at once (see powercut_disk).  What this does not
show: a flush is taken to cover all that was logged before it, and one write is
never torn.  Behind a reboot the second is left out until the next request is
answered: what a start applies again does not wait for the disk.
"""

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import tempfile
from typing import Dict

from . import powercut_disk, powercut_record
from .powercut_record import BOOT_ID

from agent_process import Agent  # noqa: E402  powercut_record says where that is

STATE = "var/lib/virt-tune-agent"
LOG = "state.log"
PAIRS = [("proc/sys/vm/dirty_ratio", "proc/sys/vm/dirty_bytes")]
NEXT_BOOT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@dataclasses.dataclass(frozen=True)
class Moment:
  """What the kernel had been told at some point of the log, and which steps were begun and done.

  files: the same as the tree has it."""
  files: Dict
  values: Dict
  begun: int
  done: int


def _moments(recording, image):
  """One for each entry of the log: that behind it."""
  moment, moments = None, []
  image = image.copy()
  for entry in recording.entries:
    image.apply(entry)
    if moment is None or powercut_disk.belongs_to(entry, powercut_disk.TREE):
      moment = _next_moment(moment, image.read_tree())
    moments.append(moment)
  return moments


def _next_moment(old, files):
  mark = files.pop(powercut_disk.MARK).decode() or None
  if old is not None:
    # A file that is empty is just being written: the kernel still has the old value.
    files = {path: content or old.files[path] for path, content in files.items()}
  values = dict(files)
  for pair in PAIRS:
    if all(int(files[path]) for path in pair):
      _zero_the_other(old, files, values, pair)
  if mark is None:
    return Moment(files, values, old.begun, old.done)
  word, number = mark.split()
  return Moment(files, values, int(number), int(number) - (word == "begin"))


def _zero_the_other(old, files, values, pair):
  """In the kernel one write sets a member and zeroes the other, in the tree that takes two."""
  written = [path for path in pair if files[path] != old.files[path]]
  for path in pair:
    if not written:
      values[path] = old.values[path]
    elif path not in written:
      values[path] = b"0\n"


def _without_transient(active):
  return {key: value for key, value in active.items() if not key.startswith("transient")}


def _with_newline(state):
  """The state with the newline of its last record, where the record is complete."""
  text = state.get(LOG, b"")
  complete, separator, unfinished = text.rpartition(b"\n")
  unfinished = unfinished.rstrip(b"\0")
  checksum, _, record = unfinished.partition(b" ")
  before = complete.rpartition(b"\n")[2].partition(b" ")[0]
  if not record or hashlib.sha256(before + record).hexdigest()[:len(checksum)].encode() != checksum:
    return state
  return {**state, LOG: complete + separator + unfinished + b"\n"}


class Verdict(AssertionError):
  """The agent did not do with a cut what it must."""


class Judge:
  """Gives what is left of the state to agents; what was judged once is not judged again."""

  def __init__(self, recording, folder):
    self.recording = recording
    self.image = powercut_disk.Image(recording.before, folder)
    self.moments = _moments(recording, self.image)
    self.originals = self.moments[0].values
    self._judged = {}
    self._expected = {}
    self.cuts = self.set_aside = 0
    self.untouched = self._run(self.originals, {}, lambda client: client.call("tune-rollback"))[1]

  def _run(self, values, state, do):
    """Starts an agent there: what `do` made of its client, and the values behind it."""
    def tree(root):
      powercut_record.fill_tree(root)
      for path, content in values.items():
        (pathlib.Path(root) / path).write_bytes(content)
      folder = pathlib.Path(root) / STATE
      folder.chmod(0o700)
      for name, content in state.items():
        (folder / name).write_bytes(content)
    with Agent(tree=tree) as agent, agent.connect() as client:
      status = client.call("tune-status")
      damaged = [name for name in os.listdir(f"{agent.root}/{STATE}") if ".damaged-" in name]
      result = do(client) if do else None
      after = {path: (pathlib.Path(agent.root) / path).read_bytes() for path in values}
    return (status, damaged, result), after

  def _expect(self, active):
    """The values that these settings make of a fresh boot."""
    key = repr(active)
    if key not in self._expected:
      wanted = {name: active[name] for name in ("profile", "settings") if active.get(name)}
      do = (lambda client: client.call("tune-apply", {**wanted, "allow-absent": True})) if wanted else None
      self._expected[key] = self._run(self._next_boot(), {}, do)[1]
    return self._expected[key]

  def _next_boot(self):
    return {**self.originals, BOOT_ID: NEXT_BOOT.encode() + b"\n"}

  def _allowed(self, moment):
    """Indices of steps whose outcome may be found."""
    return sorted({moment.begun, moment.done})

  def _active_of(self, number):
    return self.recording.steps[number].active if number >= 0 else {"settings": {}}

  def _check_next_boot(self, moment, state):
    steps = self._allowed(moment)
    allowed = [_without_transient(self._active_of(number)) for number in steps]

    def probe(client):
      before = client.call("tune-verify")
      return before, client.call("tune-apply", {"settings": {"sysctl": {"vm.swappiness": 61}}})
    (status, damaged, (verified, applied)), after = self._run(self._next_boot(), state, probe)
    self.set_aside += bool(damaged)
    if status["active"] not in allowed:
      raise Verdict(f"the next boot has {status['active']}, not one of {allowed};"
                    f" set aside: {damaged}; warnings: {status['warnings']}")
    if verified["drift"]:
      raise Verdict(f"the next boot drifts: {verified}")
    expected = dict(self._expect(status["active"]))
    for values in (after, expected):
      values.pop("proc/sys/vm/swappiness")  # the probe's
    if after != expected:
      raise Verdict(f"the next boot has {_differing(after, expected)} with {status['active']}")
    last = self.recording.steps[moment.done].last_id if moment.done >= 0 else 0
    if applied["apply-id"] <= last:
      raise Verdict(f"apply {applied['apply-id']} follows {last}")

  def _check_same_boot(self, moment, state):
    (status, _, _), after = self._run(moment.values, _with_newline(state), lambda client: client.call("tune-rollback"))
    expected = {**self.untouched, BOOT_ID: moment.values[BOOT_ID]}
    if after != expected:
      raise Verdict(f"the same boot lost {_differing(after, expected)}; warnings: {status['warnings']}")

  def _originals_last(self, moment):
    steps = self.recording.steps
    return all(steps[number].lasting for number in (moment.begun, moment.done) if 0 <= number < len(steps))

  def judge(self, image, moment, state):
    """Verdict where the agent does not do what it must with this state at this moment."""
    self.cuts += 1
    key = (tuple(sorted(state.items())), tuple(sorted(moment.values.items())), moment.begun, moment.done)
    if key in self._judged:
      return
    self._judged[key] = True
    self._check_next_boot(moment, state)
    if self._originals_last(moment):
      self._check_same_boot(moment, state)

  @property
  def different(self):
    return len(self._judged)


def _differing(actual, expected):
  return {path: (actual[path], expected[path]) for path in actual if actual[path] != expected[path]}


def _in_order(judge, chosen):
  """Every write and flush from the first on."""
  image, state = judge.image.copy(), None
  for number, entry in enumerate(judge.recording.entries):
    image.apply(entry)
    if chosen is not None and number not in chosen:
      state = None
      continue
    if state is None or powercut_disk.belongs_to(entry, powercut_disk.STATE):
      state = image.read_state()
    yield number, image, state


def _lost_cache(judge, each, dice):
  """Cuts between two flushes, of whose writes only some are there."""
  flushed, since = judge.image.copy(), []
  for number, entry in enumerate(judge.recording.entries):
    if not entry.is_flush:
      since.append((number, entry))
      continue
    # Kept in order, some left out: two writes of one block must not change places.
    writes = [pair for pair in since if powercut_disk.belongs_to(pair[1], powercut_disk.STATE)]
    for _ in range(each if writes else 0):
      image = flushed.copy()
      last = dice.choice(since)[0]
      kept = [pair for pair in writes if pair[0] <= last and dice.random() < 0.5]
      for _, write in kept:
        image.apply(write)
      yield last, image, image.read_state()
    for _, write in since:
      flushed.apply(write)
    since = []


def judge(folder, seed, *, in_order=None, lost=2, tell=lambda text: None):
  """Judges a recording; Verdict at the first cut that is not as it must be, else a sum.

  in_order: how many cuts in order, drawn by chance; None: all.
  lost: how many with a lost cache between any two flushes."""
  recording = powercut_record.Recording.load(folder)
  dice = random.Random(seed)
  with contextlib.ExitStack() as stack:
    work = tempfile.mkdtemp(prefix="virt-tune-cuts-", dir="/dev/shm")
    stack.callback(shutil.rmtree, work)
    judging = Judge(recording, work)
    total = len(recording.entries)
    chosen = None if in_order is None or in_order >= total else set(dice.sample(range(total), in_order))
    counts = []
    for kind, cuts in (("in order", _in_order(judging, chosen)), ("lost cache", _lost_cache(judging, lost, dice))):
      before = judging.cuts
      for number, image, state in cuts:
        moment = judging.moments[number]
        try:
          judging.judge(image, moment, state)
        except (Verdict, RuntimeError) as error:
          name = recording.steps[moment.begun].name if 0 <= moment.begun < len(recording.steps) else "the mount"
          raise Verdict(f"cut {number} of {total}, {kind}, in or behind '{name}': {error}") from error
        tell(f"{kind}: {judging.cuts} cuts, {judging.different} of them different")
      counts.append(f"{judging.cuts - before} {kind}")
    flushes = sum(entry.is_flush for entry in recording.entries)
    return (f"{judging.cuts} cuts ({', '.join(counts)}), {judging.different} of them different,"
            f" in {total} writes and flushes ({flushes} flushes), {len(recording.steps)} steps:"
            f" 0 originals lost, each state believed; {judging.set_aside} set a tail aside")
