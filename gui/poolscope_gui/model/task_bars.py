"""The bars of tasks: gathered lane by lane, laid out for all lanes at once.

A frame has some dozen lanes and a handful of bars on each. So what numpy does is done once a
frame and not once a lane: its calls cost more than their few numbers.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane, Shown, Sliced
from poolscope_gui.model.columns import painted
from poolscope_gui.model.drawing import CHOSEN, PAD, Drawing, limits
from poolscope_gui.model.haste import Cut
from poolscope_gui.model.layout import Bands
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import Fade, Font, Rects, Strip, Text
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.text import ELLIPSIS
from poolscope_gui.model.tracks import NEVER, Kinds, Rows, Times

LABEL_FROM = 14.0
CROSS_ROOM = 14.0
FADE = 44.0
NARROW = 36.0
NARROW_PAD = 3.0
TALL = 20.0
MOST_LABELS = 1024
NO_BOXES: Rects = np.empty((0, 4))


class Gathered(NamedTuple):
    """The tasks of one lane that are drawn as bars; ``covers`` lie on them."""

    tasks: Sliced
    start: Times
    end: Times  # NEVER: it goes on
    ref: Rows
    kind: Kinds
    top: float
    height: float
    covers: Rects
    grows: bool  # the last one is open


class TaskBars:
    """The tasks of one frame's lanes."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._lanes: list[Gathered] = []
        scene = drawing.scene
        states = enumerate(scene.theme.states)
        names = palette.STATES
        self._looks = {code: look.body for code, look in states if names[code] not in scene.hidden}

    def lane(self, lane: Lane, y: float, band: Bands, covers: Rects) -> None:
        """Gather what is on a lane; its narrow spans are drawn at once."""
        drawing, spans = self._drawing, lane.tasks.track
        cut = drawing.scene.cut(lane.tasks)
        top, height = y + band.bar_y, band.bar_h
        if cut.columns.thin:
            _strip(drawing, lane.tasks, cut, self._looks, (top, height))
        if not len(cut.columns.wide):
            return
        start, end, ref, kind = self._seen(lane.tasks, cut.columns)
        grows = spans.open and len(end) > 0 and int(end[-1]) == NEVER
        if len(self._looks) < len(drawing.scene.theme.states):
            some = np.isin(kind, list(self._looks))
            grows = grows and bool(some[-1])
            start, end, ref, kind = start[some], end[some], ref[some], kind[some]
        if len(start):
            found = Gathered(lane.tasks, start, end, ref, kind, top, height, covers, grows)
            self._lanes.append(found)

    def _seen(self, tasks: Sliced, columns: Columns) -> tuple[Times, Times, Rows, Kinds]:
        """The wide spans in view. Looked up when the columns change, not in each frame."""
        track, known, view = tasks.track, tasks.shown, self._drawing.scene.view
        if known is None or known.columns is not columns or known.updates != track.updates:
            at = columns.wide
            start, end = track.start[at], track.end[at]
            ref, kind = track.ref[at], track.kind[at]
            known = Shown(columns, track.updates, start, end, ref, kind)
            tasks.shown = known
        low = int(known.start.searchsorted(np.int64(view.begin), side="right")) - 1
        high = int(known.start.searchsorted(np.int64(view.end), side="right"))
        here = slice(max(low, 0), high)
        return known.start[here], known.end[here], known.ref[here], known.kind[here]

    def lay(self) -> None:
        """All that was gathered as rectangles and words."""
        lanes, scene, drawing = self._lanes, self._drawing.scene, self._drawing
        if not lanes:
            return
        many = [len(lane.start) for lane in lanes]
        end = np.concatenate([lane.end for lane in lanes])
        end = np.where(end == NEVER, np.int64(scene.now), end)
        boxes = scene.boxes(np.concatenate([lane.start for lane in lanes]), end, 0.0, 0.0)
        tops = [scene.snap(lane.top) for lane in lanes]
        lows = [scene.snap(lane.top + lane.height) for lane in lanes]
        boxes[:, 1] = np.repeat(tops, many)
        boxes[:, 3] = np.repeat(lows, many) - boxes[:, 1]
        refs = np.concatenate([lane.ref for lane in lanes])
        kinds = np.concatenate([lane.kind for lane in lanes])
        drawing.bars.append((boxes, kinds))
        last = np.cumsum(many) - 1
        for lane, i in zip(lanes, last.tolist(), strict=True):
            if lane.grows:
                _growing(drawing, boxes[i], int(kinds[i]))
        _labels(drawing, lanes, (boxes, refs, kinds), last)
        if scene.selected:
            chosen = np.isin(refs, list(scene.selected))
            drawing.layers.add(CHOSEN, scene.theme.selected, boxes[chosen])
        hover = scene.hover
        if hover is not None and hover.part == "task" and hover.ref not in scene.selected:
            drawing.layers.add(CHOSEN, scene.theme.hover, boxes[refs == hover.ref])


