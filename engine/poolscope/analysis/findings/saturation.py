"""Pools that get more to do than they can: the queue grows and grows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.column import Array
from poolscope.analysis.crew import crew
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.findings.load import at
from poolscope.analysis.findings.spending import Spending, Spent
from poolscope.analysis.interpreter import computed
from poolscope.analysis.steps import StepFunction
from poolscope.analysis.wait_words import lock_words, pool_words
from poolscope.analysis.wording import duration, plural

_S: Final = 1_000_000_000

# Saturation. A burst that is then worked off is what queues are for: it is over sooner than this.
_GROWS_FOR_NS: Final = 3 * _S
_GROWN_TO: Final = 25  # tasks: fewer in a queue are no trouble yet
_A_WORKER: Final = 5  # ... nor fewer than this for each worker
_SLICES: Final = 6  # of the time in which it grew: it grew in each, so it is not one burst
_NEAR: Final = 1 << 12  # changes of a queue, looked at first
_BUSY: Final = 0.8  # of their time the workers were at work: else something else is wrong
_MOST: Final = 0.5  # of their time on one thing: that is what they spend it on


class Saturation:
    """Arrivals outrun completions: the queue of a pool grows and grows."""

    kind: ClassVar[str] = "saturation"

    def __init__(self) -> None:
        self._spending: dict[int, Spending] = {}  # by pool (row)

    def ahead(self, case: Case) -> Iterator[None]:
        for row in range(len(case.store.pools)):
            yield from case.store.queues.ahead(row)
            grown = self._growth(case, row)
            if grown is not None:
                yield from case.index.busy_ahead(row)
                yield from self._since(case, row, grown).ahead(grown[1])

    def check(self, case: Case) -> Iterator[Finding]:
        for row in range(len(case.store.pools)):
            grown = self._growth(case, row)
            if grown is None:
                continue
            used = self._since(case, row, grown).spent(grown[1])
            if not used.alive or used.busy < _BUSY * used.alive:
                continue
            yield self._finding(case, row, grown, used)

    def _growth(self, case: Case, row: int) -> tuple[int, int] | None:
        """From when to when the queue of a pool grew steadily, if it did."""
        pool, depth = case.store.pools[row], case.store.queues.of(row)
        size = pool.max_workers or crew(case.store, row)
        grown = _growth(depth, size) if size else None
        return grown if grown is not None and _in_every_slice(depth, *grown) else None

    def _since(self, case: Case, row: int, grown: tuple[int, int]) -> Spending:
        """What is known of a pool since its queue grew; anew if that is another time."""
        known = self._spending.get(row)
        if known is None or not known.fits(case, *grown):
            known = self._spending[row] = Spending(case, row, *grown)
        return known

    def _finding(self, case: Case, row: int, grown: tuple[int, int], used: Spent) -> Finding:
        store, (begin, end) = case.store, grown
        pool, depth = store.pools[row], store.queues.of(row)
        level, seconds = at(depth, end), (end - begin) / _S
        queued = self._since(case, row, grown).queued(end)
        done = max(1, queued.left)
        arrived = done + level - at(depth, begin)
        size = max(1, crew(store, row))
        text = (
            f"More was submitted to {pool_words(store, row)} than its "
            f"{plural(size, 'worker')} could do: from {duration(begin)} on its queue grew by "
            f"{_rate((level - at(depth, begin)) / seconds)} tasks a second, to {level:,}, "
            f"the oldest being {duration(queued.oldest)} old; "
        )
        held = _held(case, used) or _computed(case, row)
        if held:
            text += held
        else:
            need, away = -(-size * arrived // done), used.on_lock + used.waiting + used.on_signal
            text += (
                f"the workers spent {max(0.0, (used.busy - away) / used.alive):.0%} of their time "
                f"running tasks. For tasks as these were, about {need} workers would keep up."
            )
        over = _first(depth, end, size)
        place = Place(("worker", store.workers[pool.workers[0]].id)) if pool.workers else Place()
        return Finding(self.kind, text, [str(pool.id)], begin, WARNING, over, place)


def _growth(depth: StepFunction, size: int) -> tuple[int, int] | None:
    """From when to when the queue grew to its greatest length; None: it did not, to speak of."""
    if not len(depth.counts):
        return None
    top = int(depth.counts.argmax())
    if depth.counts[top] < max(_GROWN_TO, _A_WORKER * size):
        return None
    low = _last(depth.counts, top, size)
    begin, end = int(depth.times[low]), int(depth.times[top])
    return (begin, end) if end - begin >= _GROWS_FOR_NS else None


def _last(counts: Array, before: int, most: int) -> int:
    """Where a count was last as low as that before a place; at the beginning, if nowhere."""
    for first, last in _stretches(before):
        low = np.flatnonzero(counts[before - last : before - first] <= most)
        if len(low):
            return before - last + int(low[-1])
    return 0


def _first(depth: StepFunction, after: int, most: int) -> int | None:
    """When the count was first as low as that after a time."""
    begin = int(np.searchsorted(depth.times, np.int64(after), "right"))
    for first, last in _stretches(len(depth.times) - begin):
        low = np.flatnonzero(depth.counts[begin + first : begin + last] <= most)
        if len(low):
            return int(depth.times[begin + first + int(low[0])])
    return None


def _stretches(length: int) -> Iterator[tuple[int, int]]:
    """A length cut in stretches, each longer than the one before: what is near is found soon."""
    first, size = 0, _NEAR
    while first < length:
        yield first, min(length, first + size)
        first, size = first + size, 2 * size


def _in_every_slice(depth: StepFunction, begin: int, end: int) -> bool:
    """Whether the queue grew in each part of a time, not all at once."""
    edges = np.linspace(begin, end, _SLICES + 1).astype(np.int64).tolist()
    return all(at(depth, first) < at(depth, last) for first, last in itertools.pairwise(edges))


def _held(case: Case, used: Spent) -> str:
    """What the workers spent most of their time waiting for; "" where they did not."""
    most = _MOST * used.alive
    if used.on_lock > most:
        ns, whom = used.on_lock, "it"
        what = f"blocked on {lock_words(case.store, used.lock)}: hold it for less long"
    elif used.waiting > most:
        ns, whom, what = used.waiting, "them", "waiting for other tasks"
    elif used.joining > most:
        share = f"{used.joining / used.alive:.0%} of their time"
        return f"the workers spent {share} waiting for threads to end: it is those that take it."
    elif used.on_signal > most:
        ns, whom = used.on_signal, "it"
        what = f"waiting for {lock_words(case.store, used.signal)}"
    else:
        return ""
    share = f"{ns / used.alive:.0%} of their time"
    return f"the workers spent {share} {what}; more workers would only wait for {whom}, too."


def _computed(case: Case, row: int) -> str:
    share = computed(case.store, row)
    if share is None:
        return ""
    return (
        f"the program computed in {share:.0%} of all its time, as much as one interpreter can; "
        "more threads would compute no more."
    )


def _rate(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
