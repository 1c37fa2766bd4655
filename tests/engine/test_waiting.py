"""wait and as_completed: on our futures, on the standard library's, and on both at once."""

from __future__ import annotations

import concurrent.futures
import weakref
from collections.abc import Callable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import Future, as_completed, wait, waiting
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, ReturnWhen, WaitKind, WaitOutcome
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, join, on_thread

MakeFuture = Callable[[], "concurrent.futures.Future[Any]"]


@pytest.fixture(params=["ours", "theirs"])
def new(request: pytest.FixtureRequest) -> MakeFuture:
    return Future if request.param == "ours" else concurrent.futures.Future


def settled(new: MakeFuture, value: object = None) -> concurrent.futures.Future[Any]:
    future = new()
    if isinstance(value, BaseException):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


def test_all_completed(new: MakeFuture) -> None:
    futures = [settled(new), new(), new()]
    threads = [on_thread(lambda f=future: f.set_result(1)) for future in futures[1:]]
    done, not_done = wait(futures, LIMIT_S)
    join(*threads)
    assert (done, not_done) == (set(futures), set())


def test_first_completed(new: MakeFuture) -> None:
    first, second = new(), new()
    thread = on_thread(lambda: first.set_result(1))
    assert wait([first, second], LIMIT_S, FIRST_COMPLETED) == ({first}, {second})
    join(thread)
    assert second._waiters == []


def test_first_exception(new: MakeFuture) -> None:
    good, bad, pending = settled(new), new(), new()
    thread = on_thread(lambda: bad.set_exception(ValueError()))
    assert wait([good, bad, pending], LIMIT_S, FIRST_EXCEPTION) == ({good, bad}, {pending})
    join(thread)


def test_first_exception_without_any_is_all_completed(new: MakeFuture) -> None:
    futures = [settled(new), new()]
    thread = on_thread(lambda: futures[1].set_result(1))
    assert wait(futures, LIMIT_S, FIRST_EXCEPTION).done == set(futures)
    join(thread)


@pytest.mark.parametrize("when", [ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION])
def test_satisfied_at_once(new: MakeFuture, when: str) -> None:
    failed = settled(new, ValueError())
    assert wait([failed], None, when) == ({failed}, set())


@pytest.mark.parametrize("timeout", [0, 0.001])
def test_time_is_up_and_nothing_stays_behind(new: MakeFuture, timeout: float) -> None:
    done, pending = settled(new), new()
    assert wait([done, pending], timeout) == ({done}, {pending})
    assert pending._waiters == []


def test_a_cancelled_one_counts_when_it_is_notified(new: MakeFuture) -> None:
    future = new()
    future.cancel()
    assert wait([future], 0) == (set(), {future})
    thread = on_thread(future.set_running_or_notify_cancel)
    assert wait([future], LIMIT_S) == ({future}, set())
    join(thread)


def test_nothing_to_wait_for() -> None:
    assert wait([]) == (set(), set())
    assert list(as_completed([])) == []


def test_a_wrong_condition() -> None:
    with pytest.raises(ValueError, match="Invalid return condition: 'SOME'"):
        wait([], None, "SOME")


def test_both_kinds_at_once() -> None:
    ours: Future[int] = Future()
    theirs: concurrent.futures.Future[int] = concurrent.futures.Future()
    threads = [on_thread(lambda f=f: f.set_result(1)) for f in (ours, theirs)]
    assert wait([ours, theirs, ours], LIMIT_S).done == {ours, theirs}
    join(*threads)
    assert set(as_completed([ours, theirs])) == {ours, theirs}
    both = {ours, theirs}
    assert concurrent.futures.wait(both, LIMIT_S).done == both
    assert set(concurrent.futures.as_completed(both, LIMIT_S)) == both


@pytest.mark.parametrize(
    "ask",
    [
        lambda both: concurrent.futures.wait(both, LIMIT_S).done,
        lambda both: set(concurrent.futures.as_completed(both, LIMIT_S)),
    ],
    ids=["wait", "as_completed"],
)
def test_the_standard_librarys_waiting_takes_both_kinds(ask: Callable[..., Any]) -> None:
    ours: Future[int] = Future()
    theirs: concurrent.futures.Future[int] = concurrent.futures.Future()
    came: list[object] = []
    thread = on_thread(lambda: came.append(ask({ours, theirs})))
    while not (ours._watchers and theirs._waiters):
        assert thread.is_alive()
    ours.set_result(1)
    theirs.set_result(1)
    join(thread)
    assert came == [{ours, theirs}]


@pytest.mark.parametrize(
    "ask",
    [lambda fs: wait(fs, LIMIT_S).done, lambda fs: set(as_completed(fs, LIMIT_S))],
    ids=["wait", "as_completed"],
)
def test_many_futures_settled_by_many_threads(new: MakeFuture, ask: Callable[..., Any]) -> None:
    futures = [new() for _ in range(400)]

    def settle(part: int) -> None:
        for future in futures[part::4]:
            future.set_result(1)

    threads = [on_thread(lambda part=part: settle(part)) for part in range(4)]
    assert ask(futures) == set(futures)
    join(*threads)


