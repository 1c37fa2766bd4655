"""What workers are said to wait for: not what they do with what ``as_completed`` handed out, and
tasks only where they wait for tasks."""

from __future__ import annotations

import pytest

from poolscope.trace.schema import Kind, Outcome, ReturnWhen, WaitKind, WaitOutcome
from tests.analysis.pool_load import Load, ns
from tests.analysis.pool_site import MS, Site

TASK, BACK = 0.1, 0.02


def flooded(kind: WaitKind) -> Load:
    """More than two workers can do, as each call of 0.1 s has such a wait in it from beginning to
    end; ``as_completed`` hands its future out after 20 ms."""
    load = Load(2)
    back = load.id()
    load.pinned().emit(0, Kind.POOL_CREATED, back, 1, "back")
    helper = load.thread("helper").thread
    for number in range(240):
        key, (stream, row) = load.id(), load.crew[number % 2]
        load.main.emit(ns(number / 40), Kind.SUBMITTED, key, load.pool, "f()")
        begin = ns(0.05 + number // 2 * TASK)
        if begin > ns(6):
            continue
        stream.emit(begin, Kind.STARTED, key, row)
        wait, of = load.id(), helper  # a join waits for that
        if kind == WaitKind.AS_COMPLETED:
            of = load.id()
            stream.emit(begin, Kind.SUBMITTED, of, back, "g()")
        stream.emit(begin, Kind.WAIT_BEGAN, wait, 0, 1, kind)
        stream.emit(begin, Kind.WAIT_ITEM, of, 1)
        if kind == WaitKind.AS_COMPLETED:
            stream.emit(begin + ns(BACK), Kind.WAIT_RELEASED, wait, of)
        stream.emit(begin + ns(TASK), Kind.WAIT_ENDED, wait, of, 1)
        stream.emit(begin + ns(TASK), Kind.FINISHED, key, row, "None")
    return load


def test_a_saturated_pool_that_is_busy_with_what_it_was_handed_does_not_wait() -> None:
    (finding,) = flooded(WaitKind.AS_COMPLETED).found("saturation")
    assert "the workers spent 80% of their time running tasks. For tasks as" in finding.text


def test_a_saturated_pool_that_joins_threads_does_not_wait_for_tasks() -> None:
    (finding,) = flooded(WaitKind.JOIN).found("saturation")
    assert finding.text.endswith(
        "the workers spent 100% of their time waiting for threads to end: it is those that take it."
    )


def handed(site: Site, *, first_back: int | None) -> None:
    """A worker gets a future after 100 ms, is away with it until ``first_back`` ms, and waits for
    the next until 3,000; a task is queued all the time."""
    back, (one, two) = site.trace.id(), (site.trace.id(), site.trace.id())
    site.trace.pinned().emit(0, Kind.POOL_CREATED, back, 1, "back", 0)
    outer, wait = site.submit(0), site.trace.id()
    site.submit(0)
    stream = site.start(0, outer, 0)
    for task in (one, two):
        stream.emit(0, Kind.SUBMITTED, task, back, "g()")
    stream.emit(0, Kind.WAIT_BEGAN, wait, 0, 2, WaitKind.AS_COMPLETED)
    stream.emit(0, Kind.WAIT_ITEM, one, 2)
    stream.emit(100 * MS, Kind.WAIT_RELEASED, wait, one)
    if first_back is not None:
        stream.emit(first_back * MS, Kind.WAIT_RESUMED, wait)
        stream.emit(3_000 * MS, Kind.WAIT_ENDED, wait, two, 2)
        site.finish(3_000, outer, 0)


@pytest.mark.parametrize(
    ("part", "waited"),
    [
        ((0, 3_000), 1_100),
        ((2_000, 3_000), 1_000),  # it was away before
        ((500, 1_500), 0),  # all the time
        ((1_500, 2_500), 500),
        ((50, 150), 50),
    ],
)
def test_an_absence_counts_where_it_was(part: tuple[int, int], waited: int) -> None:
    site = Site(1)
    handed(site, first_back=2_000)
    begin, end = (each * MS for each in part)
    load = site.health(3_000, begin, end).load
    assert sum(load.elsewhere.values()) == waited * MS


def test_the_pool_waited_for_is_named_whatever_its_worker_had_done_before() -> None:
    site = Site(1)
    handed(site, first_back=2_000)
    found = site.health(3_000, 2_000 * MS, 2_900 * MS)
    assert found.text == "io waits for tasks of back: that took 100% of its workers' busy time."


def test_an_absence_that_lasts_is_no_wait() -> None:
    site = Site(1)
    handed(site, first_back=None)
    found = site.health(4_000)
    assert found.verdict != "waiting-elsewhere"
    assert sum(found.load.elsewhere.values()) == 100 * MS


@pytest.mark.parametrize("how", ["released", "all done", "lasts", "gave up"])
def test_of_several_pools_that_is_named_whose_task_came_last(how: str) -> None:
    """Also where a task of another is the first among those that are waited for."""
    site = Site(1)
    pinned, pools = site.trace.pinned(), {name: site.trace.id() for name in ("fast", "slow")}
    for name, key in pools.items():
        pinned.emit(0, Kind.POOL_CREATED, key, 1, name, 0)
    outer, wait = site.submit(0), site.trace.id()
    site.submit(0)
    stream = site.start(0, outer, 0)
    fast, slow = site.trace.id(), site.trace.id()
    stream.emit(0, Kind.SUBMITTED, fast, pools["fast"], "f()")
    stream.emit(0, Kind.SUBMITTED, slow, pools["slow"], "s()")
    stream.emit(0, Kind.WAIT_BEGAN, wait, 0, 2, WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8)
    stream.emit(0, Kind.WAIT_ITEM, fast, 2)
    helper = site.trace.thread("helper")
    helper.emit(1 * MS, Kind.FINISHED, fast, 0, "1", Outcome.RESULT)
    if how != "lasts":
        late = how == "gave up"
        helper.emit((950 if late else 899) * MS, Kind.FINISHED, slow, 0, "1", Outcome.RESULT)
        outcome = WaitOutcome.TIMEOUT if late else WaitOutcome.SATISFIED
        by = slow if how == "released" else 0  # which was the last is not always known
        stream.emit(900 * MS, Kind.WAIT_ENDED, wait, by, 1, outcome)
        site.finish(1_000, outer, 0)
    assert site.health(1_000).text.startswith("io waits for tasks of slow: that took ")
