"""The strips under the lanes: how many futures wait, how many workers are busy ..., on one axis.

One step of a line for each pixel column: the greatest and the last value within it, found with
one search an edge, so that a burst of a microsecond still makes a peak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.area import MANY, STROKE, AreaLook, rows_of
from poolscope_gui.model.counter_columns import STEPS, bin_ns, columns
from poolscope_gui.model.counter_kinds import BY_NAME, CounterKind
from poolscope_gui.model.furniture import marks_in
from poolscope_gui.model.kept_strip import KeptStrip
from poolscope_gui.model.ops import Area, Fill, Font, Lines, Outline, Strip, Text, Texts, rects
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.quantities import count, whole
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.viewport import Viewport

MARKS_MOST = 400
MARK_W = 9.0
MARK_H = 7.0


def queue(scene: Scene) -> Ops:
    """The counters that are shown, one below the other, each with its axis."""
    layout, theme = scene.layout, scene.theme
    if not layout.queue:
        return []
    top, right = layout.bottom, layout.left + layout.chart_width
    beside = rects(
        (0.0, top, layout.left, layout.height - top),
        (layout.left, top + layout.queue, layout.chart_width, layout.height - top - layout.queue),
        (right, top, layout.width - right, layout.height - top),
    )
    out: Ops = [
        Fill(theme.panel, beside),
        Fill(theme.lane, rects((layout.left, top, layout.chart_width, layout.queue))),
    ]
    height = layout.queue / len(scene.counters)
    for place, name in enumerate(scene.counters):
        out += _strip(scene, BY_NAME[name], scene.snap(top + place * height), height)
    return out


def name_at(scene: Scene, y: float) -> str:
    """Which counter is at this height."""
    layout, names = scene.layout, scene.counters
    place = int((y - layout.bottom) // (layout.queue / len(names)))
    return names[min(max(place, 0), len(names) - 1)]


def _strip(scene: Scene, kind: CounterKind, top: float, height: float) -> Ops:
    layout, theme = scene.layout, scene.theme
    bottom = top + height
    line = rects((0.0, scene.snap(top), layout.width, scene.stroke()))
    out: Ops = [Fill(theme.line, line)]
    sheet, view = scene.sheet, scene.view
    if sheet is not None and kind.name in STEPS:
        view = sheet.counters_view(view)
    values = columns(scene, kind.name, view)
    peak = _top(kind.name, int(values.max()) if values.size else 0)
    # The cancelled marks have the first pixels of the queue's strip to themselves.
    floor, ceiling = bottom - 1, top + (16.0 if kind.name == "queue" else 6.0)
    out += _labels(scene, kind, (top, floor, ceiling), peak)
    shown = kind.state < 0 or palette.STATES[kind.state] not in scene.hidden
    if values.size and (shown or kind.name != "queue"):
        out.append(_area(scene, kind, view, values, (floor, ceiling, (floor - ceiling) / peak)))
    if kind.name == "queue":
        out += _cancelled(scene, top + 8)
    foot = rects((layout.left, scene.snap(floor), layout.chart_width, scene.stroke()))
    out.append(Fill(theme.line, foot))
    return out


def _area(
    scene: Scene,
    kind: CounterKind,
    view: Viewport,
    depth: NDArray[np.int64],
    place: tuple[float, float, float],
) -> Area | Strip:
    """``depth``: of the columns of ``view``, which may be stretched to the scene's."""
    theme, layout, (floor, ceiling, scale) = scene.theme, scene.layout, place
    look = theme.states[kind.state] if kind.state >= 0 else theme.waiting
    fill, peaks, lasts = with_alpha(look.edge, 0x50), depth[:, 0], depth[:, 1]
    left, stretch = layout.left * scene.ratio, view.unit / scene.view.unit
    # Only where the line turns: a long quiet stretch is two points.
    turn = np.ones(len(depth), dtype=bool)
    turn[1:-1] = (peaks[1:-1] != lasts[:-2]) | (peaks[1:-1] != lasts[1:-1])
    turn[1:-1] |= (peaks[2:] != lasts[1:-1]) | (peaks[:-2] != lasts[:-2])
    keep = np.flatnonzero(turn)
    if scene.sheet is not None and left == left // 1 and 2 * len(keep) >= MANY:
        rows = rows_of(ceiling - STROKE / 2, floor + STROKE / 2, scene.ratio)
        how = AreaLook(STROKE, scene.ratio, floor, rows, fill, look.edge)
        kept = scene.sheet.strips.setdefault(kind.name, KeptStrip())
        pixels = kept.of(peaks, int(lasts[-1]), (view.unit, view.first), how, scale)
        x = layout.left + (view.first * stretch - scene.view.first) / scene.ratio
        high, wide = pixels.shape[0] / scene.ratio, pixels.shape[1] * stretch / scene.ratio
        return Strip(pixels, x, rows[0] / scene.ratio, wide, high)
    columns = np.arange(view.first, view.first + len(depth) + 1) * stretch - scene.view.first
    edges = layout.left + np.rint(columns) / scene.ratio
    points = np.empty((len(keep) * 2, 2))
    points[0::2, 0] = edges[keep]
    points[1::2, 0] = edges[keep + 1]
    points[0::2, 1] = floor - peaks[keep] * scale
    points[1::2, 1] = floor - lasts[keep] * scale
    return Area(fill, look.edge, points, floor)


def _top(name: str, value: int) -> int:
    """A round number that is at least ``value``; of counts an even one: its half is whole too."""
    if name in ("queue", "busy"):
        return _round_up(value)
    least = max(value, 2_000 if name == "done" else 2_000_000)
    power = int(10 ** (len(str(least)) - 1))
    return next(each * power for each in (1, 2, 4, 6, 8, 10, 20) if each * power >= least)


def words(name: str, value: int) -> str:
    """A value of a counter, as its axis says it."""
    if name == "oldest" and value:
        return whole(value)
    if name == "done":
        return count(value / 1000)
    return f"{value:,}"


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


def _labels(scene: Scene, kind: CounterKind, place: tuple[float, float, float], peak: int) -> Ops:
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    top, floor, ceiling = place
    texts, high = [], floor - ceiling >= 40
    for value in (peak, peak // 2, 0) if high else (peak, 0):
        y = floor - (floor - ceiling) * value / peak
        label = words(kind.name, value)
        x = layout.left - 8 - fitter.width(label, Font.TINY)
        texts.append(Text(x, min(max(y, top + 6), floor - 4), label, Font.TINY, theme.muted))
    room = layout.header - 72
    detail = kind.detail
    if kind.name == "done":
        detail = f"a second, by {whole(bin_ns(scene))}"
    lines = [(kind.title, Font.BOLD, theme.text), (detail, Font.SMALL, theme.muted)]
    y = top + (20 if high else 12)
    for line, font, colour in lines:
        if y + 8 <= floor + 2:
            texts.append(Text(8.0, y, fitter.cut(line, room, font), font, colour))
        y += 18 if high else 16
    half = scene.snap(floor - (floor - ceiling) / 2)
    middle = rects((layout.left, half, layout.chart_width, scene.stroke()))
    return [Fill(theme.grid, middle), Texts([text for text in texts if text.text])]


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
    chosen = scene.selected.has(chart.cancel_tasks[seen][first])
    if chosen.any():
        out.append(Outline(scene.theme.selected, boxes[chosen], 2.0, 2.0))
    return out
