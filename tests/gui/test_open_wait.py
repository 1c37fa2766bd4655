"""Who still waits at the end of a recording, in words."""

from __future__ import annotations

from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Role, Signal, WaitKind, WaitOutcome
from poolscope_gui.open_wait import open_waits
from tests.analysis.test_waits import began
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


def told(trace: Trace) -> list[str]:
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return open_waits(report(store))


def test_each_that_waits_is_told_with_what_for_how_long_and_where() -> None:
    trace = Trace()
    main, one = trace.thread("main", role=Role.MAIN), trace.thread("one")
    two, three = trace.thread("two"), trace.thread("three")
    lock, queue, pool, task = (trace.id() for _ in range(4))
    trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    trace.pinned().emit(0, Kind.LOCK_CREATED, queue, 0, "jobs", LockKind.QUEUE)
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "io")
    main.emit(1 * MS, Kind.SUBMITTED, task, pool, "fetch(1)")
    main.emit(1 * MS, Kind.SUBMITTED, task + 1, pool, "fetch(2)")
    began(main, 2 * MS, trace.id(), WaitKind.RESULT, [task])
    one.emit(3 * MS, Kind.LOCK_ACQUIRED, lock, 0, "s.py:3")
    one.emit(4 * MS, Kind.SIGNAL_WANTED, queue, 0, "s.py:4", Signal.QUEUE_PUT)
    two.emit(5 * MS, Kind.LOCK_WANTED, lock, one.thread, "s.py:9")
    began(three, 6 * MS, trace.id(), WaitKind.WAIT, [task, task + 1], timeout=99 * MS + 1)
    trace.thread("late").emit(12 * MS, Kind.SPAN_BEGAN, trace.id(), 0, "now")
    assert told(trace) == [
        "main has waited 10 ms in result() of fetch(1)",
        "one has waited 8 ms to put into the queue jobs, at s.py:4",
        "two has waited 7 ms for db, which one holds, at s.py:9",
        "three has waited 6 ms in wait() of fetch(1) and 1 more, with a time-out",
    ]


def test_who_went_on_or_is_gone_waits_no_more() -> None:
    trace = Trace()
    main, wait, lock = trace.thread("main", role=Role.MAIN), trace.id(), trace.id()
    trace.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
    trace.pinned(2).emit(0, Kind.PROCESS_STARTED, 2, 1, "child")
    far = trace.thread("far", pid=2)
    trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    began(main, 2 * MS, wait, WaitKind.RESULT, [7])
    main.emit(3 * MS, Kind.WAIT_ENDED, wait, 7, 1, WaitOutcome.SATISFIED)
    main.emit(4 * MS, Kind.LOCK_ACQUIRED, lock)
    far.emit(5 * MS, Kind.LOCK_WANTED, lock, main.thread)
    trace.pinned().emit(6 * MS, Kind.PROCESS_ENDED, 2, -9)
    assert told(trace) == []
