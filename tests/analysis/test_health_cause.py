"""Which cause is told of a pool whose tasks wait: the true one of several, or none."""

from __future__ import annotations

import pytest

from poolscope.analysis.health import health
from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    Kind,
    LockKind,
    Outcome,
    PoolKind,
    Role,
    Signal,
    StartMethod,
    WaitKind,
)
from tests.analysis.pool_site import MS, Site
from tests.analysis.traces import ORIGIN


def wait_for(site: Site, at: int, task: int, number: int, *, until: int | None = None) -> None:
    """A worker waits for a future."""
    _, stream = site.workers[number]
    wait = site.trace.id()
    stream.emit(at * MS, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.RESULT)
    stream.emit(at * MS, Kind.WAIT_ITEM, task, 1)
    if until is not None:
        stream.emit(until * MS, Kind.WAIT_ENDED, wait, task, 1)


def lock(site: Site, name: str = "db") -> int:
    key = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, key, 0, name, LockKind.LOCK)
    return key


def other_pool(site: Site) -> int:
    key = site.trace.id()
    site.trace.pinned().emit(0, Kind.POOL_CREATED, key, 1, "back", 0)
    return key


# -- its own futures ----------------------------------------------------------------------


def test_waiting_for_its_own_pool_harms_nobody_while_there_is_room() -> None:
    site = Site(4)
    for round_ in range(10):
        at = round_ * 100
        outer = site.submit(at)
        site.start(at, outer, 0)
        inner = site.submit(at)
        site.start(at + 1, inner, 1)
        wait_for(site, at, inner, 0, until=at + 60)
        site.finish(at + 60, inner, 1)
        site.finish(at + 60, outer, 0)
    found = site.health(1000)
    assert found.load.share(found.load.waiting_itself) > 0.5
    assert found.verdict == "slow-callers"


def test_a_pool_that_waits_for_itself_for_ever_has_no_endless_tasks() -> None:
    site = Site(2)
    for number in range(20):
        site.run(number * 10, number * 10, number * 10 + 9, number % 2)
    outer = [site.submit(300), site.submit(300)]
    for number, task in enumerate(outer):
        site.start(300, task, number)
    inner = [site.submit(301), site.submit(301)]
    for number, task in enumerate(inner):
        wait_for(site, 302, task, number)
    found = site.health(60_000)
    assert found.verdict == "waiting-on-itself"
    assert "each of 2 workers waits for tasks of the same pool, while 2 of its" in found.text


# -- locks --------------------------------------------------------------------------------


def test_workers_in_a_deadlock_are_blocked_whatever_they_did_before() -> None:
    site = Site(2)
    for number in range(200):
        site.run(number * 100, number * 100, number * 100 + 100, number % 2)
    one, two = lock(site, "one"), lock(site, "two")
    for number, (has, wants) in enumerate([(one, two), (two, one)]):
        stream = site.start(20_000, site.submit(20_000, "transfer()"), number)
        stream.emit(20_000 * MS, Kind.LOCK_ACQUIRED, has)
        other = site.workers[1 - number][1].thread
        stream.emit(20_001 * MS, Kind.LOCK_WANTED, wants, other)
    for _ in range(5):
        site.submit(20_010)
    found = site.health(23_000)
    assert found.load.share(found.load.blocked) < 0.25
    assert found.verdict == "blocked"
    assert "2 of 2 workers are blocked while 5 wait" in found.text
    assert found.replays == ()


def test_a_lock_is_laid_to_who_had_it_while_others_waited_not_as_they_began() -> None:
    """A worker has it as another begins to wait; what then takes long is the janitor."""
    site = Site(2)
    db, janitor = lock(site), site.trace.thread("janitor")
    (_, one), (_, two) = site.workers
    tasks = [site.submit(0), site.submit(0)]
    for number, task in enumerate(tasks):
        site.start(0, task, number)
    one.emit(1 * MS, Kind.LOCK_ACQUIRED, db)
    two.emit(2 * MS, Kind.LOCK_WANTED, db, one.thread)
    janitor.emit(2 * MS, Kind.LOCK_WANTED, db, one.thread)
    one.emit(3 * MS, Kind.LOCK_RELEASED, db)
    janitor.emit(3 * MS, Kind.LOCK_ACQUIRED, db, d=1)
    janitor.emit(90 * MS, Kind.LOCK_RELEASED, db)
    two.emit(90 * MS, Kind.LOCK_ACQUIRED, db, d=1)
    two.emit(91 * MS, Kind.LOCK_RELEASED, db)
    for number, task in enumerate(tasks):
        site.finish(95, task, number)
    assert "io is blocked on db, mostly held by janitor" in site.health(100).text


