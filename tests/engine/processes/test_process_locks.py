"""Traced locks between processes: one id everywhere, and what each process records of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing import synchronize
from pathlib import Path
from typing import Any

import pytest

from poolscope.process_context import get_context
from poolscope.process_locks import ProcessLock, ProcessRLock
from poolscope.process_pool import BrokenProcessPool, ProcessPoolExecutor
from poolscope.trace import recorder
from poolscope.trace.schema import GaveUp, Kind, LockKind
from tests.engine.processes import tasks
from tests.engine.processes.conftest import METHODS
from tests.engine.processes.seen import Seen, events
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, Gate

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)


@pytest.fixture(params=METHODS)
def traced(request: pytest.FixtureRequest) -> Any:
    return get_context(request.param)


@pytest.fixture
def pool(traced: Any, lock: ProcessLock) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, traced, tasks.keep, (lock,)) as executor:
        yield executor


@pytest.fixture
def lock(traced: Any, folder: Path) -> ProcessLock:
    recorder.start(folder, role="script")
    made: ProcessLock = traced.Lock(name="ledger")
    return made


def of_lock(folder: Path, lock: ProcessLock | ProcessRLock) -> list[Seen]:
    recorder.stop()
    kinds = range(Kind.LOCK_CREATED, Kind.LOCK_GAVE_UP + 1)
    return [event for event in events(folder) if event.kind in kinds and event.a == lock._id]


def test_two_workers_fight(
    pool: ProcessPoolExecutor, lock: ProcessLock, gate: Gate, tmp_path: Path, folder: Path
) -> None:
    second = Gate(tmp_path, "second")
    held = pool.submit(tasks.hold, gate)
    owner = gate.arrived()
    blocked = pool.submit(tasks.arrive_then_hold, second)
    other = second.arrived()
    second.open()
    waits_for(folder, lock._id)
    gate.open()
    assert held.result(LIMIT_S) == owner
    assert blocked.result(LIMIT_S) == other
    pool.shutdown()
    seen = of_lock(folder, lock)
    told = [(event.kind, event.pid, event.d) for event in seen]
    assert told == [
        (Kind.LOCK_CREATED, os.getpid(), LockKind.LOCK),
        (Kind.LOCK_ACQUIRED, owner, 0),
        (Kind.LOCK_WANTED, other, 0),
        (Kind.LOCK_RELEASED, owner, 0),
        (Kind.LOCK_ACQUIRED, other, 1),
        (Kind.LOCK_RELEASED, other, 0),
    ]
    assert seen[0].text == "ledger"
    assert [seen[2].b, seen[4].b] == [seen[1].who, 0]  # whom it waited for
    assert "tasks.py:" in seen[2].text


def waits_for(folder: Path, lock: int) -> None:
    """Until the trace says that somebody waits for the lock: it says so before they block."""
    while not any(e.kind == Kind.LOCK_WANTED and e.a == lock for e in events(folder)):
        pass


def test_giving_up(pool: ProcessPoolExecutor, lock: ProcessLock, folder: Path) -> None:
    with lock:
        assert pool.submit(tasks.try_lock, False, None).result(LIMIT_S) is False
        assert pool.submit(tasks.try_lock, True, 0.01).result(LIMIT_S) is False
    assert pool.submit(tasks.try_lock, False, None).result(LIMIT_S) is True
    pool.shutdown()
    given = [event.d for event in of_lock(folder, lock) if event.kind == Kind.LOCK_GAVE_UP]
    assert given == [GaveUp.WOULD_BLOCK, GaveUp.TIMEOUT]


def test_of_an_rlock_only_the_outermost_is_recorded(traced: Any, folder: Path) -> None:
    recorder.start(folder, role="script")
    ledger = traced.RLock()
    with ledger, ledger:
        assert ledger.acquire()
        ledger.release()
    with pytest.raises(AssertionError):
        ledger.release()
    seen = of_lock(folder, ledger)
    assert [event.kind for event in seen] == [
        Kind.LOCK_CREATED,
        Kind.LOCK_ACQUIRED,
        Kind.LOCK_RELEASED,
    ]
    assert seen[0].d == LockKind.RLOCK
    assert seen[0].text.startswith("ledger (test_process_locks.py:")


def test_a_lock_released_too_often(traced: Any) -> None:
    lock = traced.Lock()
    assert not lock.locked()
    with pytest.raises(ValueError, match="released too many times"):
        lock.release()


def test_a_recording_that_begins_late_learns_of_the_lock(traced: Any, folder: Path) -> None:
    lock = traced.Lock(name="old")
    recorder.start(folder, role="script")
    seen = of_lock(folder, lock)
    assert [(event.kind, event.text) for event in seen] == [(Kind.LOCK_CREATED, "old")]


def test_killed_with_the_lock(pool: ProcessPoolExecutor, lock: ProcessLock, gate: Gate) -> None:
    """Nobody can get the lock any more; whoever waits for it in the pool is let go."""
    killed = pool.submit(tasks.hold_and_die, gate)
    gate.arrived()
    waiting = pool.submit(tasks.try_lock, True, None)
    gate.open()
    for future in (killed, waiting):
        assert isinstance(future.exception(LIMIT_S), BrokenProcessPool)
    assert lock.locked()


def test_they_are_what_multiprocessing_makes(traced: Any, folder: Path) -> None:
    recorder.start(folder, role="script")
    assert isinstance(traced.Lock(), synchronize.Lock)
    assert isinstance(traced.RLock(), synchronize.RLock)
    condition = traced.Condition(traced.RLock(name="monitor"))
    with condition:
        condition.notify_all()
    queue = traced.Queue()
    queue.put("through")
    assert queue.get() == "through"
    queue.close()
    queue.join_thread()
    recorder.stop()
    # The inner locks of a queue are nobody's business.
    made = [event.text for event in events(folder) if event.kind == Kind.LOCK_CREATED]
    assert len(made) == 4
    assert "monitor" in made


def test_the_context_of_a_method_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="sprout"):
        get_context("sprout")
    assert get_context().get_start_method() == multiprocessing.get_start_method()
