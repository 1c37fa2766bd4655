"""What the lanes of one frame have gathered, and how it becomes operations.

Layers from below: columns of narrow spans, end caps, bodies, hatches, marks, stripes, plates,
labels. All rectangles of a layer and a colour are one operation, whatever the number of lanes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Sliced
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import (
    Fade,
    Fill,
    Font,
    Hatch,
    Lines,
    Outline,
    Rects,
    Rounded,
    Strip,
    Text,
    Texts,
    rects,
)
from poolscope_gui.model.scene import Layers, Ops, Scene
from poolscope_gui.model.tracks import NEVER, Kinds, Times

CAP, BODY, SENT, WAIT, UNDER, HATCHED, EDGE, STRIPES, BRACKET, PLATE, CHOSEN = range(11)
ALARM_GROUND, ALARM_EDGE, ALARM_TIMED = range(11, 14)
ROUNDED_MOST = 320  # a rounded rectangle costs ten times a plain one; nobody sees 321 corners
ROUNDED_FROM = 6.0
PAD = 6.0
PLATE_FROM = 14.0
VEIL = 0xA0  # how thick the veil is over what does not belong to the lock that is pointed at


@dataclass
class Drawing:
    """One frame's lanes, as they are gathered."""

    scene: Scene
    bars: list[tuple[Rects, Kinds]] = field(default_factory=list)  # with the state of each
    layers: Layers = field(default_factory=Layers)
    lit: Layers = field(default_factory=Layers)  # above the veil that all else is under
    top: Layers = field(default_factory=Layers)  # frames about what is chosen: above all
    strips: list[Strip] = field(default_factory=list)
    fades: list[Fade] = field(default_factory=list)
    crosses: dict[int, list[Rects]] = field(default_factory=dict)
    strikes: list[Rects] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    lit_texts: list[Text] = field(default_factory=list)
    plain: bool = False  # there are too many bars to round their corners

    def layers_of(self, lock: int) -> Layers:
        """Where what belongs to a lock is painted."""
        return self.lit if lock >= 0 and lock == self.scene.lit else self.layers

    def texts_of(self, lock: int) -> list[Text]:
        return self.lit_texts if lock >= 0 and lock == self.scene.lit else self.texts

    @property
    def right(self) -> float:
        """The right end of the time axis."""
        return self.scene.layout.left + self.scene.view.width / self.scene.ratio

    def seen(self, sliced: Sliced, columns: Columns) -> Times:
        """The wide spans of these columns that are in view."""
        starts, view = sliced.track.start[columns.wide], self.scene.view
        low = int(np.searchsorted(starts, np.int64(view.begin), side="right")) - 1
        high = int(np.searchsorted(starts, np.int64(view.end), side="right"))
        return columns.wide[max(low, 0) : high]

    def ends(self, sliced: Sliced, numbers: Times) -> Times:
        """The ends of some spans; an open one ends now."""
        found = sliced.track.end[numbers]
        return np.where(found == NEVER, np.int64(self.scene.now), found)

    def runs(self, columns: NDArray[np.int64], y: float, height: float) -> Rects:
        """One rectangle for each run of neighbouring columns, numbered from time 0."""
        scene = self.scene
        columns = columns - scene.view.first
        columns = columns[(columns >= 0) & (columns < scene.view.width)]
        if not len(columns):
            return np.empty((0, 4))
        breaks = np.flatnonzero(np.diff(columns) > 1)
        first = np.concatenate((columns[:1], columns[breaks + 1]))
        last = np.concatenate((columns[breaks], columns[-1:]))
        out = np.empty((len(first), 4))
        out[:, 0] = scene.layout.left + first / scene.ratio
        out[:, 1] = scene.snap(y)
        out[:, 2] = (last - first + 1) / scene.ratio
        out[:, 3] = max(1 / scene.ratio, scene.snap(y + height) - scene.snap(y))
        return out

    def lock_colour(self, lock: int) -> int:
        return self.scene.lock_colour(lock)

    def text(
        self,
        box: NDArray[np.float64],
        until: float,
        labels: tuple[str, ...],
        colour: int,
        *,
        plate: bool,
        lock: int = NEVER,
    ) -> None:
        """The first of the labels that fits, at the visible left of a box and before ``until``.

        ``plate``: on a ground of its own, so that it can be read on a hatch. ``lock``: whose it is.
        """
        scene = self.scene
        x = max(float(box[0]), scene.layout.left) + PAD
        room = min(float(box[0] + box[2]), until, self.right) - PAD - x
        if room <= 0 or box[3] < PLATE_FROM:
            return
        text = scene.fitter.choose(labels, room, Font.SMALL)
        if not text:
            return
        middle = float(box[1] + box[3] / 2)
        if plate:
            width = scene.fitter.width(text, Font.SMALL)
            half = min(8.0, float(box[3]) / 2)
            ground = np.array([[x - 3, middle - half, width + 6, 2 * half]])
            self.layers_of(lock).add(PLATE, palette.with_alpha(scene.theme.lane, 0xE6), ground)
        self.texts_of(lock).append(Text(x, middle, text, Font.SMALL, colour))

    def ops(self) -> Ops:
        """The layers as operations, from below."""
        few = not self.plain and self.layers.count(BODY) <= ROUNDED_MOST
        origin = self.scene.hatch_origin
        out: Ops = [Fill(colour, boxes) for colour, boxes in self.layers.take(ALARM_GROUND)]
        out += self.strips
        for layer in (CAP, BODY, WAIT):
            for colour, boxes in self.layers.take(layer):
                out += _bodies(colour, boxes, few)
        out += self.fades
        out += [Hatch(colour, boxes, origin) for colour, boxes in self.layers.take(SENT)]
        out += _hatched(self.layers, origin)
        for colour, parts in self.crosses.items():
            out.append(Lines(colour, np.concatenate(parts), 2.0, dotted=False))
        if self.strikes:
            look = self.scene.theme.states[palette.CANCELLED]
            out.append(Lines(look.text, np.concatenate(self.strikes), 1.5, dotted=False))
        out += _above(self.layers, self.texts)
        out += self._lit(few, origin)
        out += [Outline(colour, boxes, 3.0, 2.0) for colour, boxes in self.top.take(ALARM_EDGE)]
        for colour, boxes in self.top.take(ALARM_TIMED):
            out.append(Lines(colour, edges(boxes), 3.0, dotted=True))
        for layers in (self.layers, self.top):
            out += [Outline(colour, boxes, 2.0, 3.0) for colour, boxes in layers.take(CHOSEN)]
        return out

    def _lit(self, few: bool, origin: float) -> Ops:
        """The lock that is pointed at, above a veil over all the rest."""
        layout, theme = self.scene.layout, self.scene.theme
        if self.scene.lit < 0:
            return []
        whole = rects((layout.left, layout.top, layout.chart_width, layout.page))
        out: Ops = [Fill(palette.with_alpha(theme.background, VEIL), whole)]
        for colour, boxes in self.lit.take(BODY):
            out += _bodies(colour, boxes, few)
        return [*out, *_hatched(self.lit, origin), *_above(self.lit, self.lit_texts)]


