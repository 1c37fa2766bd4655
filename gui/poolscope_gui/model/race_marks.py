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
Place = tuple[float, float]


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
    return out


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
    return [*out, *_words(scene, race, [place for pair in places for _, place in pair])]


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


def _words(scene: Scene, race: Race, places: list[Place]) -> Ops:
    """The variable's name beside the first mark that is in view."""
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    seen = [
        place for place in places if layout.left <= place[0] <= layout.left + layout.chart_width
    ]
    if not seen:
        return []
    words = f"{race.name}: an update is lost"
    width = fitter.width(words, Font.SMALL)
    x = min(seen[0][0] - SIZE / 2, layout.left + layout.chart_width - width - 6)
    y = seen[0][1] - SIZE - 3
    plate = rects((x - 3, y - 8, width + 6, 16.0))
    return [
        Rounded(with_alpha(theme.background, 0xE6), plate, 3.0),
        Texts([Text(x, y, words, Font.SMALL, theme.alarm)]),
    ]


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
