"""The life of one future, gathered from the tables: what it was blocked on, whom it released.

The tables of waits and callbacks are looked through whole: a millisecond for a million of them.
Who asks often keeps the answer (``life_line``, the details panel).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.trace.schema import WaitKind
from poolscope_gui.model.stretch import Stretches, stretches
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.wait_why import let_on

if TYPE_CHECKING:
    from poolscope.analysis.store import Store
    from poolscope_gui.model.source import ChartSource

MOST: Final = 200  # of anything that a life tells one by one


class Release(NamedTuple):
    """A wait that the future's end let go on."""

    wait: int  # row
    thread: int  # row
    time: int  # when its thread went on
    handed: bool  # by ``as_completed``, which goes on waiting for the others
    found: bool  # it was done before the wait began: nobody waited for it there
    by_clock: bool = False  # the record names no future: the times say that it was this one


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

    stretches: Stretches
    releases: tuple[Release, ...]
    waiting: tuple[int, ...]  # rows of waits for it that last
    callbacks: tuple[Call, ...]


def life(chart: ChartSource, row: int) -> Life:
    """All that a task (row) met."""
    store = chart.store
    return Life(
        stretches(chart, row),
        releases(store, row),
        tuple(waiting_for(store, row)),
        callbacks(store, row),
    )


def releases(store: Store, row: int) -> tuple[Release, ...]:
    """The waits that its end let go on, by time; at most ``MOST``."""
    waits, key = store.waits, store.tasks.id[row]
    settled = done_at(store, row)
    handed = waits.yields
    found = []
    rows = np.flatnonzero(handed.task == key)[:MOST]
    for wait, time in zip(handed.wait[rows].tolist(), handed.begin[rows].tolist(), strict=True):
        found.append(_release(store, wait, time, settled, handed=True))
    for wait in np.flatnonzero(waits.released_by == key)[:MOST].tolist():
        if waits.kind[wait] != WaitKind.AS_COMPLETED:
            found.append(_release(store, wait, int(waits.end[wait]), settled, handed=False))
    for wait in let_on(store, row):
        end = int(waits.end[wait])
        found.append(Release(wait, int(waits.thread[wait]), end, False, False, by_clock=True))
    return tuple(sorted(found, key=lambda each: each.time)[:MOST])


def done_at(store: Store, row: int) -> int:
    """When it counted as done for ``wait`` and ``as_completed``: a cancelled one counts from when
    its pool noticed, for ``result`` at once. ``NEVER``: it does not yet."""
    tasks = store.tasks
    ends = (int(tasks.finished[row]), int(tasks.notified[row]), int(tasks.cancelled[row]))
    return next((end for end in ends if end != NEVER), NEVER)


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
