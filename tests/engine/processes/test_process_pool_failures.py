"""What goes wrong with one task is that task's failure; a worker that dies breaks the pool."""

from __future__ import annotations

import errno
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from pickle import PicklingError

import pytest

from poolscope import channel_packets, process_workers
from poolscope.process_crew import Crew
from poolscope.process_keeper import Keeper
from poolscope.process_pool import ProcessPoolExecutor, TransferError
from tests.engine.processes import tasks
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, Endless, Gate, MakePool, Rebel

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)


def still_works(pool: ProcessPoolExecutor) -> bool:
    return [f.result(LIMIT_S) for f in [pool.submit(tasks.echo, n) for n in range(5)]] == [
        *range(5)
    ]


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        (lambda: None, (PicklingError, AttributeError)),
        (threading.Lock(), TypeError),
        (Rebel("pickling", tasks.fail, "no pickle"), ValueError),
        (Rebel("pickling", tasks.exit_here), SystemExit),
        (Endless(), RecursionError),
    ],
    ids=["lambda", "lock", "raises", "exits", "recurses"],
)
def test_an_argument_that_cannot_be_pickled(
    make: MakePool, argument: object, error: type[BaseException]
) -> None:
    pool = make()
    others = [pool.submit(tasks.echo, number) for number in range(4)]
    failure = pool.submit(tasks.echo, argument).exception(LIMIT_S)
    assert isinstance(failure, error)
    assert "Traceback" in str(failure.__cause__)
    assert [other.result(LIMIT_S) for other in others] == [0, 1, 2, 3]
    assert still_works(pool)


@pytest.mark.parametrize("deed", [tasks.fail, tasks.exit_here], ids=["raises", "exits"])
def test_an_argument_that_cannot_be_unpickled(make: MakePool, deed: object) -> None:
    pool = make()
    arguments = ("no unpickle",) if deed is tasks.fail else ()
    failure = pool.submit(tasks.echo, Rebel("unpickling", deed, *arguments)).exception(LIMIT_S)
    assert isinstance(failure, TransferError)
    assert "could not unpickle the task" in str(failure)
    assert isinstance(failure.__cause__, ValueError if arguments else SystemExit)
    assert still_works(pool)


@pytest.mark.parametrize(
    ("deed", "error"), [(tasks.fail, ValueError), (tasks.exit_here, SystemExit)]
)
def test_a_result_that_cannot_be_pickled(
    make: MakePool, deed: object, error: type[BaseException]
) -> None:
    pool = make()
    arguments = ("no pickle",) if deed is tasks.fail else ()
    failure = pool.submit(tasks.rebel, "pickling", deed, *arguments).exception(LIMIT_S)
    assert type(failure) is error
    assert "in __reduce__" in str(failure.__cause__)
    assert still_works(pool)


def test_a_result_that_cannot_be_unpickled(make: MakePool) -> None:
    pool = make()
    failure = pool.submit(tasks.rebel, "unpickling", tasks.fail, "here").exception(LIMIT_S)
    assert isinstance(failure, TransferError)
    assert isinstance(failure.__cause__, ValueError)
    assert still_works(pool)


def test_an_exception_that_cannot_be_pickled(make: MakePool) -> None:
    pool = make()
    failure = pool.submit(tasks.raise_unpicklable).exception(LIMIT_S)
    assert isinstance(failure, (PicklingError, AttributeError))
    told = str(failure.__cause__)
    assert "Unpicklable: holds a lambda" in told
    assert "cannot be sent back" in told
    assert still_works(pool)


def test_an_exception_whose_unpickling_raises(make: MakePool) -> None:
    pool = make()
    failure = pool.submit(tasks.raise_two_arguments).exception(LIMIT_S)
    assert isinstance(failure, TransferError)
    assert "TwoArguments: left and right" in str(failure.__cause__)
    assert still_works(pool)


def broken(pool: ProcessPoolExecutor, future: object) -> str:
    """What the broken pool says; every future has it, and so has the next submit."""
    failure = future.exception(LIMIT_S)  # type: ignore[attr-defined]
    assert type(failure) is BrokenProcessPool
    with pytest.raises(BrokenProcessPool):
        pool.submit(tasks.nothing)
    return str(failure)


def test_killed_while_running(make: MakePool, gate: Gate, tmp_path: Path) -> None:
    pool = make(2)
    held = pool.submit(gate.pass_through)
    pid = gate.arrived()
    second = Gate(tmp_path, "second")
    others = [pool.submit(second.pass_through), *(pool.submit(tasks.nothing) for _ in range(3))]
    second.arrived()
    os.kill(pid, signal.SIGKILL)
    said = broken(pool, held)
    assert f"(process {pid}) was killed by SIGKILL" in said
    assert pool.name in said
    assert all(type(o.exception(LIMIT_S)) is BrokenProcessPool for o in others)


def test_killed_while_idle(make: MakePool) -> None:
    pool = make(1)
    pid = pool.submit(tasks.pid).result(LIMIT_S)
    os.kill(pid, signal.SIGKILL)
    pool._executor_manager_thread.join(LIMIT_S)  # type: ignore[union-attr]
    with pytest.raises(BrokenProcessPool, match="was killed by SIGKILL"):
        pool.submit(tasks.nothing)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_killed_while_receiving(make: MakePool, size: int) -> None:
    pool = make()
    future = pool.submit(tasks.echo, (bytes(size), Rebel("unpickling", tasks.killed)))
    assert "SIGKILL" in broken(pool, future)


def test_killed_while_pickling_a_result(make: MakePool) -> None:
    pool = make()
    assert "SIGKILL" in broken(pool, pool.submit(tasks.rebel, "pickling", tasks.killed))


