"""A lane turns when its thread waits in a ring: a tinted ground, a thick frame from the moment on
and a word. A ring that somebody will give up has a dotted frame and another word. Who only waits
behind a ring has the word alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Chart, Group, LaneAlarm
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Fill, Lines, Outline, Rects, Rounded, rects
from poolscope_gui.model.scene import Layers, Ops, Scene

TINT = 0.16
SIGN = 14.0


def grounds(scene: Scene, rows: list[Row]) -> Ops:
    """The tinted grounds of those of these rows whose lanes have turned."""
    layout, theme, out = scene.layout, scene.theme, Layers()
    for row, alarm in _turned(scene, rows):
        y = scene.snap(layout.y(row))
        tint = palette.mix(theme.alarm, theme.lane, TINT / 2 if alarm.timed else TINT)
        out.add(0, tint, rects((layout.left, y, layout.chart_width, row.height - 1)))
    return [Fill(colour, boxes) for colour, boxes in out.take(0)]


def frames(scene: Scene, rows: list[Row]) -> Ops:
    """The frames about what they wait in, from the moment on that it cannot end by itself."""
    layout, theme = scene.layout, scene.theme
    out: Ops = []
    for row, alarm in _turned(scene, rows):
        begin = max(scene.x(alarm.since), layout.left)
        end = min(scene.x(scene.now), layout.left + layout.chart_width)
        if end - begin < 1.0:
            continue
        y = scene.snap(layout.y(row)) + 1.5
        frame = rects((begin + 1, y, max(end - begin - 2, 2.0), row.height - 4))
        if alarm.timed:
            out.append(Lines(theme.alarm, _edges(frame), 3.0, dotted=True))
        else:
            out.append(Outline(theme.alarm, frame, 3.0, 2.0))
    return out


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


def _turned(scene: Scene, rows: list[Row]) -> Iterator[tuple[Row, LaneAlarm]]:
    """Those whose lane, or one of whose lanes, is in a ring."""
    chart = scene.chart
    for row in rows:
        alarm = None
        if row.summary:
            alarm = worst(chart, chart.groups[row.group])
        elif row.lane >= 0 and chart.lanes[row.lane].kind != "lock":
            alarm = chart.lanes[row.lane].alarm
        if alarm is not None and not alarm.behind:
            yield row, alarm


def _edges(boxes: Rects) -> Rects:
    """The four sides of each rectangle, as segments."""
    left, top, width, height = (boxes[:, column] for column in range(4))
    right, bottom = left + width, top + height
    sides = (
        (left, top, right, top),
        (right, top, right, bottom),
        (right, bottom, left, bottom),
        (left, bottom, left, top),
    )
    return np.concatenate([np.stack(side, axis=1) for side in sides])


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
