"""What the chart draws: for each lane its intervals, sorted, as arrays.

``SpanIndex`` follows a store: call ``refresh()`` after ``extend``; it costs what is new and what
is still open, not the history. The functions beside it give whole tables at once.

Arrays are read-only and show the state at the last refresh; take them anew after each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.analysis.followed import Followed, Segments
from poolscope.analysis.lane_calls import Calls
from poolscope.analysis.lane_log import Intervals, LaneLog
from poolscope.analysis.lanes import Lane, lanes
from poolscope.analysis.rewrites import Rewrites
from poolscope.analysis.steps import StepFunction, StepsByPool
from poolscope.analysis.task_table import SETTLED

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

__all__ = [
    "Blocks",
    "Holds",
    "Lane",
    "LaneTasks",
    "Segments",
    "SpanIndex",
    "StepFunction",
    "blocks",
    "call_ends",
    "holds",
    "lanes",
    "queue_depth",
]


class LaneTasks(NamedTuple):
    """What ran on a worker: from the start to the end of the call, sorted by start.

    ``end`` is ``NEVER`` while it runs; ``state`` is a ``TaskState``, RUNNING until the future
    is settled even where the call has returned. A task whose worker died ends with it.
    """

    start: Array
    end: Array
    task_row: Array
    state: Array


class Blocks(NamedTuple):
    """All stretches in which a thread was blocked on a lock, by row of ``BlockTable``."""

    thread: Array
    lock: Array
    begin: Array
    end: Array  # NEVER: still blocked
    owner: Array  # thread row that held the lock when it began, or NEVER
    outcome: Array  # 0: acquired, schema.GaveUp, NEVER: still blocked, or died so


class Holds(NamedTuple):
    """All stretches in which a thread held a lock, by row of ``HoldTable``."""

    thread: Array
    lock: Array
    begin: Array
    end: Array  # NEVER: still held
    releaser: Array  # thread row; with an end and none, the owner died holding it


def blocks(store: Store) -> Blocks:
    """Who was blocked on which lock, and who held it."""
    table = store.lock_table.blocks
    owners = store.lock_table.block_owners()
    return Blocks(table.thread, table.lock, table.begin, table.end, owners, table.outcome)


def holds(store: Store) -> Holds:
    """Who held which lock."""
    table = store.lock_table.holds
    return Holds(table.thread, table.lock, table.begin, table.end, table.releaser)


def queue_depth(store: Store, pool: int | None = None) -> StepFunction:
    """How many tasks were queued over time, in a pool (row) or in all."""
    return store.queues.of(pool)


def call_ends(store: Store, rows: Array) -> Ints:
    """When the calls of tasks ended: returned, else settled, but not after the worker that ran
    it, nor before it began, whatever a trace says; with it, if the task had been given up.
    ``NEVER``: it still runs."""
    tasks = store.tasks
    ends: Ints = tasks.finished[rows]
    if tasks.columns["returned"].written:
        returned = tasks.returned[rows]
        ends = np.where(returned != NEVER, returned, ends)
    ends = np.where(ends == NEVER, NEVER, np.maximum(ends, tasks.started[rows]))
    gone = store.worker_gone
    if (gone == NEVER).all():
        return ends
    # One more at the end, where the tasks of no worker (-1) look.
    gone = np.append(gone, NEVER)[tasks.worker[rows]]
    outlived = (gone != NEVER) & ((ends == NEVER) | (ends > gone) | tasks.given_up(rows))
    return np.where(outlived, np.maximum(gone, tasks.started[rows]), ends)


class SpanIndex:
    """The intervals of every lane of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = -1
        self._taken = 0
        self._tasks = LaneLog()
        self._busy = StepsByPool(Calls(store, self._tasks))
        self._pools: Ints = np.empty(0, np.int64)  # of each worker
        self._pools_of = NEVER  # the store's version of names that they are of
        self._lanes: list[Lane] = []
        self._lanes_of = NEVER  # the store's version of names that they are of
        self._blocks = Followed(store.lock_table.blocks, "outcome")
        self._holds = Followed(store.lock_table.holds, "final")
        self._signals = Followed(store.signals.blocks, "outcome")
        self._waits = Followed(store.waits, "outcome")
        self._aways = Followed(store.waits.yields, "end")
        self._spans = Followed(store.span_table, "end")
        self._followed = (
            *(self._blocks, self._holds, self._signals),
            *(self._waits, self._aways, self._spans),
        )
        self.refresh()

    def refresh(self) -> bool:
        """Take in what the store got since; True when anything changed."""
        if self._seen == self._store.version:
            return False
        self._seen = self._store.version
        self._refresh_tasks()
        for table in self._followed:
            table.refresh()
        return True

    def lanes(self) -> list[Lane]:
        """The lanes from top to bottom; the same list as long as nothing about them has changed."""
        if self._lanes_of != self._store.names_version:
            self._lanes_of = self._store.names_version
            self._lanes = lanes(self._store)
        return self._lanes

    def version_of_tasks(self, lane: Lane) -> int:
        """Grows when ``lane_tasks`` change."""
        return self._tasks.version_of(lane.worker)

    @property
    def version_of_rest(self) -> int:
        """Grows when anything on any lane changes but tasks."""
        return sum(each.log.version for each in self._followed)

    def versions(self, lane: Lane) -> tuple[int, ...]:
        """Of blocks, holds, signals, waits, aways, spans of a lane: each grows when they change."""
        return tuple([each.log.version_of(lane.thread) for each in self._followed])

    def lane_tasks(self, lane: Lane) -> LaneTasks:
        """What ran on a worker's lane; nothing on others."""
        return LaneTasks(*self._tasks.of(lane.worker).all())

    def task_at(self, worker: int, time: int) -> int:
        """The row of the task that a worker (row) ran at a time, or ``NEVER``."""
        rows = self._tasks.of(worker)
        place = int(np.searchsorted(rows.start, np.int64(time), "right")) - 1
        if place < 0 or NEVER < rows.end[place] <= time:
            return NEVER
        return int(rows.ref[place])

    @property
    def any_sent(self) -> bool:
        """Whether any task was handed over to a worker process."""
        return self._store.tasks.columns["sent"].written

    def lane_sent(self, lane: Lane, first: int = 0, last: int | None = None) -> Array:
        """When ``lane_tasks`` ``first`` to ``last`` were handed to the worker process.

        The stretch from there to the start is *sent*, not running, and can overlap the run of
        the task before. ``NEVER`` in a thread pool.
        """
        rows = self._tasks.of(lane.worker).ref[first:last]
        return np.asarray(self._store.tasks.sent[rows])

    def lane_blocks(self, lane: Lane) -> Segments:
        """Where the lane's thread was blocked; ``ref`` is a row of ``blocks``."""
        return self._blocks.of(lane.thread)

    def lane_holds(self, lane: Lane) -> Segments:
        """Where the lane's thread held locks; ``ref`` is a row of ``holds``."""
        return self._holds.of(lane.thread)

    def lane_signals(self, lane: Lane) -> Segments:
        """Where the lane's thread waited for a condition, an event, a barrier or a queue;
        ``ref`` is a row of ``store.signals.blocks``."""
        return self._signals.of(lane.thread)

    @property
    def running(self) -> Ints:
        """Rows of tasks that run on a worker, some of them having just ended."""
        return self._tasks.open_ref

    def lane_waits(self, lane: Lane) -> Segments:
        """Where the lane's thread waited for futures; ``ref`` is a row of ``store.waits``."""
        return self._waits.of(lane.thread)

    def lane_aways(self, lane: Lane) -> Segments:
        """Where its thread was away from ``as_completed`` with a future, and did not wait;
        ``ref`` is a row of ``store.waits.yields``."""
        return self._aways.of(lane.thread)

    def lane_spans(self, lane: Lane) -> Segments:
        """The spans the user named on the lane's thread; ``ref``: row of ``span_table``."""
        return self._spans.of(lane.thread)

    def busy(self, pool: int | None = None) -> StepFunction:
        """How many workers of a pool (row), or of all, ran a task over time."""
        return self._busy.of(pool)

    def busy_peaks(self) -> Ints:
        """The greatest of each block of ``busy().counts``, see ``peaks``."""
        return self._busy.peaks(None)

    def busy_rewrites(self) -> Rewrites:
        """From when on ``busy()`` has changed."""
        return self._busy.rewrites(None)

    def busy_area(self, pool: int | None, begin: int, end: int) -> int:
        """The sum over time of ``busy``, from ``begin`` to ``end``, in ns."""
        return self._busy.area(pool, begin, end)

    def busy_ahead(self, pool: int | None = None) -> Iterator[None]:
        """Do what ``busy`` would cost the first time in bits of a few ms."""
        return self._busy.ahead(pool)

    # -- following ----------------------------------------------------------------------

    def _refresh_tasks(self) -> None:
        tasks = self._store.tasks
        self._refresh_pools()
        refs = self._tasks.open_ref
        if len(refs):
            states = tasks.state(refs)
            changed = self._tasks.update(self.ends(refs), states, self._open(refs, states))
            self._tell_busy(changed[0], changed[1], 1)
            self._tell_busy(changed[0], changed[2], -1)
        order = self._store.started_order
        new = order[self._taken :]
        self._taken = len(order)
        workers = tasks.worker[new]
        by_hand = workers == NEVER
        if by_hand.any():  # a future made by hand runs on no worker
            new, workers = new[~by_hand], workers[~by_hand]
        if len(new):
            states, ends, starts = tasks.state(new), self.ends(new), tasks.started[new]
            still = self._open(new, states)
            self._tasks.append(Intervals(workers, starts, ends, new, states, still))
            self._tell_busy(workers, starts, 1)
            self._tell_busy(workers, ends, -1)

    def _refresh_pools(self) -> None:
        if self._pools_of == self._store.names_version:
            return
        self._pools_of = self._store.names_version
        known, pools = self._pools, [worker.pool for worker in self._store.workers]
        self._pools = np.array(pools, np.int64)
        for worker in np.flatnonzero(known != self._pools[: len(known)]).tolist():
            self._busy.forget(pools[worker])  # its calls were read before its pool was named

    def _open(self, rows: Array, states: Array) -> Bools:
        # A worker process's own word of the return may be read after the parent's settlement.
        tasks = self._store.tasks
        if not tasks.columns["received"].written:
            return np.asarray(states < SETTLED)
        unheard = (tasks.received[rows] != NEVER) & (tasks.returned[rows] == NEVER)
        return np.asarray((states < SETTLED) | unheard)

    def ends(self, rows: Array) -> Ints:
        """``call_ends`` of tasks that ran on a worker."""
        return call_ends(self._store, rows)

    def _tell_busy(self, workers: Array, times: Array, step: int) -> None:
        for pool in self._busy.pools:
            happened = times != NEVER
            if pool is not None:
                happened &= self._pools[workers] == pool
            self._busy.add(pool, times[happened], step)
