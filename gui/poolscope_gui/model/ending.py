"""Where on the chart a future came to its end: on its worker's lane, or where it was submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource


class Ending(NamedTuple):
    """``lane``: ``NEVER`` of a future made by hand, which has none. ``did``: in a word or two."""

    lane: int
    time: int
    did: str


def ending(chart: ChartSource, row: int) -> Ending | None:
    """That of a task (row); None while it has none."""
    tasks, place = chart.store.tasks, chart.place(row)
    finished, cancelled = int(tasks.finished[row]), int(tasks.cancelled[row])
    if place is not None:
        return Ending(place.lane, place.end, "ended") if finished != NEVER else None
    lane = chart.lane_of_thread(int(tasks.submitter[row]))
    if cancelled != NEVER:
        return Ending(lane, cancelled, "was cancelled")
    # Settled by hand, or failed in the queue with its pool.
    return Ending(lane, finished, "was settled") if finished != NEVER else None
