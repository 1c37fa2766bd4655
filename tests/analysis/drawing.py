"""Traces from drawings: what a real pool would have recorded had its lanes looked so.

::

    store = drawn('''
        w0   |..AAAA..CC|
        w1   |.BBB##Bx..|
        main |.....###..|    a lane whose name does not begin with w is a caller
    ''')

All tasks are submitted by ``main`` at 0, in the order of their letters. A worker's ``#`` is a
wait for ``lock``, held by ``main``; a caller's is a ``wait()`` for all tasks. A task that reaches
the last column still runs. ``x`` kills the worker and fails its task.
"""

from __future__ import annotations

from poolscope.analysis import lanes_text
from poolscope.analysis.lanes_text import BLOCKED, COLUMN_NS, Stretch
from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    Kind,
    LockKind,
    Outcome,
    PoolKind,
    ReturnWhen,
    Role,
    WaitKind,
    WorkerEnd,
)
from tests.analysis.traces import ORIGIN, Stream, Trace


class Drawn(Trace):
    """The trace of a drawing; ``tasks`` gives the id of each letter."""

    def __init__(self, drawing: str) -> None:
        super().__init__()
        lanes = lanes_text.parse(drawing)
        self.columns = max(len(line.split("|")[1]) for line in drawing.splitlines() if "|" in line)
        names = [name for name in lanes if name.startswith("w")]
        self.main = self.thread("main", role=Role.MAIN)
        self.pool, self.lock = self.id(), self.id()
        pinned = self.pinned()
        pinned.emit(0, Kind.POOL_CREATED, self.pool, len(names), "pool", PoolKind.THREAD)
        pinned.emit(0, Kind.LOCK_CREATED, self.lock, 0, "lock", LockKind.LOCK)
        letters = sorted({s.mark for each in lanes.values() for s in each} - {BLOCKED})
        self.tasks = {letter: self.id() for letter in letters}
        for letter, task in self.tasks.items():
            self.main.emit(0, Kind.SUBMITTED, task, self.pool, f"{letter}()")
        self.main.emit(0, Kind.LOCK_ACQUIRED, self.lock, 0, "main.py:1")
        self.workers = {name: self._worker(name, lanes[name]) for name in names}
        for name in lanes:
            if name == "main":
                self._caller(self.main, lanes[name])
            elif name not in names:
                self._caller(self.thread(name, role=Role.CALLER), lanes[name])
        self._settle()

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return store

    def _worker(self, name: str, stretches: list[Stretch]) -> int:
        worker = self.id()
        stream = self.thread(name, role=Role.WORKER)
        pinned = self.pinned()
        pinned.emit(0, Kind.WORKER_STARTED, worker, self.pool, name)
        pinned.emit(0, Kind.WORKER_READY, worker, stream.thread)
        events: list[tuple[int, int, Kind, int, int, int | str, int]] = []
        for rank, each in enumerate(stretches):
            begin, end = each.begin * COLUMN_NS, each.end * COLUMN_NS
            over = each.end < self.columns
            if each.mark == BLOCKED:
                events.append((begin, rank, Kind.LOCK_WANTED, self.lock, 0, "w.py:1", 0))
                if over:
                    events.append((end, rank, Kind.LOCK_GAVE_UP, self.lock, 0, 0, 1))
                continue
            task = self.tasks[each.mark]
            events.append((begin, rank, Kind.STARTED, task, worker, 0, 0))
            if each.died:
                pinned.emit(end, Kind.WORKER_GONE, worker, -9, 0, WorkerEnd.CRASHED)
            elif over:
                events.append((end, -rank, Kind.FINISHED, task, worker, "None", Outcome.RESULT))
        for t, _, kind, a, b, c, d in sorted(events, key=lambda event: event[:2]):
            stream.emit(t, kind, a, b, c, d)
        return worker

    def _caller(self, stream: Stream, stretches: list[Stretch]) -> None:
        ids = sorted(self.tasks.values())
        for each in stretches:
            wait = self.id()
            d = WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8
            stream.emit(each.begin * COLUMN_NS, Kind.WAIT_BEGAN, wait, 0, len(ids), d)
            stream.emit(each.begin * COLUMN_NS, Kind.WAIT_ITEM, ids[0], len(ids))
            if each.end < self.columns:
                stream.emit(each.end * COLUMN_NS, Kind.WAIT_DONE, ids[0], len(ids))
                stream.emit(each.end * COLUMN_NS, Kind.WAIT_ENDED, wait, ids[-1], len(ids))

    def _settle(self) -> None:
        """The clock runs to the end of the drawing."""
        end = self.columns * COLUMN_NS - 1
        self.main.emit(end, Kind.CANCEL_REFUSED, next(iter(self.tasks.values()), 0))


def drawn(drawing: str) -> Store:
    """A store that looks like the drawing."""
    return Drawn(drawing).store()
