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
history grows at its end, the searches for an edge are still true and are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.tracks import NEVER, Times, Track
from poolscope_gui.model.viewport import Viewport

WIDE = 3.0  # device pixels; must be at least 2, see above
FEW = 160

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """What of a track is in each pixel column; ``first`` is the number of the first of them."""

    first: int
    wide: NDArray[np.int64]  # numbers of the spans drawn as bars, in order
    count: Counts  # narrow spans in each column
    rare: dict[int, Counts]  # of those, how many of each kind but the common one
    filled: NDArray[np.float64]  # share of the column's time that narrow spans fill
    one_kind: Callable[[], Counts]  # see ``kind``
    thin: bool = True  # whether there may be any narrow one

    @cached_property
    def kind(self) -> Counts:
        """The kind of one narrow span of each column; -1 where there is none."""
        return self.one_kind()


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
        self._key: object = None
        self._found: Columns | None = None

    def columns(self, view: Viewport, now: float) -> Columns:
        """The track in the columns of a snapped ``view``; an open span reaches to ``now``.

        The same object as long as nothing has changed.
        """
        key = (view, *state(self.track, view, now))
        if key != self._key:
            self._key, self._found = key, self._columns(view, now)
        assert self._found is not None
        return self._found

    def _columns(self, view: Viewport, now: float) -> Columns:
        spans = self.track
        low = max(0, int(spans.start.searchsorted(np.int64(view.begin))) - 1)
        high = int(spans.start.searchsorted(np.int64(view.end) + 1))
        # Edges are whole ns: below one to a column a wide span may lie between two of them, and
        # there is no room for many spans.
        if high - low <= FEW or view.unit < 1.0:
            return self._few(view, low, high, now)
        edges = view.edges()
        before = self._before(edges, view, low, high)
        crossing = before - 1  # the span that may cross each edge
        at = np.maximum(crossing, 0)
        end = _ends(spans, now)(at)
        crosses = (end > edges) & (crossing >= 0)
        long = crosses & (end - spans.start[at] >= WIDE * view.unit)
        wide = _once(crossing[long])
        over = (crosses & ~long)[:-1]
        return self._narrow(view, before, wide, over)

    def _few(self, view: Viewport, low: int, high: int, now: float) -> Columns:
        """The same for so few spans that looking at each is quicker than at each column."""
        spans = self.track
        numbers = np.arange(low, high)
        start, end = spans.start[low:high], _ends(spans, now)(numbers)
        begin = np.int64(np.floor(view.first * view.unit))
        seen = (end > begin) | (start >= begin)
        wide = seen & (end - start >= WIDE * view.unit)
        thin = np.flatnonzero(seen & ~wide)
        if not len(thin):
            return Columns(view.first, numbers[wide], *_nothing(view.width))
        edges, width = view.edges(), view.width
        first = edges.searchsorted(start[thin], side="right") - 1
        last = np.maximum(edges.searchsorted(end[thin]) - 1, first)
        a, b = np.maximum(first, 0), np.minimum(last, width - 1)
        inside = a <= b
        thin, first, a, b = thin[inside], first[inside], a[inside], b[inside]
        found = spans.kind[low:high][thin]
        rare = {
            kind: _covering(a[found == kind], b[found == kind], width)
            for kind in set(found.tolist()) - {spans.common}
        }
        lengths = np.where(spans.end[low:high] == NEVER, 0, end - start)[thin]
        begun = first >= 0
        filled: NDArray[np.float64] = np.zeros(width)
        filled += np.bincount(a[begun], lengths[begun] / view.unit, minlength=width)
        count = _covering(a, b, width)
        some = bool(len(thin))

        def one_kind() -> Counts:
            kinds = np.full(width, -1, dtype=np.int64)
            for step in range(int((b - a).max(initial=-1)) + 1):  # a narrow one has a few columns
                kinds[np.minimum(a + step, b)] = found
            return kinds

        return Columns(view.first, numbers[wide], count, rare, filled, one_kind, some)

    def _before(self, edges: Times, view: Viewport, low: int, high: int) -> Counts:
        """For each edge, how many spans start before it: at least ``low``, at most ``high``."""
        starts, kept = self.track.start, self._kept
        same = kept.unit == view.unit and kept.generation == self.track.generation
        shift = view.first - kept.first
        old = kept.before[shift:] if same and 0 <= shift < len(kept.before) else kept.before[:0]
        # Spans are added at the end, so edges before the last start then known cannot change.
        sure = int(edges.searchsorted(np.int64(kept.known))) if len(old) else 0
        sure = min(sure, len(old), len(edges))
        before = np.empty(len(edges), dtype=np.int64)
        before[:sure] = old[:sure]
        before[sure:] = starts[low:high].searchsorted(edges[sure:])
        before[sure:] += low
        known = int(starts[-1]) if len(starts) else 0
        self._kept = _Kept(view.unit, self.track.generation, known, view.first, before)
        return before

    def _narrow(
        self, view: Viewport, before: Counts, wide: Counts, over: NDArray[np.bool_]
    ) -> Columns:
        """What is left without the wide ones. ``over``: a narrow span crosses into the column."""
        spans, width = self.track, view.width
        count, rare = before[1:] - before[:-1], {}
        busy = spans.busy[np.minimum(before, len(spans.busy) - 1)]
        total = (busy[1:] - busy[:-1]).astype(np.float64)
        if len(wide):
            column = _column(before, wide)
            inside = (column >= 0) & (column < width)
            count -= np.bincount(column[inside], minlength=width)
            settled = np.minimum(wide[inside] + 1, len(spans.busy) - 1)
            lengths = spans.busy[settled] - spans.busy[wide[inside]]
            np.subtract.at(total, column[inside], lengths)
        for kind, where in spans.rare().items():
            found = _starting(before, where)
            if found is not None:
                mine = _starting(before, wide[spans.kind[wide] == kind]) if len(wide) else None
                rare[kind] = found if mine is None else found - mine
        # A narrow span that crosses into a column is in it too, though it starts before.
        count += over
        crossing = np.maximum(before[:-1] - 1, 0)
        kinds = spans.kind[crossing]
        some = np.flatnonzero(over & (kinds != spans.common))
        for kind in set(kinds[some].tolist()):
            known = rare.setdefault(kind, np.zeros(width, dtype=np.int64))
            known += over & (kinds == kind)

        def one_kind() -> Counts:
            last = spans.kind[np.maximum(before[1:] - 1, 0)]
            found = np.where(over, kinds, last).astype(np.int64)
            return np.where(count > 0, found, -1)

        return Columns(view.first, wide, count, rare, total / view.unit, one_kind)


