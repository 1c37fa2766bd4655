"""The bars: what ran on a lane, each in the colour of its state and with a mark that is none."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from poolscope_gui.model import (
    anatomy,
    bar_rows,
    brackets,
    lock_bars,
    overlays,
    palette,
)
from poolscope_gui.model.chart import Lane
from poolscope_gui.model.drawing import (
    BODY,
    CAP,
    CAP_LENGTH,
    ROUNDED_FROM,
    SENT,
    Drawing,
)
from poolscope_gui.model.layout import Bands, Row, bands
from poolscope_gui.model.ops import Rects
from poolscope_gui.model.task_bars import NO_BOXES, TaskBars
from poolscope_gui.model.tracks import Times

CROSS_FROM = 9.0
CAPPED_FROM = 5.0
_bands = lru_cache(256)(bands)


def lane(drawing: Drawing, tasks: TaskBars, row: Row) -> None:
    """Everything on one lane."""
    shown = drawing.scene.chart.lanes[row.lane]
    drawing.lane = row.lane
    if shown.kind == "lock":
        lock_bars.lane(drawing, shown, row)
        return
    y, band = drawing.scene.layout.y(row), _bands(row.height, len(shown.holds), len(shown.spans))
    covers = _covers(drawing, shown, y, band)
    if len(shown.tasks.track):
        tasks.lane(row.lane, shown, y, band, covers)
    if len(shown.sent.track):
        _sent(drawing, shown, y, band, anatomy.lane(drawing, shown, y, band))
    if shown.holds:
        overlays.stripes(drawing, shown, y, band)
    if shown.spans:
        brackets.lane(drawing, shown, y, band)


def _covers(drawing: Drawing, shown: Lane, y: float, band: Bands) -> Rects:
    """What is drawn over a lane's tasks, from left to right. Most lanes have nothing of it."""
    if not (shown.waits or len(shown.blocks.track) or len(shown.signals.track)):
        return NO_BOXES
    blocked = overlays.blocks(drawing, shown, y, band)
    waiting = overlays.waits(drawing, shown, y, band)
    covers = np.concatenate((blocked, waiting)) if len(waiting) else blocked
    if len(waiting) and len(blocked):
        covers = covers[np.argsort(covers[:, 0], kind="stable")]
    return covers


def states(drawing: Drawing) -> None:
    """All bars of all lanes, one state after the other: a colour, and a mark that is no colour."""
    if not drawing.bars:
        return
    boxes = np.concatenate([part for part, _ in drawing.bars])
    kinds = np.concatenate([part for _, part in drawing.bars])
    short = (kinds == palette.FINISHED) & (boxes[:, 2] < bar_rows.SHORT)
    if short.sum() > bar_rows.FEW:
        _short(drawing, boxes[short])
        boxes, kinds = boxes[~short], kinds[~short]
    for code in set(kinds.tolist()):
        _state(drawing, code, boxes[kinds == code])


def _short(drawing: Drawing, boxes: Rects) -> None:
    """Many finished bars that are too short for round corners and for words."""
    look = drawing.scene.theme.states[palette.FINISHED]
    body, cap = _capped(boxes)
    drawing.strips += bar_rows.rows(drawing.scene, body, cap, look.body, look.edge)


def _state(drawing: Drawing, code: int, boxes: Rects) -> None:
    look, add = drawing.scene.theme.states[code], drawing.layers.add
    if code == palette.FINISHED:
        body, cap = _capped(boxes)
        add(CAP, look.edge, cap)
        add(BODY, look.body, body)
    else:
        add(BODY, look.body, boxes)
    if code == palette.SENT:
        add(SENT, look.edge, boxes)
    if code == palette.EXCEPTION:
        drawing.crosses.setdefault(look.text, []).append(_crosses(boxes))
    if code == palette.CANCELLED:
        drawing.strikes.append(_strikes(boxes))


def _capped(boxes: Rects) -> tuple[Rects, Rects]:
    """Each bar without its end, and under that end a cap; the narrowest ones have none."""
    body, cap = boxes.copy(), boxes[boxes[:, 2] >= CAPPED_FROM]
    body[:, 2] -= np.where(boxes[:, 2] >= 10, 3.0, np.where(boxes[:, 2] >= CAPPED_FROM, 1.0, 0.0))
    # What is under a body need not be painted, but for the corners of a round one.
    length = np.where(cap[:, 2] >= ROUNDED_FROM, CAP_LENGTH, CAP_LENGTH - 1)
    hidden = np.maximum(cap[:, 2] - length, 0.0)
    cap[:, 0] += hidden
    cap[:, 2] -= hidden
    return body, cap


def _sent(drawing: Drawing, lane: Lane, y: float, band: Bands, told: Times) -> None:
    """From the hand-over to a worker process until that reports the start."""
    spans, scene = lane.sent.track, drawing.scene
    if not len(spans) or palette.STATES[palette.SENT] in scene.hidden:
        return
    wide = drawing.seen(lane.sent, scene.columns(lane.sent))
    if len(told):  # those have their parts drawn one by one
        wide = wide[~np.isin(spans.ref[wide], told)]
    height = band.bar_h / 2
    top = y + band.bar_y + band.bar_h / 4
    boxes = scene.boxes(spans.start[wide], drawing.ends(lane.sent, wide), top, height)
    drawing.bars.append((boxes, np.full(len(boxes), palette.SENT)))


def _crosses(boxes: Rects) -> Rects:
    """Two strokes at the right end of each bar that has room for them."""
    boxes = boxes[boxes[:, 2] >= CROSS_FROM]
    half = np.minimum(4.0, boxes[:, 3] / 4)
    x = boxes[:, 0] + boxes[:, 2] - np.minimum(boxes[:, 2] / 2, half + 5)
    y = boxes[:, 1] + boxes[:, 3] / 2
    falling = np.stack((x - half, y - half, x + half, y + half), axis=1)
    rising = np.stack((x - half, y + half, x + half, y - half), axis=1)
    return np.concatenate((falling, rising))


def _strikes(boxes: Rects) -> Rects:
    """A line through the middle of each bar."""
    y = boxes[:, 1] + boxes[:, 3] / 2
    return np.stack((boxes[:, 0], y, boxes[:, 0] + boxes[:, 2], y), axis=1)
