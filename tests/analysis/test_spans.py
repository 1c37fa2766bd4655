"""Lanes and what lies on them."""

from __future__ import annotations

import pytest

from poolscope.analysis.lanes import Lane
from poolscope.analysis.lanes_text import COLUMN_NS
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import NEVER, Store, TaskState
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role, WorkerEnd
from tests.analysis.drawing import Drawn, drawn
from tests.analysis.traces import ORIGIN, Stream, Trace


def lane_named(index: SpanIndex, title: str) -> Lane:
    (lane,) = [lane for lane in index.lanes() if lane.title == title]
    return lane


def in_columns(times: object) -> list[int]:
    assert hasattr(times, "tolist")
    return [time if time == NEVER else time // COLUMN_NS for time in times.tolist()]


def test_a_lane_is_what_was_drawn() -> None:
    index = SpanIndex(drawn("w0 |..AAAA..CC|\nw1 |.BBB##Bx..|"))
    first, second = lane_named(index, "w0"), lane_named(index, "w1")
    tasks = index.lane_tasks(first)
    assert (in_columns(tasks.start), in_columns(tasks.end)) == ([2, 8], [6, NEVER])
    assert tasks.state.tolist() == [TaskState.FINISHED, TaskState.RUNNING]
    blocked = index.lane_blocks(second)
    assert (in_columns(blocked.start), in_columns(blocked.end)) == ([4], [6])


def test_the_task_of_a_worker_that_died_ends_with_it() -> None:
    index = SpanIndex(drawn("w1 |.BBBBBBx..|"))
    lane = lane_named(index, "w1")
    assert in_columns(index.lane_tasks(lane).end) == [7]
    assert in_columns(index.lane_tasks(lane).start) == [1]
    assert lane.gone == 7 * COLUMN_NS
    busy = index.busy()
    assert (in_columns(busy.times), busy.counts.tolist()) == ([1, 7], [1, 0])


def far_task(returned: bool) -> tuple[Trace, Stream, int, int]:
    """A task of a process pool, settled by the parent at 90."""
    trace = Trace()
    main, far = trace.thread("main", role=Role.MAIN), trace.thread("far", pid=2)
    pool, worker, task = trace.id(), trace.id(), trace.id()
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "pool", PoolKind.PROCESS)
    trace.pinned().emit(0, Kind.WORKER_STARTED, worker, pool, "far")
    trace.pinned(2).emit(1, Kind.WORKER_READY, worker, far.thread)
    main.emit(10, Kind.SUBMITTED, task, pool, "f()")
    main.emit(12, Kind.SENT, task)
    far.emit(19, Kind.RECEIVED, task, worker)
    far.emit(20, Kind.STARTED, task, worker)
    if returned:
        far.emit(50, Kind.RETURNED, task, worker, d=Outcome.RESULT)
    outcome = Outcome.RESULT if returned else Outcome.EXCEPTION
    main.emit(90, Kind.FINISHED, task, worker, "x", outcome)
    return trace, far, worker, task


def test_the_call_ends_when_the_worker_says_so_not_when_the_parent_hears_it() -> None:
    trace, far, _, _ = far_task(returned=True)
    store = Store(ORIGIN)
    index = SpanIndex(store)
    # The parent's settlement is read before the worker's own word of the return.
    for batch in [*(s.batch() for s in trace.streams if s is not far), far.batch(0, 2)]:
        store.extend([batch])
        index.refresh()
    assert index.lane_tasks(lane_named(index, "far")).end.tolist() == [90]
    store.extend([far.batch(2)])
    index.refresh()
    assert index.lane_tasks(lane_named(index, "far")).end.tolist() == [50]


def test_sent_is_told_apart_from_running() -> None:
    trace, *_ = far_task(returned=True)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    index = SpanIndex(store)
    lane = lane_named(index, "far")
    assert index.lane_sent(lane).tolist() == [12]
    assert index.lane_tasks(lane).start.tolist() == [20]


def test_a_killed_workers_span_ends_at_its_death_not_at_the_news_of_it() -> None:
    trace, _, worker, _ = far_task(returned=False)
    trace.pinned().emit(60, Kind.WORKER_GONE, worker, -9, d=WorkerEnd.CRASHED)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    index = SpanIndex(store)
    tasks = index.lane_tasks(lane_named(index, "far"))
    assert tasks.end.tolist() == [60]
    assert tasks.state.tolist() == [TaskState.EXCEPTION]


