"""Findings about threads that wait for each other, or for what never comes."""

from __future__ import annotations

import pytest

from poolscope.analysis.findings import Finding, Findings, findings
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.trace.schema import GaveUp, Kind, LockKind, Signal, WaitKind, WaitOutcome
from tests.analysis.test_waitgraph import Scene, chain, nested
from tests.analysis.traces import ORIGIN, Trace


def store_of(trace: Trace, *, ended: bool = False) -> Store:
    store = Store(ORIGIN)
    store.root_pid = 1
    exits = {1: -15} if ended else {}
    store.account(lost=0, dropped=0, torn=0, exits=exits, errors=[], finished=ended)
    store.extend(trace.batches())
    return store


def found(trace: Trace, *, ended: bool = False) -> list[Finding]:
    store = store_of(trace, ended=ended)
    store.extend([])  # every stream has been read once more
    return findings(store)


def test_a_deadlock_of_a_living_program_is_found_once_it_is_certain() -> None:
    store = store_of(chain(3))
    looked = Findings(store, SpanIndex(store))
    assert looked.look() == []
    store.extend([])
    (finding,) = looked.look()
    assert (finding.kind, finding.severity, finding.at_ns) == ("deadlock", "deadlock", 22)
    assert finding.text == (
        "Deadlock: t0 holds A and waits for B; t1 holds B and waits for C; "
        "t2 holds C and waits for A."
    )
    assert finding.lines[:2] == ("t0 acquired A at x.py:0", "t0 wants B at y.py:0")
    assert finding.place.lane == finding.lanes[0] == ("thread", store.threads[0].id)
    assert finding.place.lock == store.locks[1].id


def test_where_releases_may_be_missing_no_ring_is_claimed() -> None:
    scene = timed(chain(2))
    one = scene.of["t1"]
    one.emit(900, Kind.LOCK_GAVE_UP, one.rows[-1][1], d=GaveUp.TIMEOUT)
    for trace in (chain(2), scene):
        store = store_of(trace, ended=True)
        store.account(lost=1, dropped=0, torn=0, exits={1: 0}, errors=[], finished=True)
        assert [each.kind for each in findings(store)] == ["lost-events"]


def test_who_stands_behind_a_deadlock_is_counted() -> None:
    scene = chain(2)
    behind = scene.thread("behind")
    behind.emit(30, Kind.LOCK_WANTED, scene.of["t0"].rows[0][1])
    (finding,) = found(scene)
    assert finding.text.endswith("waits for A; 1 more thread waits behind them.")
    assert len(finding.lanes) == 3


def timed(scene: Scene) -> Scene:
    """The last to want a lock gives up in time."""
    rows = scene.of["t1"].rows
    rows[-1] = (*rows[-1][:4], 1, rows[-1][5])
    return scene


@pytest.mark.parametrize("ended", [False, True])
def test_a_ring_of_timed_acquires_is_none_killed_or_alive(ended: bool) -> None:
    (finding,) = found(timed(chain(2)), ended=ended)
    assert (finding.kind, finding.severity, finding.end_ns) == ("near-deadlock", "warning", None)
    assert finding.text == (
        "t0 holds A and waits for B; t1 holds B and waits for A; "
        "a time-out will let one of them go on."
    )


def test_a_ring_that_a_time_out_broke_is_told_with_its_end() -> None:
    scene = timed(chain(2))
    one = scene.of["t1"]
    one.emit(900, Kind.LOCK_GAVE_UP, one.rows[-1][1], d=GaveUp.TIMEOUT)
    (finding,) = found(scene)
    assert (finding.kind, finding.at_ns, finding.end_ns) == ("near-deadlock", 21, 900)
    assert finding.text.endswith("; t1 gave up after 879 ns.")


def test_a_time_out_that_broke_nothing_is_nothing() -> None:
    scene = Scene("a", "b")
    lock = scene.lock("L")
    scene.of["a"].emit(10, Kind.LOCK_ACQUIRED, lock)
    scene.of["b"].emit(11, Kind.LOCK_WANTED, lock, d=1)
    scene.of["b"].emit(50, Kind.LOCK_GAVE_UP, lock, d=GaveUp.TIMEOUT)
    assert found(scene) == []


