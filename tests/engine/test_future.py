"""A future made by hand: its life, who waits for it, and how it gets on with the standard's."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import logging
import pickle
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, InvalidStateError
from pathlib import Path

import pytest

import poolscope
from poolscope.future import Future
from poolscope.trace.schema import Kind, Outcome, WaitKind, WaitOutcome
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, join, on_thread


def asleep_in(future: Future[object], ask: Callable[[], object]) -> tuple[threading.Thread, list]:
    """Start ``ask`` on a thread and return once it sleeps; what it gave or raised comes in."""
    came: list[object] = []

    def act() -> None:
        try:
            came.append(ask())
        except BaseException as error:  # noqa: BLE001  it is what the test looks at
            came.append(error)

    thread = on_thread(act)
    while thread.is_alive() and not future._sleepers:
        pass  # the sleeper is put there under the lock, just before the thread sleeps
    return thread, came


def test_it_is_one_of_theirs() -> None:
    assert isinstance(Future(), concurrent.futures.Future)


def test_the_life_of_a_result() -> None:
    future: Future[int] = Future()
    assert (future.running(), future.done(), future.cancelled()) == (False, False, False)
    assert future.set_running_or_notify_cancel()
    assert (future.running(), future.done(), future.cancelled()) == (True, False, False)
    assert not future.cancel()
    future.set_result(42)
    assert (future.running(), future.done(), future.cancelled()) == (False, True, False)
    assert future.result() == 42
    assert future.exception() is None


def test_the_life_of_an_exception() -> None:
    future: Future[int] = Future()
    error = ValueError("no")
    future.set_exception(error)
    assert future.exception() is error
    with pytest.raises(ValueError, match="no"):
        future.result()


def test_a_falsy_exception_is_an_exception() -> None:
    class Falsy(Exception):
        def __bool__(self) -> bool:
            return False

    future: Future[int] = Future()
    future.set_exception(Falsy())
    with pytest.raises(Falsy):
        future.result()


def test_the_life_of_a_cancelled_one() -> None:
    future: Future[int] = Future()
    assert future.cancel()
    assert future.cancel()
    assert (future.running(), future.done(), future.cancelled()) == (False, True, True)
    with pytest.raises(CancelledError):
        future.result()
    assert not future.set_running_or_notify_cancel()
    assert (future.done(), future.cancelled()) == (True, True)
    with pytest.raises(CancelledError):
        future.exception()


def test_it_is_settled_once() -> None:
    future: Future[int] = Future()
    future.set_result(1)
    for again in (lambda: future.set_result(2), lambda: future.set_exception(ValueError())):
        with pytest.raises(InvalidStateError):
            again()
    assert future.result() == 1
    assert future.exception() is None


def test_a_second_start_is_an_error_of_both_kinds(caplog: pytest.LogCaptureFixture) -> None:
    future: Future[int] = Future()
    future.set_running_or_notify_cancel()
    with caplog.at_level(logging.CRITICAL, "concurrent.futures"):
        with pytest.raises(InvalidStateError):
            future.set_running_or_notify_cancel()
        with pytest.raises(RuntimeError):
            future.set_running_or_notify_cancel()
    assert "unexpected state: RUNNING" in caplog.text


@pytest.mark.parametrize("ask", ["result", "exception"])
def test_time_is_up(ask: str) -> None:
    future: Future[int] = Future()
    for timeout in (-1, 0, 0.001):
        with pytest.raises(TimeoutError):
            getattr(future, ask)(timeout=timeout)
    assert not future._sleepers, "who gave up waiting is forgotten"


def test_a_sleeper_is_woken_by_the_result() -> None:
    future: Future[object] = Future()
    thread, came = asleep_in(future, lambda: future.result(LIMIT_S))
    future.set_result("here")
    join(thread)
    assert came == ["here"]


def test_a_sleeper_is_woken_by_cancel() -> None:
    future: Future[object] = Future()
    thread, came = asleep_in(future, future.exception)
    future.cancel()
    join(thread)
    assert isinstance(came[0], CancelledError)


def test_a_sleeper_is_woken_through_the_condition() -> None:
    # As a program does that drives a future through the names it knows from the standard's.
    future: Future[object] = Future()
    thread, came = asleep_in(future, lambda: future.result(LIMIT_S))
    with future._condition:
        future._state = "FINISHED"
        future._result = 7
        future._condition.notify_all()
    join(thread)
    assert came == [7]


def test_notifying_the_condition_for_nothing_leaves_the_sleeper_asleep() -> None:
    future: Future[object] = Future()
    thread, came = asleep_in(future, lambda: future.result(LIMIT_S))
    with future._condition:
        future._condition.notify_all()
    while not future._sleepers:
        pass
    assert came == []
    future.set_result(1)
    join(thread)
    assert came == [1]


def test_whoever_holds_the_condition_freezes_the_state() -> None:
    future: Future[int] = Future()
    tried = threading.Event()

    def settle() -> None:
        tried.set()
        future.set_result(1)

    with future._condition:
        thread = on_thread(settle)
        assert tried.wait(LIMIT_S)
        assert not future.done()
    join(thread)
    assert future.done()


def test_callbacks_come_in_order_and_at_once_when_it_is_done() -> None:
    future: Future[int] = Future()
    came: list[object] = []
    for number in range(3):
        future.add_done_callback(lambda given, number=number: came.append((number, given)))
    future.set_result(1)
    future.add_done_callback(lambda _: came.append("late"))
    assert came == [(0, future), (1, future), (2, future), "late"]


@pytest.mark.parametrize("late", [False, True])
def test_an_exception_of_a_callback_is_logged(late: bool, caplog: pytest.LogCaptureFixture) -> None:
    future: Future[int] = Future()
    came: list[object] = []

    def bad(_: object) -> None:
        raise ZeroDivisionError("in the callback")

    if late:
        future.set_result(1)
    future.add_done_callback(bad)
    future.add_done_callback(came.append)
    if not late:
        future.set_result(1)
    assert came == [future]
    assert "in the callback" in caplog.text


def test_a_callback_may_do_anything_to_its_future() -> None:
    future: Future[int] = Future()
    came: list[object] = []

    def act(given: Future[int]) -> None:
        given.add_done_callback(lambda _: came.append("nested"))
        came.append((given.cancel(), given.result(), repr(given)))

    future.add_done_callback(act)
    future.set_result(3)
    assert came == ["nested", (False, 3, repr(future))]


def test_it_cannot_be_pickled_and_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="pass its result instead"):
        pickle.dumps(Future())


@pytest.mark.parametrize(
    ("drive", "words"),
    [
        (lambda _: None, "state=pending"),
        (lambda f: f.set_running_or_notify_cancel(), "state=running"),
        (lambda f: f.cancel(), "state=cancelled"),
        (lambda f: f.cancel() and f.set_running_or_notify_cancel(), "state=cancelled"),
        (lambda f: f.set_result(1), "state=finished returned int"),
        (lambda f: f.set_exception(OSError()), "state=finished raised OSError"),
    ],
)
def test_its_repr_is_theirs(drive: Callable[[Future[int]], object], words: str) -> None:
    future: Future[int] = Future()
    drive(future)
    assert repr(future) == f"<Future at {id(future):#x} {words}>"


def test_an_exception_does_not_lead_back_to_its_future() -> None:
    future: Future[int] = Future()
    future.set_exception(ValueError("no"))
    alive = weakref.ref(future)
    gc.disable()
    try:
        with pytest.raises(ValueError) as caught:
            future.result()
        del future
        assert alive() is None, "the frames of the traceback keep it"
        assert str(caught.value) == "no"
    finally:
        gc.enable()


def test_no_attribute_comes_too_late_for_its_place() -> None:
    futures: list[Future[object]] = [Future() for _ in range(200)]
    for future in futures:
        future.add_done_callback(str)
        thread, _ = asleep_in(future, lambda future=future: future.result(LIMIT_S))
        future._waiters.append(Watcher())
        assert future._condition is future._condition
        future.set_result(None)
        join(thread)
        # One that had to fall back would hold a dictionary.
        assert [held for held in gc.get_referents(future) if type(held) is dict] == []


class Watcher:
    """A waiter of the standard library's kind."""

    def add_result(self, future: object) -> None: ...


