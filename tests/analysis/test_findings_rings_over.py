"""Rings of threads that are over, among very many time-outs that had to do with none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from poolscope.analysis.findings import Findings, findings
from poolscope.analysis.findings.stuck import Deadlock
from poolscope.analysis.spans import SpanIndex
from poolscope.trace.schema import SIGNAL_TIMED, GaveUp, Kind, Signal
from tests.analysis.test_findings_stuck import store_of
from tests.analysis.test_waitgraph import Scene

MANY = 200


def beating(scene: Scene) -> None:
    """A thread waits for an event with a time-out, again and again."""
    beat, stop = scene.thread("beat"), scene.lock("stop")
    timed = Signal.EVENT_WAIT | SIGNAL_TIMED
    for t in range(10, 10 + 10 * MANY, 10):
        beat.emit(t, Kind.SIGNAL_WANTED, stop, 0, "b.py:1", timed)
        beat.emit(t + 5, Kind.SIGNAL_GAVE_UP, stop, d=Signal.EVENT_WAIT | GaveUp.TIMEOUT << 8)


def polling(scene: Scene, times: int = MANY) -> None:
    """A thread that holds a lock tries to acquire another, which its owner needs for long."""
    busy, poll, (mine, held) = (
        scene.thread("busy"),
        scene.thread("poll"),
        [scene.lock(name) for name in ("mine", "held")],
    )
    busy.emit(5, Kind.LOCK_ACQUIRED, held)
    poll.emit(5, Kind.LOCK_ACQUIRED, mine)
    for t in range(10, 10 + 10 * times, 10):
        poll.emit(t, Kind.LOCK_WANTED, held, d=1)
        poll.emit(t + 5, Kind.LOCK_GAVE_UP, held, d=GaveUp.TIMEOUT)


def ring(scene: Scene, at: int, *, pid: int = 1, timed: bool = False) -> int:
    """Two threads wait for each other from a time on; the lock that the second wants."""
    locks = [scene.lock("A"), scene.lock("B")]
    people = [scene.thread(name, pid=pid) for name in ("one", "two")]
    for who, lock in zip(people, locks, strict=True):
        who.emit(at, Kind.LOCK_ACQUIRED, lock)
    for who, lock in zip(people, reversed(locks), strict=True):
        who.emit(at + 10, Kind.LOCK_WANTED, lock, d=int(timed and who is people[1]))
    if timed:
        people[1].emit(at + 100, Kind.LOCK_GAVE_UP, locks[0], d=GaveUp.TIMEOUT)
    return locks[0]


@pytest.mark.parametrize("noise", [beating, polling])
def test_a_ring_that_broke_is_told_after_any_number_of_other_time_outs(
    noise: Callable[[Scene], None],
) -> None:
    scene = Scene()
    noise(scene)
    ring(scene, 100_000, timed=True)
    (finding,) = findings(store_of(scene, ended=True))
    assert (finding.kind, finding.end_ns) == ("near-deadlock", 100_100)
    assert finding.text.endswith("; two gave up after 90 ns.")


@pytest.mark.parametrize("noise", [beating, polling])
def test_so_is_a_deadlock_that_only_ended_as_its_process_was_killed(
    noise: Callable[[Scene], None],
) -> None:
    scene = Scene()
    noise(scene)
    ring(scene, 100_000, pid=2)
    scene.pinned().emit(200_000, Kind.PROCESS_ENDED, 2, -9)
    deadlocks = [each for each in findings(store_of(scene, ended=True)) if each.kind == "deadlock"]
    assert [each.end_ns for each in deadlocks] == [200_000]


def test_while_the_program_runs_what_is_unlike_all_before_comes_first() -> None:
    scene = Scene()
    polling(scene)
    ring(scene, 100_000, timed=True)
    store = store_of(scene)
    store.extend([])
    looked = Findings(store, SpanIndex(store))
    assert [each.kind for each in looked.look()] == ["near-deadlock"]


def test_many_rings_of_the_same_threads_are_put_together_and_none_of_others_is_lost() -> None:
    scene = Scene()
    poll, main, (a, b) = scene.thread("poll"), scene.thread("main"), map(scene.lock, "XY")
    main.emit(1, Kind.LOCK_ACQUIRED, a)
    poll.emit(1, Kind.LOCK_ACQUIRED, b)
    main.emit(2, Kind.LOCK_WANTED, b)
    for t in range(10, 10 + 10 * MANY, 10):
        poll.emit(t, Kind.LOCK_WANTED, a, d=1)
        poll.emit(t + 5, Kind.LOCK_GAVE_UP, a, d=GaveUp.TIMEOUT)
    poll.emit(50_000, Kind.LOCK_RELEASED, b)
    main.emit(50_001, Kind.LOCK_ACQUIRED, b, d=1)
    ring(scene, 100_000, timed=True)
    found = findings(store_of(scene, ended=True))
    texts = [each.text for each in found if each.kind == "near-deadlock"]
    assert len(texts) == 51
    assert any(each.endswith("; two gave up after 90 ns.") for each in texts)
    assert (
        f"{MANY + 1 - 50} more rings of threads that waited for each other were broken by a "
        "time-out."
    ) in texts


def test_how_many_time_outs_nobody_looked_at_is_said() -> None:
    scene = Scene()
    polling(scene, 1_200)
    (finding,) = findings(store_of(scene, ended=True))
    assert (finding.kind, finding.severity) == ("near-deadlock", "note")
    assert finding.text == (
        "Of 200 more time-outs it was not looked whether a ring of threads that waited for each "
        "other ended so: that would take too long."
    )


def test_a_window_looks_at_them_in_bits() -> None:
    scene = Scene()
    polling(scene)
    ring(scene, 100_000, timed=True)
    store = store_of(scene, ended=True)
    looked, check = Findings(store, SpanIndex(store)), Deadlock()
    case = looked._case
    case.index.refresh()
    assert sum(1 for _ in check.ahead(case)) == MANY + 1
    assert [each.kind for each in check.check(case)] == ["near-deadlock"]
