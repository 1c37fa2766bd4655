"""The rare interleavings that the pool's rules are about, each made to happen.

The rules are at the top of ``thread_pool.py``; here a container that the pool looks at does, once,
what another thread would have to do at that very instruction.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from poolscope import Future, ThreadPoolExecutor, as_completed
from poolscope.crew import Crew
from poolscope.named_call import UNRECORDED
from poolscope.states import IDLE
from poolscope.thread_worker import Worker, _announce, _sleep, _withdraw
from poolscope.waiting import _Inbox, gate_opener
from tests.engine.gates import LIMIT_S, Gate, join, on_thread
from tests.engine.thread_pools import MakePool, make, traced

__all__ = ["make", "traced"]


class Hooked:
    """Calls what it is given, once, in the middle of the operation it is mixed into."""

    hook: Callable[[], object] | None = None

    def fire(self) -> None:
        hook, self.hook = self.hook, None
        if hook is not None:
            hook()


class HookedList(Hooked, list[Any]):
    def append(self, item: Any) -> None:
        super().append(item)
        self.fire()


class HookedDeque(Hooked, deque[Any]):
    def append(self, item: Any) -> None:
        self.fire()
        super().append(item)

    def __bool__(self) -> bool:
        self.fire()
        return len(self) > 0


def idle_worker(crew: Crew) -> Worker:
    """A worker of ``crew`` that has no thread: the test is its thread."""
    assert next(crew.slots) == 0
    worker = Worker("by hand")
    worker.state = IDLE
    return worker


def test_a_task_put_just_before_the_announcement_is_seen() -> None:
    crew = Crew(1, "crew", None, ())
    worker = idle_worker(crew)
    crew.put(Future(), UNRECORDED, 0)  # saw nobody idle, and may start nobody
    found: list[bool] = []
    join(on_thread(lambda: found.append(_sleep(crew, worker))))
    assert found == [True]


def test_a_close_just_before_the_announcement_is_seen() -> None:
    crew = Crew(1, "crew", None, ())
    worker = idle_worker(crew)
    crew.close(wait=False, cancel=False)  # saw nobody to wake
    found: list[bool] = []
    join(on_thread(lambda: found.append(_sleep(crew, worker))))
    assert found == [False]


def test_a_worker_woken_before_it_sleeps_does_not() -> None:
    crew = Crew(1, "crew", None, ())
    worker = idle_worker(crew)
    _announce(crew, worker)
    crew.put(Future(), UNRECORDED, 0)
    assert not _withdraw(crew, worker)
    crew.queue.clear()
    # Its gate was opened, and must be shut again: the next sleep is a sleep.
    assert worker.gate.locked()
    assert crew.idle == []


def test_somebody_else_comes_when_who_was_counted_on_has_callbacks_to_run(
    make: MakePool,
) -> None:
    pool, gate = make(2), Gate()
    crew = pool._crew
    crew.idle = idle = HookedList()
    crew.wake = gate_opener(idle)
    came: list[object] = []
    done = threading.Event()
    future = pool.submit(gate.hold)

    def ask(inner: Future[int]) -> None:
        came.append(inner.result(LIMIT_S))
        done.set()

    def between_the_announcement_and_the_result() -> None:
        inner = pool.submit(int)  # counts on the only worker there is
        future.add_done_callback(lambda _: ask(inner))

    gate.await_arrivals()
    idle.hook = between_the_announcement_and_the_result
    gate.open()
    assert done.wait(LIMIT_S)
    assert came == [0]


def test_a_task_put_when_all_have_gone_is_refused() -> None:
    pool = ThreadPoolExecutor(1)
    pool.submit(int).result(LIMIT_S)
    pool._crew.queue = queue = HookedDeque()
    queue.hook = pool.shutdown  # after submit has looked, before the task is there
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(int)
    assert len(queue) == 0


def test_a_task_put_while_the_pool_breaks_is_refused() -> None:
    pool = ThreadPoolExecutor(1)
    pool._crew.queue = queue = HookedDeque()
    queue.hook = lambda: pool._crew.fail("broken meanwhile")
    with pytest.raises(RuntimeError, match="broken meanwhile"):
        pool.submit(int)
    pool.shutdown()


def test_a_future_that_comes_as_the_reader_falls_asleep() -> None:
    inbox = _Inbox()
    inbox._arrived = arrived = HookedDeque()
    for _ in range(3):
        future: Future[int] = Future()
        come = partial(inbox.add_result, future)
        # The reader looks; announces that it sleeps; looks a last time: now it comes.
        arrived.hook = partial(setattr, arrived, "hook", come)
        assert inbox.take(0.0) == [future]
    assert inbox._gate.locked()


def test_a_task_is_settled_whatever_happens_to_its_worker(
    make: MakePool, caplog: pytest.LogCaptureFixture
) -> None:
    pool = make(1)
    pool._crew.idle = idle = HookedList()
    pool._crew.wake = gate_opener(idle)
    gate = Gate()
    future = pool.submit(gate.hold)
    gate.await_arrivals()

    def no_memory() -> None:
        raise MemoryError

    idle.hook = no_memory
    gate.open()
    assert isinstance(future.exception(LIMIT_S), MemoryError)
    assert pool.submit(int).result(LIMIT_S) == 0
    assert "Exception in worker" in caplog.text


def test_as_completed_while_its_futures_are_settled_under_its_eyes() -> None:
    futures: list[Future[int]] = [Future() for _ in range(3)]

    def settle(rest: list[Future[int]]) -> None:
        if rest:
            rest[0].set_result(1)

    came: list[Any] = []
    futures[0].set_result(1)
    for future in as_completed(futures, LIMIT_S):
        came.append(future)
        settle([one for one in futures if not one.done()])
    assert set(came) == set(futures)
