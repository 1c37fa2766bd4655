"""How a thread pool ends: shutdown in every way, dropped, at exit, in a forked child; and map."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, wait
from pathlib import Path

import pytest

import poolscope
from poolscope import ThreadPoolExecutor
from poolscope.trace.schema import Kind, WaitKind
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, Gate, join, on_thread
from tests.engine.thread_pools import MakePool, make, traced

__all__ = ["make", "traced"]


def test_after_a_shutdown_nothing_is_taken(make: MakePool) -> None:
    pool = make(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(int)
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.map(int, ["1"])


def test_what_was_taken_is_done(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    futures = [pool.submit(gate.hold, number) for number in range(20)]
    pool.shutdown(wait=False)
    gate.open()
    pool.shutdown()
    assert [future.result(0) for future in futures] == list(range(20))
    assert not any(thread.is_alive() for thread in pool._threads)


def test_cancel_futures_cancels_what_has_not_begun_and_tells_who_waits(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    held = pool.submit(gate.hold, "ran")
    gate.await_arrivals()
    queued = [pool.submit(int) for _ in range(5)]
    pool.shutdown(wait=False, cancel_futures=True)
    # The worker is still held: nobody but shutdown itself can have told them.
    assert wait(queued, LIMIT_S).not_done == set()
    assert all(future.cancelled() for future in queued)
    gate.open()
    assert held.result(LIMIT_S) == "ran"
    pool.shutdown()
    assert pool.statistics().cancelled == 5


def test_shutdown_twice_and_from_two_threads(make: MakePool) -> None:
    pool, gate = make(2), Gate()
    pool.submit(gate.hold)
    threads = [on_thread(pool.shutdown) for _ in range(3)]
    gate.await_arrivals()
    gate.open()
    join(*threads)
    pool.shutdown()


@pytest.mark.parametrize("workers", [1, 2])
def test_shutdown_from_its_own_tasks_does_not_wait_for_itself(make: MakePool, workers: int) -> None:
    pool, gate = make(workers), Gate()

    def end() -> str:
        gate.hold()
        pool.shutdown(wait=True)
        return "ended"

    futures = [pool.submit(end) for _ in range(workers)]
    gate.await_arrivals(workers)
    gate.open()
    assert [future.result(LIMIT_S) for future in futures] == ["ended"] * workers


def test_shutdown_from_a_callback(make: MakePool) -> None:
    pool, gate, ended = make(1), Gate(), threading.Event()
    future = pool.submit(gate.hold)

    def end(_: object) -> None:
        pool.shutdown()
        ended.set()

    future.add_done_callback(end)
    gate.open()
    assert ended.wait(LIMIT_S)
    with pytest.raises(RuntimeError):
        pool.submit(int)


def test_shutdown_during_map(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    each = pool.map(gate.hold, range(3), buffersize=1)
    gate.await_arrivals()
    pool.shutdown(wait=False)
    gate.open()
    with pytest.raises(RuntimeError, match="after shutdown"):
        next(each)


def test_submits_racing_a_shutdown_are_refused_or_done(make: MakePool) -> None:
    for _ in range(100):
        pool, start = make(2), threading.Barrier(3)
        futures: list[poolscope.Future[int]] = []
        refused: list[str] = []

        def submit(
            pool: ThreadPoolExecutor = pool,
            start: threading.Barrier = start,
            futures: list[poolscope.Future[int]] = futures,
            refused: list[str] = refused,
        ) -> None:
            start.wait(LIMIT_S)
            try:
                while True:
                    futures.append(pool.submit(int))
            except RuntimeError as error:
                refused.append(str(error))

        threads = [on_thread(submit) for _ in range(2)]
        start.wait(LIMIT_S)
        pool.shutdown()
        join(*threads)
        assert refused == ["cannot schedule new futures after shutdown"] * 2
        assert [future.result(LIMIT_S) for future in futures] == [0] * len(futures)


def test_a_dropped_pool_does_what_it_has_and_goes(make: MakePool) -> None:
    del make
    pool, gate = ThreadPoolExecutor(2), Gate()
    futures = [pool.submit(gate.hold, number) for number in range(5)]
    gate.await_arrivals(2)
    threads = pool._threads
    del pool
    gate.open()
    join(*threads)
    assert [future.result(0) for future in futures] == list(range(5))


def test_a_waiting_shutdown_is_told(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"):
        pool, gate = ThreadPoolExecutor(1), Gate()
        futures = [pool.submit(gate.hold) for _ in range(2)]
        gate.await_arrivals()
        thread = on_thread(pool.shutdown)
        while not pool._crew.closed:
            pass
        gate.open()
        join(thread)
    told = oracle.check(tmp_path / "t")
    assert [event.d for event in told.all(Kind.WAIT_BEGAN)] == [WaitKind.SHUTDOWN]
    assert [event.d for event in told.all(Kind.POOL_SHUTDOWN)] == [1]
    assert told.events[-1].kind is Kind.RECORDING_ENDED
    assert futures[1].done()


class TestInterpreter:
    def run(self, code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    @pytest.mark.parametrize("ending", ["", "pool.shutdown(wait=False)", "del pool"])
    def test_it_ends_when_what_is_queued_is_done(
        self, ending: str, clean_environment: dict[str, str]
    ) -> None:
        code = f"""
import poolscope
pool = poolscope.ThreadPoolExecutor(1)
for number in range(3):
    pool.submit(print, number)
{ending}
"""
        ended = self.run(code, clean_environment)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "0\n1\n2\n", "")

    def test_no_task_is_taken_after_its_end(self, clean_environment: dict[str, str]) -> None:
        code = """
