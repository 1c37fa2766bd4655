"""A lane turns when its thread waits in a ring: a tinted ground, a thick frame from the moment on
and a word. A ring that somebody will give up has a dotted frame and another word. Who only waits
behind a ring has the word alone.
"""

from __future__ import annotations

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Chart, Group, Lane, LaneAlarm
from poolscope_gui.model.drawing import ALARM_EDGE, ALARM_GROUND, ALARM_TIMED, Drawing, edges
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Fill, Lines, Outline, Rects, Rounded, rects
from poolscope_gui.model.scene import Ops, Scene

TINT = 0.16
SIGN = 14.0


def lane(drawing: Drawing, shown: Lane, row: Row) -> None:
    """What the alarm does to a lane's bars."""
    alarm = shown.alarm
    if alarm is None or alarm.behind:
        return
    tint, ground, frame = _turned(drawing.scene, alarm, row)
    drawing.layers.add(ALARM_GROUND, tint, ground)
    if len(frame):
        layer = ALARM_TIMED if alarm.timed else ALARM_EDGE
        drawing.top.add(layer, drawing.scene.theme.alarm, frame)


def folded(scene: Scene, row: Row) -> tuple[Ops, Ops]:
    """What it does to the one row of a folded group: below its bars, and above them."""
    alarm = worst(scene.chart, scene.chart.groups[row.group])
    if alarm is None:
        return [], []
    tint, ground, frame = _turned(scene, alarm, row)
    colour = scene.theme.alarm
    edge = (
        Lines(colour, edges(frame), 3.0, True) if alarm.timed else Outline(colour, frame, 3.0, 2.0)
    )
    return [Fill(tint, ground)], [edge] if len(frame) else []


def worst(chart: Chart, group: Group) -> LaneAlarm | None:
    """The alarm of a whole group: a deadlock before a ring that ends, the oldest first."""
    alarms = [alarm for n in group.lanes if (alarm := chart.lanes[n].alarm) and not alarm.behind]
    return min(alarms, key=lambda alarm: (alarm.timed, alarm.since), default=None)


def words(chart: Chart, group: Group) -> str:
    """What the alarm says of a group, and of how many of its lanes; "" without one."""
    alarm = worst(chart, group)
    if alarm is None:
        return ""
    many = sum(chart.lanes[n].alarm == alarm for n in group.lanes)
    return f"{many} of {len(group.lanes)}: {alarm.words}"


def _turned(scene: Scene, alarm: LaneAlarm, row: Row) -> tuple[int, Rects, Rects]:
    """A colour and the ground that has it, and the frame; none that would be narrower than it."""
    left, right = scene.layout.left, scene.layout.left + scene.layout.chart_width
    begin, end = max(scene.x(alarm.since), left), min(scene.x(scene.now), right)
    y = scene.snap(scene.layout.y(row))
    tint = palette.mix(scene.theme.alarm, scene.theme.lane, TINT / 2 if alarm.timed else TINT)
    frame = rects()
    if end - begin >= 1.0:
        frame = rects((begin + 1, y + 1.5, max(end - begin - 2, 2.0), row.height - 4))
    return tint, rects((left, y, right - left, row.height - 1)), frame


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