def test_killed_while_sending_a_large_result(make: MakePool, gate: Gate) -> None:
    """The keeper is held in a callback, so that over a pipe the worker blocks in its send."""
    pool = make(2)
    held, go = threading.Event(), threading.Event()

    def hold(_future: object) -> None:
        held.set()
        go.wait(LIMIT_S)

    pid = pool.submit(tasks.pid).result(LIMIT_S)
    first = pool.submit(gate.pass_through)
    first.add_done_callback(hold)
    gate.arrived()
    gate.open()
    assert held.wait(LIMIT_S)
    large = [pool.submit(bytes, 50_000_000) for _ in range(2)]
    os.kill(pid, signal.SIGKILL)
    go.set()
    # It may have finished before; it must not hang.
    for future in large:
        failure = future.exception(LIMIT_S)
        assert failure is None or type(failure) is BrokenProcessPool
    pool.shutdown()


@pytest.mark.parametrize("code", [0, 7])
def test_exit_in_a_task(make: MakePool, code: int) -> None:
    pool = make()
    assert f"exited with code {code}" in broken(pool, pool.submit(tasks.leave, code))


def test_exit_in_a_task_during_shutdown(make: MakePool, gate: Gate) -> None:
    pool = make(1)
    future = pool.submit(tasks.kill_after, gate)
    gate.arrived()
    pool.shutdown(wait=False)
    gate.open()
    assert type(future.exception(LIMIT_S)) is BrokenProcessPool


def test_a_worker_that_leaves_a_grandchild(make: MakePool, gate: Gate) -> None:
    """The grandchild holds every descriptor of the worker open; its death is seen all the same."""
    pool = make(1)
    future = pool.submit(tasks.die_and_leave_a_grandchild, gate)
    gate.arrived()
    try:
        assert "SIGKILL" in broken(pool, future)
    finally:
        gate.open()


def outcome_of_first_task(pool: ProcessPoolExecutor) -> BrokenProcessPool:
    """How a task ends on workers that never get ready; the pool may break before it is queued."""
    try:
        failure = pool.submit(tasks.nothing).exception(LIMIT_S)
    except BrokenProcessPool as at_once:
        return at_once
    assert isinstance(failure, BrokenProcessPool)
    return failure


def test_an_initializer_that_raises(make: MakePool) -> None:
    said = str(outcome_of_first_task(make(2, initializer=tasks.begin_badly)))
    assert "initializer of worker" in said
    assert "ValueError: the initializer says no" in said


def test_an_initializer_that_dies(make: MakePool) -> None:
    said = str(outcome_of_first_task(make(2, initializer=tasks.leave, initargs=(9,))))
    assert "exited with code 9 before it was ready" in said


def test_initargs_that_cannot_be_pickled(make: MakePool) -> None:
    pool = make(1, initializer=tasks.touch, initargs=(lambda: None,))
    if pool._mp_context.get_start_method() == "fork":
        assert pool.submit(tasks.nothing).result(LIMIT_S) is None
        return
    for _ in range(2):
        with pytest.raises((PicklingError, AttributeError)):
            pool.submit(tasks.nothing)
    pool.shutdown()


def test_a_worker_that_ignores_terminate(
    make: MakePool, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other worker is killed when it does not go by itself."""
    monkeypatch.setattr(process_workers, "GRACE_S", 0.1)
    stubborn, second = gate, Gate(tmp_path, "second")
    pool = make(2)
    first = pool.submit(tasks.stubborn, stubborn)
    stubborn.arrived()
    other = pool.submit(second.pass_through)
    os.kill(second.arrived(), signal.SIGKILL)
    assert type(first.exception(LIMIT_S)) is BrokenProcessPool
    assert type(other.exception(LIMIT_S)) is BrokenProcessPool
    pool.shutdown()


def test_a_keeper_that_cannot_be_started(make: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the interpreter ends: nothing is left of the pool, and nobody waits."""

    def refuse(_keeper: Keeper) -> None:
        raise RuntimeError("can't start new thread")

    pool = make(2)
    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            pool.submit(tasks.nothing)
    assert pool._processes == {}
    with pytest.raises(BrokenProcessPool, match="could not be started"):
        pool.submit(tasks.nothing)


def test_a_keeper_that_fails_breaks_the_pool(
    make: MakePool, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    pool = make(1)
    held = pool.submit(gate.pass_through)
    gate.arrived()

    def fail(_crew: Crew) -> None:
        raise MemoryError("no room for a report")

    monkeypatch.setattr(Crew, "look_at_groups", fail)
    pool._crew.wake()
    failure = held.exception(LIMIT_S)
    assert isinstance(failure, BrokenProcessPool)
    assert "thread that keeps the pool failed" in str(failure)
    assert "MemoryError: no room for a report" in str(failure.__cause__)


def test_a_system_without_room_for_one_more_packet(
    make: MakePool, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form != "packets":
        pytest.skip("a pipe waits for room")
    pool = make(1)
    pool.submit(tasks.nothing).result(LIMIT_S)

    def no_room(*_arguments: object) -> None:
        raise OSError(errno.ENOBUFS, "No buffer space available")

    with monkeypatch.context() as patch:
        patch.setattr(channel_packets, "send", no_room)
        for argument in (1, bytes(1_000_000)):
            failure = pool.submit(tasks.echo, argument).exception(LIMIT_S)
            assert isinstance(failure, OSError)
            assert failure.errno == errno.ENOBUFS
            assert failure.__traceback__ is None  # it would keep the packet's buffer in a ring
    assert still_works(pool)
