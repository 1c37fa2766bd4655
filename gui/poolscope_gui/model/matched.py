"""The tasks that the search box asks for, lane by lane, as the picture wants them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.palette import FINISHED
from poolscope_gui.model.tracks import Rows, Times, track


class Matched:
    """Some tasks (rows) of a chart. What is found on a lane is kept: a frame costs its pixels."""

    def __init__(self, rows: Rows) -> None:
        self._given = rows
        self.rows: Times = _rising(rows)
        size = int(self.rows[-1]) + 1 if len(self.rows) else 0
        self._wanted = np.zeros(size + 1, bool)  # the last stands for all beyond
        self._wanted[self.rows] = True
        self._lanes: dict[tuple[str, int], Lane] = {}

    def of(self, lane: Lane) -> Lane:
        """A lane with those tasks alone, as they were when it was first asked for."""
        found = self._lanes.get(lane.key)
        if found is None:
            spans = lane.tasks.track
            some = np.flatnonzero(self.has(spans.ref))
            tasks = Sliced(
                track(
                    spans.start[some],
                    spans.end[some],
                    spans.ref[some],
                    spans.kind[some],
                    common=FINISHED,
                )
            )
            found = self._lanes[lane.key] = Lane(lane.key, lane.kind, lane.title, tasks=tasks)
        return found

    def has(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some tasks (rows) are among them."""
        return self._wanted[np.minimum(rows, len(self._wanted) - 1)]

    def same(self, rows: Rows) -> bool:
        """Whether these tasks, in any order, are meant already."""
        if rows is self._given:
            return True
        return len(rows) == len(self.rows) and bool((_rising(rows) == self.rows).all())


def _rising(rows: Rows) -> Times:
    """In order; a table shows the newest first, and is only turned round."""
    found: Times = np.asarray(rows, np.int64)
    if len(found) and found[0] > found[-1]:
        found = found[::-1]
    return found if (found[1:] > found[:-1]).all() else np.sort(found)
