"""A wait in sentences: for which futures, until when, and which of them let it go on, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.trace.schema import ReturnWhen, WaitKind, WaitOutcome
from poolscope_gui.model import words
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.story import Goal, Link, Story, Telling, Words
from poolscope_gui.model.story_links import task_link, thread_link, when_link
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.wait_why import why
from poolscope_gui.model.words import at, enum_name, length, number, wait_words

if TYPE_CHECKING:
    from poolscope.analysis.wait_table import Range, Wait
    from poolscope_gui.model.source import ChartSource

MOST_NAMED: Final = 40
MOST_COUNTED: Final = 100_000  # futures of one wait whose states are looked at


def wait_story(chart: ChartSource, ref: int) -> Story:
    """All that is known of one call that waits."""
    store, told = chart.store, Telling()
    wait = store.waits[ref]
    what = enum_name(WaitKind, wait.kind).lower() or "a wait"
    limit = ", with no time-out"
    if wait.timeout_ns is not None:
        limit = f", for {duration(wait.timeout_ns)} at most"
    call = what if wait.kind == WaitKind.SHUTDOWN else f"{what}()"
    place = store.place(wait.place)
    line = words.line_words(place)
    told.say(
        thread_link(chart, wait.thread),
        f" called {call} at ",
        when_link(wait.thread, wait.begin),
        f" from {line}{limit}." if line else f"{limit}.",
    )
    _until(chart, wait, told)
    if wait.kind == WaitKind.JOIN:
        name = words.joined(store, wait.futures[0][0]) if wait.futures else ""
        told.say(f"It waits for the end of {name or 'a thread'}.")
    else:
        _sets(chart, wait, told)
    if wait.yields:
        _handed_out(chart, wait, told)
    told.figure("waited", length(wait.begin, wait.end, chart.now))
    away = int(store.waits.yielded[ref])
    if away:
        told.figure("of that away with a future", duration(away))
    told.passage("Source line", words.line_words(place, whole=True))
    state = "waits" if wait.end == NEVER else enum_name(WaitOutcome, wait.outcome).lower()
    bad = wait.outcome in (WaitOutcome.TIMEOUT, WaitOutcome.ERROR)
    return told.done(wait_words(store, ref), state or "its thread ended", alarm=bad)


def _until(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """How it ended."""
    ended = when_link(wait.thread, wait.end)
    if wait.end == NEVER:
        told.say(f"It waits still: {duration(max(0, chart.now - wait.begin))} so far.")
    elif wait.outcome == WaitOutcome.TIMEOUT:
        told.say("Its time was up at ", ended, ".")
    elif wait.outcome == WaitOutcome.ERROR:
        told.say("It ended with an exception of its own at ", ended, ".")
    elif wait.outcome == NEVER:
        told.say("Its thread ended at ", ended, " and waited still.")
    else:
        row = chart.store.row_of_task(wait.released_by) if wait.released_by else NEVER
        if row == NEVER:
            told.say("It went on at ", ended, ".")
            return
        reason = why(chart.store, wait)
        tail = f": {reason}." if reason else "."
        told.say("It was released by ", task_link(chart, row), " at ", ended, tail)


def _sets(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """Its futures: those done and those not done, when it ended or now."""
    store = chart.store
    total = sum(count for _, count in wait.futures)
    if not total:
        told.say("It was given no futures.")
        return
    rule = enum_name(ReturnWhen, wait.return_when) if wait.kind == WaitKind.WAIT else ""
    told.say(f"It waits for {plural(total, 'future')}{f', return_when {rule}' if rule else ''}.")
    keys = _ids(wait.futures)
    rows = store.rows_of_tasks(keys)
    known = rows != NEVER
    if wait.end == NEVER or not wait.done:
        # What a call that tells no sets had at its end: by the clock, as far as it is known.
        tasks, until = store.tasks, wait.end if wait.end != NEVER else chart.now
        ends = np.maximum(tasks.finished[rows], tasks.cancelled[rows])
        done = known & (ends != NEVER) & (ends <= until)
    else:
        done = np.isin(keys, _ids(wait.done))
    told.say(*_named("Done", rows[done & known], int(done.sum())))
    rest = total - int(done.sum())
    told.say(*_named("Not done", rows[~done & known], rest))
    if total > len(keys):
        told.say(f"Only the first {len(keys):,} futures were looked at.")
    states = store.tasks.state(rows[known])
    for code, name in (
        (FINISHED, "by now finished"),
        (EXCEPTION, "raised"),
        (CANCELLED, "cancelled"),
    ):
        found = int((states == code).sum())
        told.figure(name, f"{found:,} of {total:,}" if found else "")


def _ids(ranges: Iterable[Range]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The ids in some ranges, at most ``MOST_COUNTED``."""
    parts, room = [np.empty(0, np.int64)], MOST_COUNTED
    for first, count in ranges:
        parts.append(np.arange(first, first + min(count, room), dtype=np.int64))
        room -= len(parts[-1])
    return np.concatenate(parts)


def _named(name: str, rows: Sequence[int], total: int) -> list[Words]:
    """``Done (3): #1 fetch, #2 fetch, #4 parse``"""
    found: list[Words] = [f"{name} ({total:,})"]
    for place, row in enumerate(list(rows)[:MOST_NAMED]):
        found += [", " if place else ": ", Link(number(int(row)), Goal("task", int(row)))]
    if len(rows) > MOST_NAMED:
        found.append(f" and {total - MOST_NAMED:,} more")
    return [*found, "."]


def _handed_out(chart: ChartSource, wait: Wait, told: Telling) -> None:
    told.say(f"It handed out {plural(len(wait.yields), 'future')}:")
    for time, key, back in wait.yields[:MOST_NAMED]:
        row = chart.store.row_of_task(key)
        what = task_link(chart, row) if row != NEVER else "a future"
        away = f", came back for more after {duration(back - time)}" if back != NEVER else ""
        told.point(what, f" at {at(time)}{away}")
    if len(wait.yields) > MOST_NAMED:
        told.point(f"and {len(wait.yields) - MOST_NAMED:,} more")
