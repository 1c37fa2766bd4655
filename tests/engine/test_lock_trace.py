"""What the trace is told of a lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import poolscope
from poolscope import Lock, RLock
from poolscope.trace import recorder
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    WANTED_WITH_TIMEOUT,
    GaveUp,
    Kind,
    LockKind,
)
from tests.engine import oracle
from tests.engine.gates import join, on_thread, when_told

AnyLock = Lock | RLock
LOCK_KINDS = tuple(kind for kind in Kind if kind.name.startswith("LOCK_"))


@pytest.fixture(params=[Lock, RLock])
def kind(request: pytest.FixtureRequest) -> Callable[..., AnyLock]:
    found: Callable[..., AnyLock] = request.param
    return found


def test_uncontended(kind: Callable[..., AnyLock], tmp_path: Path) -> None:
    lock = kind("db")
    with poolscope.record(tmp_path / "t"):
        with lock:
            pass
        lock.acquire()
        lock.release()
    told = oracle.check(tmp_path / "t").all(*LOCK_KINDS)
    created = told[0]
    assert (created.kind, created.a, created.text) == (Kind.LOCK_CREATED, lock._id, "db")
    assert created.d == (LockKind.LOCK if kind is Lock else LockKind.RLOCK)
    assert [event.kind for event in told[1:]] == [Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED] * 2
    where = [event.text for event in told if event.kind is Kind.LOCK_ACQUIRED]
    lines = [int(text.rpartition(":")[2]) for text in where]
    assert [text.rpartition(":")[0] for text in where] == [__file__] * 2
    assert lines[1] - lines[0] == 2


def test_each_place_by_its_own_name_though_code_dies_and_other_takes_its_memory(
    kind: Callable[..., AnyLock], tmp_path: Path
) -> None:
    lock = kind("db")
    expected = []
    with poolscope.record(tmp_path / "t"):
        for turn in range(200):
            code = compile("for _ in range(4):\n  with lock: pass", f"made-{turn}.py", "exec")
            exec(code, {"lock": lock})
            expected += [f"made-{turn}.py:2"] * 4
            del code
    told = oracle.check(tmp_path / "t").all(Kind.LOCK_ACQUIRED)
    assert [event.text for event in told] == expected


def test_by_way_of_a_primitive_the_place_is_its_users(
    kind: Callable[..., AnyLock], tmp_path: Path
) -> None:
    condition = threading.Condition(kind("db"))  # type: ignore[arg-type]
    with poolscope.record(tmp_path / "t"):
        for _ in range(4):
            with condition:
                pass
            with condition:
                pass
    told = oracle.check(tmp_path / "t").all(Kind.LOCK_ACQUIRED)
    lines = [int(event.text.rpartition(":")[2]) for event in told]
    assert [line - lines[0] for line in lines] == [0, 2] * 4
    assert {event.text.rpartition(":")[0] for event in told} == {__file__}


def test_of_an_rlock_the_outermost_alone(tmp_path: Path) -> None:
    lock = RLock()
    with poolscope.record(tmp_path / "t"), lock, lock:
        assert lock.acquire(False)
        lock.release()
    told = oracle.check(tmp_path / "t").all(Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
    assert [event.kind for event in told] == [Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED]


def test_a_block_is_told_when_it_begins(kind: Callable[..., AnyLock], tmp_path: Path) -> None:
    lock = kind()
    with poolscope.record(tmp_path / "t"):
        wanted = when_told(Kind.LOCK_WANTED)
        with lock:
            thread = on_thread(lambda: lock.acquire() and lock.release())
            wanted()  # and not only afterwards
        join(thread)
    told = oracle.check(tmp_path / "t").all(*LOCK_KINDS)
    first, second = (event for event in told if event.kind is Kind.LOCK_ACQUIRED)
    want = next(event for event in told if event.kind is Kind.LOCK_WANTED)
    release = next(event for event in told if event.kind is Kind.LOCK_RELEASED)
    assert (want.b, want.d) == (first.thread, 0)
    assert want.thread == second.thread != first.thread
    assert (first.d, second.d) == (0, ACQUIRED_AFTER_WAIT)
    assert first.t < want.t < release.t < second.t


def test_giving_up(kind: Callable[..., AnyLock], tmp_path: Path) -> None:
    lock = kind()

    def ask() -> None:
        assert not lock.acquire(False)
        assert not lock.acquire(timeout=0.001)

    with poolscope.record(tmp_path / "t"), lock:
        join(on_thread(ask))
    told = oracle.check(tmp_path / "t").all(Kind.LOCK_WANTED, Kind.LOCK_GAVE_UP)
    assert [(event.kind, event.d) for event in told] == [
        (Kind.LOCK_GAVE_UP, GaveUp.WOULD_BLOCK),
        (Kind.LOCK_WANTED, WANTED_WITH_TIMEOUT),
        (Kind.LOCK_GAVE_UP, GaveUp.TIMEOUT),
    ]


def test_let_go_by_another_thread(tmp_path: Path) -> None:
    lock = Lock()
    with poolscope.record(tmp_path / "t"):
        lock.acquire()
        join(on_thread(lock.release))
        with lock:
            pass
    acquired, *_ = oracle.check(tmp_path / "t").all(Kind.LOCK_ACQUIRED)
    first, second = oracle.read(tmp_path / "t").all(Kind.LOCK_RELEASED)
    assert first.b == acquired.thread != first.thread
    assert second.b == 0


def test_waiting_on_a_condition_lets_it_go(tmp_path: Path) -> None:
    lock = RLock()
    condition = threading.Condition(lock)  # type: ignore[arg-type]
    with poolscope.record(tmp_path / "t"), condition, condition:
        condition.wait(0.001)
    told = oracle.check(tmp_path / "t").all(Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
    assert [event.kind for event in told] == [Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED] * 2
    assert all(event.text.startswith(__file__) for event in told[::2])


def test_each_recording_is_told_of_it(tmp_path: Path) -> None:
    lock = Lock("db")
    for name in ("one", "two"):
        with poolscope.record(tmp_path / name), lock:
            pass
        told = oracle.check(tmp_path / name).all(Kind.LOCK_CREATED)
        assert [event.text for event in told] == ["db"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_copy_is_another_lock(tmp_path: Path) -> None:
    lock = Lock("db")
    with poolscope.record(tmp_path / "t"):
        with lock:
            pass
        pid = os.fork()
        if pid == 0:
            with lock:
                recorder.stop()
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    created = oracle.read(tmp_path / "t").all(Kind.LOCK_CREATED)
    assert len({event.a for event in created}) == 2
    assert {event.pid for event in created} == {os.getpid(), pid}
