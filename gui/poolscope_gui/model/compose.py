"""A scene becomes a frame: the list of everything that is painted, from below to above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope_gui.model import lane_alarm
from poolscope_gui.model.counter_columns import STEPS
from poolscope_gui.model.counters import queue
from poolscope_gui.model.cpu_strip import strips
from poolscope_gui.model.furniture import (
    badges,
    cursor,
    empty,
    endings,
    grid_lines,
    grid_of,
    ground,
    handovers,
    history_edge,
    live_edge,
    lives,
    ruler_labels,
    scale,
)
from poolscope_gui.model.header import headers, lane_marks
from poolscope_gui.model.hops import hops
from poolscope_gui.model.label import AS_IT_IS, placed
from poolscope_gui.model.lane_picture import lane_ground, lane_picture
from poolscope_gui.model.layout import RULER, Row
from poolscope_gui.model.mark_band import mark_band
from poolscope_gui.model.ops import Clip, Fill, Outline, Rects, Unclip, rects
from poolscope_gui.model.race_marks import race_marks
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.summary import folded
from poolscope_gui.model.task_words import task_words

if TYPE_CHECKING:
    from poolscope_gui.model.sheet import Sheet


def compose(scene: Scene) -> Ops:
    """All operations of one frame."""
    layout, theme = scene.layout, scene.theme
    if scene.chart.empty:
        whole = rects((0.0, 0.0, layout.width, layout.height))
        return [Fill(theme.background, whole), *empty(scene)]
    rows = layout.visible()
    both = [*layout.pinned, *rows]
    out = [*_margins(scene, both)]
    marks = scale(scene)
    grid = grid_of(marks)
    if not layout.queue:  # else the lanes and the counters cover them
        out += grid_lines(scene, grid)
    if scene.sheet is not None:
        out += scene.sheet.renew(scene, [row for row in both if row.lane >= 0], grid)
    out += _lanes(scene, rows, grid, (layout.scrolled_top, layout.scrolled_page))
    if layout.pinned:
        out += _lanes(scene, list(layout.pinned), grid, (layout.top, layout.pinned_h))
    out.append(Clip(layout.left, layout.top, layout.chart_width, layout.page))
    out += handovers(scene, both)
    out += race_marks(scene, both)
    out += hops(scene)
    out.append(Unclip())
    out += lane_marks(scene)
    out += _counters(scene)
    out += history_edge(scene)
    out += live_edge(scene)
    out.append(Fill(theme.background, rects((0.0, 0.0, layout.width, layout.top - 4))))
    out += mark_band(scene)
    out += ruler_labels(scene, marks, RULER / 2)
    out += badges(scene)
    out += cursor(scene)
    out += ruler_labels(scene, marks, layout.height - 11)
    if scene.focus:
        wide = scene.stroke(2.0)
        edge = rects((wide / 2, wide / 2, layout.width - wide, layout.height - wide))
        out.append(Outline(theme.accent, edge, wide, 0.0))  # round corners take a smooth line
    return out


def _lanes(scene: Scene, rows: list[Row], grid: tuple[int, int], band: tuple[float, float]) -> Ops:
    """Some rows, cut to the band (top, height) that is theirs."""
    layout = scene.layout
    lanes = [row for row in rows if row.lane >= 0]
    others = [row for row in rows if row.lane < 0]
    inner = Clip(layout.left, band[0], layout.chart_width, band[1])
    out: Ops = [Clip(0.0, band[0], layout.width, band[1]), *ground(scene, others), Unclip(), inner]
    if any(row.summary for row in others):
        out += grid_lines(scene, grid)
    for row in others:
        out += folded(scene, row) if row.summary else ()
    out.append(Unclip())
    words = (_anew if scene.sheet is None else _kept)(scene, rows, grid, band, out)
    out.append(inner)
    out += [*strips(scene, lanes), *endings(scene, lanes)]
    out += [*words, *lane_alarm.frames(scene, lanes)]
    out.append(Unclip())
    return out


def _anew(
    scene: Scene, rows: list[Row], grid: tuple[int, int], band: tuple[float, float], out: Ops
) -> Ops:
    """Lanes and headers painted from the beginning; returns what is written on the lanes."""
    layout, lanes = scene.layout, [row for row in rows if row.lane >= 0]
    picture = lane_picture(scene, lanes, grid)
    out += [Clip(layout.left, band[0], layout.chart_width, band[1]), *picture.ops]
    out += [*(_later(scene, lanes, grid) if scene.frozen else ()), Unclip()]
    out += [Clip(0.0, band[0], layout.width, band[1]), *headers(scene, rows), Unclip()]
    tasks = [(AS_IT_IS, each) for each in picture.tasks.values()]
    labels = [(AS_IT_IS, each) for each in picture.labels.values()]
    return [*task_words(scene, tasks), *placed(scene, labels)]


def _later(scene: Scene, lanes: list[Row], grid: tuple[int, int]) -> Ops:
    """What lies right of the frozen moment, which the lanes know more than: nothing but the ground.
    Painted over it, as SVG has no clips."""
    out: Ops = []
    for op in (*ground(scene, lanes), *grid_lines(scene, grid)):
        if isinstance(op, Fill):
            x, y, wide, high = op.rects.T
            begin = np.maximum(x, scene.x(scene.chart.now))
            cut = np.column_stack((begin, y, x + wide - begin, high))
            out.append(Fill(op.colour, cut[cut[:, 2] > 0]))
    return out


def _kept(
    scene: Scene, rows: list[Row], grid: tuple[int, int], band: tuple[float, float], out: Ops
) -> Ops:
    """The same, copied from the sheet."""
    sheet = scene.sheet
    assert sheet is not None
    lanes = [row for row in rows if row.lane >= 0]
    out.append(Clip(0.0, band[0], scene.layout.width, band[1]))
    out += _captions(scene, sheet, [row for row in rows if row.lane < 0])
    out += [*sheet.copies(scene, lanes), *_beyond(scene, lanes, grid, band), Unclip()]
    key = (*_same(scene), scene.matched, scene.lit, sheet.zooms, sheet.painted(scene, lanes))
    return sheet.repeat.of(_named("words", rows), key, lambda: _words(scene, sheet, lanes))


def _captions(scene: Scene, sheet: Sheet, rows: list[Row]) -> Ops:
    """The headers of groups: those of the last frame where they say the same."""
    if not rows or any(row.summary for row in rows):  # those have figures of their lanes
        return headers(scene, rows)
    folded, groups = scene.arrangement.folded, scene.chart.groups
    said = [
        (each.key in folded, each.title, each.detail, each.alarm, each.colour)
        for each in (groups[row.group] for row in rows)
    ]
    key = rows, said, scene.layout, scene.theme, scene.ratio
    return sheet.repeat.of("captions", key, lambda: headers(scene, rows))


def _words(scene: Scene, sheet: Sheet, rows: list[Row]) -> Ops:
    found = [sheet.words(scene, row) for row in rows]
    tasks = [(shift, each) for shift, _, each in found if each is not None]
    return [*task_words(scene, tasks), *placed(scene, [(s, each) for s, each, _ in found])]


def _counters(scene: Scene) -> Ops:
    """Those of the last frame where none has changed."""
    chart, sheet = scene.chart, scene.sheet
    steps = [chart.rewrites(name) for name in scene.counters if name in STEPS]
    if sheet is None or None in steps:
        return queue(scene)
    told = tuple((each, each.version) for each in steps if each is not None)
    about = scene.counters, scene.hidden, scene.selected, sheet.stretches
    key = (*_same(scene), *about, told)
    return sheet.repeat.of("counters", key, lambda: queue(scene))


def _same(scene: Scene) -> tuple[object, ...]:
    """On what all words and counters depend."""
    chart = scene.chart
    return scene.view, scene.layout, scene.theme, scene.ratio, chart, chart.version, chart.now


def _beyond(scene: Scene, rows: list[Row], grid: tuple[int, int], band: tuple[float, float]) -> Ops:
    """What is under the lanes, right of now: what is copied ends there."""
    layout = scene.layout
    right = layout.left + layout.chart_width
    now = max(layout.left, scene.x(scene.now))
    if now >= right:
        return []
    sheet, lanes = scene.sheet, scene.chart.lanes
    assert sheet is not None
    key = (layout, scene.theme, scene.ratio, rows)
    under = sheet.repeat.of(_named("ground", rows), key, lambda: ground(scene, rows))
    ended = [row for row in rows if lanes[row.lane].dead]  # a life that goes on ends at now, too
    found = lane_ground(scene, rows, grid, under, lives(scene, ended))
    return [Clip(now, band[0], right - now, band[1]), *found, Unclip()]


def _named(what: str, rows: list[Row]) -> str:
    """The pinned rows of a frame and the scrolled ones have each their own."""
    return f"{what} of pinned" if rows and rows[0].pinned else what


def _margins(scene: Scene, rows: list[Row]) -> Ops:
    """What is beside and below these rows: of the last frame, as long as the layout stays."""

    def make() -> Ops:
        return [Fill(scene.theme.background, _around(scene, rows)), *_foot(scene, rows)]

    if scene.sheet is None:
        return make()
    key = scene.layout, scene.theme, scene.ratio, rows
    return scene.sheet.repeat.of("margins", key, make)


def _around(scene: Scene, rows: list[Row]) -> Rects:
    """All that no lane, no header, no counter and no ruler covers: painting a pixel twice takes
    twice as long."""
    layout = scene.layout
    if scene.ratio != scene.ratio // 1:  # edges lie between pixels: who owns those is not certain
        return rects((0.0, 0.0, layout.width, layout.height))
    end = min(layout.bottom, max((layout.y(row) + row.height for row in rows), default=layout.top))
    right = layout.left + layout.chart_width
    foot = scene.snap(layout.bottom if layout.queue else layout.height)  # counters have a ground
    below = scene.snap(end) - scene.stroke()
    return rects(
        (0.0, layout.top - 5, layout.width, 5.0),
        (right, layout.top, layout.width - right, end - layout.top),
        (layout.header, below, layout.width - layout.header, max(0.0, foot - below)),
        (0.0, layout.bottom, layout.header, 0.0 if layout.queue else foot - layout.bottom),
    )


def _foot(scene: Scene, rows: list[Row]) -> Ops:
    """The column of the headers below the last of them."""
    layout, theme = scene.layout, scene.theme
    end = scene.snap(max((layout.y(row) + row.height for row in rows), default=layout.top))
    high, edge = max(0.0, scene.snap(layout.bottom) - end), scene.snap(layout.header - 1)
    return [
        Fill(theme.panel, rects((0.0, end, layout.header, high))),
        Fill(theme.line, rects((edge, end, scene.stroke(), high))),
    ]