class TestAsCompleted:
    def test_as_they_come(self, new: MakeFuture) -> None:
        first, second, third = settled(new), new(), new()
        each = as_completed([third, second, first, first], LIMIT_S)
        assert next(each) is first
        second.set_exception(ValueError())
        assert next(each) is second
        thread = on_thread(lambda: third.set_result(1))
        assert next(each) is third
        join(thread)
        with pytest.raises(StopIteration):
            next(each)

    @pytest.mark.parametrize("timeout", [0, 0.001])
    def test_time_is_up(self, new: MakeFuture, timeout: float) -> None:
        done, pending = settled(new), new()
        each = as_completed([done, pending], timeout)
        assert next(each) is done
        with pytest.raises(TimeoutError, match=r"1 \(of 2\) futures unfinished"):
            next(each)
        assert pending._waiters == []

    def test_a_reader_that_stops_leaves_nothing_behind(self, new: MakeFuture) -> None:
        done, pending = settled(new), new()
        each = as_completed([done, pending])
        next(each)
        assert len(pending._waiters) == 1
        each.close()
        assert pending._waiters == []

    def test_it_refers_to_nothing_it_has_handed_out(self, new: MakeFuture) -> None:
        futures = [settled(new), new(), new(), new()]
        each = as_completed(list(futures), LIMIT_S)
        while futures:
            future = next(each)
            right = futures.pop(0) is future
            assert right
            alive = weakref.ref(future)
            del future
            assert alive() is None
            if futures:
                futures[0].set_result(1)
        assert list(each) == []


class TestTrace:
    def test_wait(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            futures: list[Future[int]] = [Future() for _ in range(4)]
            apart: Future[int] = Future()
            futures[0].set_result(0)

            def settle() -> None:
                while not futures[3]._watchers:
                    pass  # until the waiting has begun
                futures[3].set_exception(ValueError())

            thread = on_thread(settle)
            wait([*futures, apart], LIMIT_S, FIRST_EXCEPTION)
            join(thread)
            wait(futures, 0)
        told = oracle.check(tmp_path / "t", settled=False)
        first, second = told.all(Kind.WAIT_BEGAN)
        assert (first.b, first.c, first.d) == (
            int(LIMIT_S * 1e9) + 1,
            5,
            WaitKind.WAIT | ReturnWhen.FIRST_EXCEPTION << 8,
        )
        assert (second.b, second.c, second.d) == (
            1,
            4,
            WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8,
        )
        assert [(event.a, event.b) for event in told.all(Kind.WAIT_ITEM)] == [
            (futures[0]._id, 5),
            (futures[0]._id, 4),
        ]
        one, two = told.all(Kind.WAIT_ENDED)
        assert (one.a, one.b, one.c, one.d) == (
            first.a,
            futures[3]._id,
            2,
            WaitOutcome.SATISFIED,
        )
        assert (two.a, two.c, two.d) == (second.a, 2, WaitOutcome.TIMEOUT)
        listed = [event for event in told.all(Kind.WAIT_DONE) if event.t < one.t]
        assert [(event.a, event.b) for event in listed] == [
            (futures[0]._id, 1),
            (futures[3]._id, 1),
        ]

    KINDS = (Kind.WAIT_BEGAN, Kind.WAIT_RELEASED, Kind.WAIT_RESUMED, Kind.WAIT_ENDED)

    def test_as_completed_that_never_has_to_wait(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            futures: list[Future[int]] = [Future() for _ in range(2)]
            each = as_completed(futures)
            for future in futures:
                future.set_result(1)
                assert next(each) is future
            assert list(each) == []
        told = oracle.check(tmp_path / "t")
        began, *handed_out, ended = told.all(*self.KINDS)
        # It came back for the second and had it at once: it was never back waiting.
        assert [(event.kind, event.b) for event in handed_out] == [
            (Kind.WAIT_RELEASED, future._id) for future in futures
        ]
        assert (began.kind, ended.kind) == (Kind.WAIT_BEGAN, Kind.WAIT_ENDED)
        assert (ended.a, ended.c, ended.d) == (began.a, 2, WaitOutcome.SATISFIED)

    def test_as_completed_that_comes_back_and_waits(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            one: Future[int] = Future()
            two: Future[int] = Future()
            one.set_result(1)
            each = as_completed([one, two], 0)
            assert next(each) is one
            with pytest.raises(TimeoutError):
                next(each)
        told = oracle.check(tmp_path / "t", settled=False)
        assert [event.kind for event in told.all(*self.KINDS)] == list(self.KINDS)
        assert told.all(Kind.WAIT_ENDED)[0].d == WaitOutcome.TIMEOUT

    def test_what_comes_just_when_time_is_up_is_handed_out_and_enough(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        future: Future[int] = Future()
        await_all = waiting._Until.await_all

        def too_late(until: Any, futures: Any, timeout: float | None) -> bool:
            opened = await_all(until, futures, timeout)
            future.set_result(1)
            return opened

        monkeypatch.setattr(waiting._Until, "await_all", too_late)
        with poolscope.record(tmp_path / "t"):
            assert wait([future], 0) == ({future}, set())
        (ended,) = oracle.check(tmp_path / "t", settled=False).all(Kind.WAIT_ENDED)
        assert (ended.c, ended.d) == (1, WaitOutcome.SATISFIED)

    def test_a_result_that_came_just_after_time_was_up_is_not_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with poolscope.record(tmp_path / "t"):
            future: Future[int] = Future()
            emit = _recorder.emit
            assert emit is not None

            def settle(kind: int, *numbers: int) -> None:
                emit(kind, *numbers)
                if kind == Kind.WAIT_ENDED:
                    monkeypatch.undo()
                    future.set_result(1)

            monkeypatch.setattr(_recorder, "emit", settle)
            with pytest.raises(TimeoutError):
                future.result(0.001)
            assert future.result() == 1
        (ended,) = oracle.check(tmp_path / "t").all(Kind.WAIT_ENDED)
        assert (ended.b, ended.d) == (0, WaitOutcome.TIMEOUT)