def state(spans: Track, view: Viewport, now: float) -> tuple[int, int, bool]:
    """As long as this stays the same, so do the columns of ``view``."""
    return spans.updates, spans.grown(now, WIDE, view.unit), now > view.begin


@cache
def _nothing(
    width: int,
) -> tuple[Counts, dict[int, Counts], NDArray[np.float64], Callable[[], Counts], bool]:
    """A frame's worth of empty columns; shared, and so not to be written to."""
    counts, kinds = np.zeros(width, dtype=np.int64), np.full(width, -1, dtype=np.int64)
    counts.flags.writeable = kinds.flags.writeable = False
    return counts, {}, np.zeros(width), lambda: kinds, False


def _covering(first: Counts, last: Counts, width: int) -> Counts:
    """How many of the stretches from ``first`` to ``last`` each column is in."""
    begun, ended = (np.bincount(at, minlength=width + 1) for at in (first, last + 1))
    return np.cumsum(begun - ended)[:width]


def _once(numbers: Counts) -> Counts:
    """Each of the ``numbers`` (sorted) once; ``np.unique``, which sorts them, takes much longer."""
    first = np.empty(len(numbers), dtype=bool)
    first[:1] = True
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers[first]


def _column(before: Counts, numbers: Counts) -> Counts:
    """In which column each of ``numbers`` starts; beside them all: -1 or more than there are."""
    return before.searchsorted(numbers, side="right") - 1


def _starting(before: Counts, numbers: Counts) -> Counts | None:
    """How many of ``numbers`` (sorted) start in each column; None: none does."""
    low, high = numbers.searchsorted(before[:: len(before) - 1]).tolist()  # its first and last
    if low == high:
        return None
    if high - low > len(before):
        return np.diff(numbers.searchsorted(before))
    return np.bincount(_column(before, numbers[low:high]), minlength=len(before) - 1)


class _ends:  # noqa: N801 - a function with a memory
    """The ends of spans by number; the open one's is now."""

    def __init__(self, spans: Track, now: float) -> None:
        self._end = spans.end
        self._now = np.int64(now)

    def __call__(self, numbers: Counts) -> Times:
        ends: Times = self._end[numbers]
        return np.where(ends == NEVER, self._now, ends)
