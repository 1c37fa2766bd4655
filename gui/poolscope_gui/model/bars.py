"""The lanes' contents: bars, blocked stretches, waits and stripes of ownership.

Layers from below: columns of narrow spans, bodies, end caps, hatches, marks, veils, labels. All
rectangles of a layer and a colour are one operation, whatever the number of lanes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane, Sliced
from poolscope_gui.model.columns import narrow_pixels
from poolscope_gui.model.layout import MAX_STRIPES, Bands, Row, bands
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
)
from poolscope_gui.model.scene import Layers, Ops, Scene
from poolscope_gui.model.tracks import NEVER, Kinds, Rows

BODY, CAP, RUNNING_BODY, SENT, UNDER, HATCHED, EDGE, WAIT, PLATE, STRIPES, CHOSEN = range(11)
ROUNDED_MOST = 700  # a rounded rectangle costs ten times a plain one; nobody sees 701 corners
ROUNDED_FROM = 6.0
LABEL_FROM = 20.0
CROSS_FROM = 9.0
PAD = 6.0
FADE = 44.0


@dataclass
class Drawing:
    """What the lanes of one frame have gathered so far."""

    scene: Scene
    layers: Layers = field(default_factory=Layers)
    strips: list[Strip] = field(default_factory=list)
    fades: list[Fade] = field(default_factory=list)
    crosses: dict[int, list[Rects]] = field(default_factory=dict)
    strikes: list[Rects] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def lane(self, row: Row) -> None:
        lane = self.scene.chart.lanes[row.lane]
        y, band = self.scene.layout.y(row), bands(row.height)
        blocked = self._blocks(lane, y, band)
        self._tasks(lane, y, band, blocked)
        self._sent(lane, y, band)
        self._waits(lane, y, band)
        self._stripes(lane, y, band)

    def _tasks(self, lane: Lane, y: float, band: Bands, blocked: Rects) -> None:
        scene, theme, hidden = self.scene, self.scene.theme, self.scene.hidden
        spans = lane.tasks.track
        if not len(spans):
            return
        columns = lane.tasks.slicer.columns(scene.view, scene.now)
        top, height = y + band.bar_y, band.bar_h
        looks = {code: look.body for code, look in enumerate(theme.states)}
        kept = {code: c for code, c in looks.items() if palette.STATES[code] not in hidden}
        self._strip(columns, kept, spans.common, top, height)
        wide = columns.wide
        kinds = spans.kind[wide]
        shown = np.isin(kinds, list(kept))
        wide, kinds = wide[shown], kinds[shown]
        boxes = scene.boxes(spans.start[wide], self._ends(lane.tasks, wide), top, height)
        for code in np.unique(kinds).tolist():
            self._state(code, boxes[kinds == code])
        if spans.open and len(wide) and wide[-1] == len(spans) - 1:
            self._growing(boxes[-1], int(kinds[-1]))
        self._task_labels(spans.ref[wide], kinds, boxes, blocked)
        if scene.selected:
            chosen = np.isin(spans.ref[wide], list(scene.selected))
            self.layers.add(CHOSEN, theme.selected, boxes[chosen])
        hover = scene.hover
        if hover is not None and hover.part == "task" and hover.ref not in scene.selected:
            self.layers.add(CHOSEN, theme.hover, boxes[spans.ref[wide] == hover.ref])

    def _ends(self, sliced: Sliced, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        ends = sliced.track.end[numbers]
        return np.where(ends == NEVER, np.int64(self.scene.now), ends)

    def _strip(
        self, columns: Columns, looks: dict[int, int], common: int, y: float, height: float
    ) -> None:
        pixels = narrow_pixels(columns, looks, common, self.scene.theme.lane)
        if pixels is None:
            return
        scene = self.scene
        first, image = pixels
        top, bottom = scene.snap(y), scene.snap(y + height)
        x = scene.layout.left + first / scene.ratio
        self.strips.append(Strip(image, x, top, image.shape[1] / scene.ratio, bottom - top))

    def _state(self, code: int, boxes: Rects) -> None:
        """The bars of one state: a colour, and a mark that is no colour."""
        look = self.scene.theme.states[code]
        if code == palette.FINISHED:
            self.layers.add(CAP, look.edge, boxes)
            body = boxes.copy()
            body[:, 2] -= np.where(body[:, 2] >= 10, 3.0, np.where(body[:, 2] >= 5, 1.0, 0.0))
            self.layers.add(BODY, look.body, body)
        elif code == palette.SENT:
            self.layers.add(BODY, look.body, boxes)
            self.layers.add(SENT, look.edge, boxes)
        else:
            self.layers.add(BODY, look.body, boxes)
        if code == palette.EXCEPTION:
            self.crosses.setdefault(look.text, []).append(_crosses(boxes))
        if code == palette.CANCELLED:
            self.strikes.append(_strikes(boxes))

    def _growing(self, box: NDArray[np.float64], code: int) -> None:
        """A running bar shines at its growing end."""
        if code != palette.RUNNING:
            return
        look = self.scene.theme.states[code]
        x, y, w, h = box.tolist()
        length = min(FADE, w)
        light = palette.mix(look.body, 0xFFFFFFFF, 0.45)
        self.fades.append(Fade(look.body, light, x + w - length, y, length, h))

    def _task_labels(self, refs: Rows, kinds: Kinds, boxes: Rects, blocked: Rects) -> None:
        scene = self.scene
        left, right = scene.layout.left, scene.layout.left + scene.view.width / scene.ratio
        begin = np.maximum(boxes[:, 0], left)
        end = np.minimum(boxes[:, 0] + boxes[:, 2], right)
        if len(blocked):  # the hatch has a label of its own: this one ends where that begins
            following = np.searchsorted(blocked[:, 0] + blocked[:, 2], begin + 1)
            has = following < len(blocked)
            first = blocked[np.minimum(following, len(blocked) - 1), 0]
            end = np.where(has, np.minimum(end, first), end)
        room = end - begin - 2 * PAD - np.where(kinds == palette.EXCEPTION, 14.0, 0.0)
        font = Font.NORMAL if len(boxes) and boxes[0, 3] >= 24 else Font.SMALL
        for i in np.flatnonzero(room >= LABEL_FROM - PAD).tolist():
            number = scene.chart.task_number(int(refs[i]))
            label = scene.chart.task_label(int(refs[i]))
            full = f"{number} {label}" if label else number
            text = self._label(full, number, float(room[i]), font)
            if text:
                middle = float(boxes[i, 1] + boxes[i, 3] / 2)
                colour = scene.theme.states[int(kinds[i])].text
                self.texts.append(Text(float(begin[i]) + PAD, middle, text, font, colour))

    def _label(self, full: str, short: str, room: float, font: Font) -> str:
        fitter = self.scene.fitter
        if fitter.width(full, font) <= room:
            return full
        cut = fitter.cut(full, room, font)
        if len(cut) >= len(short) + 5:
            return cut
        return short if fitter.width(short, font) <= room else ""

    def _blocks(self, lane: Lane, y: float, band: Bands) -> Rects:
        """Stretches in which the lane's thread waited for a lock, hatched in the lock's colour."""
        scene, theme = self.scene, self.scene.theme
        spans = lane.blocks.track
        if not len(spans) or palette.BLOCKED in scene.hidden:
            return np.empty((0, 4))
        columns = lane.blocks.slicer.columns(scene.view, scene.now)
        top, height = y + band.bar_y, band.bar_h
        wide = columns.wide
        boxes = scene.boxes(spans.start[wide], self._ends(lane.blocks, wide), top, height, 0)
        kinds = spans.kind[wide]
        for lock in np.unique(spans.kind[wide]).tolist():
            colour = self.lock_colour(lock)
            mine = boxes[kinds == lock]
            self.layers.add(UNDER, theme.veil, mine)
            self.layers.add(HATCHED, colour, mine)
            self.layers.add(EDGE, colour, _inset(mine, 0.5))
        self._narrow_marks(columns, top + height * 0.25, height * 0.5)
        for i in np.flatnonzero(boxes[:, 2] >= 42).tolist():
            label = scene.chart.block_label(int(spans.ref[wide[i]]))
            self._plate(boxes[i], label)
        return boxes

    def _narrow_marks(self, columns: Columns, y: float, height: float) -> None:
        """Thin spans of a lock: one pixel wide each, in the lock's colour."""
        if not columns.thin:
            return
        where = np.flatnonzero(columns.kind >= 0)
        for lock in np.unique(columns.kind[where]).tolist():
            at = where[columns.kind[where] == lock]
            self.layers.add(STRIPES, self.lock_colour(lock), self._runs(at, y, height))

    def _runs(self, columns: NDArray[np.int64], y: float, height: float) -> Rects:
        """One rectangle for each run of neighbouring columns."""
        scene = self.scene
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
        colours = self.scene.theme.locks
        locks = self.scene.chart.locks
        return colours[(locks[lock].colour if lock < len(locks) else lock) % len(colours)]

    def _plate(self, box: NDArray[np.float64], label: str) -> None:
        """A label on a hatch, on a plate of its own so that it can be read."""
        scene = self.scene
        left = max(float(box[0]), scene.layout.left)
        right = min(float(box[0] + box[2]), scene.layout.left + scene.view.width / scene.ratio)
        font = Font.SMALL
        room = right - left - 2 * PAD
        text = scene.fitter.choose((label,), room, font)
        if not text or box[3] < 14:
            return
        width = scene.fitter.width(text, font)
        x, middle = left + PAD, float(box[1] + box[3] / 2)
        plate = np.array([[x - 3, middle - 8, width + 6, 16]])
        self.layers.add(PLATE, palette.with_alpha(scene.theme.lane, 0xE6), plate)
        self.texts.append(Text(x, middle, text, font, scene.theme.text))

    def _sent(self, lane: Lane, y: float, band: Bands) -> None:
        """From the hand-over to a worker process until that reports the start."""
        spans, scene = lane.sent.track, self.scene
        if not len(spans) or palette.STATES[palette.SENT] in scene.hidden:
            return
        wide = lane.sent.slicer.columns(scene.view, scene.now).wide
        height = band.bar_h / 2
        top = y + band.bar_y + band.bar_h / 4
        boxes = scene.boxes(spans.start[wide], self._ends(lane.sent, wide), top, height)
        self._state(palette.SENT, boxes)

    def _waits(self, lane: Lane, y: float, band: Bands) -> None:
        scene, look = self.scene, self.scene.theme.waiting
        if palette.WAITING in scene.hidden:
            return
        over_tasks = lane.kind == "worker"
        for depth, sliced in enumerate(lane.waits):
            spans = sliced.track
            if not len(spans):
                continue
            columns = sliced.slicer.columns(scene.view, scene.now)
            inset = min(depth * 4.0, band.bar_h / 3)
            top, height = y + band.bar_y + inset, band.bar_h - 2 * inset
            wide = columns.wide
            boxes = scene.boxes(spans.start[wide], self._ends(sliced, wide), top, height)
            self.layers.add(UNDER if over_tasks else WAIT, theme_veil(scene, over_tasks), boxes)
            if over_tasks:
                self.layers.add(HATCHED, look.edge, boxes)
            failed = spans.kind[wide] != 0
            self.layers.add(EDGE, look.edge, _inset(boxes[~failed], 0.5))
            self.layers.add(EDGE, scene.theme.alarm, _inset(boxes[failed], 0.5))
            if columns.thin:
                thin = np.flatnonzero(columns.count > 0)
                self.layers.add(WAIT, look.edge, self._runs(thin, top, height))
            self._wait_labels(sliced, wide, boxes, over_tasks)

    def _wait_labels(
        self, sliced: Sliced, wide: NDArray[np.int64], boxes: Rects, plate: bool
    ) -> None:
        scene = self.scene
        for i in np.flatnonzero(boxes[:, 2] >= 42).tolist():
            label = scene.chart.wait_label(int(sliced.track.ref[wide[i]]))
            if plate:
                self._plate(boxes[i], label)
                continue
            x = max(float(boxes[i, 0]), scene.layout.left) + PAD
            right = scene.layout.left + scene.view.width / scene.ratio
            room = min(float(boxes[i, 0] + boxes[i, 2]), right) - x - PAD
            text = scene.fitter.choose((label,), room, Font.SMALL)
            if text:
                middle = float(boxes[i, 1] + boxes[i, 3] / 2)
                self.texts.append(Text(x, middle, text, Font.SMALL, scene.theme.waiting.text))

    def _stripes(self, lane: Lane, y: float, band: Bands) -> None:
        """Which locks the lane's thread owned: a stripe each, side by side if there are two."""
        scene = self.scene
        for slot, (lock, sliced) in enumerate(sorted(lane.holds.items())):
            spans = sliced.track
            if not len(spans):
                continue
            columns = sliced.slicer.columns(scene.view, scene.now)
            wide = columns.wide
            step = (slot % MAX_STRIPES) * (band.stripe_h + 1)
            top = y + band.stripe_y - step
            ends = self._ends(sliced, wide)
            boxes = scene.boxes(spans.start[wide], ends, top, band.stripe_h, 0)
            colour = self.lock_colour(lock)
            self.layers.add(STRIPES, colour, boxes)
            if columns.thin:
                thin = np.flatnonzero(columns.count > 0)
                self.layers.add(STRIPES, colour, self._runs(thin, top, band.stripe_h))

    def ops(self) -> Ops:
        """The layers as operations, from below."""
        few = self.layers.count(BODY) <= ROUNDED_MOST
        origin = self.scene.hatch_origin
        out: Ops = list(self.strips)
        for layer in (CAP, BODY, WAIT):
            for colour, rects in self.layers.take(layer):
                out += _bodies(colour, rects, few)
        out += self.fades
        out += [Hatch(colour, rects, origin) for colour, rects in self.layers.take(SENT)]
        out += [Fill(colour, rects) for colour, rects in self.layers.take(UNDER)]
        out += [Hatch(colour, rects, origin) for colour, rects in self.layers.take(HATCHED)]
        out += [Outline(colour, rects, 1.0, 0.0) for colour, rects in self.layers.take(EDGE)]
        for colour, parts in self.crosses.items():
            out.append(Lines(colour, np.concatenate(parts), 2.0, dotted=False))
        if self.strikes:
            look = self.scene.theme.states[palette.CANCELLED]
            out.append(Lines(look.text, np.concatenate(self.strikes), 1.5, dotted=False))
        out += [Fill(colour, rects) for colour, rects in self.layers.take(STRIPES)]
        out += [Rounded(colour, rects, 3.0) for colour, rects in self.layers.take(PLATE)]
        out += [Outline(colour, rects, 2.0, 3.0) for colour, rects in self.layers.take(CHOSEN)]
        out.append(Texts(self.texts))
        return out


def theme_veil(scene: Scene, over_tasks: bool) -> int:
    return scene.theme.veil if over_tasks else scene.theme.waiting.body


def _bodies(colour: int, rects: Rects, few: bool) -> Ops:
    if not few:
        return [Fill(colour, rects)]
    round_enough = rects[:, 2] >= ROUNDED_FROM
    return [Fill(colour, rects[~round_enough]), Rounded(colour, rects[round_enough], 3.0)]


def _inset(rects: Rects, by: float) -> Rects:
    out = rects.copy()
    out[:, :2] += by
    out[:, 2:] = np.maximum(out[:, 2:] - 2 * by, 0.0)
    return out


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
