"""Everything a frame is made from, and the way from time and lanes to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.arrangement import Arrangement, Key
from poolscope_gui.model.chart import Chart, Hit, Sliced
from poolscope_gui.model.counter_kinds import AT_FIRST
from poolscope_gui.model.density import Density
from poolscope_gui.model.layout import Layout
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.marks import Marks
from poolscope_gui.model.matched import Matched
from poolscope_gui.model.ops import HATCH_TILE, Op, Rects
from poolscope_gui.model.palette import Theme
from poolscope_gui.model.task_set import TaskSet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.ticks import by_the_clock, step_for, told, words
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.viewport import Viewport
from poolscope_gui.model.wall_clock import Wall

if TYPE_CHECKING:
    from poolscope_gui.model.sheet import Sheet

TICK_ROOM = 96.0  # logical pixels to a labelled tick
EDGE_SLACK = 8  # device pixels beyond the window to which long bars are cut: hides their ends


def nearest(y: float) -> int:
    """The edge of a device pixel that is nearest; where two are, the lower one, whether its number
    is odd or even: a lane lies elsewhere on the sheet than on the screen, by whole pixels."""
    return math.floor(y + 0.5 + 1e-6)


@dataclass(frozen=True)
class Scene:
    chart: Chart
    layout: Layout
    view: Viewport  # snapped, in device pixels
    ratio: float  # device pixels to a logical one
    theme: Theme
    fitter: Fitter
    hidden: frozenset[str] = frozenset()
    selected: TaskSet = field(default_factory=TaskSet)
    hover: Hit | None = None
    picked: Hit | None = None  # what a click chose, a task's bar or another thing
    cursor: float | None = None  # the logical x of the mouse, while it is on the time axis
    follow: bool = False
    frozen: bool = False
    focus: bool = False
    counters: tuple[str, ...] = AT_FIRST  # below the lanes, from above
    wall: bool = False  # times are told by the clock on the wall, else from the start
    marks: Marks = field(default_factory=Marks)
    arrangement: Arrangement = field(default_factory=Arrangement)
    densities: dict[str, Density] = field(default_factory=dict)  # of folded groups, kept
    lane: Key | None = None  # the lane that the keys act on
    sheet: Sheet | None = None  # for a picture that is painted again and again
    until: int = NEVER  # what goes on reaches to here; ``NEVER``: to the chart's now
    matched: Matched | None = None  # what the filter asks for; the rest is faded
    drop: float | None = None  # y of where a dragged lane would go

    @cached_property
    def lit(self) -> int:
        """The lock that is pointed at or chosen: all that belongs to it stands out; -1: none."""
        for hit in (self.hover, self.picked):
            if hit is not None and hit.lock >= 0:
                return hit.lock
        return -1

    def columns(self, sliced: Sliced) -> Columns:
        """What of a track is in each pixel column."""
        return sliced.slicer.columns(self.view, self.now)

    @property
    def now(self) -> int:
        return self.chart.now if self.until == NEVER else self.until

    def lock_colour(self, lock: int) -> int:
        """The colour of a lock: as many as there are colours, then round again."""
        if lock < 0:  # of no lock, but of a future
            return self.theme.waiting.edge
        colours, locks = self.theme.locks, self.chart.locks
        return colours[(locks[lock].colour if lock < len(locks) else lock) % len(colours)]

    @property
    def clock(self) -> Wall | None:
        """What tells the times; None: they count from the start."""
        return Wall.local(self.chart.wall_ns) if self.wall and self.chart.wall_ns else None

    @property
    def step(self) -> int:
        """ns between two marks of the ruler, of which there are as many as have room."""
        return step_for(self.view.span / max(1, self.most_ticks))

    @property
    def most_ticks(self) -> int:
        return int(self.layout.chart_width / TICK_ROOM)

    def on_ruler(self, time: int, precision: int) -> str:
        """A time in view in words, exact to ``precision`` ns, and such as the ruler has."""
        if self.clock is not None:
            return self.moment(time, precision)
        return told(time, precision, self.view.begin, self.view.end, self.step)

    def moment(self, time: int, precision: int) -> str:
        """A time in words, exact to ``precision`` ns."""
        clock = self.clock
        if clock is not None:
            return clock.words(time, precision)
        return words(time, precision, by_clock=by_the_clock(self.view.end, self.step))

    def x(self, time: float) -> float:
        """The logical pixel of a time, snapped to the device's."""
        # Counted from time 0: so it is the same pixel of the time in whatever view.
        view = self.view
        return self.layout.left + (round(time / view.unit) - view.first) / self.ratio

    def time(self, x: float) -> float:
        return self.view.time((x - self.layout.left) * self.ratio)

    def snap(self, y: float) -> float:
        return nearest(y * self.ratio) / self.ratio

    def stroke(self, width: float = 1.0) -> float:
        """The thickness of a line, as whole device pixels: at least one."""
        return max(1.0, round(width * self.ratio)) / self.ratio

    @property
    def hatch_origin(self) -> float:
        """Moves with time, so that a hatch scrolls with its bar and does not swim in it."""
        tile = HATCH_TILE * self.ratio
        return self.layout.left - (self.view.first % tile) / self.ratio

    def boxes(
        self,
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        y: float,
        height: float,
        gap: float = 1.0,
    ) -> Rects:
        """A rectangle for each span, cut to the window, with a gap after it if it has room."""
        view, least, most = self.view, -EDGE_SLACK, self.view.width + EDGE_SLACK
        x0 = np.clip(np.rint(start / view.unit) - view.first, least, most)
        x1 = np.clip(np.rint(end / view.unit) - view.first, least, most)
        width = np.maximum(x1 - x0, 1.0)
        width -= np.where(width >= 5.0, max(1.0, round(gap * self.ratio)), 0.0) if gap else 0.0
        out = np.empty((len(x0), 4), dtype=np.float64)
        out[:, 0] = self.layout.left + x0 / self.ratio
        out[:, 1] = self.snap(y)
        out[:, 2] = width / self.ratio
        out[:, 3] = self.snap(y + height) - self.snap(y)
        return out


@dataclass
class Layers:
    """Rectangles gathered over all lanes, so that each colour is one call."""

    _parts: dict[tuple[int, int], list[Rects]] = field(default_factory=dict)

    def add(self, layer: int, colour: int, rects: Rects) -> None:
        if len(rects):
            self._parts.setdefault((layer, colour), []).append(rects)

    def take(self, layer: int) -> list[tuple[int, Rects]]:
        """The colours of one layer, each with all its rectangles."""
        return [
            (colour, np.concatenate(parts))
            for (number, colour), parts in sorted(self._parts.items())
            if number == layer
        ]


Ops = list[Op]
