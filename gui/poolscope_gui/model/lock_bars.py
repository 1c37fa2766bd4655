"""A lock's own lane: a bar for as long as each thread owned it, and how many waited meanwhile.

| io_1            | io_2      |          owners, with their names
| 1 | 2 waiting   | 1 |                  waiters: the same axis, a number where there is room
"""

from __future__ import annotations

import numpy as np

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.counter_columns import steps
from poolscope_gui.model.drawing import BODY, STRIPES, Drawing
from poolscope_gui.model.label import Label
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Font, Rects
from poolscope_gui.model.overlays import LABEL_FROM, outlined
from poolscope_gui.model.tracks import Times

MARGIN = 2.0
WAITERS = 14.0  # the height of their row
NUMBER_FROM = 12.0
MOST_ROWS = 3  # of owners at a time
SHADES = 4
PALEST = 0.30


def lane(drawing: Drawing, shown: Lane, row: Row) -> None:
    """Everything on one lock's lane."""
    y = drawing.scene.layout.y(row)
    waiters = WAITERS if len(shown.waiter_times) else 0.0
    room = row.height - 1 - 2 * MARGIN - waiters
    rows = shown.owners[:MOST_ROWS]
    for number, sliced in enumerate(rows):
        height = room / len(rows)
        gap = 2.0 if number + 1 < len(rows) else 0.0
        _owners(drawing, shown, sliced, (y + MARGIN + number * height, height - gap))
    if waiters and palette.BLOCKED not in drawing.scene.hidden:
        top = y + MARGIN + (room if rows else 0.0)
        _waiters(drawing, shown, top + 1.0, WAITERS - 2.0)


def _owners(drawing: Drawing, shown: Lane, sliced: Sliced, place: tuple[float, float]) -> None:
    scene, spans, (top, height) = drawing.scene, sliced.track, place

    def owner(ref: int) -> tuple[str, ...]:
        return (scene.chart.owner_label(ref),)

    columns = scene.columns(sliced)
    colour, layers = drawing.lock_colour(shown.lock), drawing.layers_of(shown.lock)
    if columns.thin:
        thin = columns.first + np.flatnonzero(columns.count > 0)
        layers.add(BODY, colour, drawing.runs(thin, top, height))
    wide = drawing.seen(sliced, columns)
    boxes = scene.boxes(spans.start[wide], drawing.ends(sliced, wide), top, height)
    layers.add(BODY, colour, boxes)
    outlined(drawing, "hold", spans.ref[wide], boxes)
    for i in np.flatnonzero(boxes[:, 2] >= LABEL_FROM).tolist():
        x, y, width, high = boxes[i].tolist()
        ref, ink = int(spans.ref[wide[i]]), palette.readable_on(colour)
        label = Label(x, x + width, y + high / 2, owner, ref, Font.SMALL, ink)
        drawing.label(label, shown.lock, high)


def _waiters(drawing: Drawing, shown: Lane, top: float, height: float) -> None:
    """How many threads were blocked: darker where they are more, and the number itself."""
    scene = drawing.scene
    boxes, counts = runs_of(drawing, shown.waiter_times, shown.waiters, top, height)
    if not len(counts):
        return
    peak = max(int(shown.waiters.max()), 1)
    base, layers = drawing.lock_colour(shown.lock), drawing.layers_of(shown.lock)
    shades = np.ceil(counts / peak * SHADES).astype(np.int64)
    for shade in set(shades.tolist()):
        share = PALEST + (1 - PALEST) * (shade - 1) / max(1, SHADES - 1) * 0.6
        fill = palette.mix(base, scene.theme.lane, share)
        mine = np.flatnonzero(shades == shade)
        layers.add(STRIPES, fill, boxes[mine])
        colour = palette.readable_on(fill)
        for i in mine[boxes[mine, 2] >= NUMBER_FROM].tolist():
            x, y, width, high = boxes[i].tolist()
            middle, count = y + high / 2, int(counts[i])
            label = Label(
                x, x + width, middle, _waiting, count, Font.TINY, colour, least=99, pad=(4.0, 3.0)
            )
            drawing.label(label, shown.lock)


def _waiting(count: int) -> tuple[str, ...]:
    return f"{count} {'waits' if count == 1 else 'wait'}", str(count)


def runs_of(
    drawing: Drawing, times: Times, values: Times, top: float, height: float
) -> tuple[Rects, Times]:
    """Where a step function is more than 0 in view: boxes from left to right, and the value of
    each, the highest of each column of pixels."""
    scene = drawing.scene
    edges = scene.view.edges()
    until = int(np.searchsorted(edges, np.int64(scene.now), side="right"))
    edges = edges[: max(until + 1, 2)]
    highest = steps(times, values, edges)[:, 0]
    turns = np.flatnonzero(np.diff(highest)) + 1
    first = np.concatenate((np.zeros(1, np.int64), turns))
    last = np.concatenate((turns, np.full(1, len(highest))))
    some = np.flatnonzero(highest[first] > 0)
    first, last = first[some], last[some]
    boxes = np.empty((len(some), 4))
    boxes[:, 0] = scene.layout.left + first / scene.ratio
    boxes[:, 1] = scene.snap(top)
    boxes[:, 2] = (last - first) / scene.ratio
    boxes[:, 3] = scene.snap(top + height) - scene.snap(top)
    return boxes, highest[first]
