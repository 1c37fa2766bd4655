"""What a pool had to do over a stretch of time, and what its workers did with it: the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.bits import Bits, at_once
from poolscope.analysis.column import NEVER, Bools, Ints
from poolscope.analysis.health_delay import Delay, measure, overlap
from poolscope.analysis.measures import kept_since
from poolscope.analysis.spans import call_ends

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_SAMPLE: Final = 10_000  # calls whose lengths tell what is usual


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
    unplaced: int = 0  # of those, on a worker that is not known
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
    stuck: set[int] = field(default_factory=set)  # worker rows that wait for it at the end
    blocked_by_lock: dict[int, int] = field(default_factory=dict)  # lock row -> ns
    blocked_now: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Worker row -> the lock (row) it is blocked on at the end, and for how long by then."""
    signalled_now: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The same of conditions, events, barriers and queues."""
    elsewhere: dict[Delay, int] = field(default_factory=dict)  # ns: not on locks, nor for itself

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

    @property
    def held_up(self) -> int:
        """How long the workers waited for what held them up most: locks, itself, another."""
        return max(self.blocked, self.waiting_itself, *self.elsewhere.values(), 0)

    @property
    def seen(self) -> bool:
        """Whether any task came, was queued or ran."""
        return bool(self.arrived or self.busy or self.queued_time)

    def share(self, ns: int) -> float:
        """Which share of the workers' busy time ``ns`` is."""
        return min(1.0, ns / self.busy) if self.busy else 0.0


def load_of(store: Store, pool: int, begin: int | None = None, end: int | None = None) -> Load:
    """The load of a pool (its row) between two times; by default from its creation to its end, or
    from where on its tasks are there."""
    return at_once(load_bits(store, pool, begin, end))


def load_bits(store: Store, pool: int, begin: int | None, end: int | None) -> Bits[Load]:
    """The same, in bits."""
    pools = store.pools[pool]
    born = max(0, pools.created, kept_since(store))
    # One past the last moment, which belongs to it.
    gone = 1 + (store.now_ns if pools.ended == NEVER else pools.ended)
    first, last = born if begin is None else begin, gone if end is None else end
    if first < gone and last > born:  # no figure is a share of a time in which there was no pool
        first = max(first, born)
        last = last if pools.ended == NEVER else min(last, gone)
    load = Load(first, max(last, first + 1), pools.max_workers or len(pools.workers))
    yield from _tasks(store, pool, load)
    yield from measure(store, pool, load)
    return load


def _tasks(store: Store, pool: int, load: Load) -> Bits[None]:
    tasks, first, last = store.tasks, load.begin, load.end
    rows = np.flatnonzero((tasks.pool == pool) & (tasks.submitted != NEVER))
    settled = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
    here = (tasks.submitted[rows] < last) & ((settled == NEVER) | (settled >= first))
    rows, settled = rows[here], settled[here]
    if not len(rows):
        return
    came, left, began = tasks.submitted[rows], tasks.dequeued[rows], tasks.started[rows]
    yield
    ran = (began != NEVER) & (tasks.worker[rows] != NEVER)
    over = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
    over[ran] = call_ends(store, rows[ran])
    own = ended(store, rows)
    yield
    here = (came >= first) & (came < last)
    load.arrived = int(here.sum())
    # A process pool sends some ahead: what was sent still waits, so the wait ends at the start; or
    # as the future is settled, if it never starts (the pool broke).
    waited = overlap(came, np.where(began != NEVER, began, settled), first, last)
    gone = np.where(ran, began, left)
    load.queued_mean = float(waited.sum()) / load.length
    yield
    waiting = (came < last) & ((gone == NEVER) | (gone >= last))
    load.queued = int(waiting.sum())
    if load.queued:
        load.oldest = int(last - came[waiting].min())
    started_here = ran & (began >= first) & (began < last)
    waits = np.maximum(began - came, 0)
    load.queue_wait = Spread.of(waits[started_here])
    yield
    load.busy = int(overlap(began[ran], over[ran], first, last).sum())
    yield
    yield from _under_pressure(load, came, gone, began[ran], over[ran])
    load._little = _little(load, waited, here)
    yield from _ran(load, rows, (came, began, over), (ran, own))


