"""What is told of a future, a wait, a blocked stretch, a lock and a worker."""

from __future__ import annotations

import re

import numpy as np

from poolscope.analysis.store import NEVER, Store
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    Kind,
    Outcome,
    ReturnWhen,
    Role,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)
from poolscope.trace.values import PICKLED_TOGETHER, Engine
from poolscope_gui.model import stories, story
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.story import Goal, Inks, Story, Telling
from poolscope_gui.model.task_rows import Column, TaskRows
from tests.analysis.drawing import Drawn
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS, MadeRun, every_state
from tests.gui.model.process_trace import two_calls

INKS = Inks("#000000", "#777777", "#0072b2", "#b84300", "#f0f0f0")
DRAWING = """
    w0   |..AAAA..CC|
    w1   |.BBB##BB..|
    main |.....###..|
"""


def of(store: Store, goal: Goal, *, live: bool = False) -> tuple[ChartSource, Story]:
    chart = ChartSource(store, (lambda: store.now_ns) if live else None)
    chart.update()
    return chart, stories.story(chart, goal)


def sentences(told: Story) -> list[str]:
    return story.plain(told).splitlines()[1 : 1 + len(told.told)]


def test_a_future_that_raised_and_that_nobody_read() -> None:
    run = every_state()
    trace = 'Traceback:\n  File "jobs.py", line 12, in fetch\n    raise ValueError\nValueError: no'
    run.workers[1][1].emit(20 * MS, Kind.TRACEBACK, run.store.tasks.id[1], 0, trace)
    _, told = of(run.take(), Goal("task", 1))
    assert (told.title, told.state, told.alarm) == ("#2 fetch('b')", "exception", True)
    assert sentences(told) == [
        "Submitted by MainThread at 0.001 s, to the pool io.",
        "Waited in the queue for 11.0 ms.",
        "Started by io_1 at 0.012 s and ran it for 8.00 ms.",
        "Raised ValueError: no host b at 0.02 s, in fetch, jobs.py:12.",
        "Nobody read its exception.",
    ]
    assert [(p.heading, p.text, p.code) for p in told.passages] == [
        ("Arguments of fetch", "'b'", False),
        ("Exception", "ValueError: no host b", False),
        ("Traceback", trace, True),
    ]
    still = ChartSource(run.store)
    still.set_clock(lambda: 50 * MS)
    still.update()
    assert sentences(stories.story(still, Goal("task", 1)))[-1] == (
        "Nobody has read its exception yet."
    )
    run.main.emit(30 * MS, Kind.EXCEPTION_READ, run.store.tasks.id[1])
    assert sentences(of(run.take(), Goal("task", 1))[1])[-1] == "Its exception was read."


def test_what_a_thread_does_now_is_not_its_number() -> None:
    run = every_state()
    chart = ChartSource(run.take())
    chart.update()
    numbers = {lane.title: number for number, lane in enumerate(chart.lanes)}
    main = chart.lanes[numbers["MainThread"]]
    assert main.detail.startswith("pid ")
    told = chart.facts(Hit("lane", numbers["MainThread"]))
    assert "now" not in dict(told.pairs)
    worker = dict(chart.facts(Hit("lane", numbers["io_0"])).pairs)
    assert worker["now"].startswith("#3 fetch")


def test_pending_running_cancelled_and_refused() -> None:
    run = every_state()
    running = sentences(of(run.store, Goal("task", 2), live=True)[1])
    assert "Started by io_0 at 0.04 s and runs it: 60.0 ms so far." in running
    assert running[-1] == "cancel() was refused 1 time: it had begun, or was done."
    cancelled = sentences(of(run.store, Goal("task", 3))[1])
    assert cancelled[-1] == "Cancelled at 0.05 s, before it began: it never ran."
    pending = sentences(of(run.store, Goal("task", 4), live=True)[1])
    assert pending[-1] == "Waits in the queue, 96.0 ms so far."


def test_a_message_that_ends_in_a_full_stop_ends_no_sentence() -> None:
    run = MadeRun()
    for number, message in enumerate(("E: It broke.", "E: and so on ...")):
        task = run.submit(number, "f()")
        run.start(task, number + 1, number)
        run.finish(task, 9, worker=number, result=message, failed=True)
    store = run.take()
    first, second = (sentences(of(store, Goal("task", row))[1]) for row in (0, 1))
    assert "Raised E: It broke at 0.009 s." in first
    assert "Raised E: and so on ... at 0.009 s." in second