def test_a_ring_that_only_ended_because_its_process_was_killed_is_a_deadlock() -> None:
    scene = Scene()
    locks = [scene.lock("A"), scene.lock("B")]
    people = [scene.thread(name, pid=2) for name in ("far_0", "far_1")]
    for who, lock in zip(people, locks, strict=True):
        who.emit(10, Kind.LOCK_ACQUIRED, lock)
    for who, lock in zip(people, reversed(locks), strict=True):
        who.emit(20, Kind.LOCK_WANTED, lock)
    scene.pinned().emit(500, Kind.PROCESS_ENDED, 2, -9)
    kinds = {each.kind: each for each in found(scene)}
    assert kinds["deadlock"].end_ns == 500


def test_tasks_that_wait_behind_themselves_starve() -> None:
    scene = nested(2)
    (finding,) = found(scene)
    assert (finding.kind, finding.severity) == ("self-starvation", "deadlock")
    assert finding.text == (
        "Tasks wait for tasks that can never start: worker p_0 runs outer(0) and waits for "
        "inner(0), which is queued in thread pool p, all of whose 2 workers wait: "
        "p_0 for inner(0), p_1 for inner(1)."
    )
    # Nor are they, a minute later, tasks that starve the others.
    store = store_of(scene, ended=True)
    assert [each.kind for each in findings(store, now_ns=60 * 10**9)] == ["self-starvation"]
    inner = scene.streams[2].rows[1][1]
    assert finding.place.task == inner
    assert str(inner) in finding.subjects


def test_starving_tasks_that_lost_patience_are_a_warning() -> None:
    scene = Scene("main")
    pool, ((stream, worker),) = scene.pool("p", 1)
    outer, inner, wait = scene.id(), scene.id(), scene.id()
    scene.of["main"].emit(5, Kind.SUBMITTED, outer, pool, "outer()")
    stream.emit(6, Kind.STARTED, outer, worker)
    stream.emit(7, Kind.SUBMITTED, inner, pool, "inner()")
    stream.emit(8, Kind.WAIT_BEGAN, wait, 1_001, 1, WaitKind.RESULT)
    stream.emit(8, Kind.WAIT_ITEM, inner, 1)
    stream.emit(1_010, Kind.WAIT_ENDED, wait, 0, 0, WaitOutcome.TIMEOUT)
    (finding,) = found(scene)
    assert (finding.kind, finding.severity) == ("self-starvation", "warning")
    assert finding.end_ns == 1_010
    assert finding.text.endswith("; worker p_0 gave up after 1 µs.")


def test_a_lock_whose_owner_ended_is_told_with_those_who_want_it() -> None:
    scene = Scene("main", "gone")
    lock = scene.lock("db")
    scene.of["gone"].emit(10, Kind.LOCK_ACQUIRED, lock, 0, "g.py:7")
    scene.pinned().emit(20, Kind.THREAD_ENDED, scene.of["gone"].thread)
    assert found(scene) == []  # nobody wants it
    scene.of["main"].emit(30, Kind.LOCK_WANTED, lock)
    (finding,) = [each for each in found(scene) if each.kind == "owner-died"]
    assert finding.text == (
        "gone ended while it held db, and never let go of it; main waited for it."
    )
    assert finding.lines == ("gone acquired it at g.py:7",)
    assert finding.at_ns == 20


