"""A lane turns when its thread waits in a ring: a tinted ground, a thick frame from the moment on
and a word. A ring that somebody will give up has a dotted frame and another word. Who only waits
behind a ring has the word alone.
"""

from __future__ import annotations

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane
from poolscope_gui.model.drawing import ALARM_EDGE, ALARM_GROUND, ALARM_TIMED, Drawing
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Fill, Lines, Rounded, rects
from poolscope_gui.model.scene import Ops, Scene

TINT = 0.16
SIGN = 14.0


def lane(drawing: Drawing, shown: Lane, row: Row) -> None:
    """What the alarm does to a lane's bars."""
    alarm, scene = shown.alarm, drawing.scene
    if alarm is None or alarm.behind:
        return
    begin = max(scene.x(alarm.since), scene.layout.left)
    end = min(scene.x(scene.now), drawing.right)
    y = scene.snap(scene.layout.y(row))
    ground = rects((scene.layout.left, y, drawing.right - scene.layout.left, row.height - 1))
    share = TINT / 2 if alarm.timed else TINT
    tint = palette.mix(scene.theme.alarm, scene.theme.lane, share)
    drawing.layers.add(ALARM_GROUND, tint, ground)
    if end - begin < 1.0:
        return
    frame = rects((begin + 1, y + 1.5, max(end - begin - 2, 2.0), row.height - 4))
    layer = ALARM_TIMED if alarm.timed else ALARM_EDGE
    drawing.top.add(layer, scene.theme.alarm, frame)


def header(scene: Scene, y: float, row: Row) -> Ops:
    """Behind a lane's header: a tinted ground and a thick bar at its left."""
    theme = scene.theme
    ground = rects((0.0, y, scene.layout.header - 1, row.height - 1))
    bar = rects((0.0, y, 6.0, row.height - 1))
    tint = palette.mix(theme.alarm, theme.panel, TINT + 0.06)
    return [Fill(tint, ground), Fill(theme.alarm, bar)]


def sign(scene: Scene, x: float, y: float) -> Ops:
    """A triangle with an exclamation mark, its middle at a point."""
    half, colour = SIGN / 2, scene.theme.alarm
    edges = rects(
        (x, y - half, x + half, y + half - 1),
        (x + half, y + half - 1, x - half, y + half - 1),
        (x - half, y + half - 1, x, y - half),
    )
    mark = rects((x, y - 2.5, x, y + 2.0))
    dot = rects((x - 0.9, y + 3.2, 1.8, 1.8))
    return [
        Lines(colour, edges, 1.6, dotted=False),
        Lines(colour, mark, 1.8, dotted=False),
        Rounded(colour, dot, 0.9),
    ]
