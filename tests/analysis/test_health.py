"""How a pool does: each cause from a trace that shows it, and none from one that does not."""

from __future__ import annotations

import pytest

from poolscope.analysis.health_load import Spread
from poolscope.analysis.measures import Measures
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind, Outcome, WaitKind
from tests.analysis.pool_site import MS, Site
from tests.analysis.traces import ORIGIN


def queueing(workers: int = 1) -> Site:
    """A task every 10 ms that takes 20 ms: twice what one worker can do."""
    site = Site(workers)
    free = 0
    for number in range(40):
        came = number * 10
        began = max(came, free)
        free = began + 20
        site.run(came, began, free)
    return site


def test_a_load_beyond_its_workers_is_too_small_a_pool_and_more_would_have_helped() -> None:
    found = queueing().health(800)
    assert found.verdict == "too-small"
    assert found.load.utilisation == pytest.approx(1.0)
    now, double, _ = found.replays
    assert (now.workers, double.workers) == (1, 2)
    assert now.wait_p95 > 300 * MS
    assert double.wait_max == 0
    assert "io is too small for this load" in found.text
    assert "with 2 workers the same tasks would have waited 0" in found.text


def test_where_events_were_lost_it_is_said_and_nothing_is_promised() -> None:
    found = queueing().health(800, lost=12)
    assert found.evidence[0].startswith("12 events of this recording could not be written")
    assert found.replays == ()
    assert "would have" not in found.text
    nothing = queueing().health(800, 900 * MS, 950 * MS, lost=12)
    assert nothing.verdict == "unused"
    assert nothing.text == "Nothing is known of io here: 12 events could not be written."
    assert "could not be written" not in "".join(queueing().health(800).evidence)


def test_the_figures_are_those_of_the_load() -> None:
    load = queueing().health(800).load
    assert (load.arrived, load.completed, load.queued) == (40, 40, 0)
    assert load.arrival_rate == pytest.approx(50.0)
    assert load.run == Spread(20 * MS, 20 * MS, 20 * MS)
    assert load.queue_wait is not None
    assert load.queue_wait.longest == 390 * MS
    assert load.queued_mean == pytest.approx(sum(range(0, 400, 10)) / 800)


def test_littles_law_holds_for_what_was_recorded() -> None:
    load = queueing().health(800).load
    assert load.expected_queue == pytest.approx(load.queued_mean)


def test_what_was_sent_and_never_began_has_waited_until_it_failed() -> None:
    site = Site(1)
    site.run(0, 0, 40)
    task = site.submit(0)
    site.main.emit(10 * MS, Kind.SENT, task)
    site.main.emit(80 * MS, Kind.FINISHED, task, 0, "BrokenProcessPool", Outcome.EXCEPTION)
    load = site.health(100).load
    assert load.queued_mean == pytest.approx(0.8)
    assert load.expected_queue == pytest.approx(0.8)


def test_of_a_range_only_what_lies_in_it_is_counted() -> None:
    load = queueing().health(800, 100 * MS, 200 * MS).load
    assert load.arrived == 10
    assert load.busy == 100 * MS
    assert load.completed == 5
    assert load.queued == 10  # of 20 that had come, ten had begun
    assert load.oldest == 100 * MS


def test_no_figure_is_a_share_of_a_time_in_which_there_was_no_pool() -> None:
    site = Site(2, created=500)
    site.run(500, 500, 600)
    site.trace.pinned().emit(600 * MS, Kind.POOL_ENDED, site.pool)
    life = site.health(1000).load
    whole = site.health(1000, 0, 1000 * MS).load
    assert (life.begin, life.end) == (whole.begin, whole.end) == (500 * MS, 600 * MS + 1)
    assert whole.utilisation == pytest.approx(0.5)
    before = site.health(1000, 0, 400 * MS)
    assert (before.load.begin, before.load.end, before.verdict) == (0, 400 * MS, "unused")


def test_a_pool_that_keeps_up_is_healthy() -> None:
    site = Site(2)
    for number in range(20):
        site.run(number * 10, number * 10, number * 10 + 13, number % 2)
    found = site.health(203)
    assert found.verdict == "healthy"
    assert "keeps up" in found.text


def test_nothing_submitted_is_said() -> None:
    assert Site(2).health(100).verdict == "unused"


