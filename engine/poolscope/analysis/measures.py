"""Figures that reports share: how long workers were busy and blocked, how long tasks queued."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints
from poolscope.analysis.lanes import Lane
from poolscope.analysis.spans import SpanIndex

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class QueueWait(NamedTuple):
    """How long tasks were queued before they ran, ns."""

    p50: int
    p95: int
    longest: int


def lengths(begins: Array, ends: Array, now: int) -> Ints:
    """How long intervals are; what is still open, up to now."""
    return np.asarray(np.maximum(np.where(ends == NEVER, now, ends) - begins, 0))


def kept_since(store: Store) -> int:
    """From when on tasks are known, ns; 0 if a quota has dropped none."""
    known = store.tasks.submitted[store.tasks.submitted != NEVER] if store.dropped else ()
    return int(np.min(known)) if len(known) else 0


class Measures:
    """What can be said of a store as it is now, worked out once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index = SpanIndex(store)
        self._since = kept_since(store)
        workers = len(store.workers)
        self.busy_ns: Ints = np.zeros(workers, np.int64)  # by worker row
        self.tasks_run: Ints = np.zeros(workers, np.int64)
        self.alive_ns: Ints = np.zeros(workers, np.int64)
        for lane in self._index.lanes():
            if lane.worker != NEVER:
                self._measure(lane)
        self.blocked_ns = self._blocked()  # by thread row

    def ended(self) -> Ints:
        """When each task was over: at the end of its call on the worker, as the chart draws it and
        ``busy_ns`` counts it; for one that did not run on a worker, when it was settled. One whose
        call ended is over, though its future may never be settled: its pool was terminated.

        The future of a process pool's task is settled later, when the result has come back: the
        worker may be at its next task by then.
        """
        tasks = self._store.tasks
        over = np.where(tasks.finished != NEVER, tasks.finished, tasks.cancelled)
        ended = (over != NEVER) | (tasks.returned != NEVER)
        rows = np.flatnonzero(ended & (tasks.started != NEVER) & (tasks.worker != NEVER))
        over[rows] = self._index.ends(rows)
        return over

    def _measure(self, lane: Lane) -> None:
        tasks = self._index.lane_tasks(lane)
        now = self._store.now_ns
        self.busy_ns[lane.worker] = lengths(tasks.start, tasks.end, now).sum()
        self.tasks_run[lane.worker] = len(tasks.start)
        gone = self._store.worker_gone[lane.worker]
        if lane.born != NEVER:
            born = max(lane.born, self._since)  # of what was before nobody knows what it did
            self.alive_ns[lane.worker] = max(0, (gone if gone != NEVER else now) - born)

    def _blocked(self) -> Ints:
        """How long each thread was blocked on locks or signals, or waited for futures."""
        store, now = self._store, self._store.now_ns
        total = np.zeros(len(store.threads) + 1, np.int64)  # the last: no thread known
        blocks, waits, yields = store.lock_table.blocks, store.waits, store.waits.yields
        np.add.at(total, blocks.thread, lengths(blocks.begin, blocks.end, now))
        for table in (waits, store.signals.blocks):
            np.add.at(total, table.thread, lengths(table.begin, table.end, now))
        # While as_completed's caller is away with a future, it does not wait.
        owner = yields.wait
        until = np.where(yields.end == NEVER, waits.end[owner], yields.end)
        np.subtract.at(total, waits.thread[owner], lengths(yields.begin, until, now))
        return total[:-1]

    def utilisation(self, pool: int) -> float | None:
        """The share of its workers' lives in which they ran tasks.

        None: no worker lived, or all that ran did so on workers that are not known.
        """
        rows = self._store.pools[pool].workers
        alive = int(self.alive_ns[rows].sum())
        if not self.tasks_run[rows].sum() and self.queue_wait(pool):
            return None
        return min(1.0, int(self.busy_ns[rows].sum()) / alive) if alive else None

    def peak_queue(self, pool: int) -> int:
        """The most tasks that were queued at once."""
        counts = self._store.queues.of(pool).counts
        return max(0, int(counts.max())) if len(counts) else 0

    def queue_wait(self, pool: int) -> QueueWait | None:
        """How long the tasks that ran had been queued; None: none ran."""
        tasks = self._store.tasks
        ran = (tasks.pool == pool) & (tasks.started != NEVER) & (tasks.submitted != NEVER)
        if not ran.any():
            return None
        waited = np.maximum(tasks.started[ran] - tasks.submitted[ran], 0)
        p50, p95 = np.percentile(waited, (50, 95))
        return QueueWait(int(p50), int(p95), int(waited.max()))
