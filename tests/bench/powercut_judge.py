# SPDX-License-Identifier: LGPL-2.1-or-later
"""Replays a recorded disk up to power cuts, and starts the agent on the state after each cut.

A cut is a point of the log.  In a cut "in order", all writes before this point
are on the disk.  In a cut with a "lost cache", of the writes since the last
flush only some are on the disk, chosen at random: the disk has a write cache,
and the guest knows it.  The host's kernel mounts the state's file system and so
replays ext4's journal.  The agent is then started twice on the state folder:

  the next boot    The kernel has its own values and another boot id, as after
                   any real power cut.  The agent must work.  Its settings must
                   be those after the last answered request.  If a request was
                   under way, its settings are also allowed.  Transient settings
                   must be gone.  Each attribute must be as these settings
                   require: no request is carried out in part.  The agent's next
                   apply id must be larger than the id of any answered apply
                   that changed a value.
  the same boot    The kernel has the values that were written before the cut,
                   and the same boot id.  A power cut alone never does this to a
                   real guest.  It is a strict test of "originals are on the
                   disk before the first write": whatever values were written, a
                   roll-back must restore all originals.  The agent writes a
                   record's newline after the record is on the disk, and does
                   not wait for the newline.  Within a boot, the page cache
                   keeps the newline, so the judge adds it if nothing else of
                   the record is missing, or replaces the NUL that is in its
                   place if the disk already has the file's new size.

For the second start, the log itself has the values: the attributes are on the
same disk and are written at once (see powercut_disk).  Not covered: the judge
assumes that a flush makes durable all writes logged before it, and that a
single write is never torn.  After a reboot, the second start is left out until
the next request is answered: when a start applies settings again, it does not
wait for the disk.
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
  """The kernel's values at one point of the log, and the last step that was begun or done there.

  files: the values as the tree of files has them."""
  files: Dict
  values: Dict
  begun: int
  done: int


def _moments(recording, image):
  """Returns the Moment after each entry of the log."""
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
    # An empty file is a write that has only begun: the kernel still has the old value.
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
  """In the kernel, one write sets a member of the pair and zeroes the other. In the tree, this takes two writes."""
  written = [path for path in pair if files[path] != old.files[path]]
  for path in pair:
    if not written:
      values[path] = old.values[path]
    elif path not in written:
      values[path] = b"0\n"


def _without_transient(active):
  return {key: value for key, value in active.items() if not key.startswith("transient")}


def _with_newline(state):
  """Adds the newline of the state's last record if the record is complete otherwise."""
  text = state.get(LOG, b"")
  complete, separator, unfinished = text.rpartition(b"\n")
  unfinished = unfinished.rstrip(b"\0")
  checksum, _, record = unfinished.partition(b" ")
  before = complete.rpartition(b"\n")[2].partition(b" ")[0]
  if not record or hashlib.sha256(before + record).hexdigest()[:len(checksum)].encode() != checksum:
    return state
  return {**state, LOG: complete + separator + unfinished + b"\n"}


class Verdict(AssertionError):
  """After a cut, the agent did not behave as it must."""


class Judge:
  """Starts agents on the state after a cut.  The same state and values are judged only once."""

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
    """Starts an agent on these values and this state, and calls do(client).
    Returns (status, damaged files, do's result) and the values after it."""
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
    """Returns the values after these settings are applied at a new boot."""
    key = repr(active)
    if key not in self._expected:
      wanted = {name: active[name] for name in ("profile", "settings") if active.get(name)}
      do = (lambda client: client.call("tune-apply", {**wanted, "allow-absent": True})) if wanted else None
      self._expected[key] = self._run(self._next_boot(), {}, do)[1]
    return self._expected[key]

  def _next_boot(self):
    return {**self.originals, BOOT_ID: NEXT_BOOT.encode() + b"\n"}

  def _allowed(self, moment):
    """Returns the indices of the steps whose settings are allowed at this moment."""
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
      values.pop("proc/sys/vm/swappiness")  # probe() has set it
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
    """Raises Verdict if the agent does not behave as it must with this state at this moment."""
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
  """Yields the cut after each write and flush, from the first one on."""
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
  """Yields cuts between two flushes at which only some of the writes since the first flush are on the disk."""
  flushed, since = judge.image.copy(), []
  for number, entry in enumerate(judge.recording.entries):
    if not entry.is_flush:
      since.append((number, entry))
      continue
    # Writes are left out but stay in order, because two writes may be to the same block.
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
  """Judges a recording.  Raises Verdict at the first bad cut, else returns a summary.

  in_order: the number of cuts in order, chosen at random; None: all.
  lost: the number of cuts with a lost cache between any two flushes."""
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
          raise Verdict(f"cut {number} of {total}, {kind}, in or after '{name}': {error}") from error
        tell(f"{kind}: {judging.cuts} cuts, {judging.different} of them different")
      counts.append(f"{judging.cuts - before} {kind}")
    flushes = sum(entry.is_flush for entry in recording.entries)
    return (f"{judging.cuts} cuts ({', '.join(counts)}), {judging.different} of them different,"
            f" in {total} writes and flushes ({flushes} flushes), {len(recording.steps)} steps:"
            f" 0 originals lost, each state accepted; {judging.set_aside} with a damaged tail set aside")
