"""Where a future came from and whom its end let go on: hops from lane to lane.

Asked for at every frame, for the one thing that is pointed at or chosen. The answer is kept; while
the trace grows it is worked out again now and then, for a small part of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from poolscope_gui.model.chart import Hit, Hop
from poolscope_gui.model.ending import ending
from poolscope_gui.model.life import done_at, releases
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.wait_why import by_clock

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

MOST: Final = 40  # releases that are drawn
_LEAST_S: Final = 0.1  # between two times
_COST_SHARE: Final = 20
_KEPT: Final = 4


class LifeLines:
    """Keeps the hops of what was asked for last."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, int], tuple[int, float, tuple[Hop, ...]]] = {}
        self._cost = 0.0

    def of(self, chart: ChartSource, hit: Hit | None) -> tuple[Hop, ...]:
        """The hops of a task or a wait; of anything else none."""
        if hit is None or hit.part not in ("task", "sent", "cancel", "wait") or hit.ref < 0:
            return ()
        key = ("wait" if hit.part == "wait" else "task", hit.ref)
        found, now = self._kept.get(key), self._clock()
        pause = max(_LEAST_S, _COST_SHARE * self._cost)
        if found is not None and (found[0] == chart.version or now - found[1] < pause):
            return found[2]
        hops = _of_wait(chart, hit.ref) if hit.part == "wait" else _of_task(chart, hit.ref)
        self._cost = self._clock() - now
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = (chart.version, now, hops)
        return hops


def _of_task(chart: ChartSource, row: int) -> tuple[Hop, ...]:
    tasks = chart.store.tasks
    if row >= len(tasks):
        return ()
    place, end, hops = chart.place(row), ending(chart, row), []
    came, submitted = chart.lane_of_thread(int(tasks.submitter[row])), int(tasks.submitted[row])
    if came != NEVER and submitted != NEVER:
        if place is not None:
            hops.append(Hop(came, submitted, place.lane, place.begin))
        elif tasks.started[row] == NEVER:  # in the queue yet, or till it was cancelled or failed
            hops.append(Hop(came, submitted, came, end.time if end is not None else NEVER))
    if end is None or end.lane == NEVER:
        return tuple(hops)
    for each in releases(chart.store, row)[:MOST]:
        to = chart.lane_of_thread(each.thread)
        if to != NEVER and not each.found:
            hops.append(Hop(end.lane, end.time, to, each.time))
    return tuple(hops)


def _of_wait(chart: ChartSource, ref: int) -> tuple[Hop, ...]:
    """From the end of the future that let it go on, by its record or else by the clock."""
    store, waits = chart.store, chart.store.waits
    by, until = int(waits.released_by[ref]), int(waits.end[ref])
    row = store.row_of_task(by) if by else by_clock(store, waits[ref])[0]
    to = chart.lane_of_thread(int(waits.thread[ref]))
    end = ending(chart, row) if row != NEVER else None
    if end is None or NEVER in (end.lane, to, until) or waits.begin[ref] >= done_at(store, row):
        return ()
    return (Hop(end.lane, end.time, to, until),)