def test_a_pending_one_costs_no_condition() -> None:
    future: Future[int] = Future()
    future.set_result(1)
    future.result()
    assert future._monitor is None
    assert future._watchers is None


class TestWithTheStandardLibrary:
    def test_asyncio_wraps_it(self) -> None:
        async def main() -> int:
            future: Future[int] = Future()
            wrapped = asyncio.wrap_future(future)
            thread = on_thread(lambda: future.set_result(5))
            value = await wrapped
            join(thread)
            return value

        assert asyncio.run(main()) == 5

    def test_asyncio_cancels_it(self) -> None:
        async def main() -> bool:
            future: Future[int] = Future()
            asyncio.wrap_future(future).cancel()
            await asyncio.sleep(0)
            return future.cancelled()

        assert asyncio.run(main())

    def test_their_wait_takes_ours(self) -> None:
        done, waiting = Future(), Future()
        done.set_result(1)
        thread = on_thread(lambda: waiting.set_result(2))
        found = concurrent.futures.wait([done, waiting], LIMIT_S)
        join(thread)
        assert found == ({done, waiting}, set())
        assert waiting._waiters == []

    def test_their_as_completed_takes_ours(self) -> None:
        first, second = Future(), Future()
        first.set_result(1)
        each = concurrent.futures.as_completed([first, second], LIMIT_S)
        assert next(each) is first
        thread = on_thread(lambda: second.set_exception(ValueError()))
        assert next(each) is second
        join(thread)


