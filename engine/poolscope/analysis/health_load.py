"""What a pool had to do over a stretch of time, and what its workers did with it: the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.analysis.lanes import thread_title
from poolscope.analysis.spans import blocks, call_ends
from poolscope.trace.schema import WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_FOR_FUTURES: Final = (WaitKind.WAIT, WaitKind.AS_COMPLETED, WaitKind.RESULT, WaitKind.EXCEPTION)


class Spread(NamedTuple):
    """How long something took, ns."""

    p50: int
    p95: int
    longest: int

    @classmethod
    def of(cls, lengths: Ints) -> Spread | None:
        """Of these lengths; None if there are none."""
        if not len(lengths):
            return None
        p50, p95 = np.percentile(lengths, (50, 95))
        return cls(int(p50), int(p95), int(lengths.max()))


@dataclass(slots=True)
class Load:
    """A pool between ``begin`` and ``end``. Times are ns, rates per second, means over time."""

    begin: int
    end: int
    workers: int  # that it may have
    arrived: int = 0
    completed: int = 0
    busy: int = 0  # sums over the workers
    blocked: int = 0
    waiting_itself: int = 0  # for futures of the same pool
    queued: int = 0  # at the end
    oldest: int = 0  # how long the oldest of those has been queued
    queued_mean: float = 0.0
    queued_time: int = 0  # how long at least one task was queued
    busy_meanwhile: int = 0  # the workers' busy time in that
    queue_wait: Spread | None = None
    run: Spread | None = None  # of the tasks that ended
    arrivals: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # of what ran, rising
    durations: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    running: list[tuple[int, int]] = field(default_factory=list)  # (task row, age) at the end
    stuck: list[int] = field(default_factory=list)  # worker rows that wait for it at the end
    blocked_by_lock: dict[int, int] = field(default_factory=dict)  # lock row -> ns
    holders: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Lock row -> who held it meanwhile: the one to whom more than half is due, or all."""

    @property
    def length(self) -> int:
        return max(1, self.end - self.begin)

    @property
    def utilisation(self) -> float:
        """The share of all its workers' time in which they ran tasks."""
        return min(1.0, self.busy / (self.length * self.workers)) if self.workers else 0.0

    @property
    def pressed(self) -> float:
        """The share of their time the workers were busy while tasks were queued."""
        room = self.queued_time * self.workers
        return min(1.0, self.busy_meanwhile / room) if room else 0.0

    @property
    def arrival_rate(self) -> float:
        return self.arrived * 1e9 / self.length

    @property
    def completion_rate(self) -> float:
        return self.completed * 1e9 / self.length

    @property
    def capacity(self) -> float:
        """Tasks a second that the workers could run, each as long as those that were run."""
        done = len(self.durations)
        total = int(self.durations.sum())
        return self.workers * done * 1e9 / total if total else 0.0

    @property
    def expected_queue(self) -> float:
        """Little's law: the mean number queued is the arrival rate times the mean wait."""
        return self._little

    _little: float = 0.0

    def share(self, ns: int) -> float:
        """Which share of the workers' busy time ``ns`` is."""
        return min(1.0, ns / self.busy) if self.busy else 0.0


def load_of(store: Store, pool: int, begin: int | None = None, end: int | None = None) -> Load:
    """The load of a pool (its row) between two times; by default from its creation to its end."""
    pools = store.pools[pool]
    first = max(0, pools.created) if begin is None else begin
    if end is None:
        # One past the last moment, which belongs to it.
        end = 1 + (store.now_ns if pools.ended == NEVER else pools.ended)
    load = Load(first, max(end, first + 1), pools.max_workers or len(pools.workers))
    _tasks(store, pool, load)
    _workers(store, pool, load)
    return load


def overlap(begins: Array, ends: Array, first: int, last: int) -> Ints:
    """How much of each interval lies between two times; one still open ends at the last."""
    closed = np.where(ends == NEVER, last, ends)
    return np.asarray(np.maximum(np.minimum(closed, last) - np.maximum(begins, first), 0), np.int64)


