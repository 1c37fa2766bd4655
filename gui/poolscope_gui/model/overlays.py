"""What lies on a lane beside its bars: blocked stretches, waits, and stripes of ownership."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane
from poolscope_gui.model.drawing import (
    BODY,
    EDGE,
    HATCHED,
    STRIPES,
    UNDER,
    WAIT,
    Drawing,
    inset,
    limits,
)
from poolscope_gui.model.layout import MAX_STRIPES, Bands
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import Rects
from poolscope_gui.model.tracks import Times as Rows

LABEL_FROM = 42.0
NESTED = 4.0


def blocks(drawing: Drawing, lane: Lane, y: float, band: Bands) -> Rects:
    """Stretches in which the lane's thread waited for a lock, hatched in the lock's colour.

    Returns their rectangles, from left to right.
    """
    scene = drawing.scene
    spans = lane.blocks.track
    if not len(spans) or palette.BLOCKED in scene.hidden:
        return np.empty((0, 4))
    columns = lane.blocks.slicer.columns(scene.view, scene.now)
    top, height = y + band.bar_y, band.bar_h
    wide = drawing.seen(lane.blocks, columns)
    boxes = scene.boxes(spans.start[wide], drawing.ends(lane.blocks, wide), top, height, 0)
    kinds = spans.kind[wide]
    for lock in set(kinds.tolist()):
        colour = drawing.lock_colour(lock)
        mine = boxes[kinds == lock]
        drawing.layers.add(UNDER, scene.theme.veil, mine)
        drawing.layers.add(HATCHED, colour, mine)
        drawing.layers.add(EDGE, colour, inset(mine, 0.5))
    _narrow(drawing, columns, top + height * 0.25, height * 0.5)
    for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
        labels = scene.chart.block_labels(int(spans.ref[wide[i]]))
        drawing.text(boxes[i], np.inf, labels, scene.theme.text, plate=True)
    return boxes


def _narrow(drawing: Drawing, columns: Columns, y: float, height: float) -> None:
    """Thin blocked stretches: one pixel wide each, in the lock's colour."""
    if not columns.thin:
        return
    where = np.flatnonzero(columns.kind >= 0)
    for lock in set(columns.kind[where].tolist()):
        at = where[columns.kind[where] == lock]
        drawing.layers.add(
            STRIPES, drawing.lock_colour(lock), drawing.runs(columns.first + at, y, height)
        )


def waits(drawing: Drawing, lane: Lane, y: float, band: Bands) -> Rects:
    """Stretches in which the lane's thread waited for futures; one within another lies inside.

    Returns the outermost rectangles, from left to right.
    """
    covers = np.empty((0, 4))
    if palette.WAITING in drawing.scene.hidden:
        return covers
    found = list(enumerate(lane.waits))
    labels = []
    for depth, _ in reversed(
        found
    ):  # the inner ones first: the outer's labels end where they begin
        boxes, numbers = _wait_boxes(drawing, lane, depth, y, band)
        labels.append((depth, boxes, numbers, limits(boxes, covers)))
        covers = boxes
    for depth, boxes, numbers, until in reversed(labels):
        _wait_bars(drawing, lane, depth, boxes, numbers)
        for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
            ref = int(lane.waits[depth].track.ref[numbers[i]])
            words = drawing.scene.chart.wait_labels(ref)
            colour = drawing.scene.theme.waiting.text
            drawing.text(boxes[i], float(until[i]), words, colour, plate=lane.kind == "worker")
    return covers


def _wait_boxes(
    drawing: Drawing, lane: Lane, depth: int, y: float, band: Bands
) -> tuple[Rects, Rows]:
    scene, sliced = drawing.scene, lane.waits[depth]
    shrink = min(depth * NESTED, band.bar_h / 3)
    top, height = y + band.bar_y + shrink, band.bar_h - 2 * shrink
    columns = sliced.slicer.columns(scene.view, scene.now)
    if columns.thin:
        thin = columns.first + np.flatnonzero(columns.count > 0)
        drawing.layers.add(WAIT, scene.theme.waiting.edge, drawing.runs(thin, top, height))
    wide = drawing.seen(sliced, columns)
    ends = drawing.ends(sliced, wide)
    return scene.boxes(sliced.track.start[wide], ends, top, height), wide


def _wait_bars(drawing: Drawing, lane: Lane, depth: int, boxes: Rects, numbers: Rows) -> None:
    theme, layers = drawing.scene.theme, drawing.layers
    if lane.kind == "worker":  # a task that waits: its bar is seen through the hatch
        layers.add(UNDER, theme.veil, boxes)
        layers.add(HATCHED, theme.waiting.edge, boxes)
    else:
        layers.add(WAIT, theme.waiting.body, boxes)
    failed = lane.waits[depth].track.kind[numbers] != 0
    layers.add(EDGE, theme.waiting.edge, inset(boxes[~failed], 0.5))
    layers.add(EDGE, theme.alarm, inset(boxes[failed], 0.5))


def owners(drawing: Drawing, lane: Lane, y: float, band: Bands) -> None:
    """On a lock's own lane: a bar for as long as one thread owned it, with that thread's name."""
    scene = drawing.scene
    for lock, sliced in lane.holds.items():
        spans = sliced.track
        columns = sliced.slicer.columns(scene.view, scene.now)
        top, height = y + band.bar_y, band.stripe_y + band.stripe_h - band.bar_y
        colour = drawing.lock_colour(lock)
        if columns.thin:
            thin = columns.first + np.flatnonzero(columns.count > 0)
            drawing.layers.add(BODY, colour, drawing.runs(thin, top, height))
        wide = drawing.seen(sliced, columns)
        boxes = scene.boxes(spans.start[wide], drawing.ends(sliced, wide), top, height)
        drawing.layers.add(BODY, colour, boxes)
        for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
            name = scene.chart.owner_label(int(spans.ref[wide[i]]))
            drawing.text(boxes[i], np.inf, (name,), palette.readable_on(colour), plate=False)


def stripes(drawing: Drawing, lane: Lane, y: float, band: Bands) -> None:
    """Which locks the lane's thread owned: a stripe each, one above the other if there are two."""
    scene = drawing.scene
    for slot, (lock, sliced) in enumerate(sorted(lane.holds.items())):
        spans = sliced.track
        if not len(spans):
            continue
        columns = sliced.slicer.columns(scene.view, scene.now)
        wide = drawing.seen(sliced, columns)
        top = y + band.stripe_y - (slot % MAX_STRIPES) * (band.stripe_h + 1)
        ends = drawing.ends(sliced, wide)
        boxes = scene.boxes(spans.start[wide], ends, top, band.stripe_h, 0)
        drawing.layers.add(STRIPES, drawing.lock_colour(lock), boxes)
        if columns.thin:
            thin = columns.first + np.flatnonzero(columns.count > 0)
            drawing.layers.add(
                STRIPES, drawing.lock_colour(lock), drawing.runs(thin, top, band.stripe_h)
            )
