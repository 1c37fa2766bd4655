"""How a view moves from frame to frame, and so will go on: what lanes are painted for.

    standing   margin |==view==| margin        scrolling    |==view==| margin margin ->
    zoom in           |==view==|               what is painted is stretched until it is too coarse
    zoom out   margin  |=view=|  margin        painted as the view will be in a moment, and
                                               stretched until then, squeezed after that

A lane is painted once and used in many frames. For how many is what ``frames_left`` says: as many
lanes are painted in each frame as have it that none is ever too late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from poolscope_gui.model.kept import Kept
from poolscope_gui.model.viewport import Viewport

MARGIN: Final = 256  # device pixels that are kept on both sides of a view; more where it moves to
NEAR: Final = 32  # the same where the next view will lie within this one
COARSER, FINER = 4.0, 2.0  # what is there may be stretched, or squeezed, so much
SLOWLY: Final = 1.02  # a view of a growing history zooms out by less than that in a frame
COMING: Final = 1.03  # its lanes are painted as they will be before long, and stretched until then
AHEAD: Final = 1.6  # the same where it zooms out in frame after frame


@dataclass
class Motion:
    """Follows one view.

    Attributes:
        exact: lanes are painted as the view is, not as it will be in a moment.
        speed: by how many columns it has moved since the last frame, at the same zoom.
        factor: by how much it shows more than in the last frame.
        outwards: it has zoomed out in the last two frames.
    """

    exact: bool = False
    speed: int = 0
    factor: float = 1.0
    outwards: bool = False
    _unit: float = 0.0
    _first: int = 0
    _pivot: float = 0.5  # what stays in its place when it zooms, as a share of the view

    def follow(self, view: Viewport) -> None:
        """The next frame shows this."""
        unit, first = self._unit or view.unit, self._first
        before, self.factor = self.factor, view.unit / unit
        again = min(before, self.factor) > SLOWLY and self.factor < FINER
        self.outwards = again and not self.exact
        self.speed = view.first - first if unit == view.unit and self._unit else 0
        if self.zooms:
            share = (first * unit - view.begin) / ((view.unit - unit) * view.width)
            self._pivot = min(max(share, 0.0), 1.0)
        self._unit, self._first = view.unit, view.first

    @property
    def onward(self) -> bool:
        """It stands or moves to the right."""
        return self.speed >= 0

    @property
    def zooms(self) -> bool:
        """By more than a growing history that is seen whole."""
        return not 1 / SLOWLY <= self.factor <= SLOWLY

    @property
    def slowly(self) -> bool:
        """It zooms out as that does."""
        return not self.exact and 1.0 < self.factor <= SLOWLY

    def columns(self, view: Viewport, align: int) -> Viewport:
        """The columns that a lane should have which is painted now; the first a multiple of
        ``align``."""
        unit = view.unit * (AHEAD if self.outwards else COMING if self.slowly else 1.0)
        before, after = self._margins(view)
        first = math.floor(view.first * view.unit / unit) - before
        first -= first % align
        until = math.ceil((view.first + view.width) * view.unit / unit) + after
        return view.stretch(first, until, unit)

    def _margins(self, view: Viewport) -> tuple[int, int]:
        few = MARGIN // 2
        many = most(view) - view.width - few
        if self.outwards:
            room = most(view) - math.ceil(view.width / AHEAD) - 2
            before = int(room * self._pivot)
            return before, room - before
        if self.slowly:
            return NEAR, MARGIN
        if self.zooms and self.factor > 1.0:
            each = (most(view) - view.width) // 2
            return each, each
        if 1 / FINER < self.factor < 1.0:  # else it does not zoom, it is elsewhere
            return NEAR, NEAR
        if self.speed:
            return (few, many) if self.onward else (many, few)
        return MARGIN, MARGIN

    def near(self, kept: Kept, view: Viewport) -> bool:
        """Whether the columns of a lane are those of the view, or will be before long."""
        if kept.unit == view.unit:
            return True
        return self.slowly and view.unit <= kept.unit <= COMING * view.unit

    def frames_left(self, kept: Kept, view: Viewport, now: float) -> float:
        """In how many frames the view will show more than there is of a lane, or more closely
        than that may be stretched; ``inf`` where it stands."""
        begin, end = kept.first * kept.unit, (kept.first + kept.width) * kept.unit
        if not self.zooms:
            ahead = end - min(view.end, now) if self.onward else view.begin - begin
            return max(0.0, ahead / view.unit / abs(self.speed)) if self.speed else math.inf
        rate = abs(math.log(self.factor))
        if self.factor < 1.0:
            return max(0.0, math.log(COARSER * view.unit / kept.unit) / rate)
        middle = view.begin + self._pivot * view.span
        left = _times(middle - begin, middle - view.begin)
        right = _times(end - middle, view.end - middle)
        if end >= now:
            right = math.inf  # nothing is to be seen beyond
        return math.log(max(1.0, min(left, right, FINER * kept.unit / view.unit))) / rate


def most(view: Viewport) -> int:
    """Columns that a lane may have, beside what comes from their being aligned."""
    return view.width + 2 * max(MARGIN, view.width // 4)


def _times(there: float, needed: float) -> float:
    return there / needed if needed > 0 else math.inf
