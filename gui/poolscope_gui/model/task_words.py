"""What stands on the bars of tasks: a number and a name, and the light at the end of what runs.

Worked out anew in each frame, of the bars that were gathered when their lane was drawn.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Name, Sliced
from poolscope_gui.model.drawing import limits
from poolscope_gui.model.label import DIM, PAD, Shift
from poolscope_gui.model.ops import Fade, Font, Rects, Text, Texts
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.task_bars import Gathered, boxes_of
from poolscope_gui.model.text import ELLIPSIS
from poolscope_gui.model.tracks import Kinds, Rows

LABEL_FROM: Final = 14.0
CROSS_ROOM: Final = 14.0
FADE: Final = 44.0
NARROW: Final = 36.0
NARROW_PAD: Final = 3.0
TALL: Final = 20.0
MOST_LABELS: Final = 1024
STEP: Final = 4  # px by which the room for a text grows
ZOOM_STEP: Final = 1.25  # times that it does in a zoom


Placed = tuple[Shift, Gathered]


def task_words(scene: Scene, lanes: list[Placed]) -> Ops:
    """The names of the bars of these lanes, and the light at their growing ends."""
    lanes = [(shift, lane) for shift, lane in lanes if len(lane.ref)]
    if not lanes:
        return []
    boxes, last = boxes_of(scene, [(lane, shift.down) for shift, lane in lanes])
    refs = np.concatenate([lane.ref for _, lane in lanes])
    kinds = np.concatenate([lane.kind for _, lane in lanes])
    return [*_fades(scene, lanes, boxes[last]), *_names(scene, lanes, (boxes, refs, kinds), last)]


def _fades(scene: Scene, lanes: list[Placed], ends: Rects) -> Ops:
    """A running bar shines at its growing end, but not where its thread is blocked, nor through
    a veil: this is painted above it."""
    body = scene.theme.states[palette.RUNNING].body
    light = palette.mix(body, 0xFFFFFFFF, 0.45)
    right = scene.layout.left + scene.view.width / scene.ratio
    veiled = _dim(scene, np.array([lane.ref[-1] for _, lane in lanes]))
    out: Ops = []
    for (shift, lane), (x, y, w, h), dim in zip(lanes, ends.tolist(), veiled, strict=True):
        if lane.grows and lane.kind[-1] == palette.RUNNING and x < right and not dim:
            length = min(FADE, w, _clear(lane.covers, shift, x + w))
            if length > 0:
                out.append(Fade(body, light, x + w - length, y, length, h))
    return out


def _clear(covers: Rects, shift: Shift, end: float) -> float:
    """How many pixels before ``end`` nothing lies on a lane's bars."""
    if not len(covers):
        return FADE
    here = covers[covers[:, 0] * shift.scale + shift.offset < end]
    if not len(here):
        return FADE
    return end - float((here[:, 0] + here[:, 2]).max()) * shift.scale - shift.offset


def _names(
    scene: Scene,
    lanes: list[Placed],
    bars: tuple[Rects, Rows, Kinds],
    last: NDArray[np.int64],
) -> Ops:
    """A number and a name on each bar with room, at its visible left end.

    ``last``: of each lane, the number of its last bar.
    """
    boxes, refs, kinds = bars
    left = np.maximum(boxes[:, 0], scene.layout.left)
    right = boxes[:, 0] + boxes[:, 2]
    end = _uncovered(lanes, boxes, left, right)
    whole = end >= right  # so the cross at its right end is in the way
    end = np.minimum(end, scene.layout.left + scene.view.width / scene.ratio)
    pad = np.where(end - left < NARROW, NARROW_PAD, PAD)
    room = end - left - 2 * pad
    room -= np.where((kinds == palette.EXCEPTION) & whole, CROSS_ROOM, 0.0)
    some = np.flatnonzero(room >= LABEL_FROM)
    if not len(some):
        return []
    fonts = [Font.NORMAL if low >= TALL else Font.SMALL for low in boxes[last, 3].tolist()]
    middles = (boxes[last, 1] + boxes[last, 3] / 2).tolist()
    colours, dim = [look.text for look in scene.theme.states], _dim(scene, refs[some])
    found = zip(
        (left + pad)[some].tolist(),
        room[some].astype(np.int64).tolist(),
        refs[some].tolist(),
        kinds[some].tolist(),
        np.searchsorted(last, some).tolist(),
        dim,
        strict=True,
    )
    texts = []
    for x, space, ref, kind, lane, dimmed in found:
        font, tasks = fonts[lane], lanes[lane][1].tasks
        known = tasks.labels.get((ref, font))
        if known is not None and known.number_width > space:
            continue
        text = _label(scene, tasks, ref, space, font)
        if text:
            colour = with_alpha(colours[kind], DIM) if dimmed else colours[kind]
            texts.append(Text(x, middles[lane], text, font, colour))
    return [Texts(texts)]


def _dim(scene: Scene, refs: Rows) -> list[bool]:
    """Which of these tasks lie under a veil."""
    if scene.lit >= 0 or scene.matched is None:
        return [scene.lit >= 0] * len(refs)
    return [not matched for matched in scene.matched.has(refs).tolist()]


def _uncovered(
    lanes: list[Placed],
    boxes: Rects,
    left: NDArray[np.float64],
    right: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far each bar can be seen before something else lies on it."""
    end, first = right.copy(), 0
    for shift, lane in lanes:
        until = first + len(lane.start)
        if len(lane.covers):
            seen = boxes[first:until].copy()
            seen[:, 0], seen[:, 2] = left[first:until], (right - left)[first:until]
            covers = lane.covers.copy()
            covers[:, 0] = covers[:, 0] * shift.scale + shift.offset
            covers[:, 2] *= shift.scale
            end[first:until] = limits(seen, covers)
        first = until
    return end


def _label(scene: Scene, tasks: Sliced, ref: int, room: int, font: Font) -> str:
    """What fits of a task's number and name."""
    known = tasks.labels.get((ref, font))
    if known is None:
        if len(tasks.labels) >= MOST_LABELS:
            tasks.labels.clear()
        number = scene.chart.task_number(ref)
        known = tasks.labels[ref, font] = Name(number, scene.fitter.width(number, font))
    if known.number_width > room:
        return ""
    if not known.text:
        _measure(scene, known, ref, font)
    if known.width <= room:
        return known.text
    step = _step(scene, room)
    if known.least_width <= step:
        text = scene.fitter.cut(known.text, step, font)
        if len(text) > known.least:
            return text
    return known.number


def _step(scene: Scene, room: int) -> float:
    """The room for a text, by steps: each other text costs its layout."""
    if scene.sheet is not None and scene.sheet.zooms:  # it is another in each frame
        return ZOOM_STEP ** int(math.log(max(room, 1), ZOOM_STEP))
    return room - room % STEP


def _measure(scene: Scene, name: Name, ref: int, font: Font) -> None:
    """Have number and name together, if there is a name yet."""
    label, width = scene.chart.task_label(ref), scene.fitter.width
    if not label:
        return
    name.text = " ".join(f"{name.number} {label}".split())
    name.least = len(name.number) + 4  # with fewer letters than these there is no point in it
    name.width = width(name.text, font)
    name.least_width = width(name.text[: name.least].rstrip() + ELLIPSIS, font)