def test_a_pool_whose_tasks_ran_nobody_saw_where_has_no_figures_of_its_workers() -> None:
    """As under gevent: each is seen to start and to end, on no worker."""
    site = Site(2)
    for number in range(4):
        task = site.submit(number)
        site.main.emit((number + 1) * MS, Kind.STARTED, task, 0)
        site.main.emit((number + 2) * MS, Kind.FINISHED, task, 0, "1", Outcome.RESULT)
    found = site.health(10)
    assert found.text == "Which workers ran the tasks of io was not seen."
    assert (found.verdict, found.load.completed, found.replays) == ("unknown", 4, ())
    store = Store(ORIGIN)
    store.extend(site.trace.batches())
    assert Measures(store).utilisation(0) is None
    site.run(20, 20, 25)
    assert "not seen" not in site.health(30).text


def test_callers_that_are_slow_to_submit_are_the_limit() -> None:
    site = Site(2)
    for number in range(20):
        site.run(number * 100, number * 100, number * 100 + 5, number % 2)
    found = site.health(2000)
    assert found.verdict == "slow-callers"
    assert "submit 10 tasks a second; it could run 400 tasks a second" in found.text


def test_a_pool_blocked_on_a_lock_names_the_lock_and_who_held_it() -> None:
    site = Site(2)
    lock = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    holder = site.trace.thread("janitor")
    holder.emit(0, Kind.LOCK_ACQUIRED, lock)
    tasks = [site.submit(0), site.submit(0)]
    for number, task in enumerate(tasks):
        site.start(0, task, number).emit(1 * MS, Kind.LOCK_WANTED, lock, holder.thread)
    holder.emit(60 * MS, Kind.LOCK_RELEASED, lock)
    for number, task in enumerate(tasks):
        _, stream = site.workers[number]
        stream.emit((60 + 10 * number) * MS, Kind.LOCK_ACQUIRED, lock, d=1)
        stream.emit((70 + 10 * number) * MS, Kind.LOCK_RELEASED, lock)
        site.finish(70 + 10 * number, task, number)
    found = site.health(80)
    assert found.verdict == "blocked"
    assert "io is blocked on db, mostly held by janitor" in found.text
    assert found.load.blocked == (59 + 69) * MS


def blocked_in_turn(workers: int) -> Site:
    """Each worker has the lock for 10 ms in each task of 10 ms, one after another."""
    site = Site(workers)
    lock = site.trace.id()
    site.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    owner, free = 0, 0
    for number in range(40):
        worker = number % workers
        task = site.submit(number)
        stream = site.start(max(number, (number - workers + 1) * 10), task, worker)
        if number:
            stream.emit(
                max(number, (number - workers + 1) * 10) * MS, Kind.LOCK_WANTED, lock, owner
            )
        stream.emit(free * MS, Kind.LOCK_ACQUIRED, lock, d=int(number > 0))
        owner, free = stream.thread, free + 10
        stream.emit(free * MS, Kind.LOCK_RELEASED, lock)
        site.finish(free, task, worker)
    return site


def test_workers_that_block_each_other_in_turn_are_not_laid_to_one_of_them() -> None:
    found = blocked_in_turn(4).health(400)
    assert found.verdict == "blocked"
    assert "io is blocked on db, held by 4 threads in turn" in found.text


def test_of_two_that_take_turns_neither_is_said_to_have_it_mostly() -> None:
    """One of two always has it for a little more than half of the time."""
    found = blocked_in_turn(2).health(400)
    assert "io is blocked on db, held by 2 threads in turn" in found.text


def test_no_replay_promises_what_a_lock_would_not_let_be() -> None:
    """With more workers each task would have run for longer: the replay knows nothing of that."""
    assert blocked_in_turn(4).health(400).replays == ()


def test_workers_that_wait_for_their_own_pool_are_told_so() -> None:
    site = Site(1)
    outer = site.submit(0)
    stream = site.start(0, outer, 0)
    inner = site.trace.id()
    stream.emit(1 * MS, Kind.SUBMITTED, inner, site.pool, "inner()")
    stream.emit(2 * MS, Kind.WAIT_BEGAN, site.trace.id(), 0, 1, WaitKind.RESULT)
    stream.emit(2 * MS, Kind.WAIT_ITEM, inner, 1)
    found = site.health(500)
    assert found.verdict == "waiting-on-itself"
    assert (
        "its one worker waits for tasks of the same pool, while 1 of its tasks waits for a worker"
    ) in found.text
    assert len(found.load.stuck) == 1


