"""Pools that were made again and again, and left behind with their workers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.wording import plural
from poolscope.trace.schema import PoolKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

# Left behind by one line: a program may keep a few for as long as it lives, but not of one line.
_MANY: Final = 5
_LATEST: Final = np.iinfo(np.int64).max


class LeakedPools:
    """Several pools to which one line submitted, none shut down, idle while it went to the next."""

    kind: ClassVar[str] = "leaked-pools"

    def __init__(self) -> None:
        self._of: tuple[int, ...] = ()  # what was looked at: more tasks change nothing
        self._found: list[Finding] = []

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        left = [
            row
            for row, pool in enumerate(store.pools)
            if pool.shutdown is None and pool.broken is None and pool.created != NEVER
        ]
        if len(left) <= _MANY or store.dropped:
            return
        ended = sum(store.pools[row].ended != NEVER for row in left)
        seen = (len(store.pools), ended, *left)
        if seen != self._of:
            self._of, self._found = seen, list(self._leaks(store, left))
        yield from self._found

    def _leaks(self, store: Store, left: list[int]) -> Iterator[Finding]:
        tasks = store.tasks
        rows = np.flatnonzero(np.isin(tasks.pool, left))
        done = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
        last = np.full(len(store.pools), NEVER)
        np.maximum.at(last, tasks.pool[rows], np.where(done == NEVER, _LATEST, done))
        used, firsts = np.unique(tasks.pool[rows], return_index=True)
        by_line: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
        for pool, row in zip(used.tolist(), rows[firsts].tolist(), strict=True):
            place = store.place(int(tasks.place[row]))
            if place.where:
                by_line[place.where, place.function, store.pools[pool].kind].append(pool)
        for (where, function, kind), pools in by_line.items():
            newest = max(store.pools[pool].created for pool in pools)
            idle = [
                pool
                for pool in pools
                if last[pool] < newest and not NEVER != store.pools[pool].ended <= newest
            ]
            if len(idle) >= _MANY:
                line = f"{where}, in {function}" if function else where
                yield self._finding(store, idle, line, PoolKind(kind), newest)

    def _finding(
        self, store: Store, idle: list[int], line: str, kind: PoolKind, at_ns: int
    ) -> Finding:
        workers = [
            store.workers[row]
            for pool in idle
            for row in store.pools[pool].workers
            if not NEVER != store.workers[row].gone <= at_ns
        ]
        what = "process" if kind == PoolKind.PROCESS else "thread"
        text = (
            f"{plural(len(idle), f'{what} pool')} to which one line submitted had nothing left to "
            f"do and were not shut down, when it went to the next: their "
            f"{plural(len(workers), 'worker')} stayed. Shut each down, as `with` does, or keep one."
        )
        return Finding(
            self.kind,
            text,
            [str(store.pools[pool].id) for pool in idle],
            at_ns,
            WARNING,
            None,
            Place(("worker", workers[0].id) if workers else None),
            (),
            (f"tasks were submitted at {line}",),
        )