def test_of_a_run_that_is_over_nothing_goes_on() -> None:
    run = every_state()
    _, told = of(run.store, Goal("task", 2))
    ran = "Started by io_0 at 0.04 s and ran it to the end of the recording: 60.0 ms."
    assert ran in sentences(told)
    assert dict(told.figures)["ran"] == "60.0 ms that were recorded"
    pending = sentences(of(run.store, Goal("task", 4))[1])
    assert pending[-1] == "Waited in the queue to the end of the recording: 96.0 ms."
    ring = Ring()
    ring.close(5)
    ring.time_goes_by(15)
    store = ring.take()
    chart, told = of(store, Goal("task", 0))
    assert "\N{BULLET} 10.0 ms, to the end of the recording, for B, held by io_1 (task #2)" in (
        sentences(told)
    )
    block, held = (sentences(stories.story(chart, Goal(part, 0))) for part in ("block", "hold"))
    assert "Blocked to the end of the recording: 9.00 ms." in block
    assert "Held it to the end of the recording: 13.0 ms." in held
    facts = chart.facts(Hit("block", ref=0)), chart.facts(Hit("hold", ref=0))
    assert dict(facts[0].pairs)["then"] == "blocked to the end of the recording"
    assert dict(facts[1].pairs)["released"] == "not recorded"
    assert not [pair for each in facts for pair in each.pairs if "so far" in pair[1]]


def test_what_it_released_and_its_callbacks() -> None:
    run = MadeRun()
    first, second = run.submit(0, "first()"), run.submit(0, "second()")
    for number, (wait, when) in enumerate(
        ((run.trace.id(), ReturnWhen.FIRST_COMPLETED), (run.trace.id(), ReturnWhen.ALL_COMPLETED))
    ):
        caller = run.trace.thread(f"caller-{number}", role=Role.CALLER)
        caller.emit(2 * MS, Kind.WAIT_BEGAN, wait, 0, 2, WaitKind.WAIT | when << 8)
        caller.emit(2 * MS, Kind.WAIT_ITEM, first, 2)
        end, by = ((11, first), (31, second))[number]
        caller.emit(end * MS, Kind.WAIT_DONE, first, 1 + number)
        caller.emit(end * MS, Kind.WAIT_ENDED, wait, by, 1 + number, WaitOutcome.SATISFIED)
    run.start(first, 5)
    run.finish(first, 10)
    worker = run.workers[0][1]
    worker.emit(12 * MS, Kind.CALLBACK_BEGAN, first, 0, "note")
    worker.emit(15 * MS, Kind.CALLBACK_ENDED, first, 0, 0, Outcome.EXCEPTION)
    run.start(second, 20)
    run.finish(second, 30)
    chart, told = of(run.take(), Goal("task", 0))
    text = "\n".join(sentences(told))
    assert "Its end released wait(2 futures, FIRST_COMPLETED) of caller-0, 1.00 ms later." in text
    assert "ALL_COMPLETED" not in text
    assert "Its callback note ran for 3.00 ms on io_0 and raised." in text
    assert Goal("wait", 0) in story.links(told)
    waited = stories.story(chart, Goal("wait", 0))
    lines = sentences(waited)
    assert lines[1] == "It was released by #1 first at 0.011 s: the first that was done."
    assert lines[2] == "It waited for 2 futures, return_when FIRST_COMPLETED."
    assert lines[3:5] == ["Done (1): #1.", "Not done (1): #2."]
    last = sentences(stories.story(chart, Goal("wait", 1)))
    assert last[1] == "It was released by #2 second at 0.031 s: the last that was missing."
    facts = dict(chart.facts(Hit("wait", ref=1)).pairs)
    assert facts["released by"] == "#2 second: the last that was missing"


def test_the_way_to_a_worker_process_and_back() -> None:
    chart, told = of(two_calls(), Goal("task", 0))
    assert sentences(told)[2:] == [
        "Pickled to 39 bytes, sent at 0.002 s; cpu_0 received it 8.00 ms later, "
        "and began it 2.00 ms after that.",
        "Started by cpu_0 at 0.012 s and ran it for 38.0 ms.",
        "Returned 832040 at 0.05 s.",
        "Its result, 7 bytes, was pickled and sent in 4.00 ms, received 6.00 ms after that, "
        "and the future was settled 1.00 ms later.",
    ]
    assert dict(told.figures) == {
        "in the queue": "2.00 ms",
        "on the way": "8.00 ms",
        "unpickled": "2.00 ms",
        "ran": "38.0 ms",
        "result pickled": "4.00 ms",
        "on the way back": "6.00 ms",
        "settled": "1.00 ms",
        "in all": "61.0 ms",
    }
    half = dict(stories.story(chart, Goal("task", 1)).figures)
    assert list(half) == ["in the queue", "on the way", "unpickled", "ran", "in all"]


