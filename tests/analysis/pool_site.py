"""A pool whose tasks run when a test says so, in ms: for how a pool does."""

from __future__ import annotations

from poolscope.analysis.health import VERDICTS, Health, health
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, Role
from tests.analysis.traces import ORIGIN, Stream, Trace

MS = 1_000_000


class Site:
    """A pool with workers, and a caller that submits to it."""

    def __init__(self, workers: int, created: int = 0) -> None:
        """``created``: when the pool is, in ms."""
        self.trace = Trace()
        self.main = self.trace.thread("main", role=Role.MAIN)
        self.pool = self.trace.id()
        self.trace.pinned().emit(created * MS, Kind.POOL_CREATED, self.pool, workers, "io", 0)
        self.workers: list[tuple[int, Stream]] = []
        for number in range(workers):
            stream, worker = self.trace.thread(f"io_{number}", role=Role.WORKER), self.trace.id()
            self.trace.pinned().emit(0, Kind.WORKER_STARTED, worker, self.pool, f"io_{number}")
            self.trace.pinned().emit(0, Kind.WORKER_READY, worker, stream.thread)
            self.workers.append((worker, stream))

    def submit(self, at: int, label: str = "f()") -> int:
        task = self.trace.id()
        self.main.emit(at * MS, Kind.SUBMITTED, task, self.pool, label)
        return task

    def start(self, at: int, task: int, number: int) -> Stream:
        worker, stream = self.workers[number]
        stream.emit(at * MS, Kind.STARTED, task, worker)
        return stream

    def finish(self, at: int, task: int, number: int) -> None:
        worker, stream = self.workers[number]
        stream.emit(at * MS, Kind.FINISHED, task, worker, "1", Outcome.RESULT)

    def run(self, submitted: int, began: int, ended: int, number: int = 0) -> int:
        task = self.submit(submitted)
        self.start(began, task, number)
        self.finish(ended, task, number)
        return task

    def health(
        self,
        until: int,
        begin: int | None = None,
        end: int | None = None,
        pool: int = 0,
        lost: int = 0,
    ) -> Health:
        """At ``until`` ms; of a part of it if two times are given, in ns."""
        self.main.emit(until * MS, Kind.SPAN_BEGAN, self.trace.id(), 0, "now")
        store = Store(ORIGIN)
        store.account(lost=lost, dropped=0, torn=0, exits={}, errors=[], finished=False)
        store.extend(self.trace.batches())
        found = health(store, pool, begin, end)
        assert found.verdict in VERDICTS
        return found
