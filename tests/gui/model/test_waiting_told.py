"""What is told of waits: which futures counted as done, what released it, when nobody waited."""

from __future__ import annotations

import pytest

from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    GaveUp,
    Kind,
    LockKind,
    Outcome,
    ReturnWhen,
    Role,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)
from poolscope_gui.model import stories, story
from poolscope_gui.model.chart import Hit, Hop
from poolscope_gui.model.quantities import duration
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.statistics import figures
from poolscope_gui.model.story import Goal
from poolscope_gui.model.task_rows import Column, TaskRows
from poolscope_gui.model.tracks import NEVER
from tests.analysis.traces import Stream
from tests.gui.made_traces import MS, MadeRun, every_state

SHUT = WaitKind.SHUTDOWN


def told(store: Store, part: str, row: int) -> list[str]:
    """The sentences and figures of a thing."""
    found = stories.story(ChartSource(store), Goal(part, row))  # type: ignore[arg-type]
    return story.plain(found).splitlines()


class Waiting:
    """A run with a caller; ``wait`` makes a call of it that begins, and ends where it is said."""

    def __init__(self) -> None:
        self.run = MadeRun()
        self.caller = self.run.trace.thread("caller", role=Role.CALLER)

    def begin(
        self,
        at: int,
        futures: list[int],
        kind: WaitKind = WaitKind.WAIT,
        when: ReturnWhen = ReturnWhen.ALL_COMPLETED,
        stream: Stream | None = None,
    ) -> int:
        wait, stream = self.run.trace.id(), stream or self.caller
        how = kind | (when if kind == WaitKind.WAIT else 0) << 8
        stream.emit(at * MS, Kind.WAIT_BEGAN, wait, 0, len(futures), how)
        for future in futures:
            stream.emit(at * MS, Kind.WAIT_ITEM, future, 1)
        return wait

    def end(
        self,
        at: int,
        wait: int,
        done: list[int],
        outcome: WaitOutcome = WaitOutcome.SATISFIED,
        by: int = 0,
        stream: Stream | None = None,
    ) -> None:
        stream = stream or self.caller
        for future in done:
            stream.emit(at * MS, Kind.WAIT_DONE, future, 1)
        stream.emit(at * MS, Kind.WAIT_ENDED, wait, by, len(done), outcome)


def test_who_is_cancelled_is_done_for_a_wait_once_that_was_noticed() -> None:
    made = Waiting()
    task = made.run.submit(0)
    made.run.cancel(task, 1)
    made.end(20, made.begin(10, [task]), [], WaitOutcome.TIMEOUT)
    still = made.begin(30, [task])
    store = made.run.take()
    for row in (0, 1):
        lines = told(store, "wait", row)
        assert "Done (0)." in lines
        assert "Not done (1): #1." in lines
        assert "Cancelled, but nobody had noticed (1): #1." in lines
    assert told(store, "task", 0)[4] == (
        "Nobody has noticed that yet: only then wait() and as_completed() count it as done."
    )
    made.run.workers[0][1].emit(40 * MS, Kind.NOTIFIED, task)
    made.end(41, still, [task], by=task)
    made.run.take()
    assert "Done (1): #1." in told(store, "wait", 1)
    lines = told(store, "task", 0)
    assert lines[3:6] == [
        "Cancelled at 0.001 s, before it began: it never ran.",
        "That was noticed 39.0 ms later: from then on wait() and as_completed() count it as done.",
        "Its end released wait(#1, ALL_COMPLETED) of caller, 40.0 ms later.",
    ]
    # The wait began after cancel(), but was released by it all the same.
    chart = ChartSource(store)
    at = {lane.title: number for number, lane in enumerate(chart.lanes)}
    hop = Hop(at["MainThread"], 1 * MS, at["caller"], 41 * MS)
    assert hop in chart.hops(Hit("task", ref=0))
    assert chart.hops(Hit("wait", ref=1)) == (hop,)
    assert chart.unblocking(Hit("wait", ref=1)).words == "task #1 was cancelled"