class TestTrace:
    def test_a_life_by_hand(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            future: Future[int] = Future()
            future.set_running_or_notify_cancel()
            assert not future.cancel()
            future.set_exception(ValueError("no"))
            future.exception()
        told = oracle.check(tmp_path / "t")
        assert told.kinds(future._id) == [
            Kind.STARTED,
            Kind.CANCEL_REFUSED,
            Kind.TRACEBACK,
            Kind.FINISHED,
        ]
        finished = told.all(Kind.FINISHED)[0]
        assert (finished.b, finished.text, finished.d) == (0, "ValueError: no", Outcome.EXCEPTION)
        assert [event.a for event in told.all(Kind.EXCEPTION_READ)] == [future._id]

    def test_a_cancelled_life(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            future: Future[int] = Future()
            future.cancel()
            future.cancel()
            future.set_running_or_notify_cancel()
        told = oracle.check(tmp_path / "t")
        assert told.kinds(future._id) == [Kind.CANCELLED, Kind.NOTIFIED]

    def test_what_blocks_is_a_wait_and_what_is_done_is_none(self, tmp_path: Path) -> None:
        with poolscope.record(tmp_path / "t"):
            future: Future[object] = Future()
            with pytest.raises(TimeoutError):
                future.result(0.001)
            with pytest.raises(TimeoutError):
                future.result(0)  # only looks
            thread, _ = asleep_in(future, lambda: future.exception(LIMIT_S))
            future.set_result(None)
            join(thread)
            future.result()
        told = oracle.check(tmp_path / "t")
        began, ended = told.all(Kind.WAIT_BEGAN), told.all(Kind.WAIT_ENDED)
        assert [(event.b, event.c, event.d) for event in began] == [
            (1_000_001, 1, WaitKind.RESULT),
            (int(LIMIT_S * 1e9) + 1, 1, WaitKind.EXCEPTION),
        ]
        assert [(event.a, event.b, event.c, event.d) for event in ended] == [
            (began[0].a, 0, 0, WaitOutcome.TIMEOUT),
            (began[1].a, future._id, 1, WaitOutcome.SATISFIED),
        ]
        assert [event.a for event in told.all(Kind.WAIT_ITEM)] == [future._id] * 2

    @pytest.mark.parametrize("kind", [WaitKind.RESULT, WaitKind.EXCEPTION])
    def test_who_waits_without_a_limit_needs_one_record(
        self, tmp_path: Path, kind: WaitKind
    ) -> None:
        with poolscope.record(tmp_path / "t"):
            future: Future[object] = Future()
            ask = future.result if kind is WaitKind.RESULT else future.exception
            thread, _ = asleep_in(future, ask)
            future.set_result(None)
            join(thread)
            ask()
        told = oracle.check(tmp_path / "t")
        (wanted,), (ended,) = told.all(Kind.RESULT_WANTED), told.all(Kind.WAIT_ENDED)
        (finished,) = told.all(Kind.FINISHED)
        assert (wanted.b, wanted.d) == (future._id, kind)
        assert wanted.t < finished.t < ended.t
        assert (ended.a, ended.b, ended.c, ended.d) == (
            wanted.a,
            future._id,
            1,
            WaitOutcome.SATISFIED,
        )
        assert told.all(Kind.WAIT_BEGAN, Kind.WAIT_ITEM) == []

    def test_a_callback_is_named(self, tmp_path: Path) -> None:
        def shout(_: object) -> None:
            raise ZeroDivisionError

        with poolscope.record(tmp_path / "t"):
            future: Future[int] = Future()
            future.add_done_callback(shout)
            future.set_result(1)
        told = oracle.check(tmp_path / "t")
        assert [event.text for event in told.all(Kind.CALLBACK_BEGAN)] == ["shout"]
        assert [event.d for event in told.all(Kind.CALLBACK_ENDED)] == [Outcome.EXCEPTION]
