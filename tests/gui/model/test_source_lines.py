"""The program's own lines in stories and tooltips: who submitted where, and who waits where."""

from __future__ import annotations

from poolscope.analysis.entities import NOWHERE, Place
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, Role, WaitKind, WaitOutcome
from poolscope.trace.values import WAIT_PLACED
from poolscope_gui.model import stories, story, words
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.story import Goal
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


def run() -> Store:
    """``fetch`` is submitted by one line, waited for by the next, and waits for a future itself."""
    trace, store = Trace(), Store(ORIGIN)
    main = trace.thread("MainThread", role=Role.MAIN)
    io = trace.thread("io_0", role=Role.WORKER)
    pool, worker = trace.id(), trace.id()
    pinned = trace.pinned()
    pinned.emit(0, Kind.POOL_CREATED, pool, 1, "io")
    pinned.emit(0, Kind.WORKER_STARTED, worker, pool, "io_0")
    pinned.emit(0, Kind.WORKER_READY, worker, io.thread)
    pinned.emit(0, Kind.PLACE_NUMBERED, 1, 12 | 3 << 32, "/srv/jobs.py\nload\n/srv/work.py")
    pinned.emit(0, Kind.PLACE_NUMBERED, 2, 13, "/srv/jobs.py\n<module>")
    pinned.emit(0, Kind.PLACE_NUMBERED, 3, 5, "/srv/work.py\nfetch")
    task, other, outer, inner = (trace.id() for _ in range(4))
    main.emit(1 * MS, Kind.SUBMITTED, task, pool, "fetch('a')", 1 << 1)
    main.emit(2 * MS, Kind.SUBMITTED, other, pool, "parse()")
    main.emit(3 * MS, Kind.WAIT_BEGAN, outer, 2 << 48, 1, WaitKind.WAIT | 1 << 8 | WAIT_PLACED)
    main.emit(3 * MS, Kind.WAIT_ITEM, task, 1)
    io.emit(4 * MS, Kind.STARTED, task, worker)
    io.emit(5 * MS, Kind.RESULT_WANTED, inner, other, 3, WaitKind.RESULT)
    io.emit(15 * MS, Kind.WAIT_ENDED, inner, 0, 1, WaitOutcome.SATISFIED)
    io.emit(20 * MS, Kind.FINISHED, task, worker, "None", Outcome.RESULT)
    main.emit(21 * MS, Kind.WAIT_ENDED, outer, task, 1, WaitOutcome.SATISFIED)
    later = trace.id()
    main.emit(30 * MS, Kind.RESULT_WANTED, later, other, 2, WaitKind.RESULT)
    store.extend(trace.batches())
    return store


def lines(chart: ChartSource, goal: Goal) -> list[str]:
    return story.plain(stories.story(chart, goal)).splitlines()


def test_a_future_is_told_with_its_lines() -> None:
    chart = ChartSource(run())
    told = lines(chart, Goal("task", 0))
    assert told[1:3] == [
        "Submitted by MainThread at 0.001 s from jobs.py:12 in load, to the pool io.",
        "Its function is defined at work.py:3.",
    ]
    assert any(line.endswith("10.0 ms in result(#2) at work.py:5 in fetch") for line in told)
    released = (
        "Its end released wait(#1, ALL_COMPLETED) of MainThread at jobs.py:13, 1.00 ms later."
    )
    assert released in told
    assert told[-3:] == [
        "Source lines:",
        "submitted: /srv/jobs.py:12 in load",
        "defined: /srv/work.py:3",
    ]


def test_one_that_is_waited_for_and_whose_lines_are_not_known() -> None:
    store = run()
    chart = ChartSource(store, lambda: store.now_ns)
    chart.update()
    told = lines(chart, Goal("task", 1))
    assert told[1] == "Submitted by MainThread at 0.002 s, to the pool io."
    assert "MainThread waits for it, 0 ns: result(#2) at jobs.py:13" in told
    assert not [line for line in told if "defined" in line or "Source" in line]


def test_a_wait_is_told_with_its_line() -> None:
    told = lines(ChartSource(run()), Goal("wait", 0))
    assert told[1] == "MainThread called wait() at 0.003 s from jobs.py:13, with no time-out."
    assert told[-2:] == ["Source line:", "/srv/jobs.py:13"]


def test_the_tooltips_tell_whole_paths() -> None:
    chart = ChartSource(run())
    told = dict(chart.facts(Hit("task", 0, 0)).pairs)
    assert (told["from"], told["defined"]) == ("/srv/jobs.py:12 in load", "/srv/work.py:3")
    assert dict(chart.facts(Hit("wait", ref=2)).pairs)["where"] == "/srv/work.py:5 in fetch"
    other = dict(chart.facts(Hit("task", 0, 1)).pairs)
    assert not {"from", "defined"} & set(other)


def test_a_line_in_words() -> None:
    place = Place(r"C:\jobs\run.py", 3, "<lambda>", "other.py", 0)
    assert words.line_words(place) == "run.py:3 in <lambda>"
    assert words.line_words(place, whole=True) == r"C:\jobs\run.py:3 in <lambda>"
    assert words.defined_words(place) == "other.py:0"
    assert words.line_words(NOWHERE) == words.defined_words(NOWHERE) == ""
