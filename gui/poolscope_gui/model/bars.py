"""The bars: what ran on a lane, each in the colour of its state and with a mark that is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import (
    anatomy,
    bar_rows,
    brackets,
    lane_alarm,
    lock_bars,
    overlays,
    palette,
)
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.columns import painted
from poolscope_gui.model.drawing import (
    BODY,
    CAP,
    CHOSEN,
    PAD,
    ROUNDED_MOST,
    SENT,
    Drawing,
    limits,
)
from poolscope_gui.model.haste import Cut
from poolscope_gui.model.layout import Bands, Row, bands
from poolscope_gui.model.ops import Fade, Font, Rects, Strip, Text
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.tracks import Kinds, Rows, Times

LABEL_FROM = 14.0
CROSS_FROM = 9.0
CROSS_ROOM = 14.0
FADE = 44.0
NARROW = 36.0
NARROW_PAD = 3.0
TALL = 20.0
CAPPED_FROM = 5.0
CAP_LENGTH = 10.0
MOST_LABELS = 1024


def lane(drawing: Drawing, row: Row) -> None:
    """Everything on one lane."""
    shown = drawing.scene.chart.lanes[row.lane]
    if shown.kind == "lock":
        lock_bars.lane(drawing, shown, row)
        return
    lane_alarm.lane(drawing, shown, row)
    y, band = drawing.scene.layout.y(row), bands(row.height, len(shown.holds), len(shown.spans))
    blocked = overlays.blocks(drawing, shown, y, band)
    waiting = overlays.waits(drawing, shown, y, band)
    covers = np.concatenate((blocked, waiting)) if len(waiting) else blocked
    if len(waiting) and len(blocked):
        covers = covers[np.argsort(covers[:, 0], kind="stable")]
    if len(shown.tasks.track):
        _tasks(drawing, shown, y, band, covers)
    _sent(drawing, shown, y, band, anatomy.lane(drawing, shown, y, band))
    overlays.stripes(drawing, shown, y, band)
    brackets.lane(drawing, shown, y, band)


def _tasks(drawing: Drawing, lane: Lane, y: float, band: Bands, covers: Rects) -> None:
    scene, theme = drawing.scene, drawing.scene.theme
    spans = lane.tasks.track
    cut = scene.cut(lane.tasks)
    columns = cut.columns
    top, height = y + band.bar_y, band.bar_h
    looks = {
        code: look.body
        for code, look in enumerate(theme.states)
        if palette.STATES[code] not in scene.hidden
    }
    _strip(drawing, lane.tasks, cut, looks, (top, height))
    wide = drawing.seen(lane.tasks, columns)
    kinds = spans.kind[wide]
    if len(looks) < len(theme.states):
        shown = np.isin(kinds, list(looks))
        wide, kinds = wide[shown], kinds[shown]
    if not len(wide):
        return
    boxes = scene.boxes(spans.start[wide], drawing.ends(lane.tasks, wide), top, height)
    drawing.bars.append((boxes, kinds))
    if spans.open and wide[-1] == len(spans) - 1:
        _growing(drawing, boxes[-1], int(kinds[-1]))
    refs = spans.ref[wide]
    _task_labels(drawing, lane.tasks, refs, kinds, boxes, covers)
    if scene.selected:
        chosen = np.isin(refs, list(scene.selected))
        drawing.layers.add(CHOSEN, theme.selected, boxes[chosen])
    hover = scene.hover
    if hover is not None and hover.part == "task" and hover.ref not in scene.selected:
        drawing.layers.add(CHOSEN, theme.hover, boxes[refs == hover.ref])


def _strip(
    drawing: Drawing,
    sliced: Sliced,
    cut: Cut,
    looks: dict[int, int],
    place: tuple[float, float],
) -> None:
    """The narrow spans; their pixels are kept while the columns stay the same object."""
    scene, columns = drawing.scene, cut.columns
    if not columns.thin:
        return
    made = painted(columns, looks, sliced.track.common, scene.theme.lane, sliced.painted)
    sliced.painted = made
    if made.pixels is None:
        return
    top, bottom = scene.snap(place[0]), scene.snap(sum(place))
    scale = cut.unit / scene.view.unit  # 1 but while the view zooms
    begin = (columns.first + made.first) * scale - scene.view.first
    x = scene.layout.left + begin / scene.ratio
    width = made.pixels.shape[1] * scale / scene.ratio
    drawing.strips.append(Strip(made.pixels, x, top, width, bottom - top))


def states(drawing: Drawing) -> None:
    """All bars of all lanes, one state after the other: a colour, and a mark that is no colour."""
    if not drawing.bars:
        return
    boxes = np.concatenate([part for part, _ in drawing.bars])
    kinds = np.concatenate([part for _, part in drawing.bars])
    drawing.plain = len(boxes) > ROUNDED_MOST
    if drawing.plain:
        short = (kinds == palette.FINISHED) & (boxes[:, 2] < bar_rows.SHORT)
        _short(drawing, boxes[short])
        boxes, kinds = boxes[~short], kinds[~short]
    for code in set(kinds.tolist()):
        _state(drawing, code, boxes[kinds == code])


def _short(drawing: Drawing, boxes: Rects) -> None:
    """So many finished bars that their corners are not rounded, and these have no labels."""
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
    hidden = np.maximum(cap[:, 2] - CAP_LENGTH, 0.0)
    cap[:, 0] += hidden
    cap[:, 2] -= hidden
    return body, cap


def _growing(drawing: Drawing, box: NDArray[np.float64], code: int) -> None:
    """A running bar shines at its growing end."""
    if code != palette.RUNNING:
        return
    look = drawing.scene.theme.states[code]
    x, y, w, h = box.tolist()
    length = min(FADE, w)
    light = palette.mix(look.body, 0xFFFFFFFF, 0.45)
    drawing.fades.append(Fade(look.body, light, x + w - length, y, length, h))


def _task_labels(
    drawing: Drawing, tasks: Sliced, refs: Rows, kinds: Kinds, boxes: Rects, covers: Rects
) -> None:
    """A number and a name on each bar with room, at its visible left end."""
    scene = drawing.scene
    left = np.maximum(boxes[:, 0], scene.layout.left)
    seen = boxes.copy()
    seen[:, 0], seen[:, 2] = left, boxes[:, 0] + boxes[:, 2] - left
    end = np.minimum(limits(seen, covers), drawing.right)
    whole = end >= boxes[:, 0] + boxes[:, 2]  # so the cross at its right end is in the way
    pad = np.where(end - left < NARROW, NARROW_PAD, PAD)
    room = end - left - 2 * pad
    room -= np.where((kinds == palette.EXCEPTION) & whole, CROSS_ROOM, 0.0)
    some = np.flatnonzero(room >= LABEL_FROM)
    if not len(some):
        return
    font = Font.NORMAL if boxes[0, 3] >= TALL else Font.SMALL
    middle = float(boxes[0, 1] + boxes[0, 3] / 2)
    colours = [look.text for look in scene.theme.states]
    xs, rooms = (left + pad)[some].tolist(), room[some].astype(np.int64).tolist()
    for x, space, ref, kind in zip(
        xs, rooms, refs[some].tolist(), kinds[some].tolist(), strict=True
    ):
        text = tasks.labels.get((ref, space, font))
        if text is None:
            text = _label(scene, tasks, ref, space, font)
        if text:
            drawing.texts.append(Text(x, middle, text, font, colours[kind]))


def _label(scene: Scene, tasks: Sliced, ref: int, room: int, font: Font) -> str:
    """What fits of a task's number and name; kept once the name is known."""
    fitter = scene.fitter
    number, label = scene.chart.task_number(ref), scene.chart.task_label(ref)
    text = f"{number} {label}" if label else number
    if fitter.width(text, font) > room:
        text = fitter.cut(text, room, font)
        if len(text) < len(number) + 5:
            text = number if fitter.width(number, font) <= room else ""
    if label:
        if len(tasks.labels) >= MOST_LABELS:
            tasks.labels.clear()
        tasks.labels[ref, room, font] = text
    return text


def _sent(drawing: Drawing, lane: Lane, y: float, band: Bands, told: Times) -> None:
    """From the hand-over to a worker process until that reports the start."""
    spans, scene = lane.sent.track, drawing.scene
    if not len(spans) or palette.STATES[palette.SENT] in scene.hidden:
        return
    wide = drawing.seen(lane.sent, lane.sent.slicer.columns(scene.view, scene.now))
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