def test_waiting_for_another_pool_is_not_waiting_for_itself() -> None:
    site = Site(1)
    outer, other = site.submit(0), site.trace.id()
    site.trace.pinned().emit(0, Kind.POOL_CREATED, other, 1, "far", 0)
    stream, inner = site.start(0, outer, 0), site.trace.id()
    stream.emit(1 * MS, Kind.SUBMITTED, inner, other, "inner()")
    stream.emit(2 * MS, Kind.WAIT_BEGAN, site.trace.id(), 0, 1, WaitKind.RESULT)
    stream.emit(2 * MS, Kind.WAIT_ITEM, inner, 1)
    assert site.health(500).load.waiting_itself == 0


def test_tasks_that_do_not_end_are_named_while_others_wait() -> None:
    site = Site(2)
    for number in range(20):
        site.run(number * 10, number * 10, number * 10 + 5)
    site.start(300, site.submit(300, "poll_for_ever()"), 1)
    for number in range(30):
        site.submit(400 + number)
    site.start(401, site.submit(401), 0)
    found = site.health(5000)
    assert found.verdict == "endless"
    assert "poll_for_ever()" in found.text
    assert "30 wait" in found.text


def test_a_model_that_does_not_fit_gives_no_advice() -> None:
    """The tasks queued though the worker was free: no number of workers explains that."""
    site = Site(1)
    for number in range(10):
        site.run(number, 500 + number * 20, 519 + number * 20)
    assert site.health(700).replays == ()


def test_a_burst_that_queues_is_no_health_however_idle_the_rest() -> None:
    site = Site(2)
    for number in range(20):
        worker = number % 2
        site.run(0, number // 2 * 10, number // 2 * 10 + 10, worker)
    found = site.health(2000)
    assert found.load.utilisation == pytest.approx(0.05)
    assert found.load.queued_time == 90 * MS
    assert found.load.pressed == pytest.approx(1.0)
    assert found.verdict == "too-small"
    assert "too small for its bursts" in found.text
    assert "busy 100% of the 90 ms in which tasks were queued" in found.text


def test_workers_are_under_pressure_only_while_something_is_queued() -> None:
    site = Site(1)
    site.run(0, 0, 10)  # nothing waits
    site.run(20, 20, 30)
    site.run(22, 30, 35)  # waits from 22 to 30
    site.run(50, 55, 60)  # waits though the worker is free
    load = site.health(100).load
    assert load.queued_time == (8 + 5) * MS
    assert load.busy_meanwhile == 8 * MS


def test_waiting_beside_idle_workers_is_no_overload_and_is_said() -> None:
    site = Site(2)
    for number in range(6):
        site.run(0, 500, 510 + number, number % 2)
    found = site.health(1000)
    assert found.verdict == "healthy"
    assert "has room for its load, and yet tasks waited 500 ms" in found.text
    (why,) = found.evidence
    assert "only starting" in why
    assert "interpreter" in why, "threads may all have been ready, and had to take turns"


@pytest.mark.parametrize(("starts_at", "verdict"), [(40, "too-small"), (400, "healthy")])
def test_a_burst_is_told_by_what_its_tasks_waited_for(starts_at: int, verdict: str) -> None:
    """Workers that come up late, and then a queue: which of the two took more of the wait."""
    site = Site(2)
    for number in range(60):
        begin = starts_at + number // 2 * 5
        site.run(0, begin, begin + 5, number % 2)
    found = site.health(starts_at + 150)
    assert found.load.pressed < 0.85
    assert found.verdict == verdict
    assert ("has room" in found.text) == (verdict == "healthy")
    if verdict == "too-small":
        # The sentence and the replays beside it, which tell what to expect of more.
        now, _, most = found.replays
        assert (now.wait_p95, now.makespan) == (140 * MS, 150 * MS)
        assert (most.workers, most.makespan) == (8, 40 * MS)
        assert (
            "with 8 workers the same tasks would have waited 35 ms instead of 140 ms (95 %), and "
            "the last been done 40 ms after the first came instead of 150 ms." in found.text
        )
        assert "only starting" in found.evidence[-1]


def test_a_queue_with_one_task_in_it_for_most_of_the_time_was_not_mostly_empty() -> None:
    """The first task waits for its worker, a process, to come up; the others hardly."""
    site = Site(2)
    site.run(0, 900, 901)
    for number in range(3):
        site.run(910 + number, 910 + number, 911 + number)
    found = site.health(1000)
    assert found.load.utilisation < 0.5
    assert found.load.queued_mean < 1
    assert "mostly empty" not in found.text
    assert "io has room for its load, and yet tasks waited 0 (median), 765 ms (95 %)" in found.text


def test_where_nothing_started_nothing_keeps_up() -> None:
    site = Site(1)
    site.submit(5)
    found = site.health(20)
    assert (found.verdict, found.text) == ("unused", "No task of io has started here.")
