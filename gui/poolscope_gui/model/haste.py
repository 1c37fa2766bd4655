"""A frame's time is short: while the view zooms, some lanes are stretched and cut anew later.

A zoom changes the columns of every lane. As many lanes as a frame has time for are cut into the
new ones; the others show their old columns stretched to where they belong in time, which is true
but coarser, and have their turn in the next frames. When nothing moves any more all are exact.

While history grows it is the same: a lane that has no time left in this frame is as it was in the
one before. And while the view scrolls, a lane that has time cuts further than it is seen, so that
not many must in one frame.

    frame 1   lane 0 new        lane 1 stretched   lane 2 stretched
    frame 2   lane 0 stretched  lane 1 new         lane 2 new
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from poolscope_gui.model.chart import Sliced
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.viewport import Viewport

BUDGET_S: Final = 0.002  # of a frame, for columns that are new
AHEAD: Final = 96  # columns beside the view that a lane cuts before they are seen


class Cut(NamedTuple):
    """The columns of a track, each ``unit`` ns wide."""

    columns: Columns
    unit: float


class Haste:
    """Which lanes are cut in this frame. One for each picture that is painted again and again."""

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self.late = False  # something is stretched: paint again
        self._budget_s = budget_s
        self._spent_s = 0.0
        self._cuts = 0  # in this frame: at least one, however little time there is
        self._served: set[int] = set()  # lanes that had their turn since all were exact
        self._waiting = False  # some lane has not

    def begin(self) -> None:
        """A frame begins."""
        if not self._waiting:
            self._served.clear()
        self.late = self._waiting = False
        self._spent_s = 0.0
        self._cuts = 0

    def columns(self, sliced: Sliced, view: Viewport, now: float) -> Cut:
        """The columns of a track in a snapped ``view``: those that belong there, or older ones
        that reach as far."""
        slab, lane = sliced.slicer, id(sliced)
        enough = self._cuts > 0 and self._spent_s >= self._budget_s
        exact = slab.exact(view, now)
        if exact is not None and (enough or slab.exact(view, now, AHEAD) is not None):
            return Cut(exact, view.unit)
        if enough or lane in self._served:
            old = exact or slab.lagging(view) or slab.stretched(view, now)
            if old is not None:
                late = old is not exact
                self.late |= late
                self._waiting |= late and lane not in self._served
                return Cut(old, slab.unit)
        began = time.perf_counter()
        found = slab.columns(view, now, 0 if enough else AHEAD)
        self.spend(time.perf_counter() - began)
        self._cuts += 1
        self._served.add(lane)
        return Cut(found, view.unit)

    def spend(self, seconds: float) -> None:
        """So much of the frame's time has gone into what is new."""
        self._spent_s += seconds
