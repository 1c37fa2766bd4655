"""The report's page: one screen, no wider than it should be, and what matters is on it."""

from __future__ import annotations

import io

import pytest

from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome
from poolscope_gui import page
from tests.analysis.pool_site import MS
from tests.analysis.test_health import queueing
from tests.analysis.test_report import Story
from tests.analysis.traces import ORIGIN, Trace


def queueing_store() -> Store:
    store = Store(ORIGIN)
    store.extend(queueing().trace.batches())
    return store


def written(store: Store) -> str:
    file = io.StringIO()
    page.write(report(store), file)
    return file.getvalue()


def test_the_page_fits_a_screen_and_names_what_matters() -> None:
    said = written(Story().store())
    lines = said.splitlines()
    assert len(lines) <= 40
    assert max(len(line) for line in lines) <= page.WIDTH
    told = " ".join(said.split())
    for part in ("far pool 1 of 4 processes (spawn), broken", "db", "1 timed out", "SIGKILL"):
        assert part in told


def test_no_heading_and_no_figure_is_cut_and_what_failed_is_counted() -> None:
    trace = Trace()
    pool, task = trace.id(), trace.id()
    trace.pinned().emit(1, Kind.POOL_CREATED, pool, 2, "ProcessPoolExecutor-17", 1 | 2 << 8)
    trace.thread("main").emit(2, Kind.SUBMITTED, task, pool, "f()")
    trace.thread("main").emit(3, Kind.FINISHED, task, 0, "ValueError: no", Outcome.EXCEPTION)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    said = written(store)
    table = said.splitlines()[:6]
    lines = {line.split()[0]: line.split() for line in table if line.strip()}
    heading = "Pools workers tasks failed queued wait 95 % longest busy"
    assert lines["Pools"] == heading.split()
    assert lines["ProcessPoolExecutor-17"][-3:] == ["1", "1", "1"]
    assert "\u2026" not in said


def test_what_a_stranger_named_does_not_reach_the_terminal_as_a_command() -> None:
    trace = Trace()
    pool, task = trace.id(), trace.id()
    trace.pinned().emit(1, Kind.POOL_CREATED, pool, 2, "\x1b]0;mine\x07", 1 | 2 << 8)
    trace.thread("main").emit(2, Kind.SUBMITTED, task, pool, "f()")
    trace.thread("main").emit(3, Kind.FINISHED, task, 0, "E: \x1b[2J\u202e", Outcome.EXCEPTION)
    trace.thread("main").emit(4, Kind.EXCEPTION_DROPPED, task)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    said = written(store)
    assert r"\x1b]0;mine\x07" in said
    assert r"E: \x1b[2J\u202e" in said
    assert all(each.isprintable() for each in said.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_where_a_locale_has_not_all_letters_the_page_is_written_all_the_same(encoding: str) -> None:
    facts = report(Story().store())
    told = {
        "kind": "unread-exception",
        "severity": "warning",
        "text": "проба: 20 µs",
        "at_ns": 1,
        "lines": [],
    }
    facts["findings"] = [told]
    file = io.TextIOWrapper(raw := io.BytesIO(), encoding)
    page.write(facts, file)
    said = raw.getvalue().decode(encoding)
    assert ("проба: 20 µs" in said) == (encoding == "utf-8")
    assert (r"\u043f\u0440\u043e\u0431\u0430: 20 us" in said) == (encoding != "utf-8")


def test_workers_that_were_replaced_are_told_beside_how_many_there_were_at_once() -> None:
    facts = report(Story().store())
    pool = facts["pools"][0]["id"]
    lives = [(0, 10), (0, None), (10, 20), (20, None)]
    facts["workers"] = [{"pool": pool, "born_ns": a, "gone_ns": b} for a, b in lives]
    file = io.StringIO()
    page.write(facts, file)
    lines = file.getvalue().splitlines()
    first, second = (line for line in lines if "4 in" in line or "turn" in line)
    assert "2 of 4 processes (spawn), 4 in " in first
    assert second.split() == ["turn,", "broken"]


def test_processes_that_failed_are_counted_where_there_are_many() -> None:
    trace = Trace()
    trace.thread("main").emit(1, Kind.SPAN_BEGAN, trace.id(), 0, "s")
    for pid in range(100, 160):
        trace.pinned().emit(2, Kind.PROCESS_ENDED, pid, 1)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    said = written(store)
    assert said.count("exit code 1") == 8
    assert "and 52 more that failed" in said


def test_many_of_one_kind_hide_nothing_and_source_lines_are_told() -> None:
    facts, file = report(Story().store()), io.StringIO()
    failed = [
        {"kind": "unread-exception", "severity": "warning", "text": f"f({at}).", "at_ns": at}
        for at in range(1, 10)
    ]
    late = {"kind": "convoy", "severity": "warning", "text": "On db.", "at_ns": 99}
    facts["findings"] = [{**each, "lines": []} for each in failed]
    facts["findings"].append({**late, "lines": ["one acquired it at s.py:3"]})
    page.write(facts, file)
    said = file.getvalue()
    assert "f(3)." in said
    assert "f(4)." not in said
    assert "convoy: On db. (at 99 ns)\n    one acquired it at s.py:3\n" in said
    assert "... and 6 findings more: in all unread-exception 9 x" in said


def test_of_many_pools_one_in_trouble_is_told_whenever_it_was_made() -> None:
    facts, file = report(Story().store()), io.StringIO()
    (broken,) = facts["pools"]
    health = {**broken["health"], "verdict": "healthy", "text": "well"}
    facts["pools"] = [
        {**broken, "id": str(number), "name": f"pool {number}", "broken": None, "health": health}
        for number in range(20)
    ]
    facts["pools"].append({**broken, "name": "the broken one"})
    page.write(facts, file)
    assert "the broken one" in file.getvalue()
    assert broken["health"]["text"] in " ".join(file.getvalue().split())


def test_the_worst_is_said_first_and_a_signal_by_its_name() -> None:
    facts, file = report(Story().store()), io.StringIO()
    note = {"kind": "unseen", "severity": "note", "text": "Too early.", "at_ns": 1, "lines": []}
    ring = {
        "kind": "deadlock",
        "severity": "deadlock",
        "text": "Too late.",
        "at_ns": 98,
        "lines": [],
    }
    facts["findings"] = [note, *facts["findings"], ring]
    page.write(facts, file)
    said = file.getvalue()
    places = [said.index(f"{kind}:") for kind in ("deadlock", "broken-pool", "unseen")]
    assert places == sorted(places)
    assert "process 2: killed by SIGKILL" in said


def test_a_pool_that_is_too_small_is_said_with_what_would_help() -> None:
    told = " ".join(written(queueing_store()).split())
    assert "io is too small for this load" in told
    assert "The same load replayed, wait (95 %): 1 worker " in told


def test_how_long_tasks_ran_and_what_is_still_queued_is_told() -> None:
    trace = Trace()
    pool, worker, stream = trace.id(), trace.id(), trace.thread("w")
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "io", 0)
    trace.pinned().emit(0, Kind.WORKER_STARTED, worker, pool, "w")
    first, *rest = [trace.id() for _ in range(4)]
    for number, task in enumerate((first, *rest)):
        trace.thread("main").emit(number * MS, Kind.SUBMITTED, task, pool, "f()")
    stream.emit(MS, Kind.STARTED, first, worker)
    stream.emit(41 * MS, Kind.FINISHED, first, worker, "1", Outcome.RESULT)
    stream.emit(101 * MS, Kind.STARTED, rest[0], worker)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    told = " ".join(written(store).split())
    assert "they ran 40 ms (median), 40 ms (95 %)." in told
    assert ", 2 at the end, the oldest for 99 ms." in told
    assert "at the end, the oldest" not in written(queueing_store())


