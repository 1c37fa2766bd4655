"""The bars of tasks: gathered lane by lane, laid out for all lanes at once.

A frame has some dozen lanes and a handful of bars on each. So what numpy does is done once a
frame and not once a lane: its calls cost more than their few numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.columns import narrow_pixels
from poolscope_gui.model.drawing import CHOSEN, Drawing
from poolscope_gui.model.layout import Bands
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import Rects, Strip
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.tracks import NEVER, Kinds, Rows, Times

NO_BOXES: Rects = np.empty((0, 4))


class Gathered(NamedTuple):
    """The tasks of one lane that are drawn as bars, as far as words need them."""

    tasks: Sliced
    start: Times
    end: Times  # NEVER: it goes on
    ref: Rows
    kind: Kinds
    top: float
    height: float
    covers: Rects  # what lies on them, from left to right
    grows: bool  # the last one is open


class TaskBars:
    """The tasks of one picture's lanes."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.lanes: dict[int, Gathered] = {}  # by the number of the lane
        # Of those with narrow spans: the columns, the commonest kind, top and height.
        self._narrow: list[tuple[Columns, int, float, float]] = []
        scene = drawing.scene
        states = enumerate(scene.theme.states)
        names = palette.STATES
        self._looks = {code: look.body for code, look in states if names[code] not in scene.hidden}

    def lane(self, number: int, lane: Lane, y: float, band: Bands, covers: Rects) -> None:
        """Gather what is on a lane."""
        drawing, spans = self._drawing, lane.tasks.track
        columns = drawing.scene.columns(lane.tasks)
        top, height = y + band.bar_y, band.bar_h
        if columns.thin:
            self._narrow.append((columns, lane.tasks.track.common, top, height))
        wide = drawing.seen(lane.tasks, columns)
        if not len(wide):
            return
        start, end = spans.start[wide], spans.end[wide]
        ref, kind = spans.ref[wide], spans.kind[wide]
        if len(self._looks) < len(drawing.scene.theme.states):
            some = np.isin(kind, list(self._looks))
            start, end, ref, kind = start[some], end[some], ref[some], kind[some]
        if len(start):
            grows = bool(end[-1] == NEVER)
            found = Gathered(lane.tasks, start, end, ref, kind, top, height, covers, grows)
            self.lanes[number] = found

    def lay(self) -> None:
        """All that was gathered: narrow spans as pixels, the others as rectangles."""
        self.lay_narrow()
        scene, drawing = self._drawing.scene, self._drawing
        lanes = list(self.lanes.values())
        if not lanes:
            return
        boxes, _ = boxes_of(scene, [(lane, 0.0) for lane in lanes])
        refs = np.concatenate([lane.ref for lane in lanes])
        kinds = np.concatenate([lane.kind for lane in lanes])
        drawing.bars.append((boxes, kinds))
        if scene.selected:
            chosen = scene.selected.has(refs)
            drawing.layers.add(CHOSEN, scene.theme.selected, boxes[chosen])
        hover = scene.hover
        if hover is not None and hover.part == "task" and hover.ref not in scene.selected:
            drawing.layers.add(CHOSEN, scene.theme.hover, boxes[refs == hover.ref])

    def lay_narrow(self) -> None:
        """Those that are too short for bars, as pixels."""
        for common in {common for _, common, *_ in self._narrow}:
            self._strips([each for each in self._narrow if each[1] == common])

    def _strips(self, lanes: list[tuple[Columns, int, float, float]]) -> None:
        """Narrow spans of the same commonest kind."""
        drawing, scene = self._drawing, self._drawing.scene
        common = lanes[0][1]
        found = narrow_pixels([each[0] for each in lanes], self._looks, common, scene.theme.lane)
        for (columns, _, top, height), made in zip(lanes, found, strict=True):
            if made is not None:
                first, pixels = made
                y, bottom = scene.snap(top), scene.snap(top + height)
                x = scene.layout.left + (columns.first + first - scene.view.first) / scene.ratio
                wide = pixels.shape[1] / scene.ratio
                drawing.strips.append(Strip(pixels, x, y, wide, bottom - y))


def boxes_of(scene: Scene, lanes: list[tuple[Gathered, float]]) -> tuple[Rects, NDArray[np.int64]]:
    """The rectangles of the tasks of some lanes, and of each lane the number of the last of them.

    Each lane with how much further down it is in ``scene`` than where it was gathered.
    """
    many = [len(lane.start) for lane, _ in lanes]
    end = np.concatenate([lane.end for lane, _ in lanes])
    end = np.where(end == NEVER, np.int64(scene.now), end)
    boxes = scene.boxes(np.concatenate([lane.start for lane, _ in lanes]), end, 0.0, 0.0)
    tops = [scene.snap(lane.top + down) for lane, down in lanes]
    lows = [scene.snap(lane.top + down + lane.height) for lane, down in lanes]
    boxes[:, 1] = np.repeat(tops, many)
    boxes[:, 3] = np.repeat(lows, many) - boxes[:, 1]
    return boxes, np.cumsum(many) - 1
