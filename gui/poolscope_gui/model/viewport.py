"""Where the chart looks: a stretch of time laid over a width of pixels, and how it moves.

    begin                                  begin + span
      |------------- width, device pixels ------|

Times are ns since the start of the trace, kept as floats: 2**53 ns are 104 days, exact enough.
A viewport is snapped to whole device pixels before it is drawn, so that what stands still in
time moves by whole pixels when the view scrolls, and does not shimmer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from poolscope_gui.model.anchor import Anchor

MIN_SPAN = 200.0
MAX_SPAN = 40.0 * 86_400 * 1e9
FIRST_SPAN = 1e9  # a live view starts one second wide, so that the first task is seen to grow
FOLLOW_SPAN = 10e9  # and stops showing everything when this much has passed
LIVE_MARGIN = 0.02  # room right of the live edge, as a share of the span
EDGE_SLACK = 0.004  # shares of the width by which the live edge may be off its place


@dataclass(frozen=True)
class Viewport:
    begin: float
    span: float
    width: int

    @cached_property
    def end(self) -> float:
        return self.begin + self.span

    @cached_property
    def unit(self) -> float:
        """ns to a device pixel."""
        return self.span / self.width

    @cached_property
    def first(self) -> int:
        """The number of the first pixel column, counted from time 0."""
        at = self.begin / self.unit
        # What is snapped already must not fall into the column before by a rounding error.
        return math.floor(at + max(1e-6, 2 * math.ulp(at)))

    def snapped(self) -> Viewport:
        """The same, moved left to the edge of a pixel column."""
        return replace(self, begin=self.first * self.unit)

    @cached_property
    def _edges(self) -> NDArray[np.int64]:
        columns = np.arange(self.first, self.first + self.width + 1, dtype=np.float64)
        edges = np.floor(columns * self.unit).astype(np.int64)
        edges.flags.writeable = False  # all lanes share them
        return edges

    def edges(self) -> NDArray[np.int64]:
        """The times of the ``width + 1`` edges of the pixel columns, whole ns."""
        return self._edges

    def stretch(self, first: int, until: int, unit: float = 0.0) -> Viewport:
        """The columns from ``first`` to before ``until``: in view or not, the same columns; or
        those of another ``unit``, ns."""
        unit = unit or self.unit
        return _Stretch(first * unit, (until - first) * unit, until - first, unit, first)

    def x(self, time: float) -> float:
        return (time - self.begin) / self.unit

    def xs(self, times: NDArray[np.int64]) -> NDArray[np.floating[Any]]:
        return (times - self.begin) / self.unit

    def time(self, x: float) -> float:
        return self.begin + x * self.unit


@dataclass(frozen=True)
class _Stretch(Viewport):
    """Says itself what is a little off when it is computed from the begin and the span."""

    exact_unit: float
    exact_first: int

    @cached_property
    def unit(self) -> float:
        return self.exact_unit

    @cached_property
    def first(self) -> int:
        return self.exact_first


@dataclass(frozen=True)
class Look:
    """How the view stood: what a move can be taken back to. ``scroll``: of the lanes, pixels;
    ``top``: the row that was uppermost, if any was above it."""

    begin: float
    span: float
    follow: bool
    whole: bool
    scroll: float = 0.0
    top: Anchor | None = None


class Navigation:
    """What the user did to the view: zoomed, panned, follows the live edge or holds it still."""

    def __init__(self) -> None:
        self.begin = 0.0
        self.span = FIRST_SPAN
        self.first = 0.0  # of the history
        self.now = 0.0
        self.follow = True
        self.frozen = False
        self._live = False
        self._whole = True  # as long as the user has not zoomed, following shows everything
        self._least = FIRST_SPAN  # that it shows then; less once the user has asked for Fit

    def viewport(self, width: int) -> Viewport:
        return Viewport(self.begin, self.span, max(1, width)).snapped()

    def advance(self, first: float, now: float, *, live: bool = True) -> None:
        """The history now reaches from ``first`` to ``now``.

        One that never was live is being loaded: all of it is shown until the user moves.
        """
        if self.frozen:
            return
        self.first, self.now = float(first), float(max(now, first))
        self._live = self._live or live
        if self.follow or (self._whole and not self._live):
            self._to_edge()

    def look(self, scroll: float = 0.0, top: Anchor | None = None) -> Look:
        """How the view stands now."""
        return Look(self.begin, self.span, self.follow, self._whole, scroll, top)

    def restore(self, look: Look) -> None:
        """Stand as it stood; where it followed, follow again: the live edge has gone on since."""
        self.begin, self.span = look.begin, look.span
        self.follow, self._whole = look.follow, look.whole
        self._least = min(FIRST_SPAN, look.span)
        if self.follow and self._live and not self.frozen:
            self._to_edge()

    def _to_edge(self) -> None:
        length = self.now - self.first
        if self._whole and not self._live:
            self._show_all()
        elif self._whole and length <= FOLLOW_SPAN:
            self.span = max(self._least, length * (1 + LIVE_MARGIN))
            self.begin = self.first
        else:
            self.begin = self.now - self.span * (1 - LIVE_MARGIN)

    def fit(self) -> None:
        """Show the whole history; following, if it was on, goes on from there."""
        self._show_all()
        self._least = min(FIRST_SPAN, self.span)

    def _show_all(self) -> None:
        length = max(self.now - self.first, 1000.0)
        self.span = length * (1 + LIVE_MARGIN)
        self.begin = self.first
        self._whole = True

    def fit_and_follow(self) -> None:
        """Show everything, and follow the live edge from there."""
        self.follow = True
        self.fit()

    def zoom(self, factor: float, share: float) -> None:
        """Show ``factor`` times the time; the point at ``share`` of the width stays where it is.

        Following goes on only if the live edge is then still at its place, as it is when the
        point is the edge itself. It could not go on otherwise: the next event would move the view
        from under the user's hand.
        """
        span = min(max(self.span * factor, MIN_SPAN), self._widest())
        self.begin += (self.span - span) * share
        self.span = span
        self._whole = False
        self.follow = self.follow and abs(self.edge_share - (1 - LIVE_MARGIN)) <= EDGE_SLACK

    @property
    def edge_share(self) -> float:
        """Where the live edge is, as a share of the width; 0 is the left end."""
        return (self.now - self.begin) / self.span

    def zoom_keys(self, factor: float) -> None:
        """Zoom with no cursor to say about what: the middle. Following a live run goes on, and so
        it is the live edge that stays."""
        following = self.follow and self._live
        self.zoom(factor, 0.5)
        if following:
            self.set_follow(True)

    def _widest(self) -> float:
        return min(MAX_SPAN, max(2 * (self.now - self.first), 2 * FIRST_SPAN, self.span))

    def pan(self, share: float) -> None:
        """Move the view by a share of its width; to the right is later. Leaves Follow."""
        self.follow = False
        self._whole = False
        # Some of the history always stays in view: nobody gets lost in empty time.
        low, high = self.first - 0.9 * self.span, self.now - 0.1 * self.span
        self.begin = min(max(self.begin + share * self.span, low), max(high, low))

    def show(self, begin: float, end: float) -> None:
        """Show exactly this stretch. Leaves Follow."""
        self.follow = False
        self._whole = False
        middle = (begin + end) / 2
        self.span = min(max(end - begin, MIN_SPAN), MAX_SPAN)
        self.begin = middle - self.span / 2

    def to_start(self) -> None:
        self.follow = False
        self._whole = self._whole and self._live  # or what is loaded next would take it back
        self.begin = self.first - self.span * LIVE_MARGIN

    def set_follow(self, follow: bool) -> None:
        self.follow = follow
        if follow:
            self._to_edge()