def test_what_the_standard_library_unpickles_unseen_is_no_time_of_its_own() -> None:
    chart, told = of(two_calls(took=2 * MS, late=6, engine=Engine.STDLIB), Goal("task", 0))
    assert sentences(told)[2:] == [
        "Handed over at 0.002 s, 3.00 ms later pickled to 39 bytes in 2.00 ms; "
        "cpu_0 had received and unpickled it 5.00 ms later.",
        "Started by cpu_0 at 0.012 s and ran it for 38.0 ms.",
        "Returned 832040 at 0.05 s.",
        "Its result, 7 bytes, was pickled and sent in 4.00 ms, and received, unpickled and settled "
        "7.00 ms after that.",
    ]
    parts = {
        "waited to be pickled": "3.00 ms",
        "pickled": "2.00 ms",
        "on the way, unpickled": "5.00 ms",
        "ran": "38.0 ms",
        "result pickled": "4.00 ms",
        "on the way back, unpickled": "7.00 ms",
    }
    assert dict(told.figures) == {"in the queue": "2.00 ms", **parts, "in all": "61.0 ms"}
    tip = dict(chart.facts(Hit("task", 0, 0)).pairs)
    assert parts.items() <= tip.items()
    assert not {"unpickled", "settled"} & set(tip)


def test_a_result_that_a_broken_pool_did_not_receive() -> None:
    store = two_calls()
    store.tasks.put("result_received", np.array([0]), np.array([NEVER]))
    last = "Its result, 7 bytes, was pickled and sent in 4.00 ms; it was never received."
    assert sentences(of(store, Goal("task", 0))[1])[-1] == last


