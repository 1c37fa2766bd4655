"""Findings about what pools have to do: each where it is, and not where it is not."""

from __future__ import annotations

import pytest

from poolscope.analysis.findings import findings
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Signal, WaitKind
from tests.analysis.pool_load import Load, ns
from tests.analysis.traces import ORIGIN


def flooded(arrivals: float, calls: float, seconds: float = 6, size: int = 2) -> Load:
    """``arrivals`` tasks a second of ``calls`` seconds each, first come first served."""
    load = Load(size)
    free = [0.0] * size
    for number in range(round(arrivals * seconds)):
        submitted = number / arrivals
        worker = free.index(min(free))
        begin = max(submitted, free[worker])
        if begin > seconds:
            load.task(submitted)
            continue
        free[worker] = begin + calls
        load.task(submitted, worker, begin, begin + calls)
    return load


def test_a_pool_that_gets_more_than_it_can_do_is_saturated() -> None:
    (finding,) = flooded(arrivals=40, calls=0.1).found("saturation")
    assert finding.text == (
        "More was submitted to thread pool p than its 2 workers could do: from 75 ms on its queue "
        "grew by 20 tasks a second, to 120, the oldest being 2.98 s old; the workers spent 100% "
        "of their time running tasks. For tasks as these were, about 4 workers would keep up."
    )
    assert (finding.severity, finding.end_ns) == ("warning", None)
    assert finding.place.lane is not None


def test_a_saturated_pool_that_computes_is_promised_nothing_of_more_threads() -> None:
    load = flooded(arrivals=40, calls=0.1)
    load.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
    store = Store(ORIGIN)
    store.root_pid = 1
    store.extend(load.batches())
    store.cpu_ns = {1: store.now_ns}
    (finding,) = (each for each in findings(store) if each.kind == "saturation")
    assert finding.text.endswith(
        "the program computed in 100% of all its time, as much as one interpreter can; more "
        "threads would compute no more."
    )


@pytest.mark.parametrize(
    "load",
    [
        flooded(arrivals=15, calls=0.1),  # it keeps up
        flooded(arrivals=200, calls=0.1, seconds=1),  # a burst
    ],
)
def test_a_pool_that_keeps_up_and_a_burst_that_it_works_off_are_not(load: Load) -> None:
    assert load.found("saturation") == []


def test_what_is_submitted_at_once_and_worked_off_is_not() -> None:
    load = Load(2)
    for number in range(200):
        begin = number // 2 * 0.1
        load.task(0.001 * number, number % 2, begin + 0.2, begin + 0.3)
    assert load.found("saturation") == []


