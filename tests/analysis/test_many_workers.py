"""A process with very many workers, which come and go: what each end costs."""

from __future__ import annotations

import tracemalloc

import pytest

from poolscope.analysis.names import Names
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, PoolKind, Role
from tests.analysis.traces import ORIGIN, Trace

POOLS = 120


def pools_that_came_and_went() -> Store:
    trace = Trace()
    pinned = trace.pinned()
    main = trace.thread("MainThread", role=Role.MAIN)
    for number in range(POOLS):
        pool, worker, task = trace.id(), trace.id(), trace.id()
        pinned.emit(number, Kind.POOL_CREATED, pool, 1, f"pool-{number}", PoolKind.THREAD)
        stream = trace.thread(f"pool-{number}_0", role=Role.WORKER)
        pinned.emit(number, Kind.WORKER_STARTED, worker, pool, f"pool-{number}_0")
        pinned.emit(number, Kind.WORKER_READY, worker, stream.thread)
        main.emit(number, Kind.SUBMITTED, task, pool, "work()")
        stream.emit(number, Kind.STARTED, task, worker)
        pinned.emit(number + 1, Kind.WORKER_GONE, worker)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return store


def test_the_end_of_a_thread_is_not_looked_for_in_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = []
    mourn = Names.mourn
    monkeypatch.setattr(Names, "mourn", lambda names, row: (looked.append(row), mourn(names, row)))
    store = pools_that_came_and_went()
    assert len(looked) <= 6 * POOLS
    ends = [store.death_of_thread(worker.thread) for worker in store.workers]
    assert ends == [number + 1 for number in range(POOLS)]


def test_a_lane_with_little_on_it_takes_little_room() -> None:
    store = pools_that_came_and_went()
    tracemalloc.start()
    index = SpanIndex(store)
    index.refresh()
    lanes = [lane for lane in index.lanes() if lane.kind == "worker"]
    assert [len(index.lane_tasks(lane).start) for lane in lanes] == [1] * POOLS
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 8_000 * POOLS
