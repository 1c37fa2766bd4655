"""The whole run in one strip: how many lanes were busy, where tasks raised, what the chart shows.

    |  ▂▃▅▅▇▇▅▃▂ [▅▇▇▅] ▃▂▂▁     |     from the start of the history to now
                 window

At most ``MOST`` columns, of a power of two of ns: while the run goes on, the last one grows; when
they are too many, two and two become one. So a look costs by what is new, whatever the history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from poolscope_gui.model import quantities
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.density import Density, Values
from poolscope_gui.model.layout import HEADER, HEADER_SMALL, RIGHT
from poolscope_gui.model.ops import (
    Copies,
    Fill,
    Font,
    Op,
    Outline,
    Renew,
    Rounded,
    Text,
    Texts,
    rects,
)
from poolscope_gui.model.palette import EXCEPTION, RUNNING, Theme
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.tracks import NEVER

MOST: Final = 1024
FIRST_UNIT: Final = 1 << 18  # ns: a quarter of a millisecond
HEIGHT: Final = 42
MARGIN: Final = 5.0
HANDLE: Final = 6.0  # pixels on each side of an edge of the window that take hold of it
LEAST_WINDOW: Final = 10.0
RAISED: Final = 4.0
Grip = Literal["begin", "end", "window", "outside"]


class Overview:
    """What is known of a chart's whole run."""

    def __init__(self) -> None:
        self.unit = FIRST_UNIT
        self.first = 0
        self.now = 0
        self.lanes = 0
        self.looks = 0  # how often it was brought up to date
        self.busy: Values = np.empty(0)
        self.raised: Values = np.empty(0)
        self._density = Density()

    @property
    def looked(self) -> int:
        """How many columns of lanes were worked out so far."""
        return self._density.looked

    def update(self, chart: Chart, now: int, known: int = NEVER) -> None:
        """Take in what is new, up to ``now`` (ns); ``known``: to then, if that is earlier."""
        tracks = [lane.tasks.track for lane in chart.lanes if lane.kind == "worker"]
        self.looks += 1
        if now < self.now:
            self.unit, self._density = FIRST_UNIT, Density()
        self.first, self.now, self.lanes = chart.first, now, len(tracks)
        while now >= self.unit * MOST:
            self._density.widen()
            self.unit *= 2
        count = now // self.unit + 1
        until = now if known == NEVER else min(now, known)
        self.busy, self.raised = self._density.columns(tracks, float(self.unit), 0, count, until)


@dataclass(frozen=True)
class Strip:
    """The strip in a widget of this size, and the window of the chart on it. Times in ns."""

    overview: Overview
    width: float
    begin: float
    end: float

    @property
    def left(self) -> float:
        return HEADER if self.width >= 700 else HEADER_SMALL

    @property
    def room(self) -> float:
        return max(1.0, self.width - self.left - RIGHT)

    @property
    def span(self) -> float:
        return max(1.0, float(self.overview.now - self.overview.first))

    def x(self, time: float) -> float:
        share = (time - self.overview.first) / self.span
        return self.left + min(max(share, 0.0), 1.0) * self.room

    def time(self, x: float) -> float:
        return self.overview.first + (x - self.left) / self.room * self.span

    def window(self) -> tuple[float, float]:
        """Where the window begins and ends, pixels; never too narrow to take hold of."""
        x0, x1 = self.x(self.begin), self.x(self.end)
        if x1 - x0 < LEAST_WINDOW:
            half = LEAST_WINDOW / 2
            middle = min(max((x0 + x1) / 2, self.left + half), self.left + self.room - half)
            x0, x1 = middle - half, middle + half
        return x0, x1

    def grip(self, x: float) -> Grip:
        """What a press at ``x`` takes hold of."""
        x0, x1 = self.window()
        inner = min(HANDLE, (x1 - x0) / 3)
        if x0 - HANDLE <= x <= x0 + inner:
            return "begin"
        if x1 - inner <= x <= x1 + HANDLE:
            return "end"
        return "window" if x0 < x < x1 else "outside"


