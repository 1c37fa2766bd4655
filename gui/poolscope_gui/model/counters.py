"""The strip under the lanes: how many futures wait in the queues, on the same axis.

One step of the line for each pixel column: the deepest and the last depth within it, found with
one search an edge, so that a burst of a microsecond still makes a peak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.furniture import marks_in
from poolscope_gui.model.ops import Area, Fill, Font, Lines, Outline, Text, Texts, rects
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.tracks import Times

MARKS_MOST = 400
MARK_W = 9.0
MARK_H = 7.0


def queue(scene: Scene) -> Ops:
    """The queue's depth, its axis, and a struck mark where a waiting future was cancelled."""
    layout, theme = scene.layout, scene.theme
    if not layout.queue:
        return []
    top, bottom = layout.bottom, layout.bottom + layout.queue
    out: Ops = [
        Fill(theme.panel, rects((0.0, top, layout.width, layout.height - top))),
        Fill(theme.lane, rects((layout.left, top, layout.chart_width, layout.queue))),
        Fill(theme.line, rects((0.0, scene.snap(top), layout.width, scene.stroke()))),
    ]
    depth = depths(scene)
    peak = _round_up(int(depth.max()) if depth.size else 0)
    # The cancelled marks have the strip's first pixels to themselves.
    floor, ceiling = bottom - 1, top + 16.0
    out += _labels(scene, top, floor, ceiling, peak)
    if depth.size and palette.STATES[palette.PENDING] not in scene.hidden:
        out.append(_area(scene, depth, floor, (floor - ceiling) / peak))
    out += _cancelled(scene, top + 8)
    out.append(
        Fill(
            theme.line, rects((layout.left, scene.snap(floor), layout.chart_width, scene.stroke()))
        )
    )
    return out


def depths(scene: Scene) -> NDArray[np.int64]:
    """For each pixel column from the left to now: the deepest and the last depth; n rows."""
    times, chart = scene.chart.queue_times, scene.chart
    if not len(times):
        return np.empty((0, 2), dtype=np.int64)
    edges = scene.view.edges()
    until = int(np.searchsorted(edges, np.int64(chart.now), side="right"))
    edges = edges[: max(until, 1)]
    if len(edges) < 2:
        return np.empty((0, 2), dtype=np.int64)
    return steps(times, chart.queue_depth, edges)


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


def _area(scene: Scene, depth: NDArray[np.int64], floor: float, scale: float) -> Area:
    theme, layout = scene.theme, scene.layout
    first = 0.0
    columns = np.arange(len(depth), dtype=np.float64)
    # Only where the line turns: a long quiet stretch is two points.
    peaks, lasts = depth[:, 0], depth[:, 1]
    turn = np.ones(len(depth), dtype=bool)
    turn[1:-1] = (peaks[1:-1] != lasts[:-2]) | (peaks[1:-1] != lasts[1:-1])
    turn[1:-1] |= (peaks[2:] != lasts[1:-1]) | (peaks[:-2] != lasts[:-2])
    keep = np.flatnonzero(turn)
    points = np.empty((len(keep) * 2, 2))
    points[0::2, 0] = layout.left + (columns[keep] + first) / scene.ratio
    points[1::2, 0] = layout.left + (columns[keep] + 1) / scene.ratio
    points[0::2, 1] = floor - peaks[keep] * scale
    points[1::2, 1] = floor - lasts[keep] * scale
    look = theme.states[palette.PENDING]
    return Area(with_alpha(look.edge, 0x50), look.edge, points, floor)


def _round_up(value: int) -> int:
    """A round number that is at least ``value``, even, so that its half is whole too."""
    if value <= 2:
        return 2
    power = int(10 ** (len(str(value)) - 1))
    for tenths in (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100):
        rounded = tenths * power // 10
        if rounded >= value and rounded % 2 == 0:
            return rounded
    return 20 * power


def _labels(scene: Scene, top: float, floor: float, ceiling: float, peak: int) -> Ops:
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    texts = []
    for value in (peak, peak // 2, 0):
        y = floor - (floor - ceiling) * value / peak
        label = f"{value:,}".replace(",", " ")
        x = layout.left - 8 - fitter.width(label, Font.TINY)
        texts.append(Text(x, min(y, floor - 4), label, Font.TINY, theme.muted))
    room = layout.header - 64
    y = top + 20
    for words, font, colour in (
        ("queue depth", Font.BOLD, theme.text),
        ("waiting futures", Font.SMALL, theme.muted),
    ):
        cut = fitter.cut(words, room, font)
        texts.append(Text(8.0, y, cut, font, colour))
        y += 18
    half = scene.snap(floor - (floor - ceiling) / 2)
    line = rects((layout.left, half, layout.chart_width, scene.stroke()))
    return [Fill(theme.grid, line), Texts([text for text in texts if text.text])]


def _cancelled(scene: Scene, y: float) -> Ops:
    """Futures cancelled while they waited: they have no lane, so they are marked here."""
    chart, look = scene.chart, scene.theme.states[palette.CANCELLED]
    if palette.STATES[palette.CANCELLED] in scene.hidden:
        return []
    seen = marks_in(scene, chart.cancel_times)
    if not len(seen):
        return []
    xs = np.rint(scene.view.xs(chart.cancel_times[seen]))
    _, first = np.unique(xs, return_index=True)  # no more marks than pixels
    xs = scene.layout.left + xs[first] / scene.ratio
    boxes = np.empty((len(xs), 4))
    boxes[:, 0], boxes[:, 1] = xs - MARK_W / 2, y - MARK_H / 2
    boxes[:, 2], boxes[:, 3] = MARK_W, MARK_H
    strikes = np.stack(
        (xs - MARK_W / 2 - 2, np.full(len(xs), y), xs + MARK_W / 2 + 2, np.full(len(xs), y)), axis=1
    )
    out: Ops = [Fill(look.body, boxes), Lines(look.edge, strikes, 1.5, dotted=False)]
    chosen = np.isin(chart.cancel_tasks[seen][first], list(scene.selected))
    if chosen.any():
        out.append(Outline(scene.theme.selected, boxes[chosen], 2.0, 2.0))
    return out