def test_a_lock_that_was_had_from_after_its_release_on_was_had_by_nobody() -> None:
    """A damaged trace: it is blocked all the same, and nobody is named."""
    site = Site(1)
    db, janitor = lock(site), site.trace.thread("janitor")
    ((_, one),) = site.workers
    task = site.submit(0)
    site.start(0, task, 0)
    one.emit(2 * MS, Kind.LOCK_WANTED, db, janitor.thread)
    janitor.emit(5000 * MS, Kind.LOCK_ACQUIRED, db)
    janitor.emit(50 * MS, Kind.LOCK_RELEASED, db)
    one.emit(90 * MS, Kind.LOCK_ACQUIRED, db, d=1)
    site.finish(95, task, 0)
    assert "io is blocked on db: its workers spent 93%" in site.health(100).text


# -- tasks that do not end ----------------------------------------------------------------


def long_tasks() -> Site:
    """Ten tasks of 2 s each, submitted at once to two workers."""
    site = Site(2)
    for number in range(10):
        begin = number // 2 * 2000
        site.run(0, begin, begin + 2000, number % 2)
    return site


def test_the_first_tasks_of_a_pool_are_not_endless_for_being_the_first() -> None:
    site = Site(2)
    for number in range(2):
        site.start(0, site.submit(0), number)
    for _ in range(8):
        site.submit(0)
    assert site.health(1900).verdict == "too-small"


def test_where_none_has_ended_for_long_they_do_not_end() -> None:
    site = Site(2)
    for number in range(2):
        site.start(0, site.submit(0, "serve()"), number)
    site.submit(0)
    found = site.health(31_000)
    assert found.verdict == "endless"
    assert "2 of 2 workers of io are held by tasks that do not end (serve(), serve()" in found.text
    assert found.text.endswith("while 1 waits.")


def test_in_a_part_of_a_run_what_ended_later_did_end() -> None:
    assert long_tasks().health(10_000, 2100 * MS, 3900 * MS).verdict == "too-small"


def test_a_task_is_as_long_as_is_usual_in_the_pool_not_in_the_part_that_is_looked_at() -> None:
    site = long_tasks()
    for number in range(2):
        site.start(10_000, site.submit(10_000), number)
    site.submit(10_000)
    assert site.health(11_900, 10_001 * MS, 11_900 * MS).verdict == "too-small"


def test_one_long_task_is_no_harm_while_the_queue_moves() -> None:
    site = Site(4)
    for number in range(300):
        site.run(number * 10, number * 10, number * 10 + 5, 1)
    site.start(0, site.submit(0, "serve()"), 0)
    site.submit(2999)  # has only just come
    assert site.health(3000).verdict != "endless"


# -- a part of a run ----------------------------------------------------------------------


def test_a_part_in_which_nothing_was_submitted_is_not_unused() -> None:
    found = long_tasks().health(10_000, 2500 * MS, 6500 * MS)
    assert found.load.arrived == 0
    assert found.verdict == "too-small"
    assert "2 workers were busy 100%" in found.text


def test_a_part_in_which_tasks_only_went_on_has_kept_nobody_waiting() -> None:
    site = Site(2)
    site.run(0, 0, 5000)
    found = site.health(6000, 1000 * MS, 2000 * MS)
    assert (found.verdict, found.text) == (
        "healthy",
        "io keeps up with its load: no task waited for a worker.",
    )


def test_a_part_in_which_there_was_nothing_to_do_is_said_to_be_one() -> None:
    site = Site(2)
    site.run(0, 0, 10)
    found = site.health(6000, 1000 * MS, 2000 * MS)
    assert (found.verdict, found.text) == ("unused", "io had nothing to do here.")


