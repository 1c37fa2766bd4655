"""The life of one future, gathered from the tables: what it was blocked on, whom it released.

The tables of waits and callbacks are looked through whole: a millisecond for a million of them.
Who asks often keeps the answer (``life_line``, the details panel).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from poolscope.trace.schema import WaitKind
from poolscope_gui.model.tracks import NEVER, Track

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope_gui.model.source import ChartSource

MOST: Final = 200  # of anything that a life tells one by one


class Stretch(NamedTuple):
    """A time in which the task's thread did not go on; ``end`` is now while it lasts."""

    part: Literal["block", "signal", "wait"]
    ref: int  # row of its table
    begin: int
    end: int
    open: bool


class Release(NamedTuple):
    """A wait that the future's end let go on."""

    wait: int  # row
    thread: int  # row
    time: int  # when its thread went on
    handed: bool  # by ``as_completed``, which goes on waiting for the others
    found: bool  # it was done before the wait began: nobody waited for it there


class Call(NamedTuple):
    """A callback of the future, by its row."""

    row: int
    name: str
    thread: int
    begin: int
    end: int
    outcome: int


class Life(NamedTuple):
    """What the columns of the task do not say themselves."""

    stretches: tuple[Stretch, ...]
    blocked: int  # ns, in all; stretches within others are not counted twice
    releases: tuple[Release, ...]
    waiting: tuple[int, ...]  # rows of waits for it that last
    callbacks: tuple[Call, ...]


def life(chart: ChartSource, row: int) -> Life:
    """All that a task (row) met."""
    found = stretches(chart, row)
    store = chart.store
    return Life(
        tuple(found[:MOST]),
        _covered(found),
        releases(store, row),
        tuple(waiting_for(store, row)),
        callbacks(store, row),
    )


def stretches(chart: ChartSource, row: int) -> list[Stretch]:
    """Where its thread was blocked or waited while it ran, by time."""
    place = chart.place(row)
    if place is None:
        return []
    lane = chart.lanes[place.lane]
    tracks: list[tuple[Literal["block", "signal", "wait"], Track]] = [
        ("block", lane.blocks.track),
        ("signal", lane.signals.track),
        *(("wait", each.track) for each in lane.waits),
    ]
    found = []
    for part, track in tracks:
        low = int(np.searchsorted(track.start, np.int64(place.begin)))
        high = int(np.searchsorted(track.start, np.int64(place.end), side="right"))
        for number in range(low, min(high, low + 50 * MOST)):
            end = int(track.end[number])
            until = min(end, place.end) if end != NEVER else place.end
            ref, start = int(track.ref[number]), int(track.start[number])
            found.append(Stretch(part, ref, start, until, end == NEVER))
    return sorted(found, key=lambda each: each.begin)


def _covered(found: list[Stretch]) -> int:
    total, until = 0, 0
    for each in found:
        total += max(0, each.end - max(each.begin, until))
        until = max(until, each.end)
    return total


def releases(store: Store, row: int) -> tuple[Release, ...]:
    """The waits that its end let go on, by time; at most ``MOST``."""
    waits, key = store.waits, store.tasks.id[row]
    settled = max(int(store.tasks.finished[row]), int(store.tasks.cancelled[row]))
    handed = waits.yields
    found = []
    rows = np.flatnonzero(handed.task == key)[:MOST]
    for wait, time in zip(handed.wait[rows].tolist(), handed.begin[rows].tolist(), strict=True):
        found.append(_release(store, wait, time, settled, handed=True))
    for wait in np.flatnonzero(waits.released_by == key)[:MOST].tolist():
        if waits.kind[wait] != WaitKind.AS_COMPLETED:
            found.append(_release(store, wait, int(waits.end[wait]), settled, handed=False))
    return tuple(sorted(found, key=lambda each: each.time)[:MOST])


def _release(store: Store, wait: int, time: int, settled: int, *, handed: bool) -> Release:
    begin = int(store.waits.begin[wait])
    return Release(wait, int(store.waits.thread[wait]), time, handed, NEVER < settled <= begin)


def waiting_for(store: Store, row: int) -> list[int]:
    """The waits that last and have this task among their futures."""
    waits, key = store.waits, int(store.tasks.id[row])
    return [
        wait
        for wait in waits.open_rows.tolist()
        if waits.end[wait] == NEVER
        and waits.kind[wait] != WaitKind.JOIN
        and any(first <= key < first + count for first, count in waits.ranges(wait))
    ][:MOST]


def callbacks(store: Store, row: int) -> tuple[Call, ...]:
    """The callbacks that ran when it was done."""
    table = store.callback_table
    rows = np.flatnonzero(table.task == store.tasks.id[row])[:MOST].tolist()
    return tuple(
        Call(
            each,
            " ".join(store.text(int(table.name[each])).split()) or "a callback",
            int(table.thread[each]),
            int(table.begin[each]),
            int(table.end[each]),
            int(table.outcome[each]),
        )
        for each in rows
    )
