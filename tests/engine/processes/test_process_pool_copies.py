"""Copies of a pool in forked processes, and that the pool shares no semaphore with any."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing import synchronize

import pytest

from poolscope.process_pool import BrokenProcessPool, ProcessPoolExecutor
from tests.engine.processes import tasks
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, MakePool

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)
POOL: list[ProcessPoolExecutor] = []


def shut_down_the_pool() -> str:
    POOL[0].shutdown(wait=True, cancel_futures=True)
    return "shut"


@pytest.fixture
def forked(form: str) -> Iterator[ProcessPoolExecutor]:  # noqa: ARG001  in the environment
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        POOL[:] = [pool]
        yield pool
    POOL.clear()


def test_shutdown_from_a_task_ends_its_own_copy_alone(forked: ProcessPoolExecutor) -> None:
    assert forked.submit(shut_down_the_pool).result(LIMIT_S) == "shut"
    assert forked.submit(tasks.echo, 1).result(LIMIT_S) == 1


def test_a_fork_while_another_thread_holds_our_locks(forked: ProcessPoolExecutor) -> None:
    waiting = forked.submit(tasks.echo, 1)
    assert waiting.result(LIMIT_S) == 1
    locks = [forked._crew.lock, forked._staff.lock, forked._executor_manager_thread.wakeup._lock]  # type: ignore[union-attr]
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with locks[0], locks[1], locks[2]:
            held.set()
            go.wait(LIMIT_S)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(LIMIT_S)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs is a failure, not a hang
        status = 1
        try:
            forked.submit(tasks.nothing)
        except BrokenProcessPool:
            forked.shutdown()
            with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as own:
                status = 0 if own.submit(tasks.echo, 5).result(LIMIT_S) == 5 else 2
        finally:
            os._exit(status)
    go.set()
    thread.join(LIMIT_S)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert forked.submit(tasks.echo, 2).result(LIMIT_S) == 2


def test_a_pool_makes_no_semaphore(make: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a semaphore that a killed worker could hold")

    monkeypatch.setattr(synchronize.SemLock, "__init__", refuse)
    pool = make()
    assert list(pool.map(tasks.echo, range(20))) == list(range(20))
    assert len(pool.submit(tasks.echo, bytes(200_000)).result(LIMIT_S)) == 200_000
    pool.shutdown()
