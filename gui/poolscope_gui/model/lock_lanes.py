"""A lane of its own for each lock: who owned it, when, and how many waited for it.

The same holds that are stripes under their threads' lanes, sorted by lock instead of by thread. A
lock has one owner at a time; a semaphore has several, so its bars are sorted into rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.lane_log import Intervals, LaneLog
from poolscope.analysis.steps import Steps
from poolscope_gui.model.chart import Group, Lane, Sliced
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.split import Slots, Split
from poolscope_gui.model.tracks import NEVER, Rows, Times
from poolscope_gui.model.words import kind_words, lock_name, thread_name

if TYPE_CHECKING:
    from poolscope.analysis.column import Table
    from poolscope.analysis.store import Store

MOST = 8  # lanes; a program with more locks has them in the table of the report
MOST_WAITED = 24  # lanes of locks that somebody had to wait for, beside those
MOST_OWNERS = 16  # that are looked for in one blocked stretch


class _ByLock:
    """The rows of a table by lock; open as long as its column ``sign`` says nothing."""

    def __init__(self, sign: str) -> None:
        self._sign = sign
        self._taken = 0
        self.log = LaneLog()
        self.steps: dict[int, Steps] = {}  # how many at a time, by lock

    def take(self, table: Table) -> None:
        """Take in the rows that are new, and the ends of those that were open."""
        open_ones = self.log.open_ref
        if len(open_ones):
            still = _column(table, self._sign)[open_ones] == NEVER
            ends, marks = _column(table, "end")[open_ones], still.astype(np.uint8)
            locks, old, new = self.log.update(ends, marks, still)
            self._count(locks, old, 1)
            self._count(locks, new, -1)
        rows = slice(self._taken, len(table))
        self._taken = len(table)
        size = rows.stop - rows.start
        if not size:
            return
        # Copies: the table may rewrite its cells before somebody looks at the lane.
        lock, begin, end = (_column(table, name)[rows].copy() for name in ("lock", "begin", "end"))
        still = _column(table, self._sign)[rows] == NEVER
        refs = np.arange(rows.start, rows.stop)
        self.log.append(Intervals(lock, begin, end, refs, still.astype(np.uint8), still))
        self._count(lock, begin, 1)
        self._count(lock, end, -1)

    def _count(self, locks: Rows, times: Times, step: int) -> None:
        for lock in set(locks.tolist()):
            mine = times[(locks == lock) & (times != NEVER)]
            self.steps.setdefault(lock, Steps()).add(mine, step)


def _column(table: Table, name: str) -> Times:
    return np.asarray(table.columns[name].view(len(table)))


class LockLanes:
    """Follows the store's holds and blocks."""

    def __init__(self) -> None:
        self.lanes: list[Lane] = []
        self._held = _ByLock("final")
        self._blocked = (_ByLock("outcome"), _ByLock("outcome"))  # on locks, on signals
        self._splits: dict[int, Split] = {}
        self._known: dict[int, Lane] = {}
        self.rest = 0  # locks that have no lane

    def update(self, store: Store) -> None:
        """Take in what the store has got."""
        self._held.take(store.lock_table.holds)
        self._blocked[0].take(store.lock_table.blocks)
        self._blocked[1].take(store.signals.blocks)
        held = sorted(self._held.log.lanes())
        waited = {lock for each in self._blocked for lock in each.log.lanes()}
        locks = held + sorted(waited - set(held))
        # One that somebody waited for is what is looked for, however late it comes; none goes.
        late = [lock for lock in locks[MOST:] if lock in waited][:MOST_WAITED]
        self.rest = max(0, len(locks) - MOST - len(late))
        self.lanes = [self._lane(store, lock) for lock in locks[:MOST] + late]

    def _lane(self, store: Store, lock: int) -> Lane:
        lane = self._known.get(lock)
        if lane is None:
            created = store.locks[lock].created
            key = ("lock", store.locks[lock].id)
            lane = self._known[lock] = Lane(key, "lock", "", born=max(created, 0), lock=lock)
            self._splits[lock] = Split(Slots(), lambda ref: np.zeros(len(ref), np.int64))
        lane.title = lock_name(store, lock)
        rows = self._held.log.of(lock)
        split = self._splits[lock]
        if split.update(rows.start, rows.end, rows.ref, rows.mark):
            known = dict(enumerate(lane.owners))
            lane.owners = [_kept(known.get(depth), split, depth) for depth in sorted(split.tracks)]
        self._tell_waiters(lane)
        lane.detail = self._doing(store, lane)
        return lane

    def _tell_waiters(self, lane: Lane) -> None:
        # A thread waits for a lock or for a signal of it, and no lock is both.
        for each in self._blocked:
            steps = each.steps.get(lane.lock)
            if steps is not None:
                lane.waiter_times, lane.waiters = steps.view()

    def _doing(self, store: Store, lane: Lane) -> str:
        owner = store.locks[lane.lock].owner
        waiting = int(lane.waiters[-1]) if len(lane.waiters) else 0
        wait = f"{waiting} {'waits' if waiting == 1 else 'wait'}" if waiting > 0 else ""
        if owner != NEVER:
            others = len(set(store.locks[lane.lock].holders)) - 1
            held = f"held by {thread_name(store, owner)}" + (f" +{others}" if others > 0 else "")
            return f"{held.removeprefix('held by ')}: {wait}" if wait else held
        return wait or ("free" if lane.owners else kind_words(store, lane.lock))

    def tell(self, now: int) -> None:
        """How much of its life each lock was owned."""
        for lane in self.lanes:
            if lane.owners:
                end = max(lane.born, now)
                life = max(1, end - lane.born)
                busy = lane.owners[0].track.busy_between(lane.born, end, now)
                lane.share = min(1.0, busy / life)

    def waiting(self, lock: int, time: int) -> int:
        """How many threads waited for a lock at this time."""
        for each in self._blocked:
            steps = each.steps.get(lock)
            if steps is not None:
                times, counts = steps.view()
                place = int(np.searchsorted(times, np.int64(time), side="right")) - 1
                return int(counts[place]) if place >= 0 else 0
        return 0

    def holds_during(self, lock: int, begin: int, end: int) -> list[int]:
        """Holds of a lock that lie, wholly or partly, in a stretch: the first of them.

        Looked for among those that began shortly before, so it costs the same in a long history.
        """
        rows = self._held.log.of(lock)
        first = max(0, int(np.searchsorted(rows.start, np.int64(begin), "right")) - MOST_OWNERS)
        until = int(np.searchsorted(rows.start, np.int64(end), "left"))
        near = slice(first, min(until, first + 2 * MOST_OWNERS))
        ends = rows.end[near]
        return [int(ref) for ref in rows.ref[near][(ends == NEVER) | (ends > begin)]]

    def hold_before(self, lock: int, time: int) -> int:
        """The hold of a lock whose end, at or before ``time``, was the last; ``NEVER``: none."""
        rows = self._held.log.of(lock)
        until = int(np.searchsorted(rows.start, np.int64(time), "left"))
        near = slice(max(0, until - 4 * MOST_OWNERS), until)
        ends = rows.end[near]
        if not ((ends != NEVER) & (ends <= time)).any():
            return NEVER
        return int(rows.ref[near][int(np.argmax(np.where(ends <= time, ends, NEVER)))])

    def group(self, first: int) -> Group:
        """Their group, when they are the lanes from number ``first`` on."""
        numbers = list(range(first, first + len(self.lanes)))
        detail = "who owned them, and how many waited"
        if self.rest:
            detail += f"  ·  {plural(self.rest, 'lock')} more not shown"
        return Group("locks", detail, -1, lanes=numbers)


def _kept(known: Sliced | None, split: Split, depth: int) -> Sliced:
    track = split.tracks[depth]
    return known if known is not None and known.track is track else Sliced(track)
