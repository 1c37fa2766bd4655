"""What it costs to look for deadlocks at every tick, and for all findings once a second.

The store is made up: a pool of eight workers with half of its tasks done, the caller waiting for
all of them, two workers blocked on the lock that a third one holds.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable

import numpy as np

from poolscope.analysis.findings import Findings
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.analysis.waitgraph import Watch
from poolscope.trace.reader import Batch, StreamInfo
from poolscope.trace.schema import RECORD_DTYPE, Kind, LockKind, ReturnWhen, Role, WaitKind
from tests.bench.figure import Figure, seconds

WORKERS = 8
ROUNDS = 15
TURN_NS = 8_000
POOL, LOCK, WORKER, THREAD, WAIT, FIRST = 50, 60, 100, 200, 900, 1_000

Row = tuple[int, Kind, int, int, int, int]  # t, kind, a, b, c, d


class Run:
    """A store of ``count`` tasks and what follows it."""

    def __init__(self, count: int) -> None:
        self.store = Store(0)
        self.index = SpanIndex(self.store)
        self._streams: dict[int, StreamInfo] = {}
        self._declare()
        ids = FIRST + np.arange(count)
        submitted = self._records(count)
        submitted["t"], submitted["a"] = np.arange(count), ids
        submitted["b"], submitted["kind"] = POOL, Kind.SUBMITTED
        self._take(THREAD - 1, submitted)
        what = WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8
        self._rows(THREAD - 1, (count, Kind.WAIT_BEGAN, WAIT, 0, count, what))
        self._rows(THREAD - 1, (count, Kind.WAIT_ITEM, FIRST, count, 0, 0))
        end = 0
        for worker in range(WORKERS):
            mine = ids[worker : count // 2 : WORKERS]
            end = TURN_NS * len(mine)
            calls = self._records(2 * len(mine))
            calls["t"][0::2] = np.arange(len(mine)) * TURN_NS
            calls["t"][1::2] = calls["t"][0::2] + TURN_NS - 1
            calls["a"], calls["b"] = np.repeat(mine, 2), WORKER + worker
            calls["kind"][0::2], calls["kind"][1::2] = Kind.STARTED, Kind.FINISHED
            self._take(THREAD + worker, calls)
            task = int(ids[count // 2 + worker])
            self._rows(THREAD + worker, (end, Kind.STARTED, task, WORKER + worker, 0, 0))
        for worker, kind in enumerate((Kind.LOCK_ACQUIRED, Kind.LOCK_WANTED, Kind.LOCK_WANTED)):
            self._rows(THREAD + worker, (end + worker, kind, LOCK, 0, 0, 0))
        self.index.refresh()

    def _declare(self) -> None:
        self._rows(0, (0, Kind.POOL_CREATED, POOL, WORKERS, 0, 0))
        self._rows(0, (0, Kind.LOCK_CREATED, LOCK, 0, 0, LockKind.LOCK))
        for worker in range(WORKERS):
            self._rows(0, (0, Kind.WORKER_STARTED, WORKER + worker, POOL, 0, 0))
            self._rows(0, (0, Kind.WORKER_READY, WORKER + worker, THREAD + worker, 0, 0))

    def _records(self, count: int) -> np.ndarray:
        return np.zeros(count, np.dtype(RECORD_DTYPE))

    def _rows(self, thread: int, row: Row) -> None:
        t, kind, a, b, c, d = row
        self._take(thread, np.array([(t, a, b, c, d, kind)], np.dtype(RECORD_DTYPE)))

    def _take(self, thread: int, records: np.ndarray) -> None:
        made = StreamInfo(len(self._streams), thread, 1, thread, Role.THREAD, f"t{thread}")
        self.store.extend([Batch(self._streams.setdefault(thread, made), records, {})])

    def cost(self, look: Callable[[], object]) -> float:
        """The median cost of a look at something that has changed, ms."""
        look()
        found = []
        for _ in range(ROUNDS):
            self.store.version += 1
            found.append(seconds(look) * 1e3)
        return statistics.median(found)


@functools.cache
def run(count: int) -> Run:
    return Run(count)


def look_for_rings() -> float:
    made = run(100_000)
    return made.cost(Watch(made.store, made.index).cycles)


def look_for_findings() -> float:
    made = run(1_000_000)
    return made.cost(Findings(made.store, made.index).look)


FIGURES = [
    Figure("rings", "a look for deadlocks, 100,000 tasks, two workers blocked",
           "ms", "<=", 1.0, look_for_rings),
    Figure("findings", "all findings anew, 1,000,000 tasks",
           "ms", "<=", 30.0, look_for_findings),
]  # fmt: skip
