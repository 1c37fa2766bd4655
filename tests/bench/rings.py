"""What it costs to look for deadlocks at every tick, and for all findings once a second.

The store is made up: a pool of eight workers with half of its tasks done, the caller waiting for
all of them, two workers blocked on the lock that a third one holds.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable

import numpy as np

from poolscope.analysis.findings import Findings
from poolscope.analysis.findings.convoy import Convoy
from poolscope.analysis.findings.finding import Case
from poolscope.analysis.findings.saturation import Saturation
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.analysis.waitgraph import Watch
from poolscope.trace.reader import RECORD_DTYPE, Batch, StreamInfo
from poolscope.trace.schema import Kind, LockKind, ReturnWhen, Role, WaitKind
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
        self.take(THREAD - 1, submitted)
        what = WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8
        self.rows(THREAD - 1, (count, Kind.WAIT_BEGAN, WAIT, 0, count, what))
        self.rows(THREAD - 1, (count, Kind.WAIT_ITEM, FIRST, count, 0, 0))
        end = 0
        for worker in range(WORKERS):
            mine = ids[worker : count // 2 : WORKERS]
            end = TURN_NS * len(mine)
            calls = self._records(2 * len(mine))
            calls["t"][0::2] = np.arange(len(mine)) * TURN_NS
            calls["t"][1::2] = calls["t"][0::2] + TURN_NS - 1
            calls["a"], calls["b"] = np.repeat(mine, 2), WORKER + worker
            calls["kind"][0::2], calls["kind"][1::2] = Kind.STARTED, Kind.FINISHED
            self.take(THREAD + worker, calls)
            task = int(ids[count // 2 + worker])
            self.rows(THREAD + worker, (end, Kind.STARTED, task, WORKER + worker, 0, 0))
        for worker, kind in enumerate((Kind.LOCK_ACQUIRED, Kind.LOCK_WANTED, Kind.LOCK_WANTED)):
            self.rows(THREAD + worker, (end + worker, kind, LOCK, 0, 0, 0))
        self.index.refresh()

    def _declare(self) -> None:
        self.rows(0, (0, Kind.POOL_CREATED, POOL, WORKERS, 0, 0))
        self.rows(0, (0, Kind.LOCK_CREATED, LOCK, 0, 0, LockKind.LOCK))
        for worker in range(WORKERS):
            self.rows(0, (0, Kind.WORKER_STARTED, WORKER + worker, POOL, 0, 0))
            self.rows(0, (0, Kind.WORKER_READY, WORKER + worker, THREAD + worker, 0, 0))

    def _records(self, count: int) -> np.ndarray:
        return np.zeros(count, RECORD_DTYPE)

    def rows(self, thread: int, row: Row) -> None:
        t, kind, a, b, c, d = row
        self.take(thread, np.array([(t, a, b, c, d, kind)], RECORD_DTYPE))

    def take(self, thread: int, records: np.ndarray) -> None:
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


def blocked(made: Run, each: int) -> None:
    """Every worker is blocked ``each`` times more, for most of its time."""
    for worker in range(WORKERS):
        acts = np.zeros(3 * each, RECORD_DTYPE)
        begin = made.store.now_ns + np.arange(each) * TURN_NS
        for place, (kind, after) in enumerate(
            ((Kind.LOCK_WANTED, 1), (Kind.LOCK_ACQUIRED, 7_000), (Kind.LOCK_RELEASED, 7_100))
        ):
            acts["t"][place::3], acts["kind"][place::3] = begin + after, kind
        acts["a"] = LOCK + 1
        made.take(THREAD + worker, acts)


def dearest_bit() -> float:
    """The processor time of the dearest bit of the first look at a long history, ms."""
    made, dearest = Run(1_000_000), 0.0
    made.rows(0, (0, Kind.LOCK_CREATED, LOCK + 1, 0, 0, LockKind.LOCK))
    blocked(made, 125_000)
    made.index.refresh()
    case = Case(made.store, made.index)
    for check in (Convoy(), Saturation()):
        bits, over = check.ahead(case), False
        while not over:
            began = time.thread_time()
            over = next(bits, case) is case
            if over:
                list(check.check(case))
            dearest = max(dearest, time.thread_time() - began)
    return dearest * 1e3


FIGURES = [
    Figure("rings", "a look for deadlocks, 100,000 tasks, two workers blocked",
           "ms", "<=", 1.0, look_for_rings),
    Figure("findings", "all findings anew, 1,000,000 tasks",
           "ms", "<=", 30.0, look_for_findings),
    Figure("findings-bit", "the dearest bit of a first look at 1,000,000 tasks and blocks",
           "ms", "<=", 16.0, dearest_bit),
]  # fmt: skip
