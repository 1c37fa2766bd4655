"""A folded group: one row that says how many of its lanes were busy, column by column."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model import lane_alarm, palette
from poolscope_gui.model.chart import Chart, Group, Lane
from poolscope_gui.model.density import Density
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Fill, Font, Rects, Text, rects
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.tracks import Track

STEP = 3  # device pixels to a column
MARGIN = 5.0
_NOTHING = 1e-9  # of a lane: what a difference of floats leaves
MARK = 4.0  # the height of the mark of an exception


def tracks(lane: Lane) -> list[Track]:
    """What says that a lane is busy: a worker's tasks, a caller's waits, a lock's owners."""
    if lane.kind == "worker":
        return [lane.tasks.track]
    if lane.kind == "lock":
        return [owner.track for owner in lane.owners[:1]]
    return [wait.track for wait in lane.waits]


def away(lane: Lane) -> list[Track]:
    """What of that is none: a caller that went on with what ``as_completed`` handed out."""
    return [each.track for each in lane.aways] if lane.kind == "caller" else []


def words(chart: Chart, group: Group) -> str:
    """What the row counts."""
    kind = chart.lanes[group.lanes[0]].kind
    what = {"worker": "busy workers", "lock": "owned locks"}.get(kind, "waiting threads")
    return f"{what}, of {len(group.lanes)}"


def folded(scene: Scene, row: Row) -> Ops:
    """The bars of a folded group's row: their height is the share of its lanes that are busy."""
    layout, theme, view = scene.layout, scene.theme, scene.view
    group = scene.chart.groups[row.group]
    lanes = [scene.chart.lanes[lane] for lane in group.lanes]
    where = view.unit * STEP, view.first // STEP, view.width // STEP + 2, scene.now
    kept = scene.densities.setdefault(group.key, Density())
    busy, raised = kept.columns([track for lane in lanes for track in tracks(lane)], *where)
    gone = [track for lane in lanes for track in away(lane)]
    if gone:
        absent = scene.densities.setdefault(f"{group.key} away", Density())
        busy = np.clip(busy - absent.columns(gone, *where)[0], 0.0, len(lanes))
    floor = scene.snap(layout.y(row) + row.height - MARGIN)
    room = row.height - 2 * MARGIN
    some = np.flatnonzero(busy > _NOTHING)
    x = layout.left + (some * STEP - view.first % STEP) / scene.ratio
    # A lane that was busy for an instant still leaves its pixel.
    height = busy[some] / max(1, len(group.lanes)) * room
    height = np.maximum(np.rint(height * scene.ratio), 1.0) / scene.ratio
    bars: Rects = np.stack((x, floor - height, np.full(len(x), STEP / scene.ratio), height), axis=1)
    colour = theme.muted if group.colour < 0 else theme.pools[group.colour % len(theme.pools)]
    out: Ops = [*lane_alarm.grounds(scene, [row]), Fill(with_alpha(colour, 0xB0), bars)]
    bad = np.flatnonzero(raised > 0)
    if len(bad) and palette.STATES[palette.EXCEPTION] not in scene.hidden:
        x = layout.left + (bad * STEP - view.first % STEP) / scene.ratio
        marks = np.stack(
            (x, np.full(len(x), floor), np.full(len(x), STEP / scene.ratio), np.full(len(x), MARK)),
            axis=1,
        )
        out.append(Fill(theme.states[palette.EXCEPTION].body, marks))
    out.append(Fill(theme.line, rects((layout.left, floor, layout.chart_width, scene.stroke()))))
    return out + lane_alarm.frames(scene, [row])


def header(scene: Scene, row: Row) -> list[Text]:
    """What the row counts, and its scale."""
    group, layout, fitter = scene.chart.groups[row.group], scene.layout, scene.fitter
    top = f"{len(group.lanes)}"
    right = layout.header - 8 - fitter.width(top, Font.TINY)
    alarm = lane_alarm.words(scene.chart, group)
    text = fitter.cut(alarm or words(scene.chart, group), right - 28, Font.SMALL)
    colour = scene.theme.alarm if alarm else scene.theme.muted
    y = layout.y(row)
    return [
        Text(20.0, y + row.height / 2, text, Font.SMALL, colour),
        Text(right, y + 8, top, Font.TINY, scene.theme.muted),
        Text(
            layout.header - 8 - fitter.width("0", Font.TINY),
            y + row.height - 9,
            "0",
            Font.TINY,
            scene.theme.muted,
        ),
    ]
