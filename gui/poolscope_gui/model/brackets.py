"""What the user named with ``poolscope.span``: a bracket over the bars, one level a nesting.

,-- load page ------------------,      in a tall lane; a low one has room for the line alone
| ,-- parse --,                 |
"""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.drawing import BRACKET, Drawing
from poolscope_gui.model.label import Label
from poolscope_gui.model.layout import SPAN_NAMED, SPAN_Y, Bands
from poolscope_gui.model.ops import Font, Rects
from poolscope_gui.model.tracks import NEVER

NAME_FROM = 24.0
PAD = 4.0


def lane(drawing: Drawing, lane: Lane, y: float, band: Bands) -> None:
    """The brackets of one lane."""
    for level, sliced in enumerate(lane.spans[: band.spans]):
        _level(drawing, sliced, y + SPAN_Y + level * band.span_h, band.span_h)


def _level(drawing: Drawing, sliced: Sliced, y: float, height: float) -> None:
    scene, track, colour = drawing.scene, sliced.track, drawing.scene.theme.muted
    columns = scene.columns(sliced)
    if columns.thin:
        at = columns.first + np.flatnonzero(columns.count > 0)
        drawing.layers.add(BRACKET, colour, drawing.runs(at, y, height - 1))
    wide = drawing.seen(sliced, columns)
    boxes = scene.boxes(track.start[wide], drawing.ends(sliced, wide), y, height - 1)
    if not len(boxes):
        return
    line = 1 / scene.ratio
    over, left, right = boxes.copy(), boxes.copy(), boxes.copy()
    over[:, 3] = left[:, 2] = right[:, 2] = line
    right[:, 0] += boxes[:, 2] - line
    for part in (over, left, right[track.end[wide] != NEVER]):  # an open one is open
        drawing.layers.add(BRACKET, colour, part)
    if height >= SPAN_NAMED:
        _names(drawing, boxes, track.ref[wide].tolist())


def _names(drawing: Drawing, boxes: Rects, refs: list[int]) -> None:
    scene = drawing.scene

    def name(ref: int) -> tuple[str, ...]:
        return (scene.chart.span_label(ref),)

    for (x, y, width, height), ref in zip(boxes.tolist(), refs, strict=True):
        if width >= NAME_FROM + 2 * PAD:
            middle, ink = y + height / 2 + 1.5, scene.theme.text
            drawing.label(
                Label(x, x + width, middle, name, ref, Font.TINY, ink, least=3, pad=(PAD, PAD))
            )
