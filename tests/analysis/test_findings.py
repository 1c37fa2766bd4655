"""Findings: what is certain is said, and nothing else."""

from __future__ import annotations

import pytest

from poolscope.analysis.findings import Finding, exit_words, findings
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Outcome, PoolKind, Role, WorkerEnd
from tests.analysis.test_report import Story
from tests.analysis.traces import ORIGIN, Trace


def found(trace: Trace, *, ended: bool = True, lost: int = 0, dropped: int = 0) -> list[Finding]:
    store = Store(ORIGIN)
    store.root_pid = 1
    exits = {1: 0} if ended else {}
    store.account(lost=lost, dropped=dropped, torn=0, exits=exits, errors=[], finished=ended)
    store.extend(trace.batches())
    return findings(store)


def failed_future(read: bool) -> tuple[Trace, int]:
    trace = Trace()
    main, task = trace.thread("main", role=Role.MAIN), trace.id()
    main.emit(10, Kind.SUBMITTED, task, trace.id(), "load('x')")
    main.emit(20, Kind.STARTED, task, trace.id())
    main.emit(30, Kind.FINISHED, task, 0, "KeyError: 'x'", Outcome.EXCEPTION)
    if read:
        main.emit(40, Kind.EXCEPTION_READ, task)
    return trace, task


def test_a_failure_nobody_looked_at_is_named() -> None:
    trace, task = failed_future(read=False)
    (finding,) = found(trace)
    assert finding.kind == "unread-exception"
    assert finding.subjects == [str(task)]
    assert finding.at_ns == 30
    assert "load('x') failed with KeyError: 'x'" in finding.text


def test_a_failure_someone_looked_at_is_none() -> None:
    assert found(failed_future(read=True)[0]) == []


def test_one_that_was_collected_is_named_at_once_and_whatever_is_missing() -> None:
    for read, ended, lost in [(False, False, 0), (False, True, 0), (False, False, 5)]:
        trace, task = failed_future(read)
        trace.thread("collector").emit(90, Kind.EXCEPTION_DROPPED, task)
        named = [each for each in found(trace, ended=ended, lost=lost) if each.subjects]
        assert [each.subjects for each in named] == [[str(task)]]
        assert "when its future was collected nobody had looked" in named[0].text
    trace, task = failed_future(read=True)  # looked at while it was being collected
    trace.thread("collector").emit(39, Kind.EXCEPTION_DROPPED, task)
    assert found(trace) == []


def test_while_the_run_lasts_someone_may_still_look() -> None:
    assert found(failed_future(read=False)[0], ended=False) == []


@pytest.mark.parametrize(("lost", "dropped"), [(5, 0), (0, 5)])
def test_where_records_are_missing_nobody_is_accused(lost: int, dropped: int) -> None:
    kinds = [each.kind for each in found(failed_future(read=False)[0], lost=lost, dropped=dropped)]
    assert kinds == ["lost-events"]


def test_an_owner_that_died_may_have_let_go_in_what_was_lost() -> None:
    trace = Trace()
    owner, waiter, lock = trace.thread("owner"), trace.thread("waiter"), trace.id()
    trace.pinned().emit(1, Kind.LOCK_CREATED, lock, LockKind.LOCK, "gate")
    owner.emit(10, Kind.LOCK_ACQUIRED, lock)
    waiter.emit(20, Kind.LOCK_WANTED, lock, owner.thread)
    trace.pinned().emit(30, Kind.THREAD_ENDED, owner.thread)
    assert "owner-died" in [each.kind for each in found(trace)]
    assert [each.kind for each in found(trace, lost=1)] == ["lost-events"]


def test_a_worker_may_have_become_ready_in_what_was_lost() -> None:
    trace = Trace()
    pool, worker, pinned = trace.id(), trace.id(), trace.pinned()
    pinned.emit(1, Kind.POOL_CREATED, pool, 1, "p", PoolKind.PROCESS | 2 << 8)
    pinned.emit(2, Kind.WORKER_STARTED, worker, pool, "p_0")
    pinned.emit(9, Kind.WORKER_GONE, worker, 1, d=WorkerEnd.CRASHED)
    assert "failing-workers" in [each.kind for each in found(trace)]
    assert [each.kind for each in found(trace, lost=1)] == ["lost-events"]


def test_lost_events_are_told_with_whose_they_were() -> None:
    trace = Trace()
    threads = [trace.thread(f"t{number}") for number in range(6)]
    for thread in threads:
        thread.emit(10, Kind.SPAN_BEGAN, trace.id(), 0, "a")
    store = Store(ORIGIN)
    store.account(lost=70, dropped=0, torn=0, exits={}, errors=[], finished=False)
    store.lost_of = {thread.thread: 10 for thread in threads[1:]}
    store.extend(trace.batches())
    (finding,) = findings(store)
    assert finding.text == (
        "70 events could not be recorded: the picture has gaps. They are of t1, t2, t3, t4 and "
        "1 more."
    )
    assert finding.subjects == [str(thread.thread) for thread in threads[1:]]
    assert finding.place.lane == finding.lanes[0] == ("thread", threads[1].thread)


