"""A scene becomes a frame: the list of everything that is painted, from below to above."""

from __future__ import annotations

from poolscope_gui.model import bars
from poolscope_gui.model.counters import queue
from poolscope_gui.model.cpu_strip import strips
from poolscope_gui.model.drawing import Drawing
from poolscope_gui.model.fading import faded
from poolscope_gui.model.furniture import (
    badges,
    cursor,
    empty,
    grid,
    ground,
    handovers,
    history_edge,
    live_edge,
    lives,
    ruler_labels,
    scale,
)
from poolscope_gui.model.header import headers, lane_marks
from poolscope_gui.model.hops import hops
from poolscope_gui.model.layout import RULER, Row
from poolscope_gui.model.mark_band import mark_band
from poolscope_gui.model.ops import Clip, Fill, Outline, Rects, Unclip, rects
from poolscope_gui.model.race_marks import race_marks
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.summary import folded
from poolscope_gui.model.task_bars import TaskBars


def compose(scene: Scene) -> Ops:
    """All operations of one frame."""
    layout, theme = scene.layout, scene.theme
    if scene.chart.empty:
        whole = rects((0.0, 0.0, layout.width, layout.height))
        return [Fill(theme.background, whole), *empty(scene)]
    rows = layout.visible()
    out: Ops = [Fill(theme.background, _around(scene, [*layout.pinned, *rows]))]
    marks = scale(scene)
    lines = grid(scene, marks)
    if not layout.queue:  # else the lanes and the counters cover them
        out += lines
    out += _lanes(scene, rows, lines, (layout.scrolled_top, layout.scrolled_page))
    if layout.pinned:
        out += _lanes(scene, list(layout.pinned), lines, (layout.top, layout.pinned_h))
    out.append(Clip(layout.left, layout.top, layout.chart_width, layout.page))
    out += handovers(scene, [*layout.pinned, *rows])
    out += race_marks(scene, [*layout.pinned, *rows])
    out += hops(scene)
    out.append(Unclip())
    out += lane_marks(scene)
    out += queue(scene)
    out += history_edge(scene)
    out += live_edge(scene)
    out.append(Fill(theme.background, rects((0.0, 0.0, layout.width, layout.top - 4))))
    out += mark_band(scene)
    out += ruler_labels(scene, marks, RULER / 2)
    out += badges(scene)
    out += cursor(scene)
    out += ruler_labels(scene, marks, layout.height - 11)
    if scene.focus:
        edge = rects((1.0, 1.0, layout.width - 2, layout.height - 2))
        out.append(Outline(theme.accent, edge, 2.0, 2.0))
    return out


def _lanes(scene: Scene, rows: list[Row], lines: Ops, band: tuple[float, float]) -> Ops:
    """Some rows over the grid's ``lines``, cut to the band (top, height) that is theirs."""
    layout = scene.layout
    out: Ops = [Clip(0.0, band[0], layout.width, band[1])]
    out += ground(scene, rows)
    out += lines
    out += [Unclip(), Clip(layout.left, band[0], layout.chart_width, band[1])]
    out += lives(scene, rows)
    drawing = Drawing(scene)
    tasks = TaskBars(drawing)
    for row in rows:
        if row.lane >= 0:
            bars.lane(drawing, tasks, row)
        elif row.summary:
            out += folded(scene, row)
    tasks.lay()
    bars.states(drawing)
    out += drawing.ops()
    out += faded(scene, rows)
    out += strips(scene, rows)
    out += [Unclip(), Clip(0.0, band[0], layout.width, band[1])]
    out += headers(scene, rows, band)
    out.append(Unclip())
    return out


def _around(scene: Scene, rows: list[Row]) -> Rects:
    """All that no lane and no header covers: painting a pixel twice takes twice as long."""
    layout = scene.layout
    end = min(layout.bottom, max((layout.y(row) + row.height for row in rows), default=layout.top))
    right = layout.left + layout.chart_width
    return rects(
        (0.0, 0.0, layout.width, layout.top),
        (right, layout.top, layout.width - right, end - layout.top),
        (layout.header, end - 1, layout.width - layout.header, layout.height - end + 1),
        (0.0, layout.bottom, layout.header, layout.height - layout.bottom),
    )
