"""The bars: what ran on a lane, each in the colour of its state and with a mark that is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import overlays, palette
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.columns import painted
from poolscope_gui.model.drawing import BODY, CAP, CHOSEN, PAD, SENT, Drawing, limits
from poolscope_gui.model.layout import Bands, Row, bands
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import Fade, Font, Rects, Strip, Text
from poolscope_gui.model.tracks import Kinds, Rows

LABEL_FROM = 14.0
CROSS_FROM = 9.0
CROSS_ROOM = 14.0
FADE = 44.0
NARROW = 36.0
NARROW_PAD = 3.0
TALL = 20.0


def lane(drawing: Drawing, row: Row) -> None:
    """Everything on one lane."""
    shown = drawing.scene.chart.lanes[row.lane]
    if shown.kind == "lock":
        overlays.owners(drawing, shown, drawing.scene.layout.y(row), bands(row.height, 0))
        return
    y, band = drawing.scene.layout.y(row), bands(row.height, len(shown.holds))
    blocked = overlays.blocks(drawing, shown, y, band)
    waiting = overlays.waits(drawing, shown, y, band)
    covers = np.concatenate((blocked, waiting)) if len(waiting) else blocked
    if len(waiting) and len(blocked):
        covers = covers[np.argsort(covers[:, 0], kind="stable")]
    if len(shown.tasks.track):
        _tasks(drawing, shown, y, band, covers)
    _sent(drawing, shown, y, band)
    overlays.stripes(drawing, shown, y, band)


def _tasks(drawing: Drawing, lane: Lane, y: float, band: Bands, covers: Rects) -> None:
    scene, theme = drawing.scene, drawing.scene.theme
    spans = lane.tasks.track
    columns = lane.tasks.slicer.columns(scene.view, scene.now)
    top, height = y + band.bar_y, band.bar_h
    looks = {
        code: look.body
        for code, look in enumerate(theme.states)
        if palette.STATES[code] not in scene.hidden
    }
    _strip(drawing, lane.tasks, columns, looks, (top, height))
    wide = columns.wide
    kinds = spans.kind[wide]
    if len(looks) < len(theme.states):
        shown = np.isin(kinds, list(looks))
        wide, kinds = wide[shown], kinds[shown]
    if not len(wide):
        return
    boxes = scene.boxes(spans.start[wide], drawing.ends(lane.tasks, wide), top, height)
    for code in set(kinds.tolist()):
        _state(drawing, code, boxes[kinds == code])
    if spans.open and wide[-1] == len(spans) - 1:
        _growing(drawing, boxes[-1], int(kinds[-1]))
    refs = spans.ref[wide]
    _task_labels(drawing, refs, kinds, boxes, covers)
    if scene.selected:
        chosen = np.isin(refs, list(scene.selected))
        drawing.layers.add(CHOSEN, theme.selected, boxes[chosen])
    hover = scene.hover
    if hover is not None and hover.part == "task" and hover.ref not in scene.selected:
        drawing.layers.add(CHOSEN, theme.hover, boxes[refs == hover.ref])


def _strip(
    drawing: Drawing,
    sliced: Sliced,
    columns: Columns,
    looks: dict[int, int],
    place: tuple[float, float],
) -> None:
    """The narrow spans; their pixels are kept while the columns stay the same object."""
    scene = drawing.scene
    if not columns.thin:
        return
    made = painted(columns, looks, sliced.track.common, scene.theme.lane, sliced.painted)
    sliced.painted = made
    if made.pixels is None:
        return
    top, bottom = scene.snap(place[0]), scene.snap(sum(place))
    x = scene.layout.left + (columns.first + made.first - scene.view.first) / scene.ratio
    width = made.pixels.shape[1] / scene.ratio
    drawing.strips.append(Strip(made.pixels, x, top, width, bottom - top))


def _state(drawing: Drawing, code: int, boxes: Rects) -> None:
    """The bars of one state: a colour, and a mark that is no colour."""
    look = drawing.scene.theme.states[code]
    if code == palette.FINISHED:
        drawing.layers.add(CAP, look.edge, boxes)
        body = boxes.copy()
        body[:, 2] -= np.where(body[:, 2] >= 10, 3.0, np.where(body[:, 2] >= 5, 1.0, 0.0))
        drawing.layers.add(BODY, look.body, body)
    elif code == palette.SENT:
        drawing.layers.add(BODY, look.body, boxes)
        drawing.layers.add(SENT, look.edge, boxes)
    else:
        drawing.layers.add(BODY, look.body, boxes)
    if code == palette.EXCEPTION:
        drawing.crosses.setdefault(look.text, []).append(_crosses(boxes))
    if code == palette.CANCELLED:
        drawing.strikes.append(_strikes(boxes))


def _growing(drawing: Drawing, box: NDArray[np.float64], code: int) -> None:
    """A running bar shines at its growing end."""
    if code != palette.RUNNING:
        return
    look = drawing.scene.theme.states[code]
    x, y, w, h = box.tolist()
    length = min(FADE, w)
    light = palette.mix(look.body, 0xFFFFFFFF, 0.45)
    drawing.fades.append(Fade(look.body, light, x + w - length, y, length, h))


def _task_labels(drawing: Drawing, refs: Rows, kinds: Kinds, boxes: Rects, covers: Rects) -> None:
    """A number and a name on each bar with room, at its visible left end."""
    scene = drawing.scene
    seen = boxes.copy()
    seen[:, 0] = np.maximum(boxes[:, 0], scene.layout.left)
    seen[:, 2] = boxes[:, 0] + boxes[:, 2] - seen[:, 0]
    end = np.minimum(limits(seen, covers), drawing.right)
    whole = end >= boxes[:, 0] + boxes[:, 2]  # so the cross at its right end is in the way
    pad = np.where(end - seen[:, 0] < NARROW, NARROW_PAD, PAD)
    room = end - seen[:, 0] - 2 * pad
    room -= np.where((kinds == palette.EXCEPTION) & whole, CROSS_ROOM, 0.0)
    font = Font.NORMAL if boxes[0, 3] >= TALL else Font.SMALL
    for i in np.flatnonzero(room >= LABEL_FROM).tolist():
        number = scene.chart.task_number(int(refs[i]))
        label = scene.chart.task_label(int(refs[i]))
        full = f"{number} {label}" if label else number
        text = _label(drawing, full, number, float(room[i]), font)
        if text:
            middle = float(boxes[i, 1] + boxes[i, 3] / 2)
            colour = scene.theme.states[int(kinds[i])].text
            drawing.texts.append(Text(float(seen[i, 0] + pad[i]), middle, text, font, colour))


def _label(drawing: Drawing, full: str, short: str, room: float, font: Font) -> str:
    fitter = drawing.scene.fitter
    if fitter.width(full, font) <= room:
        return full
    cut = fitter.cut(full, room, font)
    if len(cut) >= len(short) + 5:
        return cut
    return short if fitter.width(short, font) <= room else ""


def _sent(drawing: Drawing, lane: Lane, y: float, band: Bands) -> None:
    """From the hand-over to a worker process until that reports the start."""
    spans, scene = lane.sent.track, drawing.scene
    if not len(spans) or palette.STATES[palette.SENT] in scene.hidden:
        return
    wide = lane.sent.slicer.columns(scene.view, scene.now).wide
    height = band.bar_h / 2
    top = y + band.bar_y + band.bar_h / 4
    boxes = scene.boxes(spans.start[wide], drawing.ends(lane.sent, wide), top, height)
    _state(drawing, palette.SENT, boxes)


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
