"""Pools that have more to do than they can: the queue grows, a lock holds all up, a task stays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.findings.load import Spent, area, at, oldest, spent
from poolscope.analysis.steps import StepFunction
from poolscope.analysis.wait_words import lock_words, pool_words
from poolscope.analysis.wording import duration, plural

_S: Final = 1_000_000_000

# Saturation. A burst that is then worked off is what queues are for: it is over sooner than this.
_GROWS_FOR_NS: Final = 3 * _S
_GROWN_TO: Final = 25  # tasks: fewer in a queue are no trouble yet
_A_WORKER: Final = 5  # ... nor fewer than this for each worker
_SLICES: Final = 6  # of the time in which it grew: it grew in each, so it is not one burst
_BUSY: Final = 0.8  # of their time the workers were at work: else something else is wrong
_MOST: Final = 0.5  # of their time on one thing: that is what they spend it on


class Saturation:
    """Arrivals outrun completions: the queue of a pool grows and grows."""

    kind: ClassVar[str] = "saturation"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        for row, pool in enumerate(store.pools):
            depth = store.queues.of(row)
            size = pool.max_workers or len(pool.workers)
            grown = _growth(depth, size)
            if grown is None or not size:
                continue
            begin, end = grown
            used = spent(case, row, begin, end)
            if not used.alive or used.busy < _BUSY * used.alive:
                continue
            if _in_every_slice(depth, begin, end):
                yield self._finding(case, row, depth, (begin, end), used)

    def _finding(
        self, case: Case, row: int, depth: StepFunction, grown: tuple[int, int], used: Spent
    ) -> Finding:
        store, (begin, end) = case.store, grown
        pool, tasks = store.pools[row], store.tasks
        level, seconds = at(depth, end), (end - begin) / _S
        left = (tasks.pool == row) & (tasks.dequeued > begin) & (tasks.dequeued <= end)
        done = max(1, int(left.sum()))
        arrived = done + level - at(depth, begin)
        size = max(1, len(pool.workers))
        text = (
            f"More was submitted to {pool_words(store, row)} than its "
            f"{plural(size, 'worker')} could do: from {duration(begin)} on its queue grew by "
            f"{_rate((level - at(depth, begin)) / seconds)} tasks a second, to {level:,}, "
            f"the oldest being {duration(oldest(case, row, end))} old; "
        )
        text += _cause(case, used)
        if used.on_lock <= _MOST * used.alive:
            need = -(-size * arrived // done)
            text += f" For tasks as these were, about {need} workers would keep up."
        over = next((t for t in depth.times[depth.counts <= size].tolist() if t > end), None)
        place = Place(("worker", store.workers[pool.workers[0]].id)) if pool.workers else Place()
        return Finding(self.kind, text, [str(pool.id)], begin, WARNING, over, place)


def _growth(depth: StepFunction, size: int) -> tuple[int, int] | None:
    """From when to when the queue grew to its greatest length; None: it did not, to speak of."""
    if not len(depth.counts):
        return None
    top = int(depth.counts.argmax())
    if depth.counts[top] < max(_GROWN_TO, _A_WORKER * size):
        return None
    low = np.flatnonzero(depth.counts[:top] <= size)
    begin = int(depth.times[low[-1]]) if len(low) else int(depth.times[0])
    end = int(depth.times[top])
    return (begin, end) if end - begin >= _GROWS_FOR_NS else None


def _in_every_slice(depth: StepFunction, begin: int, end: int) -> bool:
    """Whether the queue grew in each part of a time, not all at once."""
    edges = np.linspace(begin, end, _SLICES + 1).astype(np.int64).tolist()
    return all(at(depth, first) < at(depth, last) for first, last in itertools.pairwise(edges))


def _cause(case: Case, used: Spent) -> str:
    share = used.on_lock / used.alive
    if share > _MOST:
        name = lock_words(case.store, used.lock)
        return (
            f"the workers spent {share:.0%} of their time blocked on {name}: hold it for less "
            "long; more workers would only wait for it, too."
        )
    waiting = used.waiting / used.alive
    if waiting > _MOST:
        return f"the workers spent {waiting:.0%} of their time waiting for other tasks."
    running = (used.busy - used.on_lock - used.waiting) / used.alive
    return f"the workers spent {max(0.0, running):.0%} of their time running tasks."


def _rate(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


# Convoy. Blocked for more than half of the time they were at work, workers do less than half of
# what they could; in a shorter time, or of a few acquires, that may be chance.
_BLOCKED: Final = 0.5
_LASTS_NS: Final = _S
_BLOCKS: Final = 20


class Convoy:
    """A lock for which the workers of a pool wait most of the time they are at work."""

    kind: ClassVar[str] = "convoy"

    def check(self, case: Case) -> Iterator[Finding]:
        store, table = case.store, case.store.lock_table.blocks
        if len(table) < _BLOCKS:
            return
        pools = np.full(len(store.threads) + 1, NEVER)  # of each thread; the last for NEVER
        for pool, entity in enumerate(store.pools):
            pools[[store.workers[row].thread for row in entity.workers]] = pool
        pools[-1] = NEVER
        pool_of, locks = pools[table.thread], len(store.locks)
        rows = np.flatnonzero(pool_of != NEVER)
        keys = pool_of[rows] * locks + table.lock[rows]
        ends = np.where(table.end[rows] == NEVER, store.now_ns, table.end[rows])
        counts = np.bincount(keys)
        blocked = np.bincount(keys, ends - table.begin[rows])
        for key in np.flatnonzero((counts >= _BLOCKS) & (blocked >= _BLOCKED * _LASTS_NS)):
            mine = rows[keys == key]
            finding = self._judge(case, int(key) // locks, int(key) % locks, mine.tolist())
            if finding is not None:
                yield finding

    def _judge(self, case: Case, pool: int, lock: int, rows: list[int]) -> Finding | None:
        store, table = case.store, case.store.lock_table.blocks
        ends = np.where(table.end[rows] == NEVER, store.now_ns, table.end[rows])
        begin, end = int(table.begin[rows].min()), int(ends.max())
        busy = area(case.index.busy(pool), begin, end)
        blocked = int((ends - table.begin[rows]).sum())
        if end - begin < _LASTS_NS or blocked < _BLOCKED * busy:
            return None
        name, key = lock_words(store, lock), store.locks[lock].id
        size = len(store.pools[pool].workers)
        text = (
            f"{name} is the bottleneck of {pool_words(store, pool)}: in {duration(end - begin)} "
            f"its {plural(size, 'worker')} were blocked on it for {blocked / max(1, busy):.0%} of "
            f"the time in which they had work. More workers would not help; holding {name} for "
            "less long, or having several of it, would."
        )
        worst = int(rows[int((ends - table.begin[rows]).argmax())])
        lane = case.lane(int(table.thread[worst]))
        over = None if (table.end[rows] == NEVER).any() else end
        subjects = [str(key), str(store.pools[pool].id)]
        return Finding(self.kind, text, subjects, begin, WARNING, over, Place(lane, None, key))
