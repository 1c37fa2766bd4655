"""A scene becomes a frame: the list of everything that is painted, from below to above."""

from __future__ import annotations

from poolscope_gui.model import bars
from poolscope_gui.model.counters import queue
from poolscope_gui.model.drawing import Drawing
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
from poolscope_gui.model.header import headers
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Clip, Fill, Outline, Rects, Unclip, rects
from poolscope_gui.model.scene import Ops, Scene


def compose(scene: Scene) -> Ops:
    """All operations of one frame."""
    layout, theme = scene.layout, scene.theme
    if scene.chart.empty:
        whole = rects((0.0, 0.0, layout.width, layout.height))
        return [Fill(theme.background, whole), *empty(scene)]
    rows = layout.visible()
    out: Ops = [Fill(theme.background, _around(scene, rows))]
    marks = scale(scene)
    out.append(Clip(0.0, layout.top, layout.width, layout.page))
    out += ground(scene, rows)
    out.append(Unclip())
    out += grid(scene, marks)
    out.append(Clip(layout.left, layout.top, layout.chart_width, layout.page))
    out += lives(scene, rows)
    drawing = Drawing(scene)
    for row in rows:
        if row.lane >= 0:
            bars.lane(drawing, row)
    bars.states(drawing)
    out += drawing.ops()
    out += handovers(scene, rows)
    out.append(Unclip())
    out.append(Clip(0.0, layout.top, layout.width, layout.page))
    out += headers(scene, rows)
    out.append(Unclip())
    out += queue(scene)
    out += history_edge(scene)
    out += live_edge(scene)
    out.append(Fill(theme.background, rects((0.0, 0.0, layout.width, layout.top - 4))))
    out += ruler_labels(scene, marks, layout.top / 2)
    out += badges(scene)
    out += cursor(scene)
    out += ruler_labels(scene, marks, layout.height - 11)
    if scene.focus:
        edge = rects((1.0, 1.0, layout.width - 2, layout.height - 2))
        out.append(Outline(theme.accent, edge, 2.0, 2.0))
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