def test_of_a_result_it_is_done_at_once() -> None:
    made = Waiting()
    task = made.run.submit(0)
    wait = made.begin(1, [task], WaitKind.RESULT)
    made.run.cancel(task, 5)
    made.end(6, wait, [], by=task)
    assert "Done (1): #1." in told(made.run.take(), "wait", 0)


def test_what_fails_in_the_queue_never_ran_and_its_line_ends_there() -> None:
    made = Waiting()
    task = made.run.submit(0)
    wait = made.begin(1, [task], WaitKind.RESULT)
    text = "BrokenThreadPool: no"
    made.run.trace.pinned().emit(9 * MS, Kind.FINISHED, task, 0, text, Outcome.EXCEPTION)
    made.end(10, wait, [], by=task)
    store = made.run.take()
    assert "It never ran: it was given BrokenThreadPool: no at 0.009 s." in told(store, "task", 0)
    chart = ChartSource(store)
    at = {lane.title: number for number, lane in enumerate(chart.lanes)}
    main, caller = at["MainThread"], at["caller"]
    assert chart.hops(Hit("task", ref=0)) == (
        Hop(main, 0, main, 9 * MS),
        Hop(main, 9 * MS, caller, 10 * MS),
    )
    found = chart.unblocking(Hit("wait", ref=0))
    assert (found.words, found.lane, found.time) == ("task #1 was settled", main, 9 * MS)


def test_what_is_settled_by_hand_in_the_queue_never_ran() -> None:
    run = MadeRun()
    task = run.submit(0)
    run.main.emit(7 * MS, Kind.FINISHED, task, 0, "'by hand'", Outcome.RESULT)
    assert "It never ran: it was given 'by hand' at 0.007 s." in told(run.take(), "task", 0)


def test_of_a_future_made_by_hand() -> None:
    made = Waiting()
    task = made.run.trace.id()
    wait = made.begin(1, [task], WaitKind.RESULT)
    made.run.main.emit(3 * MS, Kind.STARTED, task)
    made.run.main.emit(7 * MS, Kind.FINISHED, task, 0, "1", Outcome.RESULT)
    made.end(8, wait, [], by=task)
    store = made.run.take()
    lines = told(store, "task", 0)
    assert lines[0] == "#1 (finished)"
    assert lines[2] == "Started by its maker at 0.003 s and ran it for 4.00 ms."
    found = ChartSource(store).unblocking(Hit("wait", ref=0))
    assert (found.lane, found.why_not) == (NEVER, "task #1 was settled, and has no lane")


@pytest.mark.parametrize(
    ("when", "failed", "said"),
    [
        (ReturnWhen.ALL_COMPLETED, False, "all of its futures had been done already"),
        (ReturnWhen.FIRST_COMPLETED, False, "at least one of its futures had been done already"),
        (ReturnWhen.FIRST_EXCEPTION, True, "one of its futures had raised already"),
        (ReturnWhen.FIRST_EXCEPTION, False, "all of its futures had been done already"),
    ],
)
def test_a_wait_that_had_not_to_wait_says_so(when: ReturnWhen, failed: bool, said: str) -> None:
    made = Waiting()
    task = made.run.submit(0)
    made.run.start(task, 1)
    made.run.finish(task, 2, failed=failed)
    made.end(11, made.begin(10, [task], when=when), [task])
    store = made.run.take()
    assert told(store, "wait", 0)[2] == f"It went on at 0.011 s: {said}."
    why_not = ChartSource(store).unblocking(Hit("wait", ref=0)).why_not
    assert why_not == f"Nothing had to let it go on: {said}"


