"""What a counter was in each pixel column: the greatest and the last value, up to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.tracks import Times

if TYPE_CHECKING:
    from poolscope_gui.model.scene import Scene

BIN_PX: Final = 12.0  # the least width of a stretch in which completions are counted
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
    return steps(times, counts, edges) if len(times) else _EMPTY


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


def steps(times: Times, depth: Times, edges: Times) -> NDArray[np.int64]:
    """The highest and the last value of a step function between neighbouring edges."""
    before = np.searchsorted(times, edges)
    padded = np.concatenate((np.zeros(1, dtype=np.int64), depth[before[0] : before[-1]]))
    if before[0] > 0:
        padded[0] = depth[before[0] - 1]
    local = before - before[0]
    last = padded[local]  # the value at each edge
    # Highest of: the value at the left edge, and every step inside the column.
    highest = np.maximum.reduceat(padded, local[:-1])
    highest = np.maximum(highest, last[1:])
    return np.stack((highest, last[1:]), axis=1)
