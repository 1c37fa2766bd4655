"""A task's way to a worker process and back, written by hand."""

from __future__ import annotations

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role
from poolscope.trace.values import Engine
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


def two_calls(
    took: int = 0, together: int = 0, late: int = 0, engine: Engine = Engine.POOLSCOPE
) -> Store:
    """Tasks ``#1`` and ``#2`` on one worker process; times in ms.

    #1: submitted 0, pickled 1, sent 2, received 10, started 12, returned 50, result sent 54,
    received 60, settled 61. #2: the same pickled 3, sent 4, received 62, started 70, and runs.

    ``took`` is for how long (ns) each was pickled, ``together`` a flag of its record. ``late``: the
    first is pickled so many ms later, that is, when it is sent already. ``engine``: of the pool; by
    a hook on the standard library's one would record the two times of a receiving as one.
    """
    trace, store = Trace(), Store(ORIGIN)
    main = trace.thread("MainThread", role=Role.MAIN)
    child = trace.thread("cpu_0", pid=2, role=Role.WORKER)
    pool, worker = trace.id(), trace.id()
    pinned = trace.pinned()
    pinned.emit(0, Kind.POOL_CREATED, pool, 1, "cpu", PoolKind.PROCESS | engine << 4)
    pinned.emit(0, Kind.WORKER_STARTED, worker, pool, "cpu_0")
    trace.pinned(2).emit(0, Kind.WORKER_READY, worker, child.thread)
    first, second = trace.id(), trace.id()
    for task, label in ((first, "fib(30)"), (second, "fib(31)")):
        main.emit(0, Kind.SUBMITTED, task, pool, label)
    feeder = trace.thread("feeder") if late else main
    feeder.emit((1 + late) * MS, Kind.PICKLED, first, 39, took, together)
    main.emit(2 * MS, Kind.SENT, first)
    main.emit(3 * MS, Kind.PICKLED, second, 40, took, together)
    main.emit(4 * MS, Kind.SENT, second)
    child.emit(10 * MS, Kind.RECEIVED, first, worker)
    child.emit(12 * MS, Kind.STARTED, first, worker)
    child.emit(50 * MS, Kind.RETURNED, first, worker, d=Outcome.RESULT)
    child.emit(54 * MS, Kind.RESULT_SENT, first, 7)
    main.emit(60 * MS, Kind.RESULT_RECEIVED, first, 7)
    main.emit(61 * MS, Kind.FINISHED, first, worker, "832040", Outcome.RESULT)
    child.emit(62 * MS, Kind.RECEIVED, second, worker)
    child.emit(70 * MS, Kind.STARTED, second, worker)
    store.extend(trace.batches())
    return store
