"""The picture of some lanes: grounds, grid, bars and all that lies on them; the words apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope_gui.model import bars, lane_alarm
from poolscope_gui.model.drawing import Drawing
from poolscope_gui.model.fading import faded
from poolscope_gui.model.furniture import grid_lines, ground, lives
from poolscope_gui.model.label import Label
from poolscope_gui.model.layout import Row
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.task_bars import Gathered, TaskBars
from poolscope_gui.model.tracks import NEVER

WORDY = 18.0  # px: shorter bars have no words


class LanePicture(NamedTuple):
    """``labels`` and ``tasks`` (for their words) are by the number of the lane."""

    ops: Ops
    labels: dict[int, list[Label]]
    tasks: dict[int, Gathered]


def lane_ground(
    scene: Scene, rows: list[Row], grid: tuple[int, int], plain: Ops, lived: Ops
) -> Ops:
    """What is under the bars of these lanes, of which ``plain`` and ``lived`` are made already:
    their grounds and how long they lived."""
    return [*plain, *lane_alarm.grounds(scene, rows), *grid_lines(scene, grid), *lived]


def lane_picture(scene: Scene, rows: list[Row], grid: tuple[int, int]) -> LanePicture:
    """The lanes of these rows. ``grid``: as ``furniture.grid_of`` gives it."""
    drawing = Drawing(scene)
    tasks = TaskBars(drawing)
    for row in rows:
        bars.lane(drawing, tasks, row)
    tasks.lay()
    bars.states(drawing)
    under = lane_ground(scene, rows, grid, ground(scene, rows), lives(scene, rows))
    ops = [*under, *drawing.ops(), *faded(scene, rows)]
    return LanePicture(ops, drawing.labels, {n: _wordy(scene, t) for n, t in tasks.lanes.items()})


def _wordy(scene: Scene, tasks: Gathered) -> Gathered:
    """Only those that may have words."""
    least = WORDY * scene.ratio * scene.view.unit
    some = np.flatnonzero((tasks.end == NEVER) | (tasks.end - tasks.start >= least))
    start, end = tasks.start[some], tasks.end[some]
    return tasks._replace(start=start, end=end, ref=tasks.ref[some], kind=tasks.kind[some])