import atexit, poolscope
pool = poolscope.ThreadPoolExecutor(1)
pool.submit(int).result()
def last():
    for one in (pool, poolscope.ThreadPoolExecutor(1)):
        try:
            one.submit(int)
        except RuntimeError as error:
            print(error)
atexit.register(last)
"""
        ended = self.run(code, clean_environment)
        assert ended.stderr == ""
        line = "cannot schedule new futures after interpreter shutdown\n"
        assert (ended.returncode, ended.stdout) == (0, line * 2)

    def test_importing_it_loads_no_more_than_it_must(
        self, clean_environment: dict[str, str]
    ) -> None:
        code = """
import sys, poolscope
heavy = {"numpy", "PySide6", "multiprocessing", "poolscope.analysis", "poolscope.process_pool"}
print(sorted(heavy & set(sys.modules)))
print(poolscope.ProcessPoolExecutor.__name__, poolscope.BrokenProcessPool.__name__)
"""
        ended = self.run(code, clean_environment)
        assert ended.stdout == "[]\nProcessPoolExecutor BrokenProcessPool\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_may_use_the_pool_and_does_not_do_its_parents_tasks(
    make: MakePool,
) -> None:
    pool, gate = make(2), Gate()
    held = [pool.submit(gate.hold) for _ in range(2)]
    gate.await_arrivals(2)
    queued = pool.submit(int)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            found = pool.submit(pow, 2, 3).result(LIMIT_S), pool.statistics().queued
            pool.shutdown()
            status = 0 if found == (8, 0) and not queued.done() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    gate.open()
    assert wait([*held, queued], LIMIT_S).not_done == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_childs_recording_is_told_of_the_pools_it_uses_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1, "used") as used, ThreadPoolExecutor(1, "other") as other:
        other.submit(int).result(LIMIT_S)
        for folder, early in ((tmp_path / "early", True), (tmp_path / "late", False)):
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    if early:
                        used.submit(int).result(LIMIT_S)
                    with poolscope.record(folder):
                        status = used.submit(int).result(LIMIT_S)
                        used.shutdown()
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            told = oracle.check(folder)
            assert [event.text for event in told.all(Kind.POOL_CREATED)] == ["used"]
            assert [event.text for event in told.all(Kind.WORKER_STARTED)] == ["used_0"]


class TestMap:
    def test_in_order_and_submitted_at_once(self, make: MakePool) -> None:
        pool = make(3)
        assert list(pool.map(pow, range(5), range(5), chunksize=3)) == [1, 1, 4, 27, 256]
        seen: list[int] = []
        pool.map(seen.append, range(3))
        pool.shutdown()
        assert sorted(seen) == [0, 1, 2]

    def test_buffersize_bounds_what_is_ahead(self, make: MakePool) -> None:
        pool = make(1)
        asked: list[int] = []

        def numbers() -> object:
            for number in range(10):
                asked.append(number)
                yield number

        each = pool.map(abs, numbers(), buffersize=3)
        assert asked == [0, 1, 2]
        assert next(each) == 0
        assert asked == [0, 1, 2, 3]
        assert list(each) == list(range(1, 10))

    @pytest.mark.parametrize(
        ("size", "error", "words"),
        [
            (0, ValueError, "buffersize must be None or > 0"),
            (-1, ValueError, "buffersize must be None or > 0"),
            (1.5, TypeError, "buffersize must be an integer or None"),
        ],
    )
    def test_a_wrong_buffersize(
        self, make: MakePool, size: object, error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            make(1).map(abs, [1], buffersize=size)  # type: ignore[arg-type]

    def test_an_exception_comes_in_its_turn_and_cancels_the_rest(self, make: MakePool) -> None:
        pool, gate = make(1), Gate()
        ran: list[int] = []

        def act(number: int) -> int:
            if number == 1:
                raise ZeroDivisionError
            if number == 2:
                gate.hold()
            ran.append(number)
            return number

        each = pool.map(act, range(5))
        assert next(each) == 0
        with pytest.raises(ZeroDivisionError):
            next(each)
        gate.open()
        pool.shutdown()
        assert set(ran) <= {0, 2}

    def test_time_is_up(self, make: MakePool) -> None:
        pool, gate = make(1), Gate()
        each = pool.map(gate.hold, range(2), timeout=0.001)
        with pytest.raises(TimeoutError):
            next(each)
        gate.open()

    def test_an_unread_iterator_does_not_keep_the_pool(self) -> None:
        pool = ThreadPoolExecutor(1)
        each = pool.map(abs, range(5), buffersize=2)
        threads = pool._threads
        del pool
        gc.collect()
        join(*threads)
        assert list(each) == [0, 1]

    def test_closing_the_iterator_cancels_what_is_left(self, make: MakePool) -> None:
        pool, gate = make(1), Gate()
        blocker = pool.submit(gate.hold)
        each = pool.map(abs, range(3), timeout=0)
        with pytest.raises(TimeoutError):
            next(each)
        assert pool.statistics().cancelled == 3
        gate.open()
        blocker.result(LIMIT_S)


def test_a_cancelled_one_raises_for_who_asks(make: MakePool) -> None:
    pool, gate = make(1), Gate()
    pool.submit(gate.hold)
    future = pool.submit(int)
    assert future.cancel()
    gate.open()
    with pytest.raises(CancelledError):
        future.result(LIMIT_S)
