"""What a pool's workers and its queue did from one moment on, kept while the store grows.

A look costs the rows that are new, those that may still change and those that are queued.
``ahead`` takes a long history in bits of a few ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.trace.schema import WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.findings.finding import Case
    from poolscope.analysis.lock_columns import BlockTable, SignalBlockTable
    from poolscope.analysis.wait_table import WaitTable
    from poolscope.analysis.yield_table import YieldTable

    _Table = BlockTable | SignalBlockTable | WaitTable | YieldTable

Keys = Callable[[Ints], Array]  # of rows: what is summed up apart

_AT_ONCE: Final = 1 << 16  # rows: to look at so many takes 1 to 3 ms


_FUTURES, _JOINS = 0, 1


class Spent(NamedTuple):
    """What a pool's workers did in a stretch of time, in ns of all of them together.

    ``lock`` (row, or NEVER) is the one they were blocked on most, ``on_lock`` for how long;
    ``signal`` and ``on_signal``: the condition, event, barrier or queue they waited for most.
    """

    alive: int
    busy: int
    lock: int
    on_lock: int
    waiting: int  # for futures; not while away with one that as_completed handed out
    joining: int  # waiting for threads to end
    signal: int
    on_signal: int


class Queued(NamedTuple):
    """Of a pool's queue in a stretch of time: how many left it; the age of its oldest then."""

    left: int
    oldest: int  # ns, 0: it was empty


class _Overlap:
    """For how long the rows of some threads overlap a time that begins fixed and ends later."""

    def __init__(self, threads: tuple[int, ...], begin: int) -> None:
        self._threads, self._begin = threads, begin
        self._taken = 0
        self._sums: Ints = np.zeros(1, np.int64)
        self._open: Ints = np.empty(0, np.int64)  # rows that count, in part, at the last end
        self._later: list[tuple[int, Ints]] = []  # those that begin after it, and the first time

    def take(self, table: _Table, keys: Keys, end: int) -> bool:
        """Take in new rows; False once there are no more."""
        last = min(len(table), self._taken + _AT_ONCE)
        new = np.arange(self._taken, last)
        self._taken = last
        mine = np.zeros(int(max(self._threads, default=0)) + 2, np.bool_)
        mine[list(self._threads)] = True
        threads = table.thread[new]
        new = new[mine[np.where(threads < len(mine), threads, NEVER)]]
        self._sort(table, keys, new, end)
        return last < len(table)

    def until(self, table: _Table, keys: Keys, end: int) -> Ints:
        """The sums by key up to ``end``, which is not before that of the last call."""
        while self.take(table, keys, end):
            pass
        begun = [rows for first, rows in self._later if first < end]
        self._later = [each for each in self._later if each[0] >= end]
        for rows in begun:
            self._sort(table, keys, rows, end)
        rows, self._open = self._open, self._open[:0]
        self._sort(table, keys, rows, end)
        rows = self._open
        sums = self._sums.copy()
        np.add.at(sums, keys(rows), self._lengths(table, rows, end))
        return sums

    def _sort(self, table: _Table, keys: Keys, rows: Ints, end: int) -> None:
        if not len(rows):
            return
        late = table.begin[rows] >= end
        if late.any():
            later = rows[late]
            self._later.append((int(table.begin[later].min()), later))
            rows = rows[~late]
        over = self._final(table, rows) & (table.end[rows] <= end)
        self._open = np.concatenate((self._open, rows[~over]))
        rows = rows[over]
        places = keys(self._open), keys(rows)
        most = max((int(each.max()) for each in places if len(each)), default=0)
        if most >= len(self._sums):
            self._sums = np.append(self._sums, np.zeros(most + 1 - len(self._sums), np.int64))
        np.add.at(self._sums, places[1], self._lengths(table, rows, end))

    def _lengths(self, table: _Table, rows: Ints, end: int) -> Ints:
        ends = self._ends(table, rows)
        until = np.minimum(np.where(ends == NEVER, end, ends), end)
        return np.asarray(np.maximum(until - np.maximum(table.begin[rows], self._begin), 0))

    def _final(self, table: Any, rows: Ints) -> Bools:
        """Whether the ends of rows are known, and will not change."""
        return np.asarray(table.outcome[rows] != NEVER)

    def _ends(self, table: _Table, rows: Ints) -> Array:
        return np.asarray(table.end[rows])


class _Absence(_Overlap):
    """The same of what ``as_completed`` handed out: one that lasts ends with its call."""

    def __init__(self, threads: tuple[int, ...], begin: int, waits: WaitTable) -> None:
        super().__init__(threads, begin)
        self._waits = waits

    def _final(self, table: Any, rows: Ints) -> Bools:
        return np.asarray(table.end[rows] != NEVER)

    def _ends(self, table: _Table, rows: Ints) -> Array:
        ends: Array = table.end[rows]
        return np.where(ends == NEVER, self._waits.end[self._waits.yields.wait[rows]], ends)