def held_up(*, queue: bool, seconds: float = 0.1) -> Load:
    """More than two workers can do, as each call of 0.1 s waits so long for a queue, or for a task
    of another pool."""
    load = Load(2)
    back, jobs = load.id(), load.id()
    load.pinned().emit(0, Kind.POOL_CREATED, back, 1, "back")
    load.pinned().emit(0, Kind.LOCK_CREATED, jobs, 0, "jobs", LockKind.QUEUE)
    for number in range(240):
        key, (stream, row) = load.id(), load.crew[number % 2]
        load.main.emit(ns(number / 40), Kind.SUBMITTED, key, load.pool, "f()")
        begin = ns(0.05 + number // 2 * 0.1)
        if begin > ns(6):
            continue
        stream.emit(begin, Kind.STARTED, key, row)
        if queue:
            stream.emit(begin, Kind.SIGNAL_WANTED, jobs, d=Signal.QUEUE_GET)
            stream.emit(begin + ns(seconds), Kind.SIGNAL_GOT, jobs, d=Signal.QUEUE_GET)
        else:
            wait, inner = load.id(), load.id()
            stream.emit(begin, Kind.SUBMITTED, inner, back, "g()")
            stream.emit(begin, Kind.RESULT_WANTED, wait, inner, 0, WaitKind.RESULT)
            stream.emit(begin + ns(seconds), Kind.WAIT_ENDED, wait, inner, 1)
        stream.emit(begin + ns(0.1), Kind.FINISHED, key, row, "None")
    return load


@pytest.mark.parametrize(("queue", "what"), [(True, "jobs; "), (False, "other tasks; ")])
def test_a_saturated_pool_whose_workers_only_wait_is_promised_nothing(
    queue: bool, what: str
) -> None:
    (finding,) = held_up(queue=queue).found("saturation")
    assert f"of their time waiting for {what}more workers would only wait" in finding.text
    assert "would keep up" not in finding.text


@pytest.mark.parametrize("queue", [True, False])
def test_what_its_workers_wait_for_they_do_not_run(queue: bool) -> None:
    (finding,) = held_up(queue=queue, seconds=0.04).found("saturation")
    assert "the workers spent 60% of their time running tasks. For tasks as" in finding.text


def contended(blocked: float, size: int = 3) -> Load:
    """Calls of 0.1 s, of which each waits a part for the lock that ``main`` or another holds."""
    load = Load(size)
    for turn in range(30):
        for worker, (stream, row) in enumerate(load.crew):
            t = turn * 0.1 + 0.01 * worker
            key = load.id()
            load.main.emit(ns(t), Kind.SUBMITTED, key, load.pool, "write()")
            stream.emit(ns(t), Kind.STARTED, key, row)
            stream.emit(ns(t), Kind.LOCK_WANTED, load.lock, load.main.thread, "w.py:1")
            stream.emit(ns(t + blocked), Kind.LOCK_ACQUIRED, load.lock, 0, "w.py:1", 1)
            stream.emit(ns(t + blocked), Kind.LOCK_RELEASED, load.lock)
            stream.emit(ns(t + 0.09), Kind.FINISHED, key, row, "None")
    return load


def test_a_lock_that_most_of_the_time_goes_into_is_a_convoy() -> None:
    (finding,) = contended(0.06).found("convoy")
    assert finding.text.startswith("db is the bottleneck of thread pool p: in ")
    assert "its 3 workers were blocked on it for 67% of the time" in finding.text
    assert finding.place.lock is not None


def test_a_lock_that_is_waited_for_now_and_then_is_none() -> None:
    assert contended(0.02).found("convoy") == []


def with_endless(end: float = -1, others: float = 0.01) -> Load:
    load = Load(2)
    for number in range(20):
        load.task(0, 0, number * 0.1, number * 0.1 + others)
    load.task(0, 1, 0, end, name="for_ever")
    load.task(2.5, 0, 2.6, -1 if end < 0 else 9, name="too")
    load.task(3, name="hungry")
    return load


def test_an_endless_task_starves_those_behind_it() -> None:
    (finding,) = with_endless().found("starvation", at=12)
    assert finding.text == (
        "for_ever() has held p_1 of thread pool p for 12 s, 1,200 times the usual length, and "
        "1 more worker is held likewise, while 1 task waited, the oldest for 9 s."
    )
    assert len(finding.lanes) == 2
    # And when it is looked at after the program was killed, having recorded nothing more.
    (after,) = with_endless().found("starvation", killed=12)
    assert after.text == finding.text
    assert with_endless().found("starvation", killed=4) == []


def test_an_endless_task_starves_nobody_while_there_is_another_worker() -> None:
    load = Load(2)
    load.task(0, 1, 0, name="for_ever")
    for number in range(100):
        load.task(number / 10, 0, number / 10, number / 10 + 0.05)
    assert load.found("starvation", at=12) == []


def test_a_task_of_the_usual_length_starves_nobody() -> None:
    assert with_endless(others=0.9).found("starvation", at=7) == []


def test_soon_after_its_start_nobody_is_called_starved() -> None:
    assert with_endless().found("starvation", at=4) == []


def test_where_none_has_ended_it_is_waited_longer() -> None:
    load = Load(1)
    load.task(0, 0, 0, name="first")
    load.task(1, name="second")
    assert load.found("starvation", at=20) == []
    (finding,) = load.found("starvation", at=31)
    assert finding.text == (
        "first() has held p_0 of thread pool p for 31 s while 1 task waited, the oldest for 30 s."
    )


def test_workers_that_never_had_work_are_named() -> None:
    load = Load(4)
    for number in range(40):
        load.task(number / 10, number % 2, number / 10, number / 10 + 0.15)
    (finding,) = load.found("idle-workers")
    assert finding.text == (
        "Thread pool p has 4 workers, of which never more than 2 had work at once: "
        "2 of them were not needed."
    )
    assert finding.severity == "note"


def kinds(load: Load, *, lost: int = 0, dropped: int = 0) -> set[str]:
    """Of what is found after a minute, some records being missing."""
    store = Store(ORIGIN)
    store.extend(load.batches())
    store.account(lost=lost, dropped=dropped, torn=0, exits={}, errors=[], finished=False)
    return {each.kind for each in findings(store, now_ns=ns(60))}


@pytest.mark.parametrize(("lost", "dropped"), [(1, 0), (0, 1)])
def test_where_records_are_missing_workers_may_have_had_work(lost: int, dropped: int) -> None:
    load = Load(4)
    for number in range(40):
        load.task(number / 10, number % 2, number / 10, number / 10 + 0.15)
    assert "idle-workers" not in kinds(load, lost=lost, dropped=dropped)


@pytest.mark.parametrize(
    ("kind", "load"),
    [
        ("saturation", flooded(arrivals=40, calls=0.1)),
        ("convoy", contended(0.06)),
        ("starvation", with_endless()),
    ],
)
def test_where_an_end_may_be_lost_no_pool_is_accused(kind: str, load: Load) -> None:
    assert kind in kinds(load)
    assert kind not in kinds(load, lost=1)


@pytest.mark.parametrize("tasks", [4, 40])
def test_workers_that_all_had_work_once_or_had_too_little_are_not(tasks: int) -> None:
    load = Load(4)
    for number in range(tasks):
        load.task(number / 10, number % 4, number / 10, number / 10 + 0.35)
    load.main.emit(ns(5), Kind.SPAN_BEGAN, load.id(), 0, "later")
    assert load.found("idle-workers") == []
