"""The marks of lost updates: R in a circle, W in a square, the lost one struck through.

Where they are too many to be told apart, a tick for each column of pixels with a stale write in it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from poolscope_gui.model.header import caption_end
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Fill, Font, Lines, Outline, Rounded, Text, Texts, rects
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.quantities import plural
from poolscope_gui.model.races import Race, RacePoint
from poolscope_gui.model.scene import Ops, Scene

MOST = 24  # that are marked in full
SIZE = 15.0
TICK = 7.0
CLOSEST = 0.7  # two marks on a lane, as a share of their size
MOST_NAMED = 6
Place = tuple[float, float]
Box = tuple[float, float, float, float]  # x, y, width, height


def race_marks(scene: Scene, rows: list[Row]) -> Ops:
    """The lost updates in view."""
    layout, chart = scene.layout, scene.chart
    begin, end = int(scene.view.begin), int(scene.view.end)
    low, high = np.searchsorted(chart.race_times, (np.int64(begin), np.int64(end)))
    if low == high:
        return []
    middles = {row.lane: layout.y(row) + row.height / 2 for row in rows if row.lane >= 0}
    found = chart.races(begin, end, MOST)
    if not found or _crowded(scene, found):
        return _ticks(scene, int(low), int(high))
    out: Ops = []
    for race in found:
        out += _race(scene, race, middles)
    return [*out, *_words(scene, found, rows, middles)]


def _crowded(scene: Scene, found: list[Race]) -> bool:
    """Whether marks on one lane would lie on each other."""
    places: dict[int, set[float]] = {}
    for race in found:
        for point in race.lost + race.stale:
            places.setdefault(point.lane, set()).add(scene.x(point.time))
    gaps = [b - a for xs in places.values() for a, b in pairwise(sorted(xs))]
    return min(gaps, default=SIZE) < SIZE * CLOSEST


def _race(scene: Scene, race: Race, middles: dict[int, float]) -> Ops:
    theme = scene.theme
    places = [
        [(point, (scene.x(point.time), middles[point.lane])) for point in points
         if point.lane in middles]
        for points in (race.lost, race.stale)
    ]  # fmt: skip
    out: Ops = []
    for pair in places:  # from the read to the write that was worked out from it
        if len(pair) == 2:
            (_, (x1, y1)), (_, (x2, y2)) = pair
            out.append(Lines(theme.background, rects((x1, y1, x2, y2)), 4.0, dotted=False))
            out.append(Lines(theme.alarm, rects((x1, y1, x2, y2)), 2.0, dotted=False))
    if places[0] and places[1]:  # from what is lost to what went over it
        (_, (x1, y1)), (_, (x2, y2)) = places[0][-1], places[1][-1]
        out.append(Lines(theme.alarm, rects((x1, y1, x2, y2)), 1.5, dotted=True))
    for pair in places:
        for point, place in pair:
            out += _point(scene, point, place)
    return out


def _point(scene: Scene, point: RacePoint, place: Place) -> Ops:
    theme, (x, y) = scene.theme, place
    box = rects((x - SIZE / 2, y - SIZE / 2, SIZE, SIZE))
    radius = SIZE / 2 if point.act == "read" else 2.0
    letter = point.act[0].upper()
    width = scene.fitter.width(letter, Font.TINY)
    out: Ops = [
        Rounded(theme.background, box, radius),
        Outline(theme.alarm, box, 1.75, radius),
        Texts([Text(x - width / 2, y, letter, Font.TINY, theme.text)]),
    ]
    if point.lost:
        half = SIZE / 2 + 2
        out.append(Lines(theme.alarm, rects((x - half, y + half, x + half, y - half)), 2.0, False))
    return out


def _words(scene: Scene, races: list[Race], rows: list[Row], middles: dict[int, float]) -> Ops:
    """The variable's name beside the marks of each, where nothing is that can be read.

    Where the lanes are low there may be no such place: then the first alone has its name."""
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    left, right = layout.left, layout.left + layout.chart_width
    seen = [
        [
            (x, middles[point.lane])
            for point in (*race.lost, *race.stale)
            if point.lane in middles and left <= (x := scene.x(point.time)) <= right
        ]
        for race in races
    ]
    taken = [_box(x - SIZE / 2, y, SIZE, SIZE) for places in seen for x, y in places]
    for row in rows:
        if row.lane < 0 and not row.summary:
            width = caption_end(scene, row) - left
            taken.append(_box(left, layout.y(row) + row.height / 2, width, row.height))
    plates: list[Box] = []
    texts: list[Text] = []
    for race, places in zip(races[:MOST_NAMED], seen[:MOST_NAMED], strict=True):
        words = f"{race.name}: an update is lost"
        width = fitter.width(words, Font.SMALL)
        beside = _beside(places, width, right)
        free = (
            (x, y) for x, y in beside if x >= left + 3 and x + width + 3 <= right
            and not _lies_on(_plate(x, y, width), taken)
        )  # fmt: skip
        place = next(free, None if texts or not beside else beside[0])
        if place is not None:
            x, y = place
            plates.append(_plate(x, y, width))
            taken.append(plates[-1])
            texts.append(Text(x, y, words, Font.SMALL, theme.alarm))
    if not texts:
        return []
    return [Rounded(with_alpha(theme.background, 0xE6), np.array(plates), 3.0), Texts(texts)]


def _beside(places: list[Place], width: float, right: float) -> list[Place]:
    """Where words of this width may begin: above the first mark, below it, after and before all
    those of its lane, of the other lane."""
    if not places:
        return []
    first, y = places[0]
    x = min(first - SIZE / 2, right - width - 6)
    out = [(x, y - SIZE - 3), (x, y + SIZE + 3)]
    for level in dict.fromkeys(y for _, y in places):
        xs = [x for x, y in places if y == level]
        out += [(max(xs) + SIZE / 2 + 8, level), (min(xs) - SIZE / 2 - 8 - width, level)]
    return out


def _box(x: float, middle: float, width: float, height: float) -> Box:
    return x, middle - height / 2, width, height


def _plate(x: float, y: float, width: float) -> Box:
    return _box(x - 3, y, width + 6, 16.0)


def _lies_on(box: Box, others: list[Box]) -> bool:
    x, y, width, height = box
    return any(
        x < left + wide and left < x + width and y < top + high and top < y + height
        for left, top, wide, high in others
    )


def _ticks(scene: Scene, low: int, high: int) -> Ops:
    """At the top of the lanes: where updates were lost, and that they were."""
    layout, theme = scene.layout, scene.theme
    columns = np.unique(np.rint(scene.view.xs(scene.chart.race_times[low:high])))
    boxes = np.empty((len(columns), 4))
    boxes[:, 0] = layout.left + columns / scene.ratio
    boxes[:, 1], boxes[:, 2], boxes[:, 3] = layout.top, 1 / scene.ratio, TICK
    return [Fill(theme.alarm, boxes), *_said(scene, high - low, layout.top + TICK + 8)]


def _said(scene: Scene, number: int, y: float) -> Ops:
    """At the right: on the left the pool says what it is. As long as there is room beside that."""
    layout, theme = scene.layout, scene.theme
    row, left = layout.row_at(y), layout.left
    if row is not None and row.lane < 0 and not row.summary:
        left = max(left, caption_end(scene, row) + 8)
    count = "an update is" if number == 1 else f"{number:,} updates are"
    short = plural(number, "lost update")
    right = layout.left + layout.chart_width - 6
    for words in (f"{count} lost here: zoom in to see how", f"{short}: zoom in", short):
        width = scene.fitter.width(words, Font.TINY)
        if right - width - 2 >= left:
            plate = rects((right - width - 2, y - 7, width + 4, 14.0))
            text = Text(right - width, y, words, Font.TINY, theme.alarm)
            return [Rounded(with_alpha(theme.background, 0xE6), plate, 3.0), Texts([text])]
    return []