@pytest.mark.parametrize(
    ("when", "failed", "row", "said"),
    [
        (ReturnWhen.ALL_COMPLETED, False, 1, "#2 sleep was the last that was missing"),
        (ReturnWhen.FIRST_COMPLETED, False, 0, "#1 sleep was the first that was done"),
        (ReturnWhen.FIRST_EXCEPTION, True, 1, "#2 sleep was the first that raised an exception"),
    ],
)
def test_whose_record_names_no_future_goes_by_the_clock(
    when: ReturnWhen, failed: bool, row: int, said: str
) -> None:
    made = Waiting()
    tasks = [made.run.submit(0), made.run.submit(0)]
    wait = made.begin(1, tasks, when=when)
    for worker, task in enumerate(tasks):
        made.run.start(task, 2, worker)
        made.run.finish(task, 10 * (worker + 1), worker, failed=failed and worker == 1)
    made.end(30, wait, tasks)
    store = made.run.take()
    assert told(store, "wait", 0)[2] == f"It went on at 0.03 s: by the clock, {said}."
    chart = ChartSource(store)
    assert chart.unblocking(Hit("wait", ref=0)).words == f"task #{row + 1} ended"
    # The task says the same of itself: in its story, in its tip, and as its line and the wait's.
    call = f"wait(2 futures, {when.name})"
    lines = told(store, "task", row)
    later = duration(30 * MS - int(store.tasks.finished[row]))
    assert f"By the clock, its end released {call} of caller, {later} later." in lines
    assert not [line for line in told(store, "task", 1 - row) if "released" in line]
    tip = dict(chart.facts(Hit("task", ref=row)).pairs)
    assert tip["released"] == f"{call} of caller, by the clock"
    assert "released" not in dict(chart.facts(Hit("task", ref=1 - row)).pairs)
    reason = said.partition(" was ")
    wait_tip = dict(chart.facts(Hit("wait", ref=0)).pairs)
    assert wait_tip["released by"] == f"by the clock {reason[0]}: {reason[2]}"
    hop = Hop(
        row, int(store.tasks.finished[row]), chart.lane_of_thread(store.waits[0].thread), 30 * MS
    )
    assert hop in chart.hops(Hit("task", ref=row))
    assert chart.hops(Hit("wait", ref=0)) == (hop,)


def test_futures_of_which_nothing_was_recorded_are_counted() -> None:
    made = Waiting()
    task = made.run.submit(0)
    wait = made.run.trace.id()
    made.caller.emit(MS, Kind.WAIT_BEGAN, wait, 0, 3, ReturnWhen.ALL_COMPLETED << 8)
    made.caller.emit(MS, Kind.WAIT_ITEM, task, 1)
    lines = told(made.run.take(), "wait", 0)
    assert lines[0] == "wait(3 futures, ALL_COMPLETED) (waits)"
    assert lines[3:7] == [
        "It waits for 3 futures, return_when ALL_COMPLETED.",
        "Done (0).",
        "Not done (1): #1.",
        "Of 2 of them nothing was recorded.",
    ]


def test_who_asks_imap_unordered_waits_for_any() -> None:
    made = Waiting()
    tasks = [made.run.submit(0), made.run.submit(0)]
    wait = made.run.trace.id()
    how = WaitKind.RESULT | ReturnWhen.FIRST_COMPLETED << 8
    made.caller.emit(MS, Kind.WAIT_BEGAN, wait, 0, 2, how)
    for worker, task in enumerate(tasks):
        made.caller.emit(MS, Kind.WAIT_ITEM, task, 1)
        made.run.start(task, 2, worker)
        made.run.finish(task, 20 - 10 * worker, worker)
    made.end(11, wait, [])
    lines = told(made.run.take(), "wait", 0)
    assert lines[2] == "It went on at 0.011 s: by the clock, #2 sleep was the first that was done."
    assert lines[3] == "It waited for any of 2 futures."


def test_a_shutdown_waits_for_workers() -> None:
    made = Waiting()
    task = made.run.submit(0)
    made.end(5, made.begin(1, [], SHUT), [])
    made.begin(6, [task], SHUT)
    store = made.run.take()
    assert told(store, "wait", 0)[3] == "It waited until the pool's workers had ended."
    assert told(store, "wait", 1)[3] == (
        "It waits for 1 future, and until the pool's workers have ended."
    )


