"""A wait in sentences: for which futures, until when, and which of them let it go on, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.trace.schema import ReturnWhen, WaitKind, WaitOutcome
from poolscope_gui.model import words
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.story import Goal, Link, Story, Telling, Words
from poolscope_gui.model.story_links import task_link, thread_link, when_link
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.wait_why import MOST_COUNTED, by_clock, why
from poolscope_gui.model.words import at, enum_name, lasting, length, number, wait_words

if TYPE_CHECKING:
    from poolscope.analysis.wait_table import Range, Wait
    from poolscope_gui.model.source import ChartSource

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_NAMED: Final = 40


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
        told.say(f"It {_waits(wait)} for the end of {name or 'a thread'}.")
    else:
        _sets(chart, wait, told)
    if wait.yields:
        _handed_out(chart, wait, told)
    _lasted(chart, wait, told)
    told.passage("Source line", words.line_words(place, whole=True))
    lasts = "away" if _away(wait) else "waits"
    state = lasts if wait.end == NEVER else enum_name(WaitOutcome, wait.outcome).lower()
    bad = wait.outcome in (WaitOutcome.TIMEOUT, WaitOutcome.ERROR)
    return told.done(wait_words(store, ref), state or "its thread ended", alarm=bad)


def _away(wait: Wait) -> bool:
    """Whether its thread has gone on with the last future that it was handed."""
    return bool(wait.yields) and wait.yields[-1][2] == NEVER


def _until(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """How it ended."""
    ended = when_link(wait.thread, wait.end)
    if wait.end == NEVER and _away(wait):
        since, key, _ = wait.yields[-1]
        away = duration(max(0, chart.now - since))
        told.say(
            "It does not wait now: for ",
            away,
            " its thread has gone on with ",
            _one(chart, key),
            ".",
        )
    elif wait.end == NEVER:
        told.say(lasting("It waits still: ", "It waited", wait.begin, chart))
    elif wait.outcome == WaitOutcome.TIMEOUT:
        told.say("Its time was up at ", ended, ".")
    elif wait.outcome == WaitOutcome.ERROR:
        told.say("It ended with an exception of its own at ", ended, ".")
    elif wait.outcome == NEVER:
        told.say("Its thread ended at ", ended, " and waited still.")
    elif wait.kind == WaitKind.AS_COMPLETED:
        _read(chart, wait, told)
    else:
        _released(chart, wait, told)


def _released(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """By which future, and why that one."""
    store, ended = chart.store, when_link(wait.thread, wait.end)
    row = store.row_of_task(wait.released_by) if wait.released_by else NEVER
    if row != NEVER:
        reason = why(store, wait)
        tail = f": {reason}." if reason else "."
        told.say("It was released by ", task_link(chart, row), " at ", ended, tail)
        return
    row, reason = by_clock(store, wait)
    if row != NEVER:
        task = task_link(chart, row)
        told.say("It went on at ", ended, ": by the clock, ", task, f" was {reason}.")
    else:
        told.say("It went on at ", ended, f": {reason}." if reason else ".")


def _read(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """How an ``as_completed`` ended: read to its end, or left."""
    ended, total = when_link(wait.thread, wait.end), _total(chart, wait)
    given = len(wait.yields)
    if given < total:
        told.say("It was left at ", ended, f", when it had handed out {given:,} of {total:,}.")
    else:
        told.say("All its futures had been handed out at ", ended, ".")


def _total(chart: ChartSource, wait: Wait) -> int:
    """How many futures it was given, those too of which nothing was recorded."""
    row = chart.store.waits.row_of(wait.id)
    return max(int(chart.store.waits.declared[row]), sum(count for _, count in wait.futures))


def _lasted(chart: ChartSource, wait: Wait, told: Telling) -> None:
    lasted = length(wait.begin, wait.end, chart.now, live=chart.live)
    if not wait.yields:
        told.figure("waited", lasted)
        return
    until = wait.end if wait.end != NEVER else chart.now
    away = sum((back if back != NEVER else until) - time for time, _, back in wait.yields)
    told.figure("lasted", lasted)
    told.figure("of that waited", duration(max(0, until - wait.begin - away)))
    told.figure("of that away with a future", duration(max(0, away)))


def _sets(chart: ChartSource, wait: Wait, told: Telling) -> None:
    """Its futures: those done and those not done, when it ended or now."""
    store, total = chart.store, _total(chart, wait)
    what = f"{_any(wait)}{plural(total, 'future')}{_rule(wait)}"
    if wait.kind == WaitKind.SHUTDOWN:
        have = "have" if wait.end == NEVER else "had"
        what = f"{what}, and until" if total else "until"
        what += f" the pool's workers {have} ended"
    elif not total:
        told.say("It was given no futures.")
        return
    joint = " for" if total else ""
    told.say(f"It {_waits(wait)}{joint} {what}.")
    keys = _ids(wait.futures)
    if not len(keys):
        return
    rows = store.rows_of_tasks(keys)
    known = rows != NEVER
    done = np.isin(keys, _ids(wait.done)) if wait.done else known & _over(chart, wait, rows)
    told.say(*_named("Done", rows[done & known], int(done.sum())))
    seen = sum(count for _, count in wait.futures)
    told.say(*_named("Not done", rows[~done & known], seen - int(done.sum())))
    if seen < total:
        told.say(f"Of {total - seen:,} of them nothing was recorded.")
    struck = known & ~done & (store.tasks.cancelled[rows] != NEVER)
    struck &= store.tasks.cancelled[rows] <= _end(chart, wait)
    if struck.any():
        told.say(*_named("Cancelled, but nobody had noticed", rows[struck], int(struck.sum())))
    if seen > len(keys):
        told.say(f"Only the first {len(keys):,} futures were looked at.")
    states = store.tasks.state(rows[known])
    for code, name in (
        (FINISHED, "by now finished"),
        (EXCEPTION, "raised"),
        (CANCELLED, "cancelled"),
    ):
        found = int((states == code).sum())
        told.figure(name, f"{found:,} of {total:,}" if found else "")


def _waits(wait: Wait) -> str:
    return "waits" if wait.end == NEVER else "waited"


def _end(chart: ChartSource, wait: Wait) -> int:
    return wait.end if wait.end != NEVER else chart.now


def _any(wait: Wait) -> str:
    """That any will do: who asks ``imap_unordered`` for the next result names none."""
    first = wait.return_when == ReturnWhen.FIRST_COMPLETED
    return "any of " if first and wait.kind == WaitKind.RESULT else ""


def _rule(wait: Wait) -> str:
    rule = enum_name(ReturnWhen, wait.return_when) if wait.kind == WaitKind.WAIT else ""
    return f", return_when {rule}" if rule else ""


def _over(chart: ChartSource, wait: Wait, rows: Ints) -> Bools:
    """Which tasks (rows) counted as done when it ended, or do now: by the clock, for a call that
    tells no sets. A cancelled one is done for ``wait`` and ``as_completed`` once it was noticed."""
    tasks = chart.store.tasks
    sets = wait.kind in (WaitKind.WAIT, WaitKind.AS_COMPLETED)
    struck = tasks.notified if sets else tasks.cancelled
    ends = np.maximum(tasks.finished[rows], struck[rows])
    return np.asarray((ends != NEVER) & (ends <= _end(chart, wait)))


def _ids(ranges: Iterable[Range]) -> Ints:
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
        away = f", came back for more after {duration(back - time)}" if back != NEVER else ""
        told.point(_one(chart, key), f" at {at(time)}{away}")
    if len(wait.yields) > MOST_NAMED:
        told.point(f"and {len(wait.yields) - MOST_NAMED:,} more")


def _one(chart: ChartSource, key: int) -> Link | str:
    """A future by its id."""
    row = chart.store.row_of_task(key) if key else NEVER
    return task_link(chart, row) if row != NEVER else "a future"