# -- others ------------------------------------------------------------------------------


def test_a_pool_that_waits_for_another_one_would_not_be_helped_by_more_workers() -> None:
    site = Site(1)
    back = other_pool(site)
    for number in range(40):
        task = site.submit(number)
        stream = site.start(number * 20, task, 0)
        inner = site.trace.id()
        stream.emit(number * 20 * MS, Kind.SUBMITTED, inner, back, "inner()")
        wait_for(site, number * 20, inner, 0, until=number * 20 + 19)
        site.finish(number * 20 + 20, task, 0)
    found = site.health(800)
    assert found.verdict == "waiting-elsewhere"
    assert "io waits for tasks of back: that took 95% of its workers' busy time" in found.text
    assert found.replays == ()


def test_a_pool_that_waits_for_a_queue_names_it() -> None:
    site = Site(1)
    queue = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, queue, 0, "jobs", LockKind.QUEUE)
    for number in range(40):
        task = site.submit(number)
        stream = site.start(number * 20, task, 0)
        stream.emit(number * 20 * MS, Kind.SIGNAL_WANTED, queue, d=Signal.QUEUE_GET)
        stream.emit((number * 20 + 19) * MS, Kind.SIGNAL_GOT, queue, d=Signal.QUEUE_GET)
        site.finish(number * 20 + 20, task, 0)
    found = site.health(800)
    assert found.verdict == "waiting-elsewhere"
    assert "io waits for jobs: that took 95% of its workers' busy time" in found.text
    assert found.replays == ()


@pytest.mark.parametrize("before", [0, 400])
def test_workers_that_wait_for_what_never_comes_are_not_held_by_endless_tasks(before: int) -> None:
    """Also not where they had worked for long before, and more workers would have helped then."""
    site = Site(2)
    event = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, event, 0, "ready", LockKind.EVENT)
    for number in range(before):
        site.run(number * 100, number * 100, number * 100 + 99, number % 2)
    at = before * 100
    for number in range(2):
        stream = site.start(at, site.submit(at), number)
        stream.emit(at * MS, Kind.SIGNAL_WANTED, event, d=Signal.EVENT_WAIT)
    site.submit(at + 1)
    found = site.health(at + 3_000)
    assert found.verdict == "waiting-elsewhere"
    assert found.text == ("io waits for ready: 2 of 2 workers are held up by it while 1 waits.")


def test_consumers_that_wait_for_work_are_no_trouble_while_no_task_waits() -> None:
    site = Site(2)
    queue = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, queue, 0, "jobs", LockKind.QUEUE)
    for number in range(2):
        stream = site.start(0, site.submit(0, "consume()"), number)
        stream.emit(1 * MS, Kind.SIGNAL_WANTED, queue, d=Signal.QUEUE_GET)
    found = site.health(60_000)
    assert found.verdict == "healthy"
    assert found.evidence == ("Its workers spent 100% of their busy time waiting for jobs.",)


# -- words -------------------------------------------------------------------------------


def test_workers_that_were_never_started_are_not_called_its_workers() -> None:
    site = Site(2)
    more = site.trace.id()
    site.trace.pinned().emit(0, Kind.POOL_CREATED, more, 12, "wide", 0)
    stream, worker = site.trace.thread("wide_0", role=Role.WORKER), site.trace.id()
    site.trace.pinned().emit(0, Kind.WORKER_STARTED, worker, more, "wide_0")
    site.trace.pinned().emit(0, Kind.WORKER_READY, worker, stream.thread)
    site.pool, site.workers = more, [(worker, stream)]
    for number in range(20):
        site.run(number * 100, number * 100, number * 100 + 5)
    found = site.health(2000, pool=1)
    assert "the 12 workers that it may have were busy 0% of the time" in found.text


