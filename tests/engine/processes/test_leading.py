"""Whoever waits for the one task that is out reads its report; nothing is lost by an interrupt."""

from __future__ import annotations

import multiprocessing
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from poolscope import process_leading, process_sending, wire
from poolscope.channel_packets import PacketChannel
from poolscope.process_pool import BrokenProcessPool, ProcessPoolExecutor, TransferError
from tests.engine.processes import tasks
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, Gate

pytestmark = [
    pytest.mark.filterwarnings(FORK_WARNS),
    pytest.mark.skipif(not hasattr(select, "epoll"), reason="no watch that can be suspended"),
]


@pytest.fixture
def pool(
    monkeypatch: pytest.MonkeyPatch,
    no_descriptor_left: None,  # noqa: ARG001  comes before us, and ends after
) -> Iterator[ProcessPoolExecutor]:
    monkeypatch.setenv("POOLSCOPE_CHANNEL", "packets")
    made = ProcessPoolExecutor(1, multiprocessing.get_context("fork"))
    made._begin()
    yield made
    made.shutdown(wait=False)
    keeper = made._executor_manager_thread
    assert keeper is not None
    keeper.join(LIMIT_S)
    assert not keeper.is_alive()
    assert made._crew.unsettled() == []


def one_at_a_time(pool: ProcessPoolExecutor, enough: Callable[[], object]) -> None:
    """Submit and wait until ``enough()``: at the latest pytest's time-out ends it."""
    number = 0
    while not enough():
        number += 1
        assert pool.submit(tasks.echo, number).result(LIMIT_S) == number


def once(real: Callable[..., Any], error: BaseException, after: bool) -> Callable[..., Any]:
    """``real``, but the first call raises ``error``: before it, or ``after`` it."""
    left = [error]

    def act(*args: Any, **kwargs: Any) -> Any:
        if left and not after:
            raise left.pop()
        result = real(*args, **kwargs)
        if left:
            raise left.pop()
        return result

    return act