def test_since_when_events_were_lost_is_told_where_it_is_known() -> None:
    trace = Trace()
    trace.thread("main").emit(10, Kind.SPAN_BEGAN, trace.id(), 0, "a")
    store = Store(ORIGIN)
    store.account(lost=7, dropped=0, torn=0, exits={}, errors=[], finished=False)
    store.lost_since = 2_500_000_000
    store.extend(trace.batches())
    (finding,) = findings(store)
    assert finding.text == (
        "7 events could not be recorded, the first of them after 2.5 s: the picture has gaps."
    )
    assert finding.at_ns == 2_500_000_000


def known_by_halves() -> Trace:
    trace = Trace()
    pool, worker, work = trace.id(), trace.id(), trace.thread("w0", role=Role.WORKER)
    trace.pinned().emit(1, Kind.POOL_CREATED, pool, 1, "pool", PoolKind.THREAD)
    trace.pinned().emit(2, Kind.WORKER_STARTED, worker, pool, "w0")
    trace.pinned().emit(3, Kind.WORKER_READY, worker, work.thread)
    work.emit(20, Kind.STARTED, trace.id(), worker)
    return trace


@pytest.mark.parametrize(
    ("lost", "dropped", "ended", "said"),
    [
        (0, 2, False, ["2 tasks were dropped to keep the quota: history begins later."]),
        (0, 0, False, []),  # the stream it was submitted on may be read next
        (0, 0, True, ["1 task was left out: when it was submitted was not recorded."]),
        (
            5,
            0,
            False,
            [
                "5 events could not be recorded: the picture has gaps.",
                "1 task was left out: when it was submitted was not recorded.",
            ],
        ),
    ],
)
def test_a_task_known_by_halves_is_said_to_be_missing_for_the_reason_there_was(
    lost: int, dropped: int, ended: bool, said: list[str]
) -> None:
    kept = found(known_by_halves(), ended=ended, lost=lost, dropped=dropped)
    assert [each.text for each in kept if each.kind == "lost-events"] == said


def test_very_many_failures_are_put_together() -> None:
    trace = Trace()
    main, pool = trace.thread("main"), trace.id()
    tasks = [trace.id() for _ in range(60)]
    for task in tasks:
        main.emit(10, Kind.SUBMITTED, task, pool, "f()")
        main.emit(30, Kind.FINISHED, task, 0, "KeyError", Outcome.EXCEPTION)
    all_found = found(trace)
    assert len(all_found) == 51
    assert sorted(key for each in all_found for key in each.subjects) == sorted(map(str, tasks))


def test_a_broken_pool_names_its_killer_and_the_task() -> None:
    story = Story()
    (broken,) = [each for each in findings(story.store()) if each.kind == "broken-pool"]
    assert broken.subjects == [str(story.pool), str(story.worker), str(story.bad)]
    assert broken.at_ns == 95
    assert "far_0 (pid 2) was killed by SIGKILL while it ran f(1)" in broken.text


def test_of_a_broken_pool_the_killed_is_named_and_not_those_the_pool_then_ended() -> None:
    trace = Trace()
    pool, first, second, task = (trace.id() for _ in range(4))
    main, pinned, far = trace.thread("main"), trace.pinned(), trace.thread("far", pid=7)
    pinned.emit(1, Kind.POOL_CREATED, pool, 2, "p", 1 | 2 << 8)
    for worker, name, pid in ((first, "p_0", 6), (second, "p_1", 7)):
        pinned.emit(2, Kind.WORKER_STARTED, worker, pool, name)
        ready = far.thread if pid == 7 else trace.thread("near", pid=6).thread
        trace.pinned(pid).emit(3, Kind.WORKER_READY, worker, ready)
    main.emit(4, Kind.SUBMITTED, task, pool, "slow()")
    far.emit(5, Kind.STARTED, task, second)
    pinned.emit(10, Kind.POOL_BROKEN, pool, 0, "a worker ended")
    main.emit(11, Kind.FINISHED, task, second, "BrokenProcessPool", Outcome.EXCEPTION)
    pinned.emit(12, Kind.WORKER_GONE, first, -15, d=WorkerEnd.CRASHED)
    pinned.emit(13, Kind.WORKER_GONE, second, -9, d=WorkerEnd.CRASHED)
    (broken,) = [each for each in found(trace) if each.kind == "broken-pool"]
    assert broken.text == (
        "Pool p broke: worker p_1 (pid 7) was killed by SIGKILL while it ran slow(). It then ended "
        "its other worker by SIGTERM."
    )


