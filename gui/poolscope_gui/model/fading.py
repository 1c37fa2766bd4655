"""With a filter on: a veil over what it does not ask for.

The veil has gaps where the bars are that are asked for, so that they are seen with all that lies
on them; those too short for a bar are painted again above it.
"""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.chart import Lane
from poolscope_gui.model.drawing import Drawing
from poolscope_gui.model.layout import Row, bands
from poolscope_gui.model.ops import Fill, Rects
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.task_bars import TaskBars

VEIL = 0xB8  # how thick it is


def faded(scene: Scene, rows: list[Row]) -> Ops:
    """Nothing without a filter."""
    if scene.matched is None:
        return []
    layout, chart = scene.layout, scene.chart
    drawing, veils = Drawing(scene), []
    tasks, nothing = TaskBars(drawing), np.empty((0, 4))
    for row in rows:
        if row.lane < 0 or chart.lanes[row.lane].kind != "worker":
            continue
        lane = chart.lanes[row.lane]
        found, y = scene.matched.of(lane), layout.y(row)
        veils.append(_veil(drawing, found, y + 1, row.height - 2))
        if len(found.tasks.track):
            band = bands(row.height, len(lane.holds), len(lane.spans))
            tasks.lane(row.lane, found, y, band, nothing)
    if not veils:
        return []
    tasks.lay_narrow()  # the bars are seen through the gaps of the veil
    ground = with_alpha(scene.theme.background, VEIL)
    return [Fill(ground, np.concatenate(veils)), *drawing.strips]


def _veil(drawing: Drawing, lane: Lane, y: float, height: float) -> Rects:
    """A lane without the bars of those tasks."""
    scene, spans = drawing.scene, lane.tasks.track
    left, right = scene.layout.left, scene.layout.left + scene.layout.chart_width
    edges = np.array([left, right])
    if len(spans):
        wide = drawing.seen(lane.tasks, scene.columns(lane.tasks))
        boxes = scene.boxes(spans.start[wide], drawing.ends(lane.tasks, wide), y, height)
        begin, end = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
        edges = np.clip(np.concatenate(([left], np.ravel((begin, end), "F"), [right])), left, right)
    out = np.empty((len(edges) // 2, 4))
    out[:, 0], out[:, 1] = edges[0::2], scene.snap(y)
    out[:, 2], out[:, 3] = edges[1::2] - edges[0::2], height
    return out[out[:, 2] > 0]