def _ran(
    load: Load, rows: Ints, times: tuple[Ints, Ints, Ints], which: tuple[Bools, Bools]
) -> Bits[None]:
    """What ended, and what runs at the end. ``times``: when tasks came, began, were over;
    ``which``: those that ran on a worker, and those that came to an end by themselves."""
    first, last = load.begin, load.end
    (came, began, over), (ran, own) = times, which
    # Not what went with its worker.
    ended_here = ran & (over != NEVER) & (over >= first) & (over < last) & own
    elsewhere = ~ran & (began != NEVER) & (over != NEVER) & (over >= first) & (over < last)
    load.unplaced = int(elsewhere.sum())
    load.completed = int(ended_here.sum()) + load.unplaced
    load.run = Spread.of(np.maximum(over - began, 0)[ended_here])
    yield
    open_now = ran & (began < last) & ((over == NEVER) | (over >= last))
    load.running = [
        (int(row), int(last - t))
        for row, t in zip(rows[open_now].tolist(), began[open_now].tolist(), strict=True)
    ]
    yield
    order = np.flatnonzero(ended_here)
    order = order[np.argsort(came[order], kind="stable")]
    load.arrivals, load.durations = came[order], np.maximum(over - began, 0)[order]


def _under_pressure(load: Load, came: Ints, gone: Ints, began: Ints, over: Ints) -> Bits[None]:
    """How long anything was queued, and how busy the workers were then."""
    begins = np.clip(came, load.begin, load.end)
    ends = np.clip(np.where(gone == NEVER, load.end, gone), load.begin, load.end)
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order])
    # One queued stretch ends where the next task comes after all before it have gone.
    breaks = np.flatnonzero(begins[1:] > ends[:-1]) + 1
    begins, ends = begins[np.append(0, breaks)], ends[np.append(breaks - 1, len(ends) - 1)]
    yield
    before = np.concatenate(([0], np.cumsum(ends - begins)))  # queued time up to each stretch

    def queued_until(times: Ints) -> Ints:
        place = np.searchsorted(begins, times, "right")
        inside = np.where(place > 0, np.minimum(times, ends[place - 1]) - begins[place - 1], 0)
        return np.asarray(before[np.maximum(place - 1, 0)] + inside)

    load.queued_time = int(before[-1])
    stop = np.where(over == NEVER, load.end, np.minimum(over, load.end))
    start = np.minimum(np.maximum(began, load.begin), stop)
    yield
    until = queued_until(stop)
    yield
    load.busy_meanwhile = int((until - queued_until(start)).sum())


def _little(load: Load, queued: Ints, here: Bools) -> float:
    """The arrival rate times the mean wait of those that came, as far as it was seen."""
    return load.arrival_rate * float(queued[here].mean()) / 1e9 if here.any() else 0.0


def usual_run(store: Store, pool: int) -> int | None:
    """How long 95 % of a pool's calls took at most that have ended, ns; of very many, of some.

    None: none has ended.
    """
    tasks = store.tasks
    rows = np.flatnonzero((tasks.pool == pool) & (tasks.started != NEVER) & ended(store))
    rows = rows[:: max(1, len(rows) // _SAMPLE)]
    return (
        int(np.percentile(call_ends(store, rows) - tasks.started[rows], 95)) if len(rows) else None
    )


def ended(store: Store, rows: Ints | slice = slice(None)) -> Bools:
    """Which tasks' calls came to an end by themselves, not with their worker."""
    tasks = store.tasks
    return np.asarray(
        (tasks.worker[rows] != NEVER)
        & ((tasks.returned[rows] != NEVER) | (tasks.finished[rows] != NEVER))
    )


def none_started(name: str, load: Load) -> tuple[str, str, list[str]]:
    """What can be said of a pool of which no task has started: verdict, sentence, evidence."""
    if load.busy and not load.queued:
        return "healthy", f"{name} keeps up with its load: no task waited for a worker.", []
    return "healthy" if load.busy else "unused", f"No task of {name} has started here.", []
