"""The figures of a stretch of time: what ended in it, how long it had waited and run, who was busy.

A task is counted where a thing happened to it: as finished, raised or cancelled where it settled,
in the queue's wait where it started, in the run time where it settled after a start. A task that
still runs when the stretch ends has no run time yet; it is counted as running. A stretch is
half-open, ``begin <= t < end``, so that neighbours share no task.

Up to ``MOST_ROWS`` tasks in the stretch, every one is looked at. Of more, a random sample is, and
``every`` says how many each of them stands for: the cost is bounded, whatever the history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.lock_figures import LockWait, lock_waits
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER: Final = -1
MOST_ROWS: Final = 100_000
BUCKETS: Final = 60  # of the range, for completions a second
PER_DECADE: Final = 5
_LEAST_BINS: Final = 2 * PER_DECADE
_FOREVER: Final = np.iinfo(np.int64).max

# Where the bins of durations part, in whole ns: 1, 2, 3, 4, 7, 10, 16 ... What took no time that
# the clock could tell counts as 1 ns: a logarithm has no zero.
EDGES: Final[Ints] = np.array(
    [int(np.ceil(10.0 ** (k / PER_DECADE))) for k in range(18 * PER_DECADE + 5)], np.int64
)


class Spread(NamedTuple):
    """How a duration is distributed over ``tasks`` tasks, ns."""

    tasks: int
    median: int
    p95: int
    longest: int


class Histogram(NamedTuple):
    """``counts[i]`` tasks from ``edges[i]`` ns to less than ``edges[i + 1]``; the counts of a
    sample are scaled to the whole."""

    edges: Ints
    counts: Ints


class Share(NamedTuple):
    """What a worker did in the stretch: how much of its life in it it ran tasks."""

    name: str
    busy_ns: int
    alive_ns: int
    settled: int  # of its tasks, those that settled in the stretch

    @property
    def utilisation(self) -> float:
        return min(1.0, self.busy_ns / self.alive_ns) if self.alive_ns else 0.0


_NO_BINS: Final = Histogram(EDGES[:1], EDGES[:0])


@dataclass(frozen=True)
class Figures:
    """All that is told of a stretch. ``begin`` and ``end`` are its part that has been, ns."""

    begin: int = 0
    end: int = 0
    tasks: int = 0  # of the pool, whenever
    finished: int = 0
    raised: int = 0
    cancelled: int = 0
    running: int = 0  # when the stretch ends, as are the next two
    waiting: int = 0
    lost: int = 0  # begun and never settled: their worker is gone
    wait: Spread | None = None
    ran: Spread | None = None
    wait_bins: Histogram = _NO_BINS
    ran_bins: Histogram = _NO_BINS
    bucket_ns: int = 1
    done: Ints = field(
        default_factory=lambda: EDGES[:0]
    )  # finished or raised, by bucket from ``begin`` on
    failed: Ints = field(default_factory=lambda: EDGES[:0])  # those of them that raised
    workers: tuple[Share, ...] = ()
    blocked: tuple[LockWait, ...] = ()  # of all pools: a lock is nobody's own
    every: int = 1  # how many tasks each task looked at stands for; 1: all figures are exact

    @property
    def completions(self) -> int:
        return self.finished + self.raised

    @property
    def a_second(self) -> float:
        """Completions a second."""
        return self.completions * 1e9 / (self.end - self.begin) if self.end > self.begin else 0.0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: no task did anything here."""
        told = (self.completions, self.cancelled, self.running, self.waiting, self.lost)
        return not any(told) and self.wait is None and not self.blocked


