"""The thread pool: every test ends by checking its own trace."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import BrokenExecutor, CancelledError, wait
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import pytest

import poolscope
from poolscope import BrokenThreadPool, Future, ThreadPoolExecutor
from poolscope.trace.schema import Kind
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, Gate, join, on_thread
from tests.engine.thread_pools import MakePool, make, traced

__all__ = ["make", "traced"]


def boom(text: str = "boom") -> None:
    raise ValueError(text)


# -- workers ---------------------------------------------------------------------------------


def test_workers_start_as_needed_and_idle_ones_are_used_again(make: MakePool) -> None:
    pool = make(8)
    assert len(pool._threads) == 0
    for number in range(100):
        assert pool.submit(abs, -number).result() == number
    assert len(pool._threads) == 1


def test_no_more_workers_than_allowed_and_all_of_them(make: MakePool) -> None:
    pool, gate = make(3), Gate()
    futures = [pool.submit(gate.hold, number) for number in range(9)]
    gate.await_arrivals(3)
    assert len(pool._threads) == 3
    gate.open()
    assert [future.result(LIMIT_S) for future in futures] == list(range(9))


def test_a_task_that_waits_for_the_next_gets_it_done_beside_it(make: MakePool) -> None:
    # Two at once, again and again: the second must never be counted on the first one's worker.
    pool = make(2)
    for _ in range(300):
        gate = Gate()
        held = pool.submit(gate.hold)
        pool.submit(gate.open)
        held.result(LIMIT_S)


def test_a_worker_that_runs_callbacks_is_not_counted_on(make: MakePool) -> None:
    pool = make(2)

    def ask_the_pool(inner: list[object], came: threading.Event) -> None:
        inner.append(pool.submit(int).result(LIMIT_S))
        came.set()

    for _ in range(300):
        inner: list[object] = []
        came = threading.Event()
        future = pool.submit(int)
        future.add_done_callback(lambda _, inner=inner, came=came: ask_the_pool(inner, came))
        pool.submit(int).result(LIMIT_S)
        assert came.wait(LIMIT_S)
        assert inner == [0]


def test_threads_are_named(make: MakePool) -> None:
    pool, gate = make(2, thread_name_prefix="io"), Gate()
    for _ in range(2):
        pool.submit(gate.hold)
    gate.await_arrivals(2)
    assert sorted(thread.name for thread in pool._threads) == ["io_0", "io_1"]
    gate.open()
    assert "'io' max_workers=2" in repr(pool)


def test_every_worker_is_initialized(make: MakePool) -> None:
    names: list[str] = []
    pool, gate = make(2, initializer=names.append, initargs=("ready",)), Gate()
    for _ in range(2):
        pool.submit(gate.hold)
    gate.await_arrivals(2)
    gate.open()
    assert names == ["ready", "ready"]


def test_a_failed_initializer_breaks_the_pool(
    make: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()

    def initialize() -> None:
        gate.hold()
        boom("in the initializer")

    pool = make(1, initializer=initialize)
    futures = [pool.submit(int) for _ in range(3)]
    cancelled = pool.submit(int)
    cancelled.cancel()
    gate.open()
    for future in futures:
        with pytest.raises(BrokenThreadPool, match="initializer failed"):
            future.result(LIMIT_S)
    wait([cancelled], LIMIT_S)
    assert cancelled._state == "CANCELLED_AND_NOTIFIED"
    with pytest.raises(BrokenExecutor):
        pool.submit(int)
    assert "in the initializer" in caplog.text


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"max_workers": 0}, ValueError, "max_workers must be greater than 0"),
        ({"max_workers": -1}, ValueError, "max_workers must be greater than 0"),
        ({"initializer": 1}, TypeError, "initializer must be a callable"),
    ],
)
def test_wrong_arguments(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ThreadPoolExecutor(**options)


def test_a_thread_that_cannot_be_started(
    make: MakePool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool, gate = make(2), Gate()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            pool.submit(int)
    held = pool.submit(gate.hold, 1)
    gate.await_arrivals()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        later = pool.submit(int)
    assert "cannot start worker" in caplog.text
    gate.open()
    assert (held.result(LIMIT_S), later.result(LIMIT_S)) == (1, 0)


# -- tasks -----------------------------------------------------------------------------------


def test_whatever_a_task_raises_is_its_futures(make: MakePool) -> None:
    pool = make(1)

    def leave(error: BaseException) -> None:
        raise error

    for error in (ValueError("v"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()):
        future = pool.submit(leave, error)
        assert future.exception(LIMIT_S) is error
    assert pool.submit(int).result(LIMIT_S) == 0


def test_a_future_settled_by_hand_while_it_runs_keeps_the_first_word(
    make: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool, gate = make(1), Gate()
    future = pool.submit(gate.hold, "late")
    gate.await_arrivals()
    future.set_result("first")
    gate.open()
    pool.submit(int).result(LIMIT_S)
    assert future.result() == "first"
    assert "was settled while it ran" in caplog.text


def test_a_future_started_by_hand_is_left_to_that_hand(
    make: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool, gate = make(1), Gate()
    pool.submit(gate.hold)
    future = pool.submit(int)
    assert future.set_running_or_notify_cancel()
    gate.open()
    assert pool.submit(int).result(LIMIT_S) == 0
    future.set_result("by hand")
    assert future.result() == "by hand"
    assert "unexpected state: RUNNING" in caplog.text


def test_a_callback_that_ends_the_thread_does_not(
    make: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool, gate = make(1), Gate()
    future = pool.submit(gate.hold)

    def leave(_: object) -> None:
        raise SystemExit(3)

    future.add_done_callback(leave)
    gate.open()
    assert pool.submit(int).result(LIMIT_S) == 0
    assert "Exception in worker" in caplog.text


def test_nothing_refers_to_a_task_that_is_done(make: MakePool) -> None:
    class Thing:
        def method(self) -> Thing:
            return Thing()

    pool, done = make(1), threading.Event()
    thing = Thing()
    weakref.finalize(thing, done.set)
    gc.disable()
    try:
        pool.submit(thing.method)
        del thing
        assert done.wait(LIMIT_S)
    finally:
        gc.enable()


def test_an_exception_makes_no_cycle_with_its_future(make: MakePool) -> None:
    pool, gone = make(1), threading.Event()
    gc.disable()
    try:
        future = pool.submit(boom)
        weakref.finalize(future, gone.set)
        future.exception(LIMIT_S)
        del future
        assert gone.wait(LIMIT_S), "only the garbage collector would free it"
    finally:
        gc.enable()


def test_cancel_races_the_pick_up(make: MakePool) -> None:
    pool = make(2)
    ran: list[int] = []
    cancelled: list[int] = []
    for number in range(10_000):
        future = pool.submit(ran.append, number)
        if future.cancel():
            cancelled.append(number)
    pool.shutdown()
    assert sorted(ran + cancelled) == list(range(10_000))


def test_a_thousand_submits_from_fifty_threads(make: MakePool) -> None:
    pool, start = make(4), threading.Barrier(50)
    found: list[int] = []

    def act() -> None:
        start.wait(LIMIT_S)
        futures = [pool.submit(pow, number, 2) for number in range(20)]
        found.append(sum(future.result(LIMIT_S) for future in futures))

    join(*[on_thread(act) for _ in range(50)])
    assert found == [2470] * 50


# -- statistics ------------------------------------------------------------------------------


def test_statistics(make: MakePool) -> None:
    pool, gate = make(2), Gate()
    held = [pool.submit(gate.hold) for _ in range(2)]
    gate.await_arrivals(2)
    queued = [pool.submit(int) for _ in range(5)]
    queued[0].cancel()
    now = pool.statistics()
    assert (now.queued, now.running, now.done, now.cancelled) == (4, 2, 0, 1)
    assert now.workers == {"STARTING": 0, "IDLE": 0, "BUSY": 2, "GONE": 0}
    assert now.oldest_queued_ns is not None
    later = pool.statistics()
    assert later.oldest_queued_ns is not None
    assert later.oldest_queued_ns > now.oldest_queued_ns > 0
    gate.open()
    wait([*held, *queued], LIMIT_S)
    pool.shutdown()
    end = pool.statistics()
    assert (end.queued, end.running, end.done, end.cancelled) == (0, 0, 6, 1)
    assert end.workers["GONE"] == 2
    assert end.oldest_queued_ns is None
    assert now.queued == 4
    with pytest.raises(AttributeError):
        now.queued = 1  # type: ignore[misc]


# -- the trace -------------------------------------------------------------------------------


def test_what_is_told_of_a_task(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"), ThreadPoolExecutor(1, "io") as pool:
        good, bad = pool.submit(pow, 2, 8), pool.submit(boom, text="no")
        list(pool.map(abs, [-1]))
        bad.exception(LIMIT_S)
    told = oracle.check(tmp_path / "t")
    assert told.kinds(good._id) == [Kind.SUBMITTED, Kind.STARTED, Kind.FINISHED]
    assert told.kinds(bad._id) == [Kind.SUBMITTED, Kind.STARTED, Kind.TRACEBACK, Kind.FINISHED]
    assert [(event.text, event.d) for event in told.all(Kind.SUBMITTED)] == [
        ("pow(2, 8)", 0),
        ("boom(text='no')", 0),
        ("abs(-1)", 1),
    ]
    assert [event.text for event in told.all(Kind.FINISHED)] == ["256", "ValueError: no", "1"]
    trace = told.all(Kind.TRACEBACK)[0].text
    assert trace.startswith("Traceback")
    assert "thread_worker.py" not in trace
    assert "in boom" in trace
    worker = told.all(Kind.WORKER_STARTED)[0]
    assert worker.text == "io_0"
    assert {event.b for event in told.all(Kind.STARTED, Kind.FINISHED)} == {worker.a}
    ready = told.all(Kind.WORKER_READY)[0]
    assert {event.thread for event in told.all(Kind.STARTED)} == {ready.b}
    assert [event.kind for event in told.all(Kind.POOL_CREATED, Kind.POOL_ENDED)] == [
        Kind.POOL_CREATED,
        Kind.POOL_ENDED,
    ]


def test_a_recording_that_starts_late_learns_who_is_there(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1, "early") as pool:
        pool.submit(int).result(LIMIT_S)
        with poolscope.record(tmp_path / "t"):
            pool.submit(int).result(LIMIT_S)
            pool.shutdown()
    told = oracle.check(tmp_path / "t")
    assert [event.text for event in told.all(Kind.POOL_CREATED)] == ["early"]
    assert [event.text for event in told.all(Kind.WORKER_STARTED)] == ["early_0"]
    assert len(told.all(Kind.WORKER_READY)) == 1


def test_a_label_never_hurts_the_program(make: MakePool) -> None:
    class Bad:
        def __repr__(self) -> str:
            raise SystemExit("not your business")

    assert isinstance(make(1).submit(lambda bad: bad, Bad()).result(LIMIT_S), Bad)


def test_asyncio_runs_in_it(make: MakePool) -> None:
    import asyncio

    async def main(pool: ThreadPoolExecutor, gate: Gate) -> list[int]:
        loop = asyncio.get_running_loop()
        pool.submit(gate.hold)
        gate.await_arrivals()
        queued = pool.submit(pow, 2, 9)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(queued), 0.001)
        assert queued.cancelled()  # the loop's cancelling went through to the pool
        gate.open()
        return await asyncio.gather(
            *[loop.run_in_executor(pool, pow, 2, power) for power in range(50)],
            asyncio.wrap_future(pool.submit(pow, 3, 2)),
        )

    assert asyncio.run(main(make(1), Gate())) == [2**power for power in range(50)] + [9]


def test_a_queued_task_is_one_object_for_the_garbage_collector(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    pool.submit(gate.hold)
    gate.await_arrivals()
    pool.submit(int)
    gc.collect()
    before = len(gc.get_objects())
    futures = [pool.submit(pow, 2, 3) for _ in range(1_000)]
    gc.collect()  # which no longer tracks the tuples of arguments, all numbers
    assert len(gc.get_objects()) - before < 1_050
    gate.open()
    assert {future.result(LIMIT_S) for future in futures} == {8}


def test_what_is_drawn_as_running_is_running(tmp_path: Path) -> None:
    gate, began = Gate(), list[int]()

    def stamp() -> int:
        began.append(perf_counter_ns())
        return perf_counter_ns()

    with poolscope.record(tmp_path / "t"), ThreadPoolExecutor(1) as pool:
        held = pool.submit(gate.hold)
        gate.await_arrivals()
        queued = pool.submit(stamp)
        opened = perf_counter_ns()
        gate.open()
        ended = queued.result(LIMIT_S)
        wait([held])
    told = oracle.check(tmp_path / "t")
    submitted, started, finished = told.of(queued._id)
    (ready,) = told.all(Kind.WORKER_READY)
    assert submitted.t < opened < started.t < began[0] <= ended < finished.t
    assert started.t > told.of(held._id)[-1].t
    assert started.thread == finished.thread == ready.b  # its own clock, on its own thread


def test_a_cancelled_task_is_done_for_wait_once_it_is_met(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    pool.submit(gate.hold)
    gate.await_arrivals()
    future: Future[int] = pool.submit(int)
    future.cancel()
    assert wait([future], 0).done == set()
    with pytest.raises(CancelledError):
        future.result()
    gate.open()
    assert wait([future], LIMIT_S).done == {future}