class Spending:
    """One pool from a moment on, up to ends that may only become later."""

    def __init__(self, case: Case, pool: int, begin: int, end: int) -> None:
        self._case, self._pool, self._begin = case, pool, begin
        self._threads = _threads(case, pool)
        self._end = end
        self._blocked = _Overlap(self._threads, begin)
        self._waited = _Overlap(self._threads, begin)
        self._away = _Absence(self._threads, begin, case.store.waits)
        self._signalled = _Overlap(self._threads, begin)
        self._left: dict[int, int] = {}  # of stretches of tasks none of which is queued any more
        self._looked = 0

    def fits(self, case: Case, begin: int, end: int) -> bool:
        """Whether what was summed up holds for a time; not if the past has changed."""
        same = (begin, _threads(case, self._pool)) == (self._begin, self._threads)
        return same and end >= self._end

    def ahead(self, end: int) -> Iterator[None]:
        """Take in a long history bit by bit."""
        store, self._end = self._case.store, end
        blocks = store.lock_table.blocks
        while self._blocked.take(blocks, self._lock, end):
            yield
        while self._waited.take(store.waits, self._what, end):
            yield
        while self._away.take(store.waits.yields, np.zeros_like, end):
            yield
        while self._signalled.take(store.signals.blocks, self._signal, end):
            yield
        while self._looked + _AT_ONCE <= len(store.tasks):
            self._look(self._looked, end, end)
            self._looked += _AT_ONCE
            yield

    def spent(self, end: int) -> Spent:
        """What the workers did up to ``end``."""
        store, self._end = self._case.store, end
        blocks, begin, crew = store.lock_table.blocks, self._begin, store.pools[self._pool].workers
        by_lock = self._blocked.until(blocks, self._lock, end)
        by_signal = self._signalled.until(store.signals.blocks, self._signal, end)
        waited = np.append(self._waited.until(store.waits, self._what, end), (0, 0))
        away = int(self._away.until(store.waits.yields, np.zeros_like, end)[0])
        waiting, joining = max(0, int(waited[_FUTURES]) - away), int(waited[_JOINS])
        alive = sum(
            max(0, min(end, gone if gone != NEVER else end) - max(begin, store.workers[row].born))
            for row, gone in zip(crew, store.worker_gone[crew].tolist(), strict=True)
        )
        busy = self._case.index.busy_area(self._pool, begin, end)
        lock, on_lock = _most(by_lock)
        return Spent(alive, busy, lock, on_lock, waiting, joining, *_most(by_signal))

    def queued(self, end: int) -> Queued:
        """How many tasks left the queue up to ``end``, and for how long one had been in it."""
        count, oldest = 0, end
        for first in range(0, len(self._case.store.tasks), _AT_ONCE):
            if first not in self._left:
                left, oldest = self._look(first, end, oldest)
                count += left
        return Queued(count + sum(self._left.values()), end - oldest)

    def _look(self, first: int, end: int, oldest: int) -> tuple[int, int]:
        """Of one stretch of tasks: how many left, and since when the oldest was queued."""
        store, cut = self._case.store, slice(first, first + _AT_ONCE)
        tasks = store.tasks
        gone, came = tasks.dequeued[cut], tasks.submitted[cut]
        left, ours = 0, tasks.pool[cut] == self._pool
        if gone.max() > self._begin:
            left = int((ours & (gone > self._begin) & (gone <= end)).sum())
        known = min(end, store.settled_ns)  # nothing that is read later can be before
        if len(gone) == _AT_ONCE and gone.min() != NEVER and gone.max() <= known:
            self._left[first] = left
            return 0, oldest
        if NEVER < oldest <= came.min():  # none here is older, in the queue or not
            return left, oldest
        queued = ours & (came != NEVER) & (came <= end) & ((gone == NEVER) | (gone > end))
        return left, min(oldest, int(came[queued].min())) if queued.any() else oldest

    def _lock(self, rows: Ints) -> Array:
        return np.asarray(self._case.store.lock_table.blocks.lock[rows])

    def _signal(self, rows: Ints) -> Array:
        return np.asarray(self._case.store.signals.blocks.lock[rows])

    def _what(self, rows: Ints) -> Array:
        """What waits are for: futures, the end of threads, or (2) that of a pool."""
        kinds = self._case.store.waits.kind[rows]
        return np.where(kinds == WaitKind.SHUTDOWN, 2, kinds == WaitKind.JOIN)


def _most(sums: Ints) -> tuple[int, int]:
    """The row with the greatest sum, and the sum; ``NEVER`` and 0: there is none."""
    row = int(sums.argmax()) if sums.any() else NEVER
    return row, int(sums[row]) if row != NEVER else 0


def _threads(case: Case, pool: int) -> tuple[int, ...]:
    workers = case.store.workers
    rows = (workers[row].thread for row in case.store.pools[pool].workers)
    return tuple(sorted({row for row in rows if row != NEVER}))