class Ground:
    """What lies under the window: painted on a sheet after each look, and copied from there."""

    def __init__(self) -> None:
        self._known: object = None

    def ops(self, strip: Strip, theme: Theme, ratio: float) -> list[Op]:
        """To be carried out by one painter; a painter that failed needs another ground."""
        wide, high = math.ceil(strip.width * ratio), round(HEIGHT * ratio)
        out: list[Op] = []
        if (
            key := (strip.overview, strip.overview.looks, strip.width, theme, ratio)
        ) != self._known:
            self._known = key
            clips = rects((0.0, 0.0, wide, high))
            out.append(Renew((wide, high), ratio, clips, 0, _ground(strip, theme, ratio)))
        if ratio == 1.0:
            return [*out, Copies((), [(0, 0, 0, 0, wide, high)])]
        return [*out, Copies([(0, 0, wide, high, 0.0, 0.0, wide / ratio, high / ratio)])]


def draw(
    strip: Strip, theme: Theme, fitter: Fitter, ratio: float, ground: Ground, *, focus: bool
) -> list[Op]:
    """The whole strip."""
    width, left, room = strip.width, strip.left, strip.room
    out = ground.ops(strip, theme, ratio)
    x0, x1 = (round(x * ratio) / ratio for x in strip.window())
    veil = rects((left, 1.0, x0 - left, HEIGHT - 1), (x1, 1.0, left + room - x1, HEIGHT - 1))
    out.append(Fill(theme.veil, veil))
    wide = max(1, round(ratio)) / ratio
    edge = rects((x0 + wide / 2, 2 + wide / 2, x1 - x0 - wide, HEIGHT - 4 - wide))
    out.append(Outline(theme.accent, edge, wide, 0.0))  # round corners take a smooth line
    grips = rects(*((x - 2, HEIGHT / 2 - 8, 4.0, 16.0) for x in (x0, x1)))
    out.append(Rounded(theme.accent, grips, 2.0))
    out.append(Texts(_words(strip, theme, fitter)))
    if focus:
        out.append(Outline(theme.accent, rects((1.0, 1.0, width - 2, HEIGHT - 2.0)), 2.0, 2.0))
    return out


def _ground(strip: Strip, theme: Theme, ratio: float) -> list[Op]:
    return [
        Fill(theme.panel, rects((0.0, 0.0, strip.width, HEIGHT))),
        Fill(theme.lane, rects((strip.left, 0.0, strip.room, HEIGHT))),
        Fill(theme.line, rects((0.0, 0.0, strip.width, 1 / ratio))),
        *_columns(strip, theme, ratio, (MARGIN, HEIGHT - MARGIN)),
    ]


def _columns(strip: Strip, theme: Theme, ratio: float, band: tuple[float, float]) -> list[Op]:
    overview, (top, floor) = strip.overview, band
    if not len(overview.busy):
        return []
    edges = np.arange(len(overview.busy) + 1, dtype=np.float64) * overview.unit
    xs = strip.left + np.clip((edges - overview.first) / strip.span, 0, 1) * strip.room
    xs = np.rint(xs * ratio) / ratio
    some = np.flatnonzero((overview.busy > 0) & (xs[:-1] < strip.left + strip.room))
    share = np.minimum(overview.busy[some] / max(1, overview.lanes), 1.0)
    high = np.maximum(np.rint(share * (floor - top) * ratio), 1.0) / ratio
    wide = np.maximum(np.diff(xs)[some], 1 / ratio)
    bars = np.stack((xs[some], floor - high, wide, high), axis=1)
    bad = np.flatnonzero(overview.raised > 0)
    marks = np.stack(
        (
            xs[bad],
            np.full(len(bad), floor - RAISED),
            np.maximum(np.diff(xs)[bad], 2 / ratio),
            np.full(len(bad), RAISED),
        ),
        axis=1,
    )
    running, failed = theme.states[RUNNING].body, theme.states[EXCEPTION].body
    return [Fill(running, bars), Fill(failed, marks)]


def _words(strip: Strip, theme: Theme, fitter: Fitter) -> list[Text]:
    room = strip.left - 16
    upper = fitter.cut("whole run", room, Font.BOLD)
    length = quantities.duration(int(strip.span))
    shown = quantities.duration(int(max(0.0, strip.end - strip.begin)))
    lower = fitter.choose((f"{length}, {shown} in view", length), room, Font.SMALL)
    middle = HEIGHT / 2
    said = [Text(8.0, middle - 9, upper, Font.BOLD, theme.text)]
    if strip.overview.now > strip.overview.first:  # else nothing has happened
        said.append(Text(8.0, middle + 9, lower, Font.SMALL, theme.muted))
    return said
