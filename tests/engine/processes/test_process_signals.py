"""Conditions, events and barriers between processes: who waits for what, and who let them go."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from poolscope.process_context import get_context
from poolscope.process_pool import ProcessPoolExecutor
from poolscope.trace import recorder
from poolscope.trace.schema import SIGNAL_TIMED, GaveUp, Kind, LockKind, Role, Signal
from tests.engine.processes import tasks
from tests.engine.processes.conftest import METHODS
from tests.engine.processes.puppet import of, puppets
from tests.engine.processes.seen import Seen, events
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)
ME = os.getpid()


@pytest.fixture(params=METHODS)
def traced(request: pytest.FixtureRequest, folder: Path) -> Any:
    recorder.start(folder, role="script")
    return get_context(request.param)


def gave_up(what: Signal, why: GaveUp) -> int:
    return what | why << 8


def short(told: list[Seen]) -> list[tuple[Kind, int, int, int]]:
    return [(e.kind, e.pid, e.b, e.d) for e in told]


def steps(told: list[Seen], pid: int) -> list[tuple[Kind, int]]:
    """What one process did. Whether it had to wait for the condition's lock is chance."""
    return [
        (e.kind, 0 if e.kind is Kind.LOCK_ACQUIRED else e.d)
        for e in told
        if e.pid == pid and e.kind is not Kind.LOCK_WANTED
    ]


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_condition(traced: Any, kind: str, folder: Path) -> None:
    lock = getattr(traced, kind)()
    monitor = traced.Condition(lock)
    with puppets(traced, monitor, folder) as (other,):
        other.do("acquire")
        if kind == "RLock":
            other.do("acquire")
        other.blocks("wait")
        with monitor:
            monitor.notify_all()
        assert other.result() is True
        assert other.do("wait", 0) is False
        assert other.do("wait", 0.01) is False
        other.do("notify")
        if kind == "RLock":
            other.do("release")
        other.do("release")
    told = of(folder, monitor, lock)
    assert steps(told, ME) == [
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.SIGNAL_SENT, Signal.CONDITION_NOTIFY),
        (Kind.LOCK_RELEASED, 0),
    ]
    assert [e.b for e in told if e.kind is Kind.SIGNAL_SENT] == [1, 0]
    assert steps(told, other.pid) == [
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.LOCK_RELEASED, 0),
        (Kind.SIGNAL_WANTED, Signal.CONDITION_WAIT),
        (Kind.SIGNAL_GOT, Signal.CONDITION_WAIT),
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.LOCK_RELEASED, 0),
        (Kind.SIGNAL_GAVE_UP, gave_up(Signal.CONDITION_WAIT, GaveUp.WOULD_BLOCK)),
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.LOCK_RELEASED, 0),
        (Kind.SIGNAL_WANTED, Signal.CONDITION_WAIT | SIGNAL_TIMED),
        (Kind.SIGNAL_GAVE_UP, gave_up(Signal.CONDITION_WAIT, GaveUp.TIMEOUT)),
        (Kind.LOCK_ACQUIRED, 0),
        (Kind.SIGNAL_SENT, Signal.CONDITION_NOTIFY),
        (Kind.LOCK_RELEASED, 0),
    ]
    got = next(e.t for e in told if e.kind is Kind.SIGNAL_GOT)
    sent = next(e.t for e in told if e.kind is Kind.SIGNAL_SENT)
    assert sent < got
    assert "test_process_signals.py:" in next(e.text for e in told if e.pid == ME)
    assert "puppet.py:" in next(e.text for e in told if e.kind is Kind.SIGNAL_WANTED)