def figures(
    store: Store, begin: int, end: int, now: int, pool: int | None = None, most: int = MOST_ROWS
) -> Figures:
    """The figures of ``begin <= t < end``, as far as it is not after ``now`` (ns since the
    origin), for the tasks of a pool (its row) or of all."""
    begin = max(0, begin)
    until = min(end, now + 1)
    looked = _Looked(store, pool, (begin, max(until, begin)), most)
    if until <= begin:
        return Figures(begin, begin, tasks=looked.tasks)
    settled, code = looked.settled, looked.code
    here = (settled >= begin) & (settled < until)
    done = here & (code != CANCELLED)
    failed = done & (code == EXCEPTION)
    cancelled = here & (code == CANCELLED)
    running, lost, waiting = looked.open_at(until)
    began = (looked.started >= begin) & (looked.started < until) & (looked.submitted >= 0)
    waits = looked.started[began] - looked.submitted[began]
    timed = done & (looked.started >= 0)
    runs = looked.ended[timed] - looked.started[timed]
    width = max(1, -(-(until - begin) // BUCKETS))
    every = looked.every
    wait, wait_bins = _spread(waits, every)
    ran, ran_bins = _spread(runs, every)
    return Figures(
        begin=begin,
        end=min(end, max(now, begin + 1)),
        tasks=looked.tasks,
        finished=_count(done & ~failed, every),
        raised=_count(failed, every),
        cancelled=_count(cancelled, every),
        running=_count(running, every),
        waiting=_count(waiting, every),
        lost=_count(lost, every),
        wait=wait,
        ran=ran,
        wait_bins=wait_bins,
        ran_bins=ran_bins,
        bucket_ns=width,
        done=_by_bucket(settled[done] - begin, width, every),
        failed=_by_bucket(settled[failed] - begin, width, every),
        blocked=lock_waits(store, begin, until, now),
        workers=_shares(store, looked, pool, (begin, until, now), here & (code != CANCELLED)),
        every=every,
    )


class _Looked:
    """The columns of the tasks that are looked at: those of the pool, or a sample of them."""

    def __init__(self, store: Store, pool: int | None, when: tuple[int, int], most: int) -> None:
        tasks = store.tasks
        begin, until = when
        # Seen without a sign, NEVER is later than all times: an open task is not over by ``begin``.
        touch = tasks.finished.view(np.uint64) >= np.uint64(begin)
        touch &= tasks.cancelled.view(np.uint64) >= np.uint64(begin)
        touch &= tasks.submitted < until
        self.tasks = len(tasks)
        if pool is not None:
            mine = tasks.pool == pool
            self.tasks = int(np.count_nonzero(mine))
            touch &= mine
        rows = np.flatnonzero(touch)
        self.every = 1
        if len(rows) > most:
            self.every = -(-len(rows) // most)
            # One of each ``every`` neighbours, by chance: tasks often alternate.
            first = np.arange(0, len(rows) - self.every + 1, self.every)
            rows = rows[first + np.random.default_rng(0).integers(0, self.every, len(first))]
        self.started, self.submitted = tasks.started[rows], tasks.submitted[rows]
        self.worker = tasks.worker[rows]
        self.code = tasks.codes[rows]
        self.settled: Ints = np.where(self.code >= FINISHED, tasks.finished[rows], NEVER)
        struck = np.flatnonzero(self.code == CANCELLED)
        cancelled, notified = tasks.cancelled[rows[struck]], tasks.notified[rows[struck]]
        self.settled[struck] = np.where(cancelled >= 0, cancelled, notified)
        # One more at the end, where the tasks of no worker (-1) look: it is never gone.
        gone = np.append(store.worker_gone, NEVER)
        self.gone = np.where(gone < 0, _FOREVER, gone)
        self.ended = self._ended(tasks.returned[rows], tasks.given_up(rows))

    def _ended(self, returned: Ints, given_up: Bools) -> Ints:
        """When each call ended, as ``spans.call_ends`` says it: not after its worker."""
        ended: Ints = np.where(returned >= 0, returned, self.settled)
        gone = self.gone[self.worker]
        outlived = (ended < 0) | (ended > gone) | given_up
        outlived &= (gone != _FOREVER) & (self.started >= 0)
        return np.where(outlived, np.maximum(gone, self.started), ended)

    def open_at(self, time: int) -> tuple[Bools, Bools, Bools]:
        """Which tasks ran at ``time``, which had lost their worker, and which were waiting."""
        pending = (self.settled < 0) | (self.settled >= time)
        begun = (self.started >= 0) & (self.started < time)
        here = pending & begun
        lost = np.zeros(len(here), bool)
        some = np.flatnonzero(here)
        lost[some] = self.gone[self.worker[some]] < time
        known = (self.submitted >= 0) & (self.submitted < time)
        return here & ~lost, lost, pending & ~begun & known


def _count(which: Bools, every: int) -> int:
    return int(np.count_nonzero(which)) * every


def _by_bucket(since: Ints, width: int, every: int) -> Ints:
    found = np.bincount(since // width, minlength=BUCKETS)[:BUCKETS]
    counts: Ints = found.astype(np.int64) * every
    return counts


def _spread(values: Ints, every: int) -> tuple[Spread | None, Histogram]:
    """Median and so on, and the histogram."""
    if not len(values):
        return None, _NO_BINS
    values = np.maximum(values, 0)
    median, p95 = np.percentile(values, (50, 95))
    spread = Spread(len(values) * every, int(median), int(p95), int(values.max()))
    return spread, _binned(values, every)


def _binned(values: Ints, every: int) -> Histogram:
    place = np.searchsorted(EDGES, np.maximum(values, 1), "right") - 1
    place = np.minimum(place, len(EDGES) - 2)  # more than a century
    counts = np.bincount(place, minlength=len(EDGES) - 1).astype(np.int64) * every
    first, last = int(place.min()), int(place.max()) + 1
    spare = max(0, _LEAST_BINS - (last - first))
    first = max(0, min(first - (spare + 1) // 2, len(counts) - _LEAST_BINS))
    last = min(len(counts), max(last + spare // 2, first + _LEAST_BINS))
    return Histogram(EDGES[first : last + 1], counts[first:last])


def _shares(
    store: Store, looked: _Looked, pool: int | None, when: tuple[int, int, int], here: Bools
) -> tuple[Share, ...]:
    """Of each worker that lived in the stretch."""
    begin, until, now = when
    workers = len(store.workers)
    end = np.where(looked.ended < 0, now, looked.ended)
    ran = (looked.worker >= 0) & (looked.started >= 0) & (looked.started < until) & (end > begin)
    until = min(until, now)
    length = np.minimum(end[ran], until) - np.maximum(looked.started[ran], begin)
    row = looked.worker[ran]
    busy = np.bincount(row, np.maximum(length, 0), minlength=workers) * looked.every
    mine = looked.worker[here & (looked.worker >= 0)]
    settled = np.bincount(mine, minlength=workers) * looked.every
    found = []
    for number in sorted(range(workers), key=lambda row: (store.workers[row].pool, row)):
        worker = store.workers[number]
        if pool is not None and worker.pool != pool:
            continue
        born = max(worker.born, 0)
        alive = min(int(looked.gone[number]), until) - max(born, begin)
        if alive > 0 or settled[number] or busy[number]:
            found.append(Share(worker.name, int(busy[number]), max(alive, 0), int(settled[number])))
    return tuple(found)