@pytest.mark.parametrize(
    ("workers", "processes", "cpu_ms", "verdict"),
    [
        (2, 1, 395, "computing"),
        (2, 1, 200, "too-small"),  # half of the time it waited for something
        (2, 1, 700, "too-small"),  # threads that compute side by side
        (1, 1, 395, "too-small"),  # one has the interpreter for itself
        (2, 2, 395, "too-small"),  # whose processor that was is not known
        (2, 1, None, "too-small"),
    ],
)
def test_threads_that_compute_are_promised_nothing_of_more_threads(
    workers: int, processes: int, cpu_ms: int | None, verdict: str
) -> None:
    site = queueing(workers)
    for pid in range(1, processes + 1):
        site.trace.pinned(pid).emit(0, Kind.PROCESS_STARTED, pid, 0, "script")
    store = Store(ORIGIN)
    store.root_pid = 1
    store.extend(site.trace.batches())
    store.now_ns = 400 * MS
    store.cpu_ns = {} if cpu_ms is None else {1: cpu_ms * MS}
    found = health(store, 0, 0, 400 * MS)
    assert found.verdict == verdict
    if verdict == "computing":
        assert found.replays == ()
        assert found.text == (
            "io has more to compute than one interpreter can: its 2 workers were busy 100% of the "
            "time, and the program computed in 99% of all its time."
        )


def queueing(workers: int) -> Site:
    """A task every 10 ms, of which each worker can do half."""
    site = Site(workers)
    free = [0] * workers
    for number in range(40):
        first = free.index(min(free))
        began = max(number * 10, free[first])
        free[first] = began + 20 * workers
        site.run(number * 10, began, free[first], first)
    return site


def moved(kind: PoolKind, size: int, pickling: int, back: int) -> Site:
    """Twenty tasks at once, that run 1 ms each after they came there one after the other."""
    site = Site(2)
    row = site.trace.pinned().rows[1]
    site.trace.pinned().rows[1] = (*row[:4], kind | StartMethod.FORK << 8, row[5])
    tasks = [site.submit(0) for _ in range(20)]
    for number, task in enumerate(tasks):
        at = (number + 1) * 30
        site.main.emit(at * MS, Kind.PICKLED, task, size, pickling * MS)
        stream = site.start(at, task, number % 2)
        stream.emit((at + 1) * MS, Kind.RETURNED, task, site.workers[number % 2][0])
        stream.emit((at + 1 + back) * MS, Kind.FINISHED, task, 0, "1", Outcome.RESULT)
    return site


def test_a_pool_that_waits_for_its_arguments_to_be_pickled_says_so() -> None:
    found = moved(PoolKind.PROCESS, 2_000_000, 29, 1).health(700)
    assert found.verdict == "moving-data"
    assert found.text == (
        "io spends its time on moving arguments, 2 MB a task: to pickle the arguments took 29 ms, "
        "to bring the result back 1 ms, the task itself 1 ms (medians)."
    )
    assert found.replays == ()


def test_a_pool_that_moves_its_data_now_and_then_is_promised_no_more_than_it_can() -> None:
    """By how long its calls ran alone it could have run 2,000 a second."""
    found = moved(PoolKind.PROCESS, 2_000_000, 29, 1).health(12_000)
    assert found.verdict == "slow-callers"
    assert found.text.endswith("Its callers submit 1.67 tasks a second.")
    assert found.evidence[0].startswith("io spends its time on moving arguments, 2 MB a task")
    quick = moved(PoolKind.PROCESS, 200, 0, 1).health(12_000)
    assert "it could run 2,000 tasks a second" in quick.text


@pytest.mark.parametrize(
    "site",
    [
        moved(PoolKind.PROCESS, 200, 29, 1),  # little to move: something else kept it
        moved(PoolKind.PROCESS, 2_000_000, 0, 0),
        moved(PoolKind.THREAD, 2_000_000, 29, 1),
    ],
)
def test_what_is_small_or_quickly_moved_is_not_blamed(site: Site) -> None:
    assert site.health(700).verdict == "healthy"


def test_more_processes_are_promised_nothing_but_on_processors_of_their_own() -> None:
    site = Site(1)
    site.trace.pinned().emit(0, Kind.POOL_CREATED, site.pool, 1, "io", PoolKind.PROCESS)
    for number in range(40):
        site.run(number * 10, number * 20, number * 20 + 20)
    found = site.health(800)
    assert found.verdict == "too-small"
    assert "processors for so many" in found.evidence[0]
