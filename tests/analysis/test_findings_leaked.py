"""Pools that one line uses and leaves behind, and those that are rightly there."""

from __future__ import annotations

from poolscope.analysis.findings import Finding, findings
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, Role, WorkerEnd
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


class Server(Trace):
    """``main`` makes a pool every 10 ms, and gives it one task; times in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.main = self.thread("main", role=Role.MAIN)
        self.lines: dict[int, int] = {}
        self.pools: list[int] = []

    def pool(
        self, at: int, *, line: int = 7, took: int | None = 5, ended: int | None = None
    ) -> int:
        pinned, pool, worker, task = self.pinned(), self.id(), self.id(), self.id()
        place = self.lines.get(line)
        if place is None:
            place = self.lines[line] = len(self.lines) + 1
            pinned.emit(0, Kind.PLACE_NUMBERED, place, line, "s.py\nhandle\ns.py")
        stream = self.thread(f"w{at}", role=Role.WORKER)
        pinned.emit(at * MS, Kind.POOL_CREATED, pool, 1, f"pool {at}")
        pinned.emit(at * MS, Kind.WORKER_STARTED, worker, pool, f"w{at}")
        pinned.emit(at * MS, Kind.WORKER_READY, worker, stream.thread)
        self.main.emit(at * MS, Kind.SUBMITTED, task, pool, "f()", place << 1)
        stream.emit(at * MS, Kind.STARTED, task, worker)
        if took is not None:
            stream.emit((at + took) * MS, Kind.FINISHED, task, worker, "1", Outcome.RESULT)
        if ended is not None:
            pinned.emit(ended * MS, Kind.WORKER_GONE, worker, 0, 0, WorkerEnd.FINISHED)
            pinned.emit(ended * MS, Kind.POOL_ENDED, pool)
        return pool

    def found(self) -> list[Finding]:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return [each for each in findings(store) if each.kind == "leaked-pools"]


def test_pools_that_were_left_behind_are_told_with_the_line() -> None:
    server = Server()
    left = [server.pool(10 * number) for number in range(7)]
    (finding,) = server.found()
    assert finding.text == (
        "6 thread pools to which one line submitted had nothing left to do and were not shut "
        "down, when it went to the next: their 6 workers stayed. Shut each down, as `with` does, "
        "or keep one."
    )
    assert finding.subjects == [str(pool) for pool in left[:6]]
    assert finding.lines == ("tasks were submitted at s.py:7, in handle",)


def test_pools_that_end_or_are_shut_down_or_still_work_or_differ_are_not() -> None:
    server = Server()
    for number in range(7):
        server.pool(10 * number, ended=10 * number + 8)
    assert server.found() == []
    server = Server()
    for number in range(7):
        server.pinned().emit(900 * MS, Kind.POOL_SHUTDOWN, server.pool(10 * number), d=1)
    assert server.found() == []
    server = Server()
    for number in range(7):
        server.pool(10 * number, took=None)
    assert server.found() == []
    server = Server()
    for number in range(7):
        server.pool(10 * number, line=number)
    assert server.found() == []