def test_a_condition_has_a_lock_of_its_own(traced: Any, folder: Path) -> None:
    monitor = traced.Condition()
    with pytest.raises(AssertionError, match="must acquire"):
        monitor.wait()
    with pytest.raises(AssertionError, match="not owned"):
        monitor.notify()
    with monitor:
        assert monitor.wait_for(lambda: False, 0.01) is False
    waited = [e for e in of(folder, monitor) if e.kind is Kind.SIGNAL_WANTED]
    assert "test_process_signals.py:" in waited[0].text
    lock, condition = (e for e in events(folder) if e.kind is Kind.LOCK_CREATED)
    assert (lock.d, condition.d) == (LockKind.RLOCK, LockKind.CONDITION)
    assert condition.b == lock.a
    assert condition.text.startswith("monitor (test_process_signals.py:")
    assert lock.text == f"RLock of {condition.text}"


def test_a_condition_over_a_plain_lock(folder: Path) -> None:
    recorder.start(folder, role="script")
    fork = get_context("fork")
    monitor = fork.Condition(fork.get_context().Lock(), name="plain")
    with monitor:
        assert monitor.wait(0.01) is False
    recorder.stop()
    told = [e for e in events(folder) if Kind.LOCK_CREATED <= e.kind <= Kind.SIGNAL_SENT]
    assert [(e.kind, e.b) for e in told] == [
        (Kind.LOCK_CREATED, 0),
        (Kind.SIGNAL_WANTED, 0),
        (Kind.SIGNAL_GAVE_UP, 0),
    ]


def test_event(traced: Any, folder: Path) -> None:
    door = traced.Event(name="door")
    with puppets(traced, door, folder, 2) as (other, killed):
        assert other.do("wait", 0) is False
        assert other.do("wait", 0.01) is False
        other.blocks("wait")
        door.set()
        assert other.result() is True
        assert other.do("wait") is True
        assert door.is_set()
        door.clear()
        killed.blocks("wait", 60)
        killed.kill()
    assert short(of(folder, door)) == [
        (Kind.SIGNAL_GAVE_UP, other.pid, 0, gave_up(Signal.EVENT_WAIT, GaveUp.WOULD_BLOCK)),
        (Kind.SIGNAL_WANTED, other.pid, 0, Signal.EVENT_WAIT | SIGNAL_TIMED),
        (Kind.SIGNAL_GAVE_UP, other.pid, 0, gave_up(Signal.EVENT_WAIT, GaveUp.TIMEOUT)),
        (Kind.SIGNAL_WANTED, other.pid, 0, Signal.EVENT_WAIT),
        (Kind.SIGNAL_SENT, ME, 1, Signal.EVENT_SET),
        (Kind.SIGNAL_GOT, other.pid, 0, Signal.EVENT_WAIT),
        (Kind.SIGNAL_SENT, ME, 0, Signal.EVENT_CLEAR),
        (Kind.SIGNAL_WANTED, killed.pid, 0, Signal.EVENT_WAIT | SIGNAL_TIMED),
    ]


def test_an_event_in_a_pool(traced: Any, folder: Path) -> None:
    door = traced.Event(name="door")
    with ProcessPoolExecutor(1, traced, tasks.keep, (door,)) as pool:
        waiting = pool.submit(tasks.wait_for_it)
        while not any(e.kind is Kind.SIGNAL_WANTED for e in events(folder)):
            assert not waiting.done()
        door.set()
        assert waiting.result(LIMIT_S) is True
    told = of(folder, door)
    assert [(e.kind, e.b, e.role) for e in told] == [
        (Kind.SIGNAL_WANTED, 0, Role.WORKER),
        (Kind.SIGNAL_SENT, 1, Role.MAIN),
        (Kind.SIGNAL_GOT, 0, Role.WORKER),
    ]
    assert "tasks.py:" in told[0].text