@pytest.mark.parametrize("kind", [LockKind.LOCK, LockKind.RLOCK])
@pytest.mark.parametrize("ended", [False, True])
def test_a_killed_owner_is_told_once_with_all_who_wait(kind: LockKind, ended: bool) -> None:
    scene = Scene("near", "behind")
    far, first, second = scene.thread("far", pid=2), scene.lock("A", kind), scene.lock("B")
    far.emit(10, Kind.LOCK_ACQUIRED, first)
    scene.of["near"].emit(10, Kind.LOCK_ACQUIRED, second)
    scene.of["near"].emit(20, Kind.LOCK_WANTED, first)
    scene.of["behind"].emit(21, Kind.LOCK_WANTED, second)
    scene.pinned().emit(500, Kind.PROCESS_ENDED, 2, -9)
    (finding,) = found(scene, ended=ended)
    assert finding.kind == "owner-died"
    assert finding.text == (
        "far ended while it held A, and never let go of it; near waited for it"
        f"{' to the end' if ended else ''}, and 1 more thread behind it."
    )
    assert len(finding.lanes) == 3


@pytest.mark.parametrize("ended", [False, True])
def test_a_ring_of_which_one_was_killed_is_told_once_and_goes_on(ended: bool) -> None:
    scene = Scene("near")
    far, first, second = scene.thread("far", pid=2), scene.lock("A"), scene.lock("B")
    far.emit(10, Kind.LOCK_ACQUIRED, first)
    scene.of["near"].emit(10, Kind.LOCK_ACQUIRED, second)
    far.emit(20, Kind.LOCK_WANTED, second)
    scene.of["near"].emit(21, Kind.LOCK_WANTED, first)
    scene.pinned().emit(500, Kind.PROCESS_ENDED, 2, -9)
    (finding,) = found(scene, ended=ended)
    assert (finding.kind, finding.end_ns) == ("deadlock", None)
    assert finding.text.endswith("; then far ended while it held A, and never let go of it.")
    if not ended:  # somebody else let go of it
        scene.of["near"].emit(600, Kind.LOCK_ACQUIRED, first, d=1)
        (finding,) = found(scene)
        assert (finding.kind, finding.end_ns) == ("deadlock", 500)


def test_a_lock_let_go_of_before_the_end_is_nobodys_loss() -> None:
    scene = Scene("main", "gone")
    lock = scene.lock("db")
    scene.of["gone"].emit(10, Kind.LOCK_ACQUIRED, lock)
    scene.of["main"].emit(12, Kind.LOCK_WANTED, lock)
    scene.of["gone"].emit(15, Kind.LOCK_RELEASED, lock)
    scene.pinned().emit(20, Kind.THREAD_ENDED, scene.of["gone"].thread)
    assert found(scene) == []


def test_a_signal_nobody_was_left_to_send_is_told_when_the_run_is_over() -> None:
    scene = Scene("main")
    event = scene.lock("ready", LockKind.EVENT)
    scene.of["main"].emit(10, Kind.SIGNAL_WANTED, event, 0, "m.py:3", Signal.EVENT_WAIT)
    assert found(scene) == []  # one that was never seen may still set it
    (finding,) = found(scene, ended=True)
    assert finding.kind == "no-signal"
    assert finding.text == (
        "main waits for the event ready: no thread that was seen was left to let it go on."
    )
    assert finding.lines == ("main waits at m.py:3",)
    scene.thread("other").emit(11, Kind.SPAN_BEGAN, scene.id(), 0, "busy")
    assert found(scene, ended=True) == []


def test_who_waits_for_the_same_is_told_together_and_a_lock_with_its_holder() -> None:
    scene = Scene("main", *"abcde")
    barrier, lock = scene.lock("meet", LockKind.BARRIER), scene.lock("db")
    scene.of["a"].emit(8, Kind.LOCK_ACQUIRED, lock)
    for number, name in enumerate("abcde"):
        scene.of[name].emit(10 + number, Kind.SIGNAL_WANTED, barrier, 0, "", Signal.BARRIER_WAIT)
    scene.of["main"].emit(20, Kind.LOCK_WANTED, lock, scene.of["a"].thread)
    (finding,) = found(scene, ended=True)
    clauses = finding.text.removesuffix(
        ": no thread that was seen was left to let them go on."
    ).split("; ")
    assert sorted(clauses) == [
        "a, b, c, d and 1 more thread wait at the barrier meet",
        "main waits for db, which a holds",
    ]