def _hatched(layers: Layers, origin: float) -> Ops:
    """What is seen through a hatch, the hatch, and its edge."""
    return [
        *(Fill(colour, boxes) for colour, boxes in layers.take(UNDER)),
        *(Hatch(colour, boxes, origin) for colour, boxes in layers.take(HATCHED)),
        *(Outline(colour, boxes, 1.0, 0.0) for colour, boxes in layers.take(EDGE)),
    ]


def _above(layers: Layers, texts: list[Text]) -> Ops:
    """Stripes, brackets, and words with the plates they stand on."""
    return [
        *(Fill(colour, boxes) for colour, boxes in layers.take(STRIPES)),
        *(Fill(colour, boxes) for colour, boxes in layers.take(BRACKET)),
        *(Rounded(colour, boxes, 3.0) for colour, boxes in layers.take(PLATE)),
        Texts(texts),
    ]


def limits(boxes: Rects, covers: Rects) -> NDArray[np.float64]:
    """For each box, where the first of the ``covers`` (sorted) that lies on it begins, or its end.

    A label ends there: what lies on top has a label of its own.
    """
    end = boxes[:, 0] + boxes[:, 2]
    if not len(covers) or not len(boxes):
        return end
    following = np.searchsorted(covers[:, 0] + covers[:, 2], boxes[:, 0] + 1)
    first = covers[np.minimum(following, len(covers) - 1), 0]
    return np.where(following < len(covers), np.minimum(end, first), end)


def _bodies(colour: int, rects: Rects, few: bool) -> Ops:
    if not few:
        return [Fill(colour, rects)]
    round_enough = rects[:, 2] >= ROUNDED_FROM
    return [Fill(colour, rects[~round_enough]), Rounded(colour, rects[round_enough], 3.0)]


def edges(boxes: Rects) -> Rects:
    """The four sides of each rectangle, as segments."""
    left, top, width, height = (boxes[:, column] for column in range(4))
    right, bottom = left + width, top + height
    sides = (
        (left, top, right, top),
        (right, top, right, bottom),
        (right, bottom, left, bottom),
        (left, bottom, left, top),
    )
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def inset(rects: Rects, by: float) -> Rects:
    out = rects.copy()
    out[:, :2] += by
    out[:, 2:] = np.maximum(out[:, 2:] - 2 * by, 0.0)
    return out