def _tasks(store: Store, pool: int, load: Load) -> None:
    tasks, first, last = store.tasks, load.begin, load.end
    rows = np.flatnonzero((tasks.pool == pool) & (tasks.submitted != NEVER))
    settled = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
    rows = rows[(tasks.submitted[rows] < last) & ((settled == NEVER) | (settled >= first))]
    if not len(rows):
        return
    came, left, began = tasks.submitted[rows], tasks.dequeued[rows], tasks.started[rows]
    ran = (began != NEVER) & (tasks.worker[rows] != NEVER)
    over = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
    over[ran] = call_ends(store, rows[ran])
    here = (came >= first) & (came < last)
    load.arrived = int(here.sum())
    # A process pool sends some ahead: what was sent still waits, so the wait ends at the start.
    gone = np.where(ran, began, left)
    load.queued_mean = float(overlap(came, gone, first, last).sum()) / load.length
    waiting = (came < last) & ((gone == NEVER) | (gone >= last))
    load.queued = int(waiting.sum())
    if load.queued:
        load.oldest = int(last - came[waiting].min())
    started_here = ran & (began >= first) & (began < last)
    waits = np.maximum(began - came, 0)
    load.queue_wait = Spread.of(waits[started_here])
    load.busy = int(overlap(began[ran], over[ran], first, last).sum())
    _under_pressure(load, came, gone, began[ran], over[ran])
    ended_here = ran & (over != NEVER) & (over >= first) & (over < last)
    load.completed = int(ended_here.sum())
    load.run = Spread.of(np.maximum(over - began, 0)[ended_here])
    open_now = ran & (began < last) & ((over == NEVER) | (over >= last))
    load.running = [
        (int(row), int(last - t))
        for row, t in zip(rows[open_now].tolist(), began[open_now].tolist(), strict=True)
    ]
    load._little = _little(load, overlap(came, gone, first, last), here)
    order = np.flatnonzero(ended_here)
    order = order[np.argsort(came[order], kind="stable")]
    load.arrivals, load.durations = came[order], np.maximum(over - began, 0)[order]


def _under_pressure(load: Load, came: Ints, gone: Ints, began: Ints, over: Ints) -> None:
    """How long anything was queued, and how busy the workers were then."""
    begins = np.clip(came, load.begin, load.end)
    ends = np.clip(np.where(gone == NEVER, load.end, gone), load.begin, load.end)
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order])
    # One queued stretch ends where the next task comes after all before it have gone.
    breaks = np.flatnonzero(begins[1:] > ends[:-1]) + 1
    begins, ends = begins[np.append(0, breaks)], ends[np.append(breaks - 1, len(ends) - 1)]
    before = np.concatenate(([0], np.cumsum(ends - begins)))  # queued time up to each stretch

    def queued_until(times: Ints) -> Ints:
        place = np.searchsorted(begins, times, "right")
        inside = np.where(place > 0, np.minimum(times, ends[place - 1]) - begins[place - 1], 0)
        return np.asarray(before[np.maximum(place - 1, 0)] + inside)

    load.queued_time = int(before[-1])
    stop = np.where(over == NEVER, load.end, np.minimum(over, load.end))
    start = np.minimum(np.maximum(began, load.begin), stop)
    load.busy_meanwhile = int((queued_until(stop) - queued_until(start)).sum())


def _little(load: Load, queued: Ints, here: Bools) -> float:
    """The arrival rate times the mean wait of those that came, as far as it was seen."""
    return load.arrival_rate * float(queued[here].mean()) / 1e9 if here.any() else 0.0


def _workers(store: Store, pool: int, load: Load) -> None:
    """What held the workers up while they were busy."""
    threads = np.array(
        [each.worker != NEVER and store.workers[each.worker].pool == pool for each in store.threads]
        + [False],  # where NEVER looks
        np.bool_,
    )
    table = blocks(store)
    own = np.flatnonzero(threads[table.thread]) if len(table.thread) else np.empty(0, np.int64)
    lengths = overlap(table.begin[own], table.end[own], load.begin, load.end)
    load.blocked = int(lengths.sum())
    _locks(store, load, table.lock[own], table.owner[own], lengths)
    _own_futures(store, pool, load, threads)


def _locks(store: Store, load: Load, locks: Array, owners: Array, lengths: Ints) -> None:
    for lock in np.unique(locks[lengths > 0]).tolist():
        mine = locks == lock
        load.blocked_by_lock[lock] = int(lengths[mine].sum())
        known = mine & (owners != NEVER)
        if known.any():
            total = np.bincount(owners[known], lengths[known])
            whose = np.flatnonzero(total)
            if total.max() * 2 > total.sum():
                whose = whose[[total[whose].argmax()]]
            load.holders[lock] = tuple(thread_title(store.threads[row]) for row in whose.tolist())


def _own_futures(store: Store, pool: int, load: Load, threads: Bools) -> None:
    waits = store.waits
    if not len(waits):
        return
    for_futures = np.isin(waits.kind, [int(kind) for kind in _FOR_FUTURES])
    rows = np.flatnonzero(threads[waits.thread] & for_futures & (waits.future_count > 0))
    # A range is of ids in a row, of one submitter's making: the first speaks for it.
    wanted = store.rows_of_tasks(waits.first_future[rows])
    rows = rows[(wanted != NEVER) & (store.tasks.pool[wanted] == pool)]
    lengths = overlap(waits.begin[rows], waits.end[rows], load.begin, load.end)
    load.waiting_itself = max(0, int(lengths.sum()) - int(waits.yielded[rows].sum()))
    stuck = rows[(waits.end[rows] == NEVER) | (waits.end[rows] >= load.end)]
    load.stuck = [store.threads[row].worker for row in waits.thread[stuck].tolist()]