def test_who_gets_from_a_queue_is_told_from_who_puts_and_who_waits_for_all_of_it() -> None:
    scene = Scene("gets", "puts", "joins")
    jobs = scene.lock("jobs", LockKind.QUEUE)
    for name, signal in zip(
        scene.of, (Signal.QUEUE_GET, Signal.QUEUE_PUT, Signal.QUEUE_JOIN), strict=True
    ):
        scene.of[name].emit(10, Kind.SIGNAL_WANTED, jobs, 0, "", signal)
    (finding,) = found(scene, ended=True)
    told = finding.text.partition(": no thread")[0].split("; ")
    assert sorted(told) == [
        "gets waits to get from the queue jobs",
        "joins waits for all that is in the queue jobs",
        "puts waits to put into the queue jobs",
    ]


def racing(stale: bool) -> Trace:
    trace = Trace()
    one, two, counter = trace.thread("one"), trace.thread("two"), trace.id()
    trace.pinned().emit(0, Kind.SHARED_CREATED, counter, 0, "counter")
    one.emit(10, Kind.SHARED_READ, counter, 0, "0\nc.py:5")
    two.emit(11, Kind.SHARED_READ, counter, 0, "0\nc.py:5")
    two.emit(12, Kind.SHARED_WRITTEN, counter, 1, "1\nc.py:6")
    if not stale:
        one.emit(13, Kind.SHARED_READ, counter, 1, "1\nc.py:5")
    one.emit(14, Kind.SHARED_WRITTEN, counter, 2, "1\nc.py:6" if stale else "2\nc.py:6")
    return trace


def test_a_lost_update_is_told_with_its_two_reads_and_two_writes() -> None:
    (finding,) = found(racing(stale=True))
    assert finding.kind == "lost-update"
    assert finding.text == (
        "An update of counter was lost: one read 0 and wrote 1 over the 1 that two had written "
        "in between."
    )
    assert [(mark.ns, mark.word, mark.where) for mark in finding.marks] == [
        (10, "reads 0", "c.py:5"), (11, "reads 0", "c.py:5"),
        (12, "writes 1", "c.py:6"), (14, "writes 1", "c.py:6"),
    ]  # fmt: skip
    lanes = [mark.lane for mark in finding.marks]
    assert (lanes[0], lanes[1]) == (lanes[3], lanes[2])
    assert lanes[0] != lanes[1]


def test_who_reads_again_before_writing_loses_nothing() -> None:
    assert found(racing(stale=False)) == []


def test_every_lost_update_is_counted_however_many() -> None:
    trace = Trace()
    one, two, counter = trace.thread("one"), trace.thread("two"), trace.id()
    trace.pinned().emit(0, Kind.SHARED_CREATED, counter, 0, "counter")
    for version in range(0, 400, 2):
        t = 10 * version
        for who, step in ((one, 0), (two, 1)):
            who.emit(t + step, Kind.SHARED_READ, counter, version, "v")
        for who, step in ((one, 2), (two, 3)):
            who.emit(t + step, Kind.SHARED_WRITTEN, counter, version + step - 1, "v")
    lost = found(trace)
    assert len(lost) == 51
    assert lost[-1].text == "150 more updates of shared variables were lost."
    assert len(store_of(trace).shared.lost(0)) == 200


def test_what_could_not_be_seen_is_a_note() -> None:
    trace = Trace()
    trace.pinned().emit(5, Kind.UNSEEN, 3, 0, "3 locks were made before recording began")
    (finding,) = found(trace)
    assert (finding.kind, finding.severity) == ("unseen", "note")
    assert finding.text == "3 locks were made before recording began."


def test_what_several_processes_say_of_themselves_is_told_once() -> None:
    trace = Trace()
    for pid in (1, 2, 3, 3):
        trace.pinned(pid).emit(pid + 5, Kind.UNSEEN, 3, 0, "3 locks were made before.")
    (finding,) = found(trace)
    assert finding.text == "3 locks were made before. This goes for 3 processes."
    assert finding.at_ns == 6
