"""Semaphores: what the trace is told of permits; their semantics are CPython's own cases'."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import poolscope
from poolscope import BoundedSemaphore, Semaphore
from poolscope.trace import ident
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    WANTED_WITH_TIMEOUT,
    GaveUp,
    Kind,
    LockKind,
)
from tests.engine import oracle
from tests.engine.gates import join, on_thread, when_told

Make = Callable[..., Semaphore]
ACQUIRED, RELEASED = Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED


@pytest.fixture(params=[Semaphore, BoundedSemaphore])
def make(request: pytest.FixtureRequest) -> Make:
    found: Make = request.param
    return found


def steps(folder: Path, one: Semaphore) -> list[tuple[str, Kind, int, int]]:
    return [
        ("me" if e.thread == ident.thread_id() else "other", e.kind, e.b, e.d)
        for e in oracle.check(folder).events
        if e.a == one._id and e.kind is not Kind.LOCK_CREATED
    ]


def test_several_hold_it_and_one_waits(make: Make, tmp_path: Path) -> None:
    slots = make(2)

    def use() -> None:
        with slots:
            pass

    with poolscope.record(tmp_path / "t"):
        blocked = when_told(Kind.LOCK_WANTED)
        slots.acquire()
        slots.acquire()
        thread = on_thread(use)
        blocked()
        slots.release(2)
        join(thread)
    assert steps(tmp_path / "t", slots) == [
        ("me", ACQUIRED, 0, 0),
        ("me", ACQUIRED, 0, 0),
        ("other", Kind.LOCK_WANTED, 0, 0),
        ("me", RELEASED, 0, 1),
        ("other", ACQUIRED, 0, ACQUIRED_AFTER_WAIT),
        ("other", RELEASED, 0, 0),
    ]
    (created,) = oracle.read(tmp_path / "t").all(Kind.LOCK_CREATED)
    assert created.text.startswith(f"slots ({Path(__file__).name}:")
    bounded = isinstance(slots, BoundedSemaphore)
    assert created.d == (LockKind.BOUNDED_SEMAPHORE if bounded else LockKind.SEMAPHORE)
    assert created.b == 2


def test_giving_up(make: Make, tmp_path: Path) -> None:
    slots = make(0, "slots")
    with poolscope.record(tmp_path / "t"):
        assert not slots.acquire(blocking=False)
        assert not slots.acquire(timeout=0.001)
        with pytest.raises(ValueError, match="non-blocking"):
            slots.acquire(False, 1)
    assert steps(tmp_path / "t", slots) == [
        ("me", Kind.LOCK_GAVE_UP, 0, GaveUp.WOULD_BLOCK),
        ("me", Kind.LOCK_WANTED, 0, WANTED_WITH_TIMEOUT),
        ("me", Kind.LOCK_GAVE_UP, 0, GaveUp.TIMEOUT),
    ]


def test_a_refused_release_is_not_told(tmp_path: Path) -> None:
    slots = BoundedSemaphore(1)
    with poolscope.record(tmp_path / "t"):
        slots.acquire()
        slots.release()
        with pytest.raises(ValueError, match="too many times"):
            slots.release()
        with pytest.raises(ValueError, match="one or more"):
            slots.release(0)
    assert [step[1] for step in steps(tmp_path / "t", slots)] == [ACQUIRED, RELEASED]


def test_many_threads_never_hold_more_than_there_is(make: Make, tmp_path: Path) -> None:
    slots = make(3)
    with poolscope.record(tmp_path / "t"):

        def use() -> None:
            for _ in range(200):
                with slots:
                    pass

        join(*(on_thread(use) for _ in range(6)))
    told = oracle.check(tmp_path / "t")  # it counts the permits
    assert len(told.all(ACQUIRED)) == len(told.all(RELEASED)) == 1200


def test_it_is_the_standard_ones_kind(make: Make) -> None:
    assert isinstance(make(), threading.Semaphore)
    assert isinstance(BoundedSemaphore(), threading.BoundedSemaphore)
    assert "'db'" in repr(make(name="db"))
