"""The ends of bars catch what is put near them: so a distance between bars is exact."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.marks import Moment, grain_of
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.tracks import NEVER

REACH = 5.0  # logical pixels


def moment_at(scene: Scene, x: float, y: float) -> Moment:
    """The begin or end of a bar of the lane at ``y`` that is near ``x``; else the time at ``x``."""
    caught = caught_at(scene, x, y)
    if caught is not None:
        return caught
    grain = grain_of(scene.view.unit * scene.ratio)
    return Moment(round(scene.time(x) / grain) * grain, grain)


def caught_at(scene: Scene, x: float, y: float) -> Moment | None:
    """The same where a bar's end is near; else None."""
    row = scene.layout.row_at(y)
    if row is None or row.lane < 0 or x < scene.layout.left:
        return None
    lane = scene.chart.lanes[row.lane]
    tracks = [lane.tasks.track, lane.blocks.track, *(wait.track for wait in lane.waits)]
    if lane.kind == "lock":
        tracks = [owner.track for owner in lane.owners]
    time, reach = scene.time(x), REACH * scene.ratio * scene.view.unit
    best: int | None = None
    for track in tracks:
        first = int(np.searchsorted(track.start, np.int64(time)))
        near = range(max(first - 1, 0), min(first + 1, len(track)))
        for end in (int(column[n]) for n in near for column in (track.start, track.end)):
            if end != NEVER and abs(end - time) <= reach:
                best = end if best is None or abs(end - time) < abs(best - time) else best
    return None if best is None else Moment(best)
