"""Level of detail: a frame's cost is in its pixels, and no span vanishes.

A lane seen through ``width`` pixel columns is split in two:

    spans      |=====a=====| b c d e |===f===|g h i|          b..e, g..i: thinner than WIDE pixels
    columns    . . . . . . . . . . . . . . . . . . . .
    wide       |=====a=====|         |===f===|                drawn as bars of their own
    narrow                  # # # #          # # #            drawn as columns: who is in there

Both come from the edges of the columns alone. ``k[c]`` spans start before edge ``c`` (one binary
search an edge); a span at least two columns wide crosses an edge, and the one that crosses edge
``c`` can only be number ``k[c] - 1``. So nothing ever looks at all spans of a lane, and yet the
count of the narrow ones in a column is exact: the starts in it, less the wide ones.

Columns are numbered from time 0, not from the left of the window. When the view scrolls, or the
history grows at its end, what was found for a column is still true and is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .tracks import NEVER, Times, Track
from .viewport import Viewport

WIDE = 3.0  # device pixels; must be at least 2, see above

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """What of a track is in each pixel column."""

    wide: NDArray[np.int64]  # numbers of the spans drawn as bars, in order
    count: Counts  # narrow spans in each column
    rare: dict[int, Counts]  # of those, how many of each kind but the common one
    filled: NDArray[np.float64]  # share of the column's time that narrow spans fill
    kind: NDArray[np.int64]  # the kind of one narrow span of the column; -1 where there is none


@dataclass
class _Kept:
    """The searches of the last frame, for those of this one that ask the same."""

    unit: float = 0.0
    generation: int = -1
    known: int = 0  # edges up to this time had all their spans
    first: int = 0
    before: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))


class Slicer:
    """Splits one track. Holds the searches of its last frame."""

    def __init__(self, source: Track) -> None:
        self.track = source
        self._kept = _Kept()

    def columns(self, view: Viewport, now: float) -> Columns:
        """The track in the columns of a snapped ``view``; an open span reaches to ``now``."""
        spans = self.track
        edges = view.edges()
        before = self._before(edges, view)
        ends = _ends(spans, now)
        crossing = before - 1
        crosses = crossing >= 0
        crosses[crosses] = ends(crossing[crosses]) > edges[crosses]
        numbers = crossing[crosses]
        first_seen = np.ones(len(numbers), dtype=bool)
        first_seen[1:] = numbers[1:] != numbers[:-1]
        unique = numbers[first_seen]
        lengths = ends(unique) - spans.start[unique]
        is_wide = lengths >= WIDE * view.unit
        wide, thin = unique[is_wide], unique[~is_wide]
        return self._narrow(view, before, edges, wide, thin, crossing, crosses, now)

    def _before(self, edges: Times, view: Viewport) -> Counts:
        """For each edge, how many spans start before it."""
        starts, kept = self.track.start, self._kept
        same = kept.unit == view.unit and kept.generation == self.track.generation
        shift = view.first - kept.first
        old = kept.before[shift:] if same and 0 <= shift < len(kept.before) else kept.before[:0]
        # Spans are added at the end, so edges before the last start then known cannot change.
        sure = int(np.searchsorted(edges, np.int64(kept.known))) if len(old) else 0
        sure = min(sure, len(old), len(edges))
        before = np.empty(len(edges), dtype=np.int64)
        before[:sure] = old[:sure]
        before[sure:] = np.searchsorted(starts, edges[sure:])
        known = int(starts[-1]) if len(starts) else 0
        self._kept = _Kept(view.unit, self.track.generation, known, view.first, before)
        return before

    def _narrow(
        self,
        view: Viewport,
        before: Counts,
        edges: Times,
        wide: Counts,
        thin: Counts,
        crossing: Counts,
        crosses: NDArray[np.bool_],
        now: float,
    ) -> Columns:
        spans, width = self.track, view.width
        wide_starts = _starting(before, wide)
        count = np.diff(before) - wide_starts
        rare = {}
        for kind, where in spans.rare().items():
            below = np.searchsorted(where, before)
            found = np.diff(below)
            if found.any():
                rare[kind] = found - _starting(before, wide[spans.kind[wide] == kind])
        busy = spans.busy
        total = np.diff(busy[np.minimum(before, len(busy) - 1)]).astype(np.float64)
        if len(wide):
            column = np.searchsorted(before, wide, side="right") - 1
            inside = (column >= 0) & (column < width)
            settled = np.minimum(wide[inside] + 1, len(busy) - 1)
            np.subtract.at(total, column[inside], busy[settled] - busy[wide[inside]])
        # A narrow span that crosses into a column is in it too, though it starts before.
        over = crosses[:-1].copy()
        over[over] = np.isin(crossing[:-1][over], thin)
        count = count + over
        here = crossing[:-1][over]
        for kind in np.unique(spans.kind[here]).tolist():
            if kind != spans.common:
                rare.setdefault(kind, np.zeros(width, dtype=np.int64))[over] += (
                    spans.kind[here] == kind
                )
        return Columns(wide, count, rare, total / view.unit, self._one_kind(before, over, count))

    def _one_kind(
        self, before: Counts, over: NDArray[np.bool_], count: Counts
    ) -> NDArray[np.int64]:
        kind = np.full(len(count), -1, dtype=np.int64)
        some = count > 0
        last = np.where(np.diff(before) > 0, before[1:] - 1, before[:-1] - 1)
        kind[some] = self.track.kind[np.clip(last[some], 0, None)]
        return kind


def _starting(before: Counts, numbers: Counts) -> Counts:
    """How many of ``numbers`` start in each column."""
    return np.diff(np.searchsorted(numbers, before))


class _ends:  # noqa: N801 - a function with a memory
    """The ends of spans by number; the open one's is now."""

    def __init__(self, spans: Track, now: float) -> None:
        self._end = spans.end
        self._now = np.int64(now)

    def __call__(self, numbers: Counts) -> Times:
        ends: Times = self._end[numbers]
        return np.where(ends == NEVER, self._now, ends)