def test_a_pool_that_ended_its_workers_itself_says_what_broke_it() -> None:
    """A result that cannot be unpickled breaks the standard library's pool: nobody had died."""
    trace = Trace()
    pool, worker = trace.id(), trace.id()
    pinned, far = trace.pinned(), trace.thread("far", pid=7)
    pinned.emit(1, Kind.POOL_CREATED, pool, 1, "p", 1 | 2 << 8)
    pinned.emit(2, Kind.WORKER_STARTED, worker, pool, "p_0")
    trace.pinned(7).emit(3, Kind.WORKER_READY, worker, far.thread)
    pinned.emit(10, Kind.POOL_BROKEN, pool, 0, "TypeError: no argument b.")
    pinned.emit(12, Kind.WORKER_GONE, worker, -15, d=WorkerEnd.CRASHED)
    (broken,) = [each for each in found(trace) if each.kind == "broken-pool"]
    assert broken.text == (
        "Pool p broke: TypeError: no argument b; worker p_0 (pid 7) was killed by SIGTERM."
    )


def test_a_pool_broken_by_its_initializer_says_so() -> None:
    trace = Trace()
    pool = trace.id()
    trace.pinned().emit(1, Kind.POOL_CREATED, pool, 2, "p")
    trace.pinned().emit(2, Kind.POOL_BROKEN, pool, 0, "the initializer raised ValueError: no")
    (finding,) = found(trace)
    assert finding.text == "Pool p broke: the initializer raised ValueError: no."


def quarrel(second: Kind = Kind.LOCK_WANTED) -> Trace:
    trace = Trace()
    one, two = trace.thread("worker 0"), trace.thread("worker 1")
    a, b = trace.id(), trace.id()
    for lock, name in ((a, "A"), (b, "B")):
        trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, name, LockKind.LOCK)
    one.emit(10, Kind.LOCK_ACQUIRED, a)
    two.emit(11, Kind.LOCK_ACQUIRED, b)
    one.emit(12, Kind.LOCK_WANTED, b, two.thread)
    two.emit(13, second, a if second == Kind.LOCK_WANTED else b)
    return trace


def test_a_deadlock_is_told_in_order() -> None:
    (finding,) = found(quarrel())
    assert finding.kind == "deadlock"
    assert finding.text == (
        "Deadlock: worker 0 holds A and waits for B; worker 1 holds B and waits for A."
    )
    assert (finding.at_ns, len(finding.subjects)) == (13, 4)


def test_one_who_waits_for_one_who_does_not_is_no_deadlock() -> None:
    assert found(quarrel(Kind.LOCK_RELEASED)) == []


def test_a_ring_that_may_still_time_out_is_no_deadlock() -> None:
    assert found(quarrel(), ended=False) == []


def test_a_ring_that_did_time_out_is_no_deadlock() -> None:
    trace = quarrel()
    one = trace.streams[1]
    one.emit(20, Kind.LOCK_GAVE_UP, one.rows[-1][1], d=1)
    (finding,) = found(trace)
    assert (finding.kind, finding.severity) == ("near-deadlock", "warning")
    assert (finding.at_ns, finding.end_ns) == (13, 20)
    assert finding.text == (
        "worker 0 holds A and waits for B; worker 1 holds B and waits for A; "
        "worker 0 gave up after 8 ns."
    )


def test_a_thread_that_waits_for_itself_is_a_deadlock() -> None:
    trace = Trace()
    one, lock = trace.thread("one"), trace.id()
    trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "A", LockKind.LOCK)
    one.emit(10, Kind.LOCK_ACQUIRED, lock)
    one.emit(12, Kind.LOCK_WANTED, lock, one.thread)
    (finding,) = found(trace)
    assert finding.text == "Deadlock: one holds A and waits for A."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-15, "was killed by SIGTERM"),
        (3, "exited with status 3"),
        (None, "ended in an unknown way"),
        (-4000, "was killed by signal 4000"),
    ],
)
def test_an_end_in_words(code: int | None, words: str) -> None:
    assert exit_words(code) == words


@pytest.mark.parametrize("kind", [PoolKind.THREAD, PoolKind.PROCESS])
def test_a_worker_that_never_was_ready_is_not_given_a_pid_or_a_status(kind: PoolKind) -> None:
    trace, pinned = Trace(), Trace.pinned
    pool, worker = trace.id(), trace.id()
    pinned(trace).emit(1, Kind.POOL_CREATED, pool, 1, "p", kind)
    pinned(trace).emit(2, Kind.WORKER_STARTED, worker, pool, "p_0")
    pinned(trace).emit(3, Kind.WORKER_GONE, worker, 0, d=WorkerEnd.CRASHED)
    pinned(trace).emit(4, Kind.POOL_BROKEN, pool, 0, "The initializer of p_0 raised KeyError: 1.")
    (finding,) = found(trace)
    assert finding.text == "Pool p broke: The initializer of p_0 raised KeyError: 1."
    assert finding.subjects == [str(pool), str(worker)]
