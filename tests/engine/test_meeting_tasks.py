"""The library's tasks in which several meet: they do meet, and what they share has one name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import Future, ThreadPoolExecutor, meeting_tasks, named_things
from poolscope.named_things import named, named_lock
from poolscope.trace.schema import Kind, LockKind
from tests.engine import oracle
from tests.engine.gates import LIMIT_S, when_told


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    named_things._locks.clear()
    named_things._others.clear()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls give back, each made by a worker of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures: list[Future[Any]] = [pool.submit(call) for call in calls]
        return [future.result(LIMIT_S) for future in futures]


def test_producer_and_consumer() -> None:
    made, used = at_once(
        lambda: meeting_tasks.produce("jobs", 20, 0), lambda: meeting_tasks.consume("jobs", 20, 0)
    )
    queue = named("Queue", "jobs", 3)
    assert (made, used, queue.qsize(), queue.unfinished_tasks) == (20, 20, 0, 0)


def test_those_who_meet_go_on_together() -> None:
    assert sorted(at_once(*[meeting_tasks.meet] * 3)) == [0, 1, 2]


def test_an_event_lets_the_others_go_on(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"):
        blocked = when_told(Kind.SIGNAL_WANTED)

        def set_it() -> None:
            blocked()
            meeting_tasks.set_event("go")

        assert at_once(lambda: meeting_tasks.wait_for_event("go"), set_it) == [True, None]
    (created,) = (
        e for e in oracle.check(tmp_path / "t").all(Kind.LOCK_CREATED) if e.d == LockKind.EVENT
    )
    assert created.text == "go"


def test_no_more_use_a_slot_than_there_are(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"):
        at_once(*[lambda: meeting_tasks.use_slot("slots", 2, 0)] * 4)
    told = oracle.check(tmp_path / "t")  # it counts the permits
    assert len(told.all(Kind.LOCK_ACQUIRED)) == 4


def test_one_philosopher_eats_alone() -> None:
    assert meeting_tasks.dine(4, 5, meals=2, seconds=0) == 2
    assert set(named_things._locks) == {"fork 4", "fork 0"}


def test_counting_with_the_lock_loses_nothing() -> None:
    at_once(*[lambda: meeting_tasks.count_up("sum", 100, "guard")] * 2)
    assert named("Shared", "sum").value == 200


def test_a_thing_has_one_number() -> None:
    slots = named("Semaphore", "slots", 2)
    assert named("Semaphore", "slots", 2) is slots
    with pytest.raises(ValueError, match="Semaphore 'slots' exists already, with 2"):
        named("Semaphore", "slots", 3)
    assert named("Event", "slots") is not slots


def test_a_worker_process_shares_nothing_with_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_things, "_adopted", True)
    with pytest.raises(LookupError, match="Submit the task to a thread pool"):
        named("Event", "go")
    with pytest.raises(LookupError, match="no lock 'guard'"):
        named_lock("guard")


def test_they_are_made_once_only() -> None:
    found = at_once(*[lambda: named("Event", "go")] * 8)
    assert len({id(event) for event in found}) == 1
    assert isinstance(found[0], threading.Event)