def test_how_long_it_was_pickled_and_when() -> None:
    _, told = of(two_calls(took=MS // 2), Goal("task", 0))
    assert sentences(told)[2].startswith(
        "Pickled to 39 bytes in 500 µs, sent at 0.002 s; cpu_0 rec"
    )
    assert told.figures[:3] == (
        ("in the queue", "2.00 ms"),
        ("of that pickled", "500 µs"),
        ("on the way", "8.00 ms"),
    )
    _, told = of(two_calls(took=MS // 2, together=PICKLED_TOGETHER), Goal("task", 0))
    assert " in 500 µs, together with others, sent at" in sentences(told)[2]
    assert told.figures[1] == ("of that pickled with others", "500 µs")
    _, told = of(two_calls(took=2 * MS, late=6), Goal("task", 0))
    assert sentences(told)[2] == (
        "Handed over at 0.002 s, 3.00 ms later pickled to 39 bytes in 2.00 ms; "
        "cpu_0 received it 3.00 ms later, and began it 2.00 ms after that."
    )
    assert told.figures[:4] == (
        ("in the queue", "2.00 ms"),
        ("waited to be pickled", "3.00 ms"),
        ("pickled", "2.00 ms"),
        ("on the way", "3.00 ms"),
    )


def test_a_blocked_task_its_stretch_its_lock_and_who_held_it() -> None:
    chart, told = of(Drawn(DRAWING).store(), Goal("task", 1))
    assert sentences(told)[3:5] == [
        "Blocked 1 time, 2.00 ms in all: 29% of its run.",
        "\N{BULLET} 2.00 ms for lock, held by main",
    ]
    goals = story.links(told)
    assert {Goal("block", 0), Goal("lock", 0), Goal("thread", 0)} <= set(goals)
    block = stories.story(chart, Goal("block", 0))
    assert "It was held by main since 0.0 s." in sentences(block)
    assert "It was doing #2 B." in sentences(block)
    assert dict(block.figures)["blocked"] == "2.00 ms"
    lock = stories.story(chart, Goal("lock", 0))
    assert (lock.title, lock.state) == ("lock", "lock")
    assert dict(lock.figures)["waited for at most by"] == "1 thread"


def test_a_stretch_is_not_laid_to_the_first_owner_alone() -> None:
    run = Ring()
    lock, (first, second) = run.locks[0], (stream for _, stream in run.workers)
    second.emit(5 * MS, Kind.LOCK_WANTED, lock, first.thread, "src/x.py:9")
    first.emit(10 * MS, Kind.LOCK_RELEASED, lock)
    run.main.emit(10 * MS + 1, Kind.LOCK_ACQUIRED, lock)
    run.take()
    still = "\N{BULLET} {} for A, held by {}"
    told = of(run.store, Goal("task", 1), live=True)[1]
    assert sentences(told)[-1] == still.format("5.00 ms so far", "MainThread, before by 1 other")
    run.main.emit(20 * MS, Kind.LOCK_RELEASED, lock)
    second.emit(20 * MS + 1, Kind.LOCK_ACQUIRED, lock, d=ACQUIRED_AFTER_WAIT)
    run.take()
    told = stories.story(ChartSource(run.store), Goal("task", 1))
    assert sentences(told)[-1] == still.format("15.0 ms", "io_0 (task #1), then by 1 other")


def test_every_link_of_every_story_leads_somewhere() -> None:
    for store in (Drawn(DRAWING).store(), two_calls(), every_state().store):
        chart = ChartSource(store)
        todo = [Goal("task", row) for row in range(len(store.tasks))]
        seen: set[Goal] = set()
        while todo:
            goal = todo.pop()
            if goal in seen:
                continue
            seen.add(goal)
            lane, _, hit = stories.place_of(chart, goal)
            assert lane >= 0 or hit is not None
            if goal.part != "moment":
                if hit is not None and goal.part != "thread":
                    assert stories.goal_of(chart, hit) == goal
                todo += story.links(stories.story(chart, goal))
        assert {goal.part for goal in seen} >= {"task", "thread", "worker", "moment"}


def test_what_a_script_named_is_text_and_links_are_numbered() -> None:
    telling = Telling()
    telling.say("by ", story.Link("<b>me</b>", Goal("thread", 3)), "")
    telling.point(story.Link("&", Goal("task", 1)))
    telling.passage("Result", "<script>")
    written = story.page(telling.done("<i>x</i>", "a<b"), INKS)
    assert not re.search("<(i|b|script)>(x|me)", written)
    assert re.findall(r"goal:(\d)", written) == ["0", "1"]
    assert "&lt;script&gt;" in written


def test_a_wait_that_lasts_and_one_whose_time_was_up() -> None:
    run = every_state()
    ids = [int(key) for key in run.store.tasks.id]
    caller = run.trace.thread("caller-1", role=Role.CALLER)
    lasting, late = run.trace.id(), run.trace.id()
    limit = 5 * MS + 1
    caller.emit(60 * MS, Kind.WAIT_BEGAN, late, limit, 1, WaitKind.RESULT)
    caller.emit(60 * MS, Kind.WAIT_ITEM, ids[2], 1)
    caller.emit(65 * MS, Kind.WAIT_ENDED, late, 0, 0, WaitOutcome.TIMEOUT)
    caller.emit(70 * MS, Kind.RESULT_WANTED, lasting, ids[2], 0, WaitKind.RESULT)
    chart, told = of(run.take(), Goal("wait", 0), live=True)
    assert sentences(told)[:2] == [
        "caller-1 called result() at 0.06 s, for 5.00 ms at most.",
        "Its time was up at 0.065 s.",
    ]
    assert told.alarm
    waits = sentences(stories.story(chart, Goal("wait", 1)))
    assert waits[1] == "It waits still: 30.0 ms so far."
    assert "caller-1 waits for it, 30.0 ms: result(#3)" in sentences(
        stories.story(chart, Goal("task", 2))
    )
    over, told = of(run.store, Goal("wait", 1))
    assert sentences(told)[1] == "It waited to the end of the recording: 30.0 ms."
    assert "caller-1 waited for it to the end, 30.0 ms: result(#3)" in sentences(
        stories.story(over, Goal("task", 2))
    )


def test_a_killed_process_ended_its_tasks_and_its_workers() -> None:
    run = every_state()
    run.trace.pinned().emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
    run.take()
    told = {"lost": 0, "dropped": 0, "torn": 0, "errors": [], "finished": False}
    run.store.account(exits={1: -9}, exit_ns={1: 70 * MS}, **told)
    _, task = of(run.store, Goal("task", 2))
    ran = "Started by io_0 at 0.04 s and ran it for 30.0 ms, until its process ended."
    assert ran in sentences(task)
    _, worker = of(run.store, Goal("worker", 0))
    assert "It ended at 0.07 s with its process: killed by SIGKILL." in sentences(worker)


def lost() -> MadeRun:
    """What ``every_state`` runs went with its worker, and the pool did not break."""
    run = every_state()
    worker = run.store.workers[0].id
    run.trace.pinned().emit(70 * MS, Kind.WORKER_GONE, worker, -9, 0, WorkerEnd.CRASHED)
    run.take()
    return run


def test_a_task_that_went_with_its_worker_does_not_run() -> None:
    _, task = of(lost().store, Goal("task", 2))
    assert (task.state, task.alarm) == ("lost", True)
    gone = "Its worker ended at 0.07 s, and the task with it: nobody has settled its future."
    assert gone in sentences(task)


def test_in_the_table_neither() -> None:
    rows = TaskRows()
    rows.set_store(lost().store)
    rows.refresh()
    assert rows.text(2, Column.RESULT) == "lost with its worker"