def test_what_was_given_up_ran_until_its_worker_was_ended_not_until_it_was_given_up() -> None:
    trace, _, worker, task = far_task(returned=False)
    trace.pinned().emit(99, Kind.WORKER_GONE, worker, -15, d=WorkerEnd.FINISHED)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    assert SpanIndex(store).lane_tasks(lane_named(SpanIndex(store), "far")).end.tolist() == [99]
    heard = trace.thread("heard")
    heard.emit(85, Kind.RESULT_RECEIVED, task, 1)  # then the worker's own word is what is missing
    store.extend([heard.batch()])
    assert SpanIndex(store).lane_tasks(lane_named(SpanIndex(store), "far")).end.tolist() == [90]


def test_lanes_stand_by_pool_then_callers_then_others() -> None:
    trace = Trace()
    main = trace.thread("main", role=Role.MAIN)
    idle_main_of_another = trace.thread("idle", role=Role.MAIN)
    spanner, waiter = trace.thread("spanner"), trace.thread("waiter")
    late, early = trace.id(), trace.id()
    pinned = trace.pinned()
    pinned.emit(20, Kind.POOL_CREATED, late, 1, "late")
    pinned.emit(10, Kind.POOL_CREATED, early, 2, "early")
    for name, pool, t in (("l0", late, 21), ("e1", early, 30), ("e0", early, 11)):
        pinned.emit(t, Kind.WORKER_STARTED, trace.id(), pool, name)
    main.emit(40, Kind.SUBMITTED, trace.id(), late, "f()")
    spanner.emit(50, Kind.SPAN_BEGAN, trace.id(), 0, "phase")
    waiter.emit(60, Kind.WAIT_BEGAN, trace.id())
    idle_main_of_another.emit(70, Kind.CANCELLED, trace.id())
    store = Store(ORIGIN)
    store.extend(trace.batches())
    found = [(lane.title, lane.kind) for lane in SpanIndex(store).lanes()]
    workers = [("e0", "worker"), ("e1", "worker"), ("l0", "worker")]
    assert found == [*workers, ("main", "caller"), ("waiter", "caller"), ("spanner", "thread")]


def test_a_lane_keeps_its_key_when_others_come() -> None:
    drawing = Drawn("w0 |AAA.|\nw1 |.BB.|")
    store = drawing.store()
    before = [lane.key for lane in SpanIndex(store).lanes()]
    extra = drawing.thread("extra")
    extra.emit(5, Kind.WAIT_BEGAN, drawing.id())
    store.extend([extra.batch()])
    after = [lane.key for lane in SpanIndex(store).lanes()]
    assert [key for key in after if key in before] == before
    assert len(after) == len(before) + 1


def test_refresh_says_whether_there_was_anything() -> None:
    store = drawn("w0 |AAA.|")
    index = SpanIndex(store)
    assert not index.refresh()
    more = Trace()
    more.thread("other").emit(1, Kind.WAIT_BEGAN, 77)
    store.extend(more.batches())
    assert index.refresh()


@pytest.mark.parametrize("pool", [None, 0])
def test_busy_workers_are_counted_live_as_in_one_go(pool: int | None) -> None:
    drawing = Drawn("w0 |.AAA..CC.|\nw1 |..BBBB...|")
    live = Store(ORIGIN)
    index = SpanIndex(live)
    index.busy(pool)
    for stream in drawing.streams:
        for row in range(len(stream.rows)):
            live.extend([stream.batch(row, row + 1)])
            index.refresh()
    for busy in (index.busy(pool), SpanIndex(drawing.store()).busy(pool)):
        # At 6 one ends as another begins: the count does not change.
        assert in_columns(busy.times) == [1, 2, 4, 8]
        assert busy.counts.tolist() == [1, 2, 1, 0]


def test_a_call_read_before_its_worker_was_named_counts_as_busy_in_its_pool() -> None:
    trace = Trace()
    pool, worker, task = trace.id(), trace.id(), trace.id()
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "io", 0)
    main, hand = trace.thread("main", role=Role.MAIN), trace.thread("io_0", role=Role.WORKER)
    main.emit(1, Kind.SUBMITTED, task, pool, "f()")
    hand.emit(2, Kind.STARTED, task, worker)
    hand.emit(5, Kind.FINISHED, task, worker, "1", Outcome.RESULT)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    index = SpanIndex(store)
    assert index.busy(0).counts.tolist() == []  # whose worker it is, nobody has said
    declared = len(trace.pinned().rows)
    trace.pinned().emit(2, Kind.WORKER_STARTED, worker, pool, "io_0")
    store.extend([trace.pinned().batch(declared)])
    index.refresh()
    assert index.busy(0).times.tolist() == [2, 5]
    assert index.busy(0).counts.tolist() == [1, 0]
