"""A pool with tasks at given times, in seconds: for findings about load."""

from __future__ import annotations

from poolscope.analysis.findings import Finding, findings
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Outcome, Role
from tests.analysis.traces import ORIGIN, Stream, Trace

S = 1_000_000_000


def ns(seconds: float) -> int:
    return round(seconds * S)


class Load(Trace):
    """``size`` workers, ``main`` that submits, a lock."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.main = self.thread("main", role=Role.MAIN)
        self.pool, self.lock = self.id(), self.id()
        pinned = self.pinned()
        pinned.emit(0, Kind.POOL_CREATED, self.pool, size, "p")
        pinned.emit(0, Kind.LOCK_CREATED, self.lock, 0, "db", LockKind.LOCK)
        self.crew: list[tuple[Stream, int]] = []
        for number in range(size):
            worker, stream = self.id(), self.thread(f"p_{number}", role=Role.WORKER)
            pinned.emit(0, Kind.WORKER_STARTED, worker, self.pool, f"p_{number}")
            pinned.emit(0, Kind.WORKER_READY, worker, stream.thread)
            self.crew.append((stream, worker))

    def task(
        self, submitted: float, worker: int = -1, begin: float = 0, end: float = -1, name: str = "f"
    ) -> int:
        """A task; without a worker it stays in the queue, without an end it runs on."""
        key = self.id()
        self.main.emit(ns(submitted), Kind.SUBMITTED, key, self.pool, f"{name}()")
        if worker >= 0:
            stream, row = self.crew[worker]
            stream.emit(ns(begin), Kind.STARTED, key, row)
            if end >= 0:
                stream.emit(ns(end), Kind.FINISHED, key, row, "None", Outcome.RESULT)
        return key

    def found(
        self, kind: str, *, at: float = 0, ended: bool = False, killed: float = 0
    ) -> list[Finding]:
        """The findings of a kind at a time in seconds; the run may have ended, or been killed."""
        if killed:
            self.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
        store = Store(ORIGIN)
        store.root_pid = 1
        exits = {1: 0} if ended else {}
        store.account(lost=0, dropped=0, torn=0, exits=exits, errors=[], finished=ended)
        store.extend(self.batches())
        store.extend([])
        if killed:
            end = {1: ns(killed)}
            store.account(
                lost=0, dropped=0, torn=0, exits={1: -9}, errors=[], finished=True, exit_ns=end
            )
        return [each for each in findings(store, now_ns=ns(at)) if each.kind == kind]
