"""What a counter was in each pixel column: the greatest and the last value, up to now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.peaks import highest
from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.tracks import Times

if TYPE_CHECKING:
    from poolscope_gui.model.scene import Scene
    from poolscope_gui.model.viewport import Viewport

STEPS: Final = frozenset({"queue", "busy"})  # the counters that are step functions
BIN_PX: Final = 12.0  # the least width of a stretch in which completions are counted
MANY: Final = 1 << 15  # steps in view, from which on it is quicker to look at their peaks
_EMPTY: Times = np.empty((0, 2), dtype=np.int64)


class KeptColumns:
    """The columns of a step function in the last frame, for those that are the same in this one."""

    def __init__(self) -> None:
        self._rewrites: Rewrites | None = None
        self._version = 0
        self._unit, self._first = 0.0, 0
        self._values: Times = _EMPTY

    def columns(
        self,
        rewrites: Rewrites,
        place: tuple[float, int],
        edges: Times,
        of: Callable[[Times], Times],
    ) -> Times:
        """Those between the ``edges``; ``of`` works them out.

        ``place``: ns to a column and the number of the first, counted from time 0, so that what
        was worked out holds in a view that has moved.
        """
        unit, first = place
        many = len(edges) - 1
        low, high = self._same(rewrites, unit, first, edges)
        if low < high:
            values: Times = np.empty((many, 2), np.int64)
            values[low:high] = self._values[low + first - self._first : high + first - self._first]
            if low:
                values[:low] = of(edges[: low + 1])
            if high < many:
                values[high:] = of(edges[high:])
        else:
            values = of(edges)
        self._rewrites, self._version = rewrites, rewrites.version
        self._unit, self._first, self._values = unit, first, values
        return values

    def _same(self, rewrites: Rewrites, unit: float, first: int, edges: Times) -> tuple[int, int]:
        """Which of the columns that are asked for are as they were, from where to where."""
        if rewrites is not self._rewrites or unit != self._unit:
            return 0, 0
        moved = self._first - first
        low, high = max(0, moved), min(len(edges) - 1, len(self._values) + moved)
        since = rewrites.since(self._version)
        if since is not None:  # a column's values depend on what is before its right edge
            high = min(high, int(edges.searchsorted(np.int64(since), side="right")) - 1)
        return low, high


def columns(scene: Scene, name: str, view: Viewport | None = None) -> NDArray[np.int64]:
    """For each column the greatest and the last value; n rows. ``name``: as in counter_kinds.

    ``view``: whose columns, if not the scene's; of the ``STEPS`` alone.
    """
    view = view or scene.view
    edges = view.edges()
    until = int(edges.searchsorted(np.int64(scene.chart.now), side="right"))
    edges = edges[: max(until, 1)]
    if len(edges) < 2:
        return _EMPTY
    chart = scene.chart
    if name == "oldest":
        return chart.oldest_ages(edges)
    if name == "done":
        return _rates(chart.done_times(), edges, bin_ns(scene), chart.now)
    times, counts = (
        (chart.queue_times, chart.queue_depth) if name == "queue" else chart.busy_counts()
    )
    if not len(times):
        return _EMPTY

    def of(some: Times) -> Times:
        return steps(times, counts, some, chart.peaks(name))

    rewrites = chart.rewrites(name)
    if scene.sheet is None or rewrites is None:
        return of(edges)
    kept = scene.sheet.counters.setdefault(name, KeptColumns())
    return kept.columns(rewrites, (view.unit, view.first), edges, of)


def bin_ns(scene: Scene) -> int:
    """A round stretch of time, at least ``BIN_PX`` wide: 1, 2 or 5 times a power of ten."""
    least = max(1.0, scene.view.unit * scene.ratio * BIN_PX)
    power = 10 ** int(np.floor(np.log10(least)))
    return int(next(each * power for each in (1, 2, 5, 10) if each * power >= least))


def _rates(times: Times, edges: Times, length: int, now: int) -> NDArray[np.int64]:
    """Completions a second, in thousandths, of the stretch that each column's middle lies in.

    Stretches are counted from time 0, so that the steps move with time when the view does. Of the
    one that now lies in, only its part until now is counted.
    """
    if not len(times):
        return _EMPTY
    which = (edges[:-1] + np.diff(edges) // 2) // length
    bounds = np.arange(which[0], which[-1] + 2) * length
    counts = np.diff(np.searchsorted(times, bounds))
    lengths = np.clip(now - bounds[:-1], length // 4 + 1, length)
    rates = (counts * 1e12 / lengths).astype(np.int64)[which - which[0]]
    return np.stack((rates, rates), axis=1)


def steps(times: Times, depth: Times, edges: Times, peaks: Times | None = None) -> Times:
    """The highest and the last value of a step function between neighbouring edges.

    ``peaks``: of ``depth`` as ``poolscope.analysis.peaks`` has them: then a long function costs
    no more than a short one.
    """
    before = times.searchsorted(edges)
    last = np.where(before > 0, depth[np.maximum(before - 1, 0)], 0)  # the value at each edge
    # Highest of: the value at the left edge, and every step inside the column.
    if peaks is not None and before[-1] - before[0] > MANY:
        inside = highest(depth, peaks, before)
    else:
        padded = np.append(depth[before[0] : before[-1]], 0)
        inside = np.maximum.reduceat(padded, before[:-1] - before[0])
        inside = np.where(before[1:] > before[:-1], inside, last[:-1])
    return np.stack((np.maximum(inside, last[:-1]), last[1:]), axis=1)