def _strip(
    drawing: Drawing,
    sliced: Sliced,
    cut: Cut,
    looks: dict[int, int],
    place: tuple[float, float],
) -> None:
    """The narrow spans; their pixels are kept while the columns stay the same object."""
    scene, columns = drawing.scene, cut.columns
    known, began = sliced.painted, time.perf_counter()
    made = painted(columns, looks, sliced.track.common, scene.theme.lane, known)
    if scene.haste is not None and made is not known:
        scene.haste.spend(time.perf_counter() - began)
    sliced.painted = made
    if made.pixels is None:
        return
    top, bottom = scene.snap(place[0]), scene.snap(sum(place))
    scale = cut.unit / scene.view.unit  # 1 but while the view zooms
    begin = (columns.first + made.first) * scale - scene.view.first
    x = scene.layout.left + begin / scene.ratio
    width = made.pixels.shape[1] * scale / scene.ratio
    drawing.strips.append(Strip(made.pixels, x, top, width, bottom - top))


def _growing(drawing: Drawing, box: NDArray[np.float64], code: int) -> None:
    """A running bar shines at its growing end."""
    if code != palette.RUNNING:
        return
    look = drawing.scene.theme.states[code]
    x, y, w, h = box.tolist()
    length = min(FADE, w)
    light = palette.mix(look.body, 0xFFFFFFFF, 0.45)
    drawing.fades.append(Fade(look.body, light, x + w - length, y, length, h))


def _labels(
    drawing: Drawing,
    lanes: list[Gathered],
    bars: tuple[Rects, Rows, Kinds],
    last: NDArray[np.int64],
) -> None:
    """A number and a name on each bar with room, at its visible left end.

    ``last``: of each lane, the number of its last bar.
    """
    scene, (boxes, refs, kinds) = drawing.scene, bars
    left = np.maximum(boxes[:, 0], scene.layout.left)
    right = boxes[:, 0] + boxes[:, 2]
    end = _uncovered(lanes, boxes, left, right)
    whole = end >= right  # so the cross at its right end is in the way
    end = np.minimum(end, drawing.right)
    pad = np.where(end - left < NARROW, NARROW_PAD, PAD)
    room = end - left - 2 * pad
    room -= np.where((kinds == palette.EXCEPTION) & whole, CROSS_ROOM, 0.0)
    some = np.flatnonzero(room >= LABEL_FROM)
    if not len(some):
        return
    fonts = [Font.NORMAL if low >= TALL else Font.SMALL for low in boxes[last, 3].tolist()]
    middles = (boxes[last, 1] + boxes[last, 3] / 2).tolist()
    colours = [look.text for look in scene.theme.states]
    found = zip(
        (left + pad)[some].tolist(),
        room[some].astype(np.int64).tolist(),
        refs[some].tolist(),
        kinds[some].tolist(),
        np.searchsorted(last, some).tolist(),
        strict=True,
    )
    add = drawing.texts.append
    for x, space, ref, kind, lane in found:
        font, tasks = fonts[lane], lanes[lane].tasks
        text = tasks.labels.get((ref, space, font))
        if text is None:
            text = _label(scene, tasks, ref, space, font)
        if text:
            add(Text(x, middles[lane], text, font, colours[kind]))


def _uncovered(
    lanes: list[Gathered],
    boxes: Rects,
    left: NDArray[np.float64],
    right: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far each bar can be seen before something else lies on it."""
    end, first = right.copy(), 0
    for lane in lanes:
        until = first + len(lane.start)
        if len(lane.covers):
            seen = boxes[first:until].copy()
            seen[:, 0], seen[:, 2] = left[first:until], (right - left)[first:until]
            end[first:until] = limits(seen, lane.covers)
        first = until
    return end


def _label(scene: Scene, tasks: Sliced, ref: int, room: int, font: Font) -> str:
    """What fits of a task's number and name; kept once the name is known."""
    fitter = scene.fitter
    number, label = scene.chart.task_number(ref), scene.chart.task_label(ref)
    text = " ".join(f"{number} {label}".split())
    if fitter.width(text, font) > room:
        least = len(number) + 4  # with fewer letters than these there is no point in the name
        if fitter.width(text[:least].rstrip() + ELLIPSIS, font) <= room:
            text = fitter.cut(text, room, font)
        else:
            text = ""
        if len(text) <= least:
            text = number if fitter.width(number, font) <= room else ""
    if label:
        if len(tasks.labels) >= MOST_LABELS:
            tasks.labels.clear()
        tasks.labels[ref, room, font] = text
    return text
