"""Workers that others replace: tasks that went with one, and how many there are at a time."""

from __future__ import annotations

import io

import pytest

from poolscope.analysis.crew import most_at_once
from poolscope.analysis.findings import Finding, findings
from poolscope.analysis.report import report
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.schema import Kind, Outcome, PoolKind, ReturnWhen, Role, WaitKind, WorkerEnd
from poolscope_gui import page
from tests.analysis.pool_load import Load, ns
from tests.analysis.traces import ORIGIN, Trace


def killed(*, returned: bool = False, replaced: bool = True, broken: bool = False) -> Trace:
    """A worker process that is killed while it runs a task; main waits for that, and a bystander
    for any of two."""
    trace = Trace()
    pool, worker, other, task, wait, done = (trace.id() for _ in range(6))
    main = trace.thread("main", role=Role.MAIN)
    pinned, far = trace.pinned(), trace.thread("far", pid=7)
    pinned.emit(1, Kind.POOL_CREATED, pool, 1, "p", PoolKind.PROCESS | 2 << 8)
    pinned.emit(2, Kind.WORKER_STARTED, worker, pool, "p_0")
    trace.pinned(7).emit(3, Kind.WORKER_READY, worker, far.thread)
    for number, key in enumerate((done, task)):
        main.emit(4, Kind.SUBMITTED, key, pool, f"f({number})")
        far.emit(5 + 2 * number, Kind.STARTED, key, worker)
    far.emit(6, Kind.RETURNED, done, worker, d=Outcome.RESULT)
    main.emit(7, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.RESULT)
    main.emit(7, Kind.WAIT_ITEM, task, 1)
    bystander, wait = trace.thread("bystander"), trace.id()
    how = WaitKind.RESULT | ReturnWhen.FIRST_COMPLETED << 8
    bystander.emit(5, Kind.WAIT_BEGAN, wait, 0, 2, how)
    for key in (done, task):
        bystander.emit(5, Kind.WAIT_ITEM, key, 1)
    if returned:
        far.emit(9, Kind.RETURNED, task, worker, d=Outcome.RESULT)
    pinned.emit(10, Kind.WORKER_GONE, worker, -9, d=WorkerEnd.CRASHED)
    if broken:
        pinned.emit(11, Kind.POOL_BROKEN, pool, 0, "a worker ended")
    if replaced:
        pinned.emit(12, Kind.WORKER_STARTED, other, pool, "p_1")
    return trace


def lost(trace: Trace) -> list[Finding]:
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return [each for each in findings(store) if each.kind == "lost-task"]


def test_a_task_that_went_with_its_worker_is_told_with_who_waits_for_it() -> None:
    (finding,) = lost(killed())
    assert finding.text == (
        "Worker p_0 (pid 7) was killed by SIGKILL while it ran f(1): p went on with another in "
        "its place, and the result of that task never comes; main waits for it."
    )
    assert (finding.at_ns, finding.severity) == (10, "warning")


@pytest.mark.parametrize("what", [{"returned": True}, {"replaced": False}, {"broken": True}])
def test_what_may_still_be_settled_is_not_lost(what: dict[str, bool]) -> None:
    assert lost(killed(**what)) == []


def test_the_most_at_once() -> None:
    assert most_at_once([], []) == 0
    assert most_at_once([0, 0, 0], [NEVER, 5, NEVER]) == 3
    # One that comes when another goes takes its place.
    assert most_at_once([0, 5, 9], [5, 8, NEVER]) == 1
    assert most_at_once([0, 4, 9], [5, 8, NEVER]) == 2
    assert most_at_once([0, 4, 9], [5, 8, NEVER], 1) == 1


def in_turn(arrivals: float) -> Load:
    """One worker at a time, which goes after each second; tasks of 0.1 s come first come first
    served, so many a second for 6 s."""
    load, free = Load(1), 0.0
    for second in range(1, 6):
        worker, stream = load.id(), load.thread(f"p_{second}", role=Role.WORKER)
        load.pinned().emit(ns(second), Kind.WORKER_GONE, load.crew[-1][1], 0, d=WorkerEnd.RECYCLED)
        load.pinned().emit(ns(second), Kind.WORKER_STARTED, worker, load.pool, f"p_{second}")
        load.pinned().emit(ns(second), Kind.WORKER_READY, worker, stream.thread)
        load.crew.append((stream, worker))
    for number in range(round(6 * arrivals)):
        begin = max(number / arrivals, free)
        free = begin + 0.099
        load.task(number / arrivals, int(begin), begin, free) if begin < 6 else load.task(
            number / arrivals
        )
    return load


def test_workers_in_turn_are_not_idle() -> None:
    assert in_turn(5).found("idle-workers") == []


def test_of_workers_in_turn_those_of_a_time_are_too_few() -> None:
    (finding,) = in_turn(20).found("saturation")
    assert "than its 1 worker could do" in finding.text
    assert "about 3 workers would keep up" in finding.text


def test_the_page_tells_workers_in_turn_from_those_of_a_time() -> None:
    store, file = Store(ORIGIN), io.StringIO()
    store.extend(in_turn(5).batches())
    page.write(report(store), file)
    assert "1 of 1 threads, 6 in turn" in file.getvalue()
