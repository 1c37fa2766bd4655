"""What lies on a lane beside its bars: blocked stretches, waits, and stripes of ownership."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane, Part, Sliced
from poolscope_gui.model.drawing import (
    CHOSEN,
    EDGE,
    HATCHED,
    STRIPES,
    UNDER,
    WAIT,
    Drawing,
    inset,
    limits,
)
from poolscope_gui.model.label import Label
from poolscope_gui.model.layout import MAX_STRIPES, Bands
from poolscope_gui.model.lod import WIDE, Columns
from poolscope_gui.model.ops import Font, Rects
from poolscope_gui.model.tracks import Rows, Times

LABEL_FROM = 42.0
NESTED = 4.0
THIN_SHARE = 0.75  # of a bar's height: what is a pixel wide has to be seen among the bars

Labels = Callable[[int], tuple[str, ...]]
Box = NDArray[np.float64]


def blocks(drawing: Drawing, lane: Lane, y: float, band: Bands) -> Rects:
    """Stretches in which the lane's thread was blocked: on a lock, or on a condition, an event, a
    queue and the like; hatched in the colour of what it waited for.

    Returns their rectangles, from left to right.
    """
    chart = drawing.scene.chart
    locks = _blocked(drawing, lane.blocks, "block", chart.block_labels, (y, band))
    signals = _blocked(drawing, lane.signals, "signal", chart.signal_labels, (y, band))
    if not len(signals):
        return locks
    both = np.concatenate((locks, signals))
    return both[np.argsort(both[:, 0], kind="stable")]


def _blocked(
    drawing: Drawing, sliced: Sliced, part: Part, words: Labels, place: tuple[float, Bands]
) -> Rects:
    scene, spans, (y, band) = drawing.scene, sliced.track, place
    if not len(spans) or palette.BLOCKED in scene.hidden:
        return np.empty((0, 4))
    columns = scene.columns(sliced)
    top, height = y + band.bar_y, band.bar_h
    wide = drawing.seen(sliced, columns)
    boxes = scene.boxes(spans.start[wide], drawing.ends(sliced, wide), top, height, 0)
    kinds = spans.kind[wide]
    for lock in set(kinds.tolist()):
        colour, mine = drawing.lock_colour(lock), boxes[kinds == lock]
        layers = drawing.layers_of(lock)
        layers.add(UNDER, scene.theme.veil, mine)
        layers.add(HATCHED, colour, mine)
        layers.add(EDGE, colour, inset(mine, 0.5))
    _narrow(drawing, columns, top + height * (1 - THIN_SHARE) / 2, height * THIN_SHARE)
    for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
        drawing.plated(boxes[i], words, int(spans.ref[wide[i]]), lock=int(kinds[i]))
    outlined(drawing, part, spans.ref[wide], boxes)
    return boxes


def outlined(drawing: Drawing, part: Part, refs: Rows, boxes: Rects) -> None:
    """A frame about what is chosen, and a fainter one about what the mouse is on."""
    scene = drawing.scene
    for hit, colour in ((scene.hover, scene.theme.hover), (scene.picked, scene.theme.selected)):
        if hit is not None and hit.part == part:
            drawing.top.add(CHOSEN, colour, boxes[refs == hit.ref])


def _narrow(drawing: Drawing, columns: Columns, y: float, height: float) -> None:
    """Thin blocked stretches: one pixel wide each, in the lock's colour."""
    if not columns.thin:
        return
    where = np.flatnonzero(columns.kind >= 0)
    for lock in set(columns.kind[where].tolist()):
        at = where[columns.kind[where] == lock]
        drawing.layers_of(lock).add(
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
        outlined(drawing, "wait", lane.waits[depth].track.ref[numbers], boxes)
        for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
            ref = int(lane.waits[depth].track.ref[numbers[i]])
            _wait_words(drawing, boxes[i], float(until[i]), ref, plate=lane.kind == "worker")
    return covers


def _wait_words(drawing: Drawing, box: Box, until: float, ref: int, *, plate: bool) -> None:
    scene, (x, y, width, height) = drawing.scene, box.tolist()
    end, words = min(x + width, until), scene.chart.wait_labels
    colour, ground = scene.theme.waiting.text, min(8.0, height / 2) if plate else 0.0
    label = Label(x, end, y + height / 2, words, ref, Font.SMALL, colour, plate=ground)
    drawing.label(label, height=height)


def _wait_boxes(
    drawing: Drawing, lane: Lane, depth: int, y: float, band: Bands
) -> tuple[Rects, Times]:
    scene, sliced = drawing.scene, lane.waits[depth]
    shrink = min(depth * NESTED, band.bar_h / 3)
    top, height = y + band.bar_y + shrink, band.bar_h - 2 * shrink
    columns = scene.columns(sliced)
    if columns.thin:
        thin = columns.first + np.flatnonzero(columns.count > 0)
        drawing.layers.add(WAIT, scene.theme.waiting.edge, drawing.runs(thin, top, height))
    wide = drawing.seen(sliced, columns)
    ends = drawing.ends(sliced, wide)
    return scene.boxes(sliced.track.start[wide], ends, top, height), wide


def _wait_bars(drawing: Drawing, lane: Lane, depth: int, boxes: Rects, numbers: Times) -> None:
    theme, layers = drawing.scene.theme, drawing.layers
    waited = _waited(drawing, lane, depth, boxes)
    if lane.kind == "worker":  # a task that waits: its bar is seen through the hatch
        layers.add(UNDER, theme.veil, waited)
        layers.add(HATCHED, theme.waiting.edge, waited)
    else:
        layers.add(WAIT, theme.waiting.body, waited)
    failed = lane.waits[depth].track.kind[numbers] != 0
    layers.add(EDGE, theme.waiting.edge, inset(boxes[~failed], 0.5))
    layers.add(EDGE, theme.alarm, inset(boxes[failed], 0.5))


def _waited(drawing: Drawing, lane: Lane, depth: int, boxes: Rects) -> Rects:
    """The parts of the boxes in which the thread waited: the rest of a frame is empty. A column in
    which several absences meet is left out if they fill at least half of it together."""
    if depth >= len(lane.aways) or not len(boxes):
        return boxes
    scene, sliced = drawing.scene, lane.aways[depth]
    columns = scene.columns(sliced)
    wide = drawing.seen(sliced, columns)
    begun, over = sliced.track.start[wide], drawing.ends(sliced, wide)
    gone = scene.boxes(begun, over, 0, 1, 0)
    filled = _spread(columns)
    for times, side in ((begun, 1.0), (over, 0.0)):  # what of the wide ones' end columns they fill
        place = times / scene.view.unit - columns.first
        at = np.floor(place).astype(np.int64)
        share = np.abs(side - (place - at))
        seen = (at >= 0) & (at < len(filled))
        np.add.at(filled, at[seen], share[seen])
    most = columns.first + np.flatnonzero(filled >= 0.5) - scene.view.first
    thin = scene.layout.left + most / scene.ratio
    starts = np.concatenate((gone[:, 0], thin))
    ends = np.concatenate((gone[:, 0] + gone[:, 2], thin + 1 / scene.ratio))
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    box = np.searchsorted(left, starts, side="right") - 1
    inside = (box >= 0) & (starts < right[box])
    starts, ends = starts[inside], np.minimum(ends[inside], right[box[inside]])
    begins = np.sort(np.concatenate((left, ends)))
    out = np.empty((len(begins), 4))
    out[:, 0], out[:, 1], out[:, 3] = begins, boxes[0, 1], boxes[0, 3]
    out[:, 2] = np.sort(np.concatenate((starts, right))) - begins
    return out[out[:, 2] > 0]


def _spread(columns: Columns) -> NDArray[np.float64]:
    """How much of each column narrow spans fill: all of one counts where it begins, and what of
    it that column has no room for goes to the next."""
    filled = columns.filled.copy()
    for _ in range(int(WIDE) if columns.thin else 0):
        rest = np.maximum(filled - 1.0, 0.0)
        filled = np.minimum(filled, 1.0)
        filled[1:] += rest[:-1]
    return filled


def stripes(drawing: Drawing, lane: Lane, y: float, band: Bands) -> None:
    """Which locks the lane's thread owned: stripes, one above the other where it owned two."""
    scene = drawing.scene
    for slot, sliced in sorted(lane.holds.items()):
        spans = sliced.track
        if not len(spans):
            continue
        columns = scene.columns(sliced)
        wide = drawing.seen(sliced, columns)
        top = y + band.stripe_y - (slot % MAX_STRIPES) * (band.stripe_h + 1)
        ends = drawing.ends(sliced, wide)
        boxes = scene.boxes(spans.start[wide], ends, top, band.stripe_h, 0)
        kinds = spans.kind[wide]
        for lock in set(kinds.tolist()):
            layers = drawing.layers_of(lock)
            layers.add(STRIPES, drawing.lock_colour(lock), boxes[kinds == lock])
        outlined(drawing, "hold", spans.ref[wide], inset(boxes, -1.0))
        _narrow(drawing, columns, top, band.stripe_h)
