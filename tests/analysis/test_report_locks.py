"""The report on what threads waited for, and on shared variables."""

from __future__ import annotations

from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Signal
from tests.analysis.traces import ORIGIN, Trace


def test_blocks_of_every_kind_say_where_they_were_and_what_ended_them() -> None:
    trace = Trace()
    one, two = trace.thread("one"), trace.thread("two")
    lock, queue, slots, counter = (trace.id() for _ in range(4))
    for key, permits, name, made in (
        (lock, 0, "db", LockKind.LOCK),
        (queue, 2, "jobs", LockKind.QUEUE),
        (slots, 2, "slots", LockKind.SEMAPHORE),
    ):
        trace.pinned().emit(0, Kind.LOCK_CREATED, key, permits, name, made)
    trace.pinned().emit(0, Kind.SHARED_CREATED, counter, 0, "counter")
    one.emit(10, Kind.LOCK_ACQUIRED, lock, 0, "a.py:1")
    two.emit(11, Kind.LOCK_WANTED, lock, 0, "a.py:2", 1)
    one.emit(20, Kind.LOCK_RELEASED, lock)
    two.emit(21, Kind.LOCK_ACQUIRED, lock, 0, "a.py:2", 1)
    two.emit(30, Kind.SIGNAL_WANTED, queue, 0, "q.py:3", Signal.QUEUE_GET)
    one.emit(40, Kind.SIGNAL_SENT, queue, 1, "q.py:9", Signal.QUEUE_PUT)
    two.emit(41, Kind.SIGNAL_GOT, queue, d=Signal.QUEUE_GET)
    for t, who in ((50, one), (51, two), (52, one)):
        who.emit(t, Kind.LOCK_ACQUIRED, slots, 0, "s.py:1")
    for t, kind, version in ((60, Kind.SHARED_READ, 0), (61, Kind.SHARED_WRITTEN, 1)):
        one.emit(t, kind, counter, version, "0")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    facts = report(store)
    db, jobs, semaphore = facts["locks"]
    first, second = str(one.thread), str(two.thread)
    assert db["blocks"] == [
        {
            "thread": second,
            "begin_ns": 11,
            "end_ns": 21,
            "owner": first,
            "on": "lock",
            "where": "a.py:2",
            "timed": True,
            "outcome": "acquired",
            "released_by": {"thread": first, "ns": 20, "where": None},
        }
    ]
    assert jobs["blocks"] == [
        {
            "thread": second,
            "begin_ns": 30,
            "end_ns": 41,
            "owner": None,
            "on": "queue",
            "where": "q.py:3",
            "timed": False,
            "outcome": "signalled",
            "released_by": {"thread": first, "ns": 40, "where": "q.py:9"},
            "signal": "queue_get",
        }
    ]
    assert (semaphore["kind"], len(semaphore["holds"])) == ("semaphore", 3)
    assert facts["shared"] == [
        {"id": str(counter), "name": "counter", "reads": 1, "writes": 1, "lost_updates": 0}
    ]