def test_barrier(traced: Any, folder: Path) -> None:
    start = traced.Barrier(2, name="start")
    with puppets(traced, start, folder) as (other,):
        other.blocks("wait")
        assert start.wait() == 1
        assert other.result() == 0
        other.blocks("wait", 60)
        start.reset()
        with pytest.raises(threading.BrokenBarrierError):
            other.result()
        with pytest.raises(threading.BrokenBarrierError):
            start.wait(0.01)
        with pytest.raises(threading.BrokenBarrierError):
            other.do("wait")
        start.reset()
        with pytest.raises(threading.BrokenBarrierError):
            other.do("wait", 0)
    assert short(of(folder, start)) == [
        (Kind.SIGNAL_WANTED, other.pid, 0, Signal.BARRIER_WAIT),
        (Kind.SIGNAL_SENT, ME, 1, Signal.BARRIER_TRIP),
        (Kind.SIGNAL_GOT, other.pid, 0, Signal.BARRIER_WAIT),
        (Kind.SIGNAL_WANTED, other.pid, 0, Signal.BARRIER_WAIT | SIGNAL_TIMED),
        (Kind.SIGNAL_SENT, ME, 1, Signal.BARRIER_RESET),
        (Kind.SIGNAL_GAVE_UP, other.pid, 0, gave_up(Signal.BARRIER_WAIT, GaveUp.ERROR)),
        (Kind.SIGNAL_WANTED, ME, 0, Signal.BARRIER_WAIT | SIGNAL_TIMED),
        (Kind.SIGNAL_GAVE_UP, ME, 0, gave_up(Signal.BARRIER_WAIT, GaveUp.TIMEOUT)),
        (Kind.SIGNAL_SENT, ME, 0, Signal.BARRIER_ABORT),
        (Kind.SIGNAL_SENT, ME, 0, Signal.BARRIER_RESET),
        (Kind.SIGNAL_GAVE_UP, other.pid, 0, gave_up(Signal.BARRIER_WAIT, GaveUp.WOULD_BLOCK)),
        (Kind.SIGNAL_SENT, other.pid, 0, Signal.BARRIER_ABORT),
    ]
    (made,) = [e for e in events(folder) if e.kind is Kind.LOCK_CREATED]
    assert (made.b, made.d, made.text) == (2, LockKind.BARRIER, "start")


def test_a_barrier_whose_action_fails(folder: Path) -> None:
    recorder.start(folder, role="script")
    alone = get_context("fork").Barrier(1, action=int, name="alone")
    assert alone.wait() == 0
    broken = get_context("fork").Barrier(1, action=dict.popitem, name="broken")
    with pytest.raises(TypeError):
        broken.wait()
    assert broken.broken
    assert short(of(folder, alone, broken)) == [
        (Kind.SIGNAL_SENT, ME, 0, Signal.BARRIER_TRIP),
        (Kind.SIGNAL_SENT, ME, 0, Signal.BARRIER_ABORT),
    ]


def test_a_round_that_has_not_ended_is_waited_for(folder: Path) -> None:
    recorder.start(folder, role="script")
    start = get_context("fork").Barrier(1, name="start")
    start._state = 1  # as while the last of a round are leaving
    with puppets(get_context("fork"), start, folder) as (other,):
        other.blocks("wait")
        with start._cond:
            start._state = 0
            start._cond.notify_all()
        assert other.result() == 0
    told = [e for e in of(folder, start) if e.pid == other.pid]
    assert [(e.kind, e.d) for e in told] == [
        (Kind.SIGNAL_WANTED, Signal.BARRIER_WAIT),
        (Kind.SIGNAL_GOT, Signal.BARRIER_WAIT),
        (Kind.SIGNAL_SENT, Signal.BARRIER_TRIP),
    ]


def test_they_look_like_multiprocessing_s() -> None:
    fork = get_context("fork")
    assert repr(fork.Lock()) == "<Lock(owner=None)>"
    assert repr(fork.BoundedSemaphore(2)) == "<BoundedSemaphore(value=2, maxvalue=2)>"
    assert repr(fork.Condition()) == "<Condition(<RLock(None, 0)>, 0)>"
    assert repr(fork.Event()).startswith("<Event at ")
    assert "waiters=0/3" in repr(fork.Barrier(3))
