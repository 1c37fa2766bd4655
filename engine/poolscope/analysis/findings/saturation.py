"""Pools that have more to do than they can: the queue grows, a lock holds all up, a task stays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.findings.load import Spent, at, oldest, spent
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