def test_the_waiter_reads_the_answer(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: set[int] = set()
    real = process_leading.opened

    def opened(report: wire.Report) -> Any:
        readers.add(threading.get_ident())
        return real(report)

    monkeypatch.setattr(process_leading, "opened", opened)
    one_at_a_time(pool, lambda: readers)
    assert readers == {threading.get_ident()}


def test_an_exception_comes_that_way_too(pool: ProcessPoolExecutor) -> None:
    crew = pool._crew
    one_at_a_time(pool, lambda: crew.watchful)
    before = crew._leads
    while crew._leads == before:
        with pytest.raises(ValueError, match="no good"):
            pool.submit(tasks.fail, "no good").result(LIMIT_S)


def test_callbacks_are_the_keepers(pool: ProcessPoolExecutor) -> None:
    crew, callers = pool._crew, []
    one_at_a_time(pool, lambda: crew.watchful)
    before = crew._leads
    while crew._leads == before:
        future = pool.submit(tasks.echo, 1)
        future.add_done_callback(lambda _: callers.append(threading.current_thread()))
        assert future.result(LIMIT_S) == 1
    pool.shutdown()
    assert set(callers) <= {pool._executor_manager_thread, threading.current_thread()}
    assert callers.count(threading.current_thread()) == 0 or len(callers) > 1


@pytest.mark.parametrize("where", ["waiting", "received", "unpickling"])
def test_an_interrupt_loses_nothing(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    crew, strike = pool._crew, KeyboardInterrupt("by the test")
    one_at_a_time(pool, lambda: crew.watchful)
    if where == "unpickling":
        monkeypatch.setattr(process_leading, "opened", once(process_leading.opened, strike, False))
    else:
        after = where == "received"
        monkeypatch.setattr(crew.channel, "lend", once(crew.channel.lend, strike, after))
    future = None
    with pytest.raises(KeyboardInterrupt, match="by the test"):  # noqa: PT012  until it strikes
        while True:
            future = pool.submit(tasks.echo, 7)
            future.result(LIMIT_S)
    assert future is not None
    assert future.result(LIMIT_S) == 7
    assert pool.submit(tasks.echo, 8).result(LIMIT_S) == 8


def test_an_interrupt_in_a_results_own_unpickling_goes_on(pool: ProcessPoolExecutor) -> None:
    crew = pool._crew
    one_at_a_time(pool, lambda: crew.watchful)
    for _ in range(1_000):  # until one was led
        future = pool.submit(tasks.rebel, "unpickling", interrupt)
        try:
            future.result(LIMIT_S)
        except KeyboardInterrupt:
            break
        except TransferError:
            continue  # the keeper was first
    else:
        pytest.fail("the interrupt was swallowed")
    # The keeper unpickled it once more; there it is the failure of the task.
    assert isinstance(future.exception(LIMIT_S), TransferError)


def test_a_leader_that_was_struck_down_is_relieved(pool: ProcessPoolExecutor) -> None:
    crew = pool._crew
    one_at_a_time(pool, lambda: crew.watchful)
    # As if a second interrupt had come in the middle of the first one's clearing up.
    crew._leader = 99
    crew.channel._epoll.modify(crew.channel._reports, 0)  # type: ignore[attr-defined]
    assert pool.submit(tasks.echo, 1).result(LIMIT_S) == 1
    one_at_a_time(pool, lambda: not crew._leader)


def test_killed_while_somebody_leads(pool: ProcessPoolExecutor) -> None:
    one_at_a_time(pool, lambda: pool._crew.watchful)
    with pytest.raises(BrokenProcessPool, match="SIGKILL"):
        pool.submit(tasks.killed).result(LIMIT_S)


def test_a_channel_that_ends_while_somebody_leads_gives_no_packet(
    no_descriptor_left: None,  # noqa: ARG001  comes before us, and ends after
) -> None:
    """It broke: the keeper closes the workers' ends, and what the leader receives is the end."""
    channel = PacketChannel(1)
    led: deque[Any] = deque()
    channel._worker_reports.close()
    channel.lend(led)
    assert not led
    channel.close()


def test_what_a_leader_received_for_others_is_the_keepers(pool: ProcessPoolExecutor) -> None:
    crew = pool._crew
    one_at_a_time(pool, lambda: crew.watchful)
    real = crew.channel.lend

    def lend(packets: deque[Any]) -> None:
        # The report of another task, which the waiter is not waiting for.
        header = wire.REPORT_HEADER.pack(wire.RESULT, 0, 1, 12345, 1000)
        packets.append((header + wire.NONE, [], 0, None))

    before = crew._leads
    crew.channel.lend = lend  # type: ignore[method-assign]
    while crew._leads == before:
        assert pool.submit(tasks.echo, 1).result(LIMIT_S) == 1
    crew.channel.lend = real  # type: ignore[method-assign]
    assert pool.submit(tasks.echo, 2).result(LIMIT_S) == 2
    assert not crew.led


def test_an_interrupt_in_submit_forgets_no_job(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        pool.submit(tasks.echo, tasks.Rebel("pickling", interrupt))
    strike = KeyboardInterrupt("by the test")
    for after in (False, True):
        with monkeypatch.context() as patch:
            patch.setattr(pool._crew.channel, "send", once(pool._crew.channel.send, strike, after))
            with pytest.raises(KeyboardInterrupt):
                pool.submit(tasks.echo, 1)
    assert pool.submit(tasks.echo, 2).result(LIMIT_S) == 2


def test_an_interrupt_before_a_job_is_sent_queues_it_again(
    pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    crew = pool._crew
    held = pool.submit(gate.pass_through)
    gate.arrived()
    ahead = pool.submit(tasks.echo, 0)
    futures = [pool.submit(tasks.echo, number) for number in (1, 2, 3)]
    crew._ahead = crew._together = 3
    strike = KeyboardInterrupt("by the test")
    for name in ("_send_group", "_send"):  # whichever way they would go
        act = once(getattr(crew, name), strike, False)
        monkeypatch.setattr(process_sending.Sending, name, act)
    with pytest.raises(KeyboardInterrupt):
        crew.hand_over()
    assert [job.future for job in crew.queue] == futures
    monkeypatch.undo()
    gate.open()
    assert held.result(LIMIT_S) > 0
    assert [future.result(LIMIT_S) for future in (ahead, *futures)] == [0, 1, 2, 3]


def interrupt() -> None:
    raise KeyboardInterrupt("while pickling")
