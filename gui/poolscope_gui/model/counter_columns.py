"""What a counter was in each pixel column: the greatest and the last value, up to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.peaks import highest
from poolscope_gui.model.tracks import Times

if TYPE_CHECKING:
    from poolscope_gui.model.scene import Scene

BIN_PX: Final = 12.0  # the least width of a stretch in which completions are counted
MANY: Final = 1 << 15  # steps in view, from which on it is quicker to look at their peaks
_EMPTY: Times = np.empty((0, 2), dtype=np.int64)


def columns(scene: Scene, name: str) -> NDArray[np.int64]:
    """For each column the greatest and the last value; n rows. ``name``: as in counter_kinds."""
    edges = scene.view.edges()
    until = int(np.searchsorted(edges, np.int64(scene.chart.now), side="right"))
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
    return steps(times, counts, edges, chart.peaks(name)) if len(times) else _EMPTY


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
    before = np.searchsorted(times, edges)
    last = np.where(before > 0, depth[np.maximum(before - 1, 0)], 0)  # the value at each edge
    # Highest of: the value at the left edge, and every step inside the column.
    if peaks is not None and before[-1] - before[0] > MANY:
        inside = highest(depth, peaks, before)
    else:
        padded = np.append(depth[before[0] : before[-1]], 0)
        inside = np.maximum.reduceat(padded, before[:-1] - before[0])
        inside = np.where(before[1:] > before[:-1], inside, last[:-1])
    return np.stack((np.maximum(inside, last[:-1]), last[1:]), axis=1)
