"""Who is blocked at one moment, who holds what, and what runs where: the live state of a store.

The newest moment costs what is open now, not the history; a moment of the past costs a look at
all rows of each table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.analysis.task_table import SETTLED, TaskState
from poolscope.trace.schema import Outcome, ReturnWhen, WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.spans import SpanIndex
    from poolscope.analysis.store import Store

ACQUIRE: Final = "acquire"
SIGNAL: Final = "signal"
WAIT: Final = "wait"


Remembered = dict[int, tuple[Ints, int]]  # wait -> futures not yet done, futures in all


class Blocked(NamedTuple):
    """What a thread is blocked in. ``ref`` is a row of the blocks of locks, of those of signals,
    or of the waits, as ``kind`` (``"acquire"``, ``"signal"``, ``"wait"``) says."""

    kind: str
    ref: int
    since: int
    timed: bool
    where: int  # text


class Undone(NamedTuple):
    """What a wait still waits for: rows of tasks; and whether that is all that is known.

    ``satisfied``: what it waited for is there, it is about to go on. ``unknown``: it waits for
    futures of which nothing is known.
    """

    rows: Ints
    satisfied: bool
    unknown: bool


class World:
    """The state of a store at ``at_ns``, or (None) at the newest moment.

    ``remembered`` keeps, from one newest moment to the next, which futures of an open wait were
    not done: they only become fewer.
    """

    def __init__(
        self,
        store: Store,
        index: SpanIndex,
        at_ns: int | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        self.store = store
        self.live = at_ns is None
        self.at = store.now_ns if at_ns is None else at_ns
        self._index = index
        self._remembered = remembered if remembered is not None else {}
        self.blocked: dict[int, Blocked] = {}  # by thread row; the innermost
        self._find_blocked()
        self._held: dict[int, list[int]] | None = None
        self._running: dict[int, int] | None = None

    # -- blocked threads ------------------------------------------------------------------

    def _find_blocked(self) -> None:
        store = self.store
        blocks, signals, waits = store.lock_table.blocks, store.signals.blocks, store.waits
        found: list[tuple[int, int, Blocked]] = []
        for kind, table, newest in (
            (ACQUIRE, blocks, store.lock_table.open_blocks),
            (SIGNAL, signals, store.signals.open_rows),
        ):
            for row in self._open(newest, table.begin, table.end).tolist():
                since, where = int(table.begin[row]), int(table.where[row])
                blocked = Blocked(kind, row, since, bool(table.timed[row]), where)
                found.append((since, int(table.thread[row]), blocked))
        for row in self._open(store.waits.open_rows, waits.begin, waits.end).tolist():
            if not self._away(row):
                since = int(waits.begin[row])
                blocked = Blocked(WAIT, row, since, bool(waits.timeout[row] > 0), 0)
                found.append((since, int(waits.thread[row]), blocked))
        for _, thread, blocked in sorted(found):
            if thread != NEVER:
                self.blocked[thread] = blocked

    def _open(self, newest: Ints, begin: Array, end: Array) -> Ints:
        """Rows of intervals that cover the moment."""
        if self.live:
            return np.asarray(newest[end[newest] == NEVER])
        return np.flatnonzero(self._covers(begin, end))

    def _covers(self, begin: Array, end: Array) -> Bools:
        return np.asarray((begin <= self.at) & ((end == NEVER) | (end > self.at)))

    def _away(self, wait: int) -> bool:
        """Whether the thread of as_completed has a future in its hands."""
        if self.store.waits.kind[wait] != WaitKind.AS_COMPLETED:
            return False
        if self.live:
            return self.store.waits.away(wait)
        return any(
            begin <= self.at and (end == NEVER or end > self.at)
            for begin, _, end in self.store.waits.yields.of(wait)
        )

    # -- locks ----------------------------------------------------------------------------

    def holds(self, lock: int) -> list[int]:
        """Rows of the holds of a lock, the latest last; of an exclusive lock only that one."""
        rows = self._all_holds().get(lock, [])
        return rows if self.store.locks[lock].counted else rows[-1:]

    def _all_holds(self) -> dict[int, list[int]]:
        if self._held is None:
            table = self.store.lock_table.holds
            rows = self.store.lock_table.open_holds  # those of the dead among them
            if not self.live:
                ended = np.flatnonzero(self._covers(table.begin, table.end))
                rows = np.union1d(rows[table.begin[rows] <= self.at], ended)
            self._held = {}
            for row in rows[np.argsort(table.begin[rows], kind="stable")].tolist():
                self._held.setdefault(int(table.lock[row]), []).append(row)
        return self._held

    def waited_for(self) -> list[int]:
        """Blocked threads for which another may wait: all that can be in a ring.

        They are workers, or hold a lock, or are to be joined.
        """
        store, threads = self.store, self.store.lock_table.holds.thread
        others = {int(threads[row]) for rows in self._all_holds().values() for row in rows}
        for blocked in self.blocked.values():
            if blocked.kind == WAIT and store.waits.kind[blocked.ref] == WaitKind.JOIN:
                keys = store.waits[blocked.ref].future_ids()
                others.update(store.row_of_thread(key) for key in keys)
        return [row for row in self.blocked if row in others or store.threads[row].worker != NEVER]

    def dead(self, thread: int) -> bool:
        """Whether a thread has ended."""
        death = self.store.death_of_thread(thread)
        return death != NEVER and (self.live or death <= self.at)

    def somebody_acts(self) -> bool:
        """Whether any thread that was seen is neither blocked, nor gone, nor idle in a pool.

        One that waits with a time-out acts in the end.
        """
        store = self.store
        if any(blocked.timed for blocked in self.blocked.values()):
            return True
        for row, thread in enumerate(store.threads):
            if row in self.blocked or self.dead(row) or thread.started > self.at:
                continue
            if thread.worker == NEVER or self.running(thread.worker) != NEVER:
                return True
            pool = store.workers[thread.worker].pool
            if pool == NEVER or self._queued(pool):
                return True
        return False

    # -- tasks ----------------------------------------------------------------------------

    def running(self, worker: int) -> int:
        """The task (row) that a worker (row) runs, or NEVER."""
        if self.live:
            if self._running is None:
                rows = self._index.running
                rows = rows[self._index.ends(rows) == NEVER]
                workers = self.store.tasks.worker[rows]
                self._running = dict(zip(workers.tolist(), rows.tolist(), strict=True))
            return self._running.get(worker, NEVER)
        return self._index.task_at(worker, self.at)

    def _queued(self, pool: int) -> bool:
        """Whether a pool has tasks that no worker has taken up."""
        times, counts = self.store.queues.of(pool)
        place = int(np.searchsorted(times, np.int64(self.at), "right")) - 1
        return place >= 0 and bool(counts[place] > 0)

    def done(self, rows: Ints) -> Bools:
        """Which tasks are settled, or only their settlement has still to be told."""
        tasks = self.store.tasks
        if self.live:
            over = (tasks.state(rows) >= SETTLED) | (tasks.returned[rows] != NEVER)
        else:
            over = np.zeros(len(rows), np.bool_)
            for times in (tasks.finished, tasks.cancelled, tasks.returned):
                over |= (times[rows] != NEVER) & (times[rows] <= self.at)
        return np.asarray(over)

    def started(self, task: int) -> bool:
        """Whether a task has been taken up by a worker, or begun by hand."""
        tasks = self.store.tasks
        if self.live:
            return bool(tasks.state()[task] >= TaskState.RUNNING)
        return bool(tasks.started[task] != NEVER and tasks.started[task] <= self.at)

    def received(self, task: int) -> bool:
        """Whether a worker process has got a task that it has not begun."""
        time = int(self.store.tasks.received[task])
        return time != NEVER and (self.live or time <= self.at)

    # -- waits ----------------------------------------------------------------------------

    def undone(self, wait: int) -> Undone:
        """What a wait for futures still waits for."""
        store = self.store
        remembered = self._remembered.get(wait) if self.live else None
        rows, known = remembered or self._futures(wait)
        rows = rows[~self.done(rows)]
        unknown = max(0, int(store.waits.declared[wait]) - known)
        if self.live and not unknown:
            # What was done stays done: only what is left is looked at again.
            self._remembered[wait] = (rows, known)
        satisfied = self._satisfied(wait, known - len(rows), len(rows) + unknown)
        return Undone(rows, satisfied, unknown > 0)

    def _futures(self, wait: int) -> tuple[Ints, int]:
        """The rows of the futures of a wait, and how many there are."""
        ids = [np.arange(first, first + count) for first, count in self.store.waits.ranges(wait)]
        rows = self.store.rows_of_tasks(np.concatenate(ids)) if ids else np.empty(0, np.int64)
        rows = rows[rows != NEVER]
        return rows, len(rows)

    def _satisfied(self, wait: int, done: int, left: int) -> bool:
        waits = self.store.waits
        if not left or not done:
            return not left
        if waits.kind[wait] == WaitKind.AS_COMPLETED:
            return done > self._yielded(wait)
        when = waits.return_when[wait]
        if when == ReturnWhen.FIRST_EXCEPTION:
            return self._failed(wait)
        return bool(when == ReturnWhen.FIRST_COMPLETED)

    def _yielded(self, wait: int) -> int:
        yields = self.store.waits.yields
        if self.live:
            return yields.count(wait)
        return sum(1 for begin, _, _ in yields.of(wait) if begin <= self.at)

    def _failed(self, wait: int) -> bool:
        rows, _ = self._futures(wait)
        rows = rows[self.store.tasks.outcome[rows] == Outcome.EXCEPTION]
        return bool(self.done(rows).any())
