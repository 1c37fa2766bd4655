"""What the workers of a pool spent their time on; the figures behind the findings on load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints
from poolscope.analysis.steps import StepFunction
from poolscope.trace.schema import WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.findings.finding import Case

_SAMPLE: Final = 10_000  # calls whose lengths give the median


class Spent(NamedTuple):
    """What a pool's workers did in a stretch of time, in ns of all of them together.

    ``lock`` (row, or NEVER) is the one they were blocked on most, ``on_lock`` for how long.
    """

    alive: int
    busy: int
    lock: int
    on_lock: int
    waiting: int  # for futures


def spent(case: Case, pool: int, begin: int, end: int) -> Spent:
    """What the workers of a pool did from ``begin`` to ``end``."""
    store = case.store
    crew = store.pools[pool].workers
    threads = [store.workers[row].thread for row in crew if store.workers[row].thread != NEVER]
    mine = np.zeros(len(store.threads) + 1, np.bool_)  # one more, where NEVER looks
    mine[threads] = True
    blocks, waits = store.lock_table.blocks, store.waits
    chosen = np.flatnonzero(mine[blocks.thread])
    length = _overlap(blocks.begin[chosen], blocks.end[chosen], begin, end)
    by_lock = np.bincount(blocks.lock[chosen], length, minlength=1)
    lock = int(by_lock.argmax()) if len(chosen) else NEVER
    on_waits = np.flatnonzero(mine[waits.thread] & (waits.kind != WaitKind.SHUTDOWN))
    waiting = int(_overlap(waits.begin[on_waits], waits.end[on_waits], begin, end).sum())
    alive = sum(
        max(0, min(end, gone if gone != NEVER else end) - max(begin, store.workers[row].born))
        for row, gone in zip(crew, store.worker_gone[crew].tolist(), strict=True)
    )
    busy = area(case.index.busy(pool), begin, end)
    return Spent(alive, busy, lock, int(by_lock[lock]) if lock != NEVER else 0, waiting)


def _overlap(begins: Array, ends: Array, begin: int, end: int) -> Ints:
    until = np.where(ends == NEVER, end, ends)
    return np.asarray(np.maximum(np.minimum(until, end) - np.maximum(begins, begin), 0))


def area(steps: StepFunction, begin: int, end: int) -> int:
    """The sum over time of a count, from ``begin`` to ``end``, in ns."""
    first = max(0, int(np.searchsorted(steps.times, np.int64(begin), "right")) - 1)
    last = int(np.searchsorted(steps.times, np.int64(end)))
    times = np.clip(np.append(steps.times[first:last], end), begin, end)
    return int((steps.counts[first:last] * np.diff(times)).sum())


def at(steps: StepFunction, time: int) -> int:
    """The count at a time."""
    place = int(np.searchsorted(steps.times, np.int64(time), "right")) - 1
    return int(steps.counts[place]) if place >= 0 else 0


def median_run(case: Case, pool: int) -> int:
    """The median length of the calls of a pool that have ended, ns; of very many, of some."""
    tasks = case.store.tasks
    order = case.store.started_order
    some = order[:: max(1, len(order) // _SAMPLE)]
    some = some[(tasks.pool[some] == pool) & (tasks.worker[some] != NEVER)]
    ends = case.index.ends(some)
    over = ends != NEVER
    return int(np.median(ends[over] - tasks.started[some][over])) if over.any() else NEVER


def oldest(case: Case, pool: int, time: int) -> int:
    """For how long the oldest task in a pool's queue had been there at a time, ns."""
    tasks = case.store.tasks
    queued = (tasks.pool == pool) & (tasks.submitted != NEVER) & (tasks.submitted <= time)
    queued &= (tasks.dequeued == NEVER) | (tasks.dequeued > time)
    return time - int(tasks.submitted[queued].min()) if queued.any() else 0