def as_completed(worker: bool) -> tuple[Waiting, list[int], int]:
    """A call over two futures: away from 10 to 30 ms with the first, from 40 ms with the second."""
    made = Waiting()
    futures = [made.run.submit(0, "one()"), made.run.submit(0, "two()")]
    stream = made.caller
    if worker:
        made.run.start(made.run.submit(0, "outer()"), 1)
        stream = made.run.workers[0][1]
    wait = made.begin(2, futures, WaitKind.AS_COMPLETED, stream=stream)
    stream.emit(10 * MS, Kind.WAIT_RELEASED, wait, futures[0])
    stream.emit(30 * MS, Kind.WAIT_RESUMED, wait)
    stream.emit(40 * MS, Kind.WAIT_RELEASED, wait, futures[1])
    return made, futures, wait


def test_a_task_away_with_a_future_of_as_completed_is_not_blocked() -> None:
    made, _, wait = as_completed(worker=True)
    worker = made.run.workers[0][1]
    inner = made.begin(50, [made.run.submit(45)], stream=worker)
    made.end(55, inner, [], WaitOutcome.TIMEOUT, stream=worker)
    made.end(90, wait, [], stream=worker)
    made.run.finish(int(made.run.take().tasks.id[2]), 101)
    lines = told(made.run.take(), "task", 2)
    # 2 to 10, 30 to 40, and in the inner wait 50 to 55, of 100 ms.
    assert lines[4:7] == [
        "Blocked 2 times, 23.0 ms in all: 23% of its run.",
        "\N{BULLET} 18.0 ms in as_completed(2 futures)",
        "\N{BULLET} 5.00 ms in wait(#4, ALL_COMPLETED), which timed out",
    ]
    assert "of that blocked: 23.0 ms" in lines
    assert "waited for futures: 23.0 ms" in told(made.run.store, "worker", 0)


def test_what_as_completed_handed_out_and_how_it_ended() -> None:
    made, _, wait = as_completed(worker=False)
    made.run.main.emit(60 * MS, Kind.SUBMITTED, made.run.trace.id(), made.run.pool, "last()")
    store = made.run.take()
    lines = told(store, "wait", 0)
    assert lines[0] == "as_completed(2 futures) (away)"
    assert lines[2] == "It does not wait now: for 20.0 ms its thread has gone on with #2 two."
    caller = next(row for row, each in enumerate(store.threads) if each.name == "caller")
    assert "waited for futures: 18.0 ms" in told(store, "thread", caller)
    made.end(70, wait, [])
    store = made.run.take()
    lines = told(store, "wait", 0)
    assert lines[2] == "All its futures had been handed out at 0.07 s."
    assert lines[-3:] == [
        "lasted: 68.0 ms",
        "of that waited: 18.0 ms",
        "of that away with a future: 50.0 ms",
    ]
    assert "waited for futures: 18.0 ms" in told(store, "thread", caller)


def test_an_as_completed_that_was_left_or_ran_out_of_time() -> None:
    made = Waiting()
    futures = [made.run.submit(0), made.run.submit(0)]
    for at, outcome in ((10, WaitOutcome.SATISFIED), (30, WaitOutcome.TIMEOUT)):
        wait = made.begin(at, futures, WaitKind.AS_COMPLETED)
        made.caller.emit((at + 1) * MS, Kind.WAIT_RELEASED, wait, futures[0])
        made.end(at + 5, wait, [], outcome)
    store = made.run.take()
    assert told(store, "wait", 0)[2] == "It was left at 0.015 s, when it had handed out 1 of 2."
    handed = [line for line in told(store, "task", 0) if line.startswith("Handed out")]
    assert handed == ["Handed out by as_completed(2 futures) to caller."] * 2


def test_every_blocked_stretch_of_a_task_is_counted() -> None:
    made = Waiting()
    run, (_, worker) = made.run, made.run.workers[0]
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    task = run.submit(0)
    run.start(task, 1)
    for number in range(700):
        worker.emit((2 + 2 * number) * MS, Kind.LOCK_WANTED, lock, 0, "w.py:1")
        gap = 1 + (number == 650) * MS // 2
        worker.emit((3 + 2 * number) * MS + gap - 1, Kind.LOCK_GAVE_UP, lock, d=GaveUp.TIMEOUT)
    run.finish(task, 1_500)
    lines = told(run.take(), "task", 0)
    at = lines.index("Blocked 700 times, 700 ms in all: 47% of its run.")
    assert lines[at + 1] == "\N{BULLET} 1.50 ms for db"
    assert "\N{BULLET} and 688 shorter ones" in lines


