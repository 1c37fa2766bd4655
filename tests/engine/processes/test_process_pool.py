"""What a process pool does: the same under every start method and over both channels."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from poolscope.process_pool import ProcessPoolExecutor
from tests.engine.processes import tasks
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, Gate, MakePool

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)


def test_a_result_comes_back(make: MakePool) -> None:
    pool = make()
    assert pool.submit(pow, 2, 8).result(LIMIT_S) == 256
    assert pool.submit(int, "ff", base=16).result(LIMIT_S) == 255


def test_an_exception_comes_back_with_its_traceback(make: MakePool) -> None:
    error = make().submit(tasks.fail, "no").exception(LIMIT_S)
    assert type(error) is ValueError
    assert error.args == ("no",)
    assert "the line that a traceback must show" in str(error.__cause__)


def test_map_keeps_the_order(make: MakePool) -> None:
    pool = make()
    expected = [0, 1, 4, 9, 16, 25, 36]
    for options in ({}, {"chunksize": 3}, {"buffersize": 2}, {"chunksize": 2, "buffersize": 1}):
        assert list(pool.map(pow, range(7), [2] * 9, **options)) == expected  # type: ignore[arg-type]


def test_map_holds_no_more_than_buffersize_ahead(make: MakePool) -> None:
    pulled: list[int] = []

    def source() -> Iterator[int]:
        for number in range(9):
            pulled.append(number)
            yield number

    results = make().map(tasks.echo, source(), buffersize=3)
    assert pulled == [0, 1, 2]
    assert next(results) == 0
    assert pulled == [0, 1, 2, 3]
    assert list(results) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_map_refuses_a_chunksize_below_one(make: MakePool) -> None:
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        make().map(pow, [1], [1], chunksize=0)


@pytest.mark.parametrize("size", [0, 65_400, 65_536, 70_000, 3_000_000])
def test_bodies_of_every_size(make: MakePool, size: int) -> None:
    body = os.urandom(size)
    pool = make()
    futures = [pool.submit(tasks.echo, body) for _ in range(6)]
    assert all(future.result(LIMIT_S) == body for future in futures)


def test_a_result_of_100_megabytes(make: MakePool) -> None:
    assert len(make(1).submit(bytes, 100_000_000).result(LIMIT_S)) == 100_000_000


def test_the_initializer_runs_in_each_worker(make: MakePool, gate: Gate) -> None:
    pool = make(2, initializer=tasks.touch, initargs=("touched",))
    held = pool.submit(gate.pass_through)
    first = gate.arrived()
    assert pool.submit(tasks.touched).result(LIMIT_S) == "touched"
    other = pool.submit(tasks.pid).result(LIMIT_S)
    gate.open()
    assert held.result(LIMIT_S) == first != other


def test_workers_start_as_needed_but_under_fork_at_once(
    make: MakePool, context: BaseContext
) -> None:
    pool = make(4)
    for _ in range(3):
        pool.submit(tasks.nothing).result(LIMIT_S)
    expected = 4 if context.get_start_method() == "fork" else 1
    assert len(pool._processes) == expected


def test_what_is_queued_can_be_cancelled(make: MakePool, gate: Gate) -> None:
    pool = make(1)
    held = pool.submit(gate.pass_through)
    gate.arrived()
    futures = [pool.submit(tasks.nothing) for _ in range(10)]
    outcomes = [future.cancel() for future in futures]
    gate.open()
    held.result(LIMIT_S)
    # One may have been sent ahead, no more.
    assert outcomes.count(False) <= 1
    assert [f.cancelled() for f in futures] == outcomes
    assert pool.submit(tasks.echo, 1).result(LIMIT_S) == 1


def test_cancel_and_pick_up_race_10_000_times(form: str, tmp_path: Path) -> None:  # noqa: ARG001
    runs = tmp_path / "runs"
    runs.write_bytes(bytes(10_000))
    context = multiprocessing.get_context("fork")
    cancelled: list[bool] = []
    with ProcessPoolExecutor(2, context, tasks.share, (str(runs),)) as pool:
        while len(cancelled) < 10_000:
            first = len(cancelled)
            futures = [pool.submit(tasks.count, first + number) for number in range(50)]
            for future in futures:
                future.cancel()
            assert wait(futures, LIMIT_S).not_done == set()
            cancelled += [future.cancelled() for future in futures]
    # Never both, never neither.
    assert runs.read_bytes() == bytes(not is_cancelled for is_cancelled in cancelled)
    assert len(set(cancelled)) == 2, "it was no race: one side always won"


def test_a_thousand_submits_from_fifty_threads(make: MakePool) -> None:
    pool = make()
    results: list[int] = []

    def submit() -> None:
        futures = [pool.submit(tasks.echo, number) for number in range(20)]
        results.extend(future.result(LIMIT_S) for future in futures)

    threads = [threading.Thread(target=submit) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert sorted(results) == sorted(list(range(20)) * 50)


def test_max_tasks_per_child(make: MakePool, context: BaseContext) -> None:
    if context.get_start_method() == "fork":
        with pytest.raises(ValueError, match="'fork'"):
            make(1, max_tasks_per_child=2)
        return
    pool = make(1, max_tasks_per_child=2)
    pids = [pool.submit(tasks.pid).result(LIMIT_S) for _ in range(6)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4] == pids[5]
    assert len(set(pids)) == 3


def test_shutdown_waits_for_what_was_taken(make: MakePool) -> None:
    pool = make()
    futures = [pool.submit(tasks.echo, number) for number in range(50)]
    pool.shutdown()
    assert [future.result(0) for future in futures] == list(range(50))
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(tasks.nothing)


def test_shutdown_of_a_pool_that_was_never_used_and_twice(make: MakePool) -> None:
    pool = make()
    pool.shutdown()
    pool.shutdown(wait=False)
    used = make()
    used.submit(tasks.nothing)
    used.shutdown(wait=False)
    used.shutdown()
    used.shutdown()


def test_shutdown_cancels_what_is_queued(make: MakePool, gate: Gate) -> None:
    pool = make(1)
    held = pool.submit(gate.pass_through)
    gate.arrived()
    futures = [pool.submit(tasks.nothing) for _ in range(10)]
    pool.shutdown(wait=False, cancel_futures=True)
    # Those who wait for cancelled futures are told: theirs and ours do not hang.
    queued = [future for future in futures if future.cancelled()]
    assert len(queued) >= 9
    assert concurrent.futures.wait(queued, LIMIT_S).not_done == set()
    gate.open()
    assert held.result(LIMIT_S)


def test_shutdown_from_a_callback_and_during_map(make: MakePool) -> None:
    pool = make()
    called = threading.Event()

    def shut(_future: object) -> None:
        pool.shutdown(wait=True)
        called.set()

    results = pool.map(tasks.echo, range(40))
    pool.submit(tasks.nothing).add_done_callback(shut)
    assert list(results) == list(range(40))
    assert called.wait(LIMIT_S)


def test_submit_from_a_callback(make: MakePool) -> None:
    pool = make(1)
    second: concurrent.futures.Future[int] = concurrent.futures.Future()

    def again(future: concurrent.futures.Future[int]) -> None:
        pool.submit(tasks.echo, future.result() + 1).add_done_callback(
            lambda done: second.set_result(done.result())
        )

    pool.submit(tasks.echo, 1).add_done_callback(again)
    assert second.result(LIMIT_S) == 2


@pytest.mark.parametrize("order", ["terminate_workers", "kill_workers"])
def test_workers_are_ended_by_order(make: MakePool, gate: Gate, order: str) -> None:
    pool = make(1)
    held = pool.submit(gate.pass_through)
    gate.arrived()
    queued = [pool.submit(tasks.nothing) for _ in range(5)]
    getattr(pool, order)()
    with pytest.raises(BrokenProcessPool, match=order):
        held.result(LIMIT_S)
    assert queued[-1].cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(tasks.nothing)
    pool.shutdown()


def test_statistics(make: MakePool, gate: Gate) -> None:
    pool = make(1)
    assert pool.statistics().queued == 0
    pool.submit(tasks.nothing).result(LIMIT_S)
    held = pool.submit(gate.pass_through)
    gate.arrived()
    queued = [pool.submit(tasks.nothing) for _ in range(5)]
    queued[-1].cancel()
    seen = pool.statistics()
    assert seen.max_workers == 1
    assert seen.workers["BUSY"] == 1
    assert seen.running + seen.queued == 5
    assert seen.cancelled == 1
    assert seen.oldest_queued_ns is not None
    assert seen.oldest_queued_ns > 0
    gate.open()
    held.result(LIMIT_S)
    pool.shutdown()
    end = pool.statistics()
    assert (end.queued, end.running, end.done, end.cancelled) == (0, 0, 6, 1)
    assert end.workers["GONE"] == 1


def test_asyncio_awaits_our_futures(make: MakePool) -> None:
    async def both() -> list[int]:
        loop = asyncio.get_running_loop()
        pool = make()
        calls = [loop.run_in_executor(pool, tasks.echo, number) for number in (1, 2)]
        return list(await asyncio.gather(*calls))

    assert asyncio.run(both()) == [1, 2]


def test_a_worker_loads_neither_qt_nor_numpy(make: MakePool, context: BaseContext) -> None:
    if context.get_start_method() != "spawn":
        pytest.skip("a forked process has what its parent has")
    loaded = make(1).submit(tasks.loaded).result(LIMIT_S)
    assert "poolscope.worker" in loaded
    foreign = ("numpy", "PySide6", "shiboken6", "pyqtgraph", "poolscope.analysis", "poolscope_gui")
    assert [name for name in loaded if name.startswith(foreign)] == []


def test_wrong_arguments() -> None:
    for wrong, error in (
        ({"max_workers": 0}, "greater than 0"),
        ({"max_workers": 1, "max_tasks_per_child": 0}, ">= 1"),
    ):
        with pytest.raises(ValueError, match=error):
            ProcessPoolExecutor(**wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="callable"):
        ProcessPoolExecutor(initializer=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="integer"):
        ProcessPoolExecutor(max_tasks_per_child=1.5)  # type: ignore[arg-type]


def test_a_channel_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOLSCOPE_CHANNEL", "pigeons")
    with pytest.raises(ValueError, match="packets or pipes"):
        ProcessPoolExecutor(1).submit(tasks.nothing)
