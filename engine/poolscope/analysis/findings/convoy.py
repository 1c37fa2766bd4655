"""Locks that hold up a pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER, Array
from poolscope.analysis.crew import crew
from poolscope.analysis.findings.blocked import BlockedSums, Sums, key_parts, merged
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.wait_words import lock_words, pool_words
from poolscope.analysis.wording import duration, plural

_S: Final = 1_000_000_000

# Blocked for more than half of the time they were at work, workers do less than half of what they
# could; in a shorter time, or of a few acquires, that may be chance.
_BLOCKED: Final = 0.5
_LASTS_NS: Final = _S
_BLOCKS: Final = 20


class Convoy:
    """A lock for which the workers of a pool wait most of the time they are at work."""

    kind: ClassVar[str] = "convoy"

    def __init__(self) -> None:
        self._sums = BlockedSums()

    def ahead(self, case: Case) -> Iterator[None]:
        table = case.store.lock_table.blocks
        while self._sums.behind(table):
            self._sums.take(table)
            yield
        for pool in {int(key) // len(case.store.locks) for key in self._suspects(case).key}:
            yield from case.index.busy_ahead(pool)

    def check(self, case: Case) -> Iterator[Finding]:
        sums = self._suspects(case)
        for place in range(len(sums.key)):
            finding = self._judge(case, Sums(*(column[place : place + 1] for column in sums)))
            if finding is not None:
                yield finding

    def _suspects(self, case: Case) -> Sums:
        """By pool and lock, those that are worth a closer look."""
        store, table = case.store, case.store.lock_table.blocks
        while self._sums.behind(table):
            self._sums.take(table)
        self._sums.take(table)
        sums = self._sums.until(table, store.now_ns)
        pools = np.full(len(store.threads), NEVER)
        for pool, entity in enumerate(store.pools):
            crew = (store.workers[row].thread for row in entity.workers)
            pools[[row for row in crew if row != NEVER]] = pool
        locks, threads = key_parts(sums.key)
        pool_of = pools[threads]
        ours = pool_of != NEVER
        sums = merged(_some(sums._replace(key=pool_of * len(store.locks) + locks), ours))
        much = sums.blocked >= _BLOCKED * _LASTS_NS
        return _some(sums, (sums.number >= _BLOCKS) & much)

    def _judge(self, case: Case, sums: Sums) -> Finding | None:
        """``sums``: those of one pool and lock."""
        store, table = case.store, case.store.lock_table.blocks
        pool, lock = divmod(int(sums.key[0]), len(store.locks))
        begin, end, blocked = int(sums.begin[0]), int(sums.end[0]), int(sums.blocked[0])
        busy = case.index.busy_area(pool, begin, end)
        if end - begin < _LASTS_NS or blocked < _BLOCKED * busy:
            return None
        name, key = lock_words(store, lock), store.locks[lock].id
        size = crew(store, pool)
        text = (
            f"{name} is the bottleneck of {pool_words(store, pool)}: in {duration(end - begin)} "
            f"its {plural(size, 'worker')} were blocked on it for {blocked / max(1, busy):.0%} of "
            f"the time in which they had work. More workers would not help; holding {name} for "
            "less long, or having several of it, would."
        )
        lane = case.lane(int(table.thread[int(sums.row[0])]))
        over = None if sums.lasting[0] else end
        subjects = [str(key), str(store.pools[pool].id)]
        return Finding(self.kind, text, subjects, begin, WARNING, over, Place(lane, None, key))


def _some(sums: Sums, chosen: Array) -> Sums:
    return Sums(*(column[chosen] for column in sums))
