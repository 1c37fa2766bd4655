"""What the lanes of one frame have gathered, and how it becomes operations.

Layers from below: columns of narrow spans, end caps, bodies, hatches, marks, stripes. All
rectangles of a layer and a colour are one operation, whatever the number of lanes. The words are
gathered lane by lane, and are placed above it all (``label``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Sliced
from poolscope_gui.model.label import PLATE_FROM, Label
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import (
    Fill,
    Font,
    Hatch,
    Lines,
    Outline,
    Rects,
    Rounded,
    Strip,
    rects,
)
from poolscope_gui.model.scene import Layers, Ops, Scene
from poolscope_gui.model.tracks import NEVER, Kinds, Times

CAP, BODY, SENT, WAIT, UNDER, HATCHED, EDGE, STRIPES, BRACKET, CHOSEN = range(10)
ROUNDED_FROM = 16.0  # px; by the bar alone, so that it looks the same whatever is beside it
CAP_LENGTH = 10.0  # of the end of a bar with round corners
LOW = 20.0  # px; a lower bar has smaller corners
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
    crosses: dict[int, list[Rects]] = field(default_factory=dict)
    strikes: list[Rects] = field(default_factory=list)
    labels: dict[int, list[Label]] = field(default_factory=dict)  # by the number of the lane
    lane: int = NEVER  # whose labels are gathered

    def layers_of(self, lock: int) -> Layers:
        """Where what belongs to a lock is painted."""
        return self.lit if lock >= 0 and lock == self.scene.lit else self.layers

    def seen(self, sliced: Sliced, columns: Columns) -> Times:
        """The wide spans of these columns that are in view."""
        if not len(columns.wide):
            return columns.wide
        starts, view = sliced.track.start[columns.wide], self.scene.view
        low = int(starts.searchsorted(np.int64(view.begin), side="right")) - 1
        high = int(starts.searchsorted(np.int64(view.end), side="right"))
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

    def label(self, label: Label, lock: int = NEVER, height: float = PLATE_FROM) -> None:
        """Words on a box of the lane. ``lock``: whose it is; ``height``: of the box."""
        if height >= PLATE_FROM:
            dim = lock != self.scene.lit if self.scene.lit >= 0 else self._veiled(label)
            known = self.labels.setdefault(self.lane, [])
            known.append(label._replace(dim=True) if dim else label)

    def _veiled(self, label: Label) -> bool:
        """Whether a filter does not ask for the task that the label's box is in."""
        scene = self.scene
        lane = scene.chart.lanes[self.lane]
        if scene.matched is None or lane.kind != "worker":
            return False
        time = scene.time(max(label.begin, scene.layout.left) + 1)
        return scene.matched.of(lane).tasks.track.at(time) < 0

    def plated(
        self,
        box: NDArray[np.float64],
        words: Callable[[int], tuple[str, ...]],
        ref: int,
        until: float = np.inf,
        lock: int = NEVER,
    ) -> None:
        """The words of a hatched box, on a ground of their own; until ``until`` at the most."""
        x, y, width, height = box.tolist()
        colour, half = self.scene.theme.text, min(8.0, height / 2)
        end, middle = min(x + width, until), y + height / 2
        found = Label(x, end, middle, words, ref, Font.SMALL, colour, plate=half)
        self.label(found, lock, height)

    def ops(self) -> Ops:
        """The layers as operations, from below."""
        origin = self.scene.hatch_origin
        out: Ops = [*self.strips]
        for colour, boxes in self.layers.take(CAP):
            out += _bodies(colour, boxes, CAP_LENGTH)
        for layer in (BODY, WAIT):
            for colour, boxes in self.layers.take(layer):
                out += _bodies(colour, boxes)
        out += [Hatch(colour, boxes, origin) for colour, boxes in self.layers.take(SENT)]
        out += _hatched(self.layers, origin)
        for colour, parts in self.crosses.items():
            out.append(Lines(colour, np.concatenate(parts), 2.0, dotted=False))
        if self.strikes:
            look = self.scene.theme.states[palette.CANCELLED]
            out.append(Lines(look.text, np.concatenate(self.strikes), 1.5, dotted=False))
        out += _above(self.layers)
        out += self._lit(origin)
        for layers in (self.layers, self.top):
            out += [Outline(colour, boxes, 2.0, 3.0) for colour, boxes in layers.take(CHOSEN)]
        return out

    def _lit(self, origin: float) -> Ops:
        """The lock that is pointed at, above a veil over all the rest."""
        layout, theme = self.scene.layout, self.scene.theme
        if self.scene.lit < 0:
            return []
        whole = rects((layout.left, layout.top, layout.chart_width, layout.page))
        out: Ops = [Fill(palette.with_alpha(theme.background, VEIL), whole)]
        for colour, boxes in self.lit.take(BODY):
            out += _bodies(colour, boxes)
        return [*out, *_hatched(self.lit, origin), *_above(self.lit)]


def _hatched(layers: Layers, origin: float) -> Ops:
    """What is seen through a hatch, the hatch, and its edge."""
    return [
        *(Fill(colour, boxes) for colour, boxes in layers.take(UNDER)),
        *(Hatch(colour, boxes, origin) for colour, boxes in layers.take(HATCHED)),
        *(Outline(colour, boxes, 1.0, 0.0) for colour, boxes in layers.take(EDGE)),
    ]


def _above(layers: Layers) -> Ops:
    """Stripes and brackets."""
    parts = (*layers.take(STRIPES), *layers.take(BRACKET))
    return [Fill(colour, boxes) for colour, boxes in parts]


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


def _bodies(colour: int, rects: Rects, least: float = ROUNDED_FROM) -> Ops:
    is_round, low = rects[:, 2] >= least, rects[:, 3] < LOW
    return [
        Fill(colour, rects[~is_round]),
        Rounded(colour, rects[is_round & low], 2.0),
        Rounded(colour, rects[is_round & ~low], 3.0),
    ]


def inset(rects: Rects, by: float) -> Rects:
    out = rects.copy()
    out[:, :2] += by
    out[:, 2:] = np.maximum(out[:, 2:] - 2 * by, 0.0)
    return out