def test_the_table_and_the_sentence_tell_the_same_share_of_busy_workers() -> None:
    """The worker is started halfway through the pool's time, with its first task."""
    trace = Trace()
    pool, worker, stream = trace.id(), trace.id(), trace.thread("w")
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "late", 0)
    trace.pinned().emit(50 * MS, Kind.WORKER_STARTED, worker, pool, "w")
    trace.pinned().emit(50 * MS, Kind.WORKER_READY, worker, stream.thread)
    for number in range(5):
        task, at = trace.id(), (50 + 10 * number) * MS
        trace.thread("main").emit(at, Kind.SUBMITTED, task, pool, "f()")
        stream.emit(at, Kind.STARTED, task, worker)
        stream.emit(at + 8 * MS, Kind.FINISHED, task, worker, "1", Outcome.RESULT)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    said = written(store)
    (row,) = [line for line in said.splitlines() if line.startswith("late ") and "threads" in line]
    assert row.split()[-1] == "41%"
    assert "its one worker was busy 41% of the time" in " ".join(said.split())


def test_futures_of_no_pool_are_counted_with_their_ends() -> None:
    trace = Trace()
    main = trace.thread("main")
    for number in range(3):
        outcome = Outcome.EXCEPTION if number else Outcome.RESULT
        main.emit(2 + number, Kind.FINISHED, trace.id(), 0, "1", outcome)
    main.emit(9, Kind.STARTED, trace.id(), 0)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    told = " ".join(written(store).split())
    whose = "made by hand, or by a pool that is not seen"
    assert f"Futures 4 {whose}: 2 failed, 1 with a result, 1 open" in told
    assert "Futures" not in written(queueing_store())


def test_it_stays_one_screen_however_much_there_is() -> None:
    trace = Trace()
    for place in range(200):
        trace.pinned().emit(1, Kind.POOL_CREATED, trace.id(), 2, f"pool {place}")
        trace.pinned().emit(2, Kind.LOCK_CREATED, lock := trace.id(), 0, f"lock {place}")
        trace.thread(f"t{place}").emit(3, Kind.LOCK_ACQUIRED, lock)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    said = written(store)
    assert len(said.splitlines()) <= 60
    assert "and 192 pools more" in said
    assert "and 192 locks more" in said


def test_an_empty_trace_is_a_page_too() -> None:
    assert "Nothing remarkable was found." in written(Store())


def test_a_start_method_that_is_not_known_is_not_told() -> None:
    trace = Trace()
    trace.pinned().emit(1, Kind.POOL_CREATED, trace.id(), 2, "far", 1)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    assert "processes" in written(store)
    assert "None" not in written(store)


def test_what_a_script_named_is_no_markup() -> None:
    trace = Trace()
    trace.pinned().emit(1, Kind.POOL_CREATED, trace.id(), 2, "[red]pool[/nothing]")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    assert "[red]pool[/nothing]" in written(store)