def test_what_a_killed_worker_ran_it_ran_until_it_was_gone() -> None:
    made = Waiting()
    run, (key, _) = made.run, made.run.workers[0]
    task = run.submit(0)
    run.start(task, 1)
    run.trace.pinned().emit(11 * MS, Kind.WORKER_GONE, key, -9, 0, WorkerEnd.CRASHED)
    run.main.emit(15 * MS, Kind.FINISHED, task, 0, "BrokenProcessPool", Outcome.EXCEPTION)
    store = run.take()
    assert "Started by io_0 at 0.001 s and ran it for 10.0 ms." in told(store, "task", 0)
    assert dict(ChartSource(store).facts(Hit("task", ref=0)).pairs)["ran"] == "10.0 ms"
    run.workers[0][1].emit(MS, Kind.RECEIVED, task, key)
    said = "It did not return: its future was given BrokenProcessPool at 0.015 s."
    assert said in told(run.take(), "task", 0)
    found = figures(store, 0, 20 * MS, 20 * MS)
    assert found.ran is not None
    assert (found.ran.longest, found.workers[0].busy_ns) == (10 * MS, 10 * MS)
    rows = TaskRows()
    rows.set_store(store)
    rows.filter(">9ms <11ms")
    rows.refresh()
    assert rows.rows.tolist() == [0]
    assert rows.text(0, Column.RAN) == "10.0 ms"


def test_a_thread_that_crashed_has_no_exit_code() -> None:
    run = MadeRun()
    run.trace.pinned().emit(9 * MS, Kind.WORKER_GONE, run.workers[0][0], 0, 0, WorkerEnd.CRASHED)
    store = run.take()
    assert "It ended at 0.009 s: crashed." in told(store, "worker", 0)
    assert ChartSource(store).lanes[0].ending == "crashed"


def test_a_worker_whose_initializer_raised_says_so() -> None:
    run = MadeRun()
    worker = run.workers[0][0]
    pinned = run.trace.pinned()
    raised = "connect\nConnectionError: no route\nto db"
    pinned.emit(8 * MS, Kind.INITIALIZER_RAISED, worker, 0, raised)
    # A worker process of the library's pool exits with status 0 then.
    pinned.emit(9 * MS, Kind.WORKER_GONE, worker, 0, 0, WorkerEnd.FINISHED)
    store = run.take()
    said = "Its initializer connect raised ConnectionError: no route."
    assert said in told(store, "worker", 0)
    ending = ChartSource(store).lanes[0].ending
    assert ending == "its initializer raised ConnectionError: no route"


def test_an_rlock_that_a_dead_thread_has() -> None:
    run = MadeRun()
    lock, dead = run.trace.id(), run.trace.thread("dead")
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "re", LockKind.RLOCK)
    dead.emit(MS, Kind.LOCK_ACQUIRED, lock, 0, "w.py:1")
    run.trace.pinned().emit(2 * MS, Kind.THREAD_ENDED, dead.thread)
    lines = told(run.take(), "lock", 0)
    assert lines[1:3] == ["An rlock, first used at 0.0 s.", "Held by dead, which has ended."]


def test_a_worker_whose_end_was_not_recorded_lives_only_as_long_as_the_trace_grows() -> None:
    store = every_state().store
    over, live = ChartSource(store), ChartSource(store, lambda: store.now_ns)
    for chart, lives, how_long in [
        (over, "Its end was not recorded.", " that were recorded"),
        (live, "It lives.", " so far"),
    ]:
        lines = story.plain(stories.story(chart, Goal("worker", 0))).splitlines()
        assert lives in lines
        assert next(line for line in lines if line.startswith("lived")).endswith(how_long)
        (tip,) = [value for name, value in chart.facts(Hit("lane", 0)).pairs if name == "lived"]
        assert tip.endswith(how_long)
