"""What stands around the bars: lane grounds, grid, ruler, live edge, the edge of history."""

from __future__ import annotations

import math

import numpy as np

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane
from poolscope_gui.model.layout import RULER, Row
from poolscope_gui.model.marks import grain_of
from poolscope_gui.model.ops import Fill, Font, Hatch, Lines, Rects, Rounded, Text, Texts, rects
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.ticks import Ruler, ruler
from poolscope_gui.model.tracks import NEVER, Times
from poolscope_gui.model.wall_clock import wall_ruler

LABEL_GAP = 10.0
CROSS = 4.0  # half the size of one
CROSS_ROOM = 10.0  # that it takes with its pen, at the least


def ground(scene: Scene, rows: list[Row]) -> Ops:
    """Lane grounds and lines, from the left edge to the right."""
    layout, theme = scene.layout, scene.theme
    out: Ops = []
    plain: list[tuple[float, float, float, float]] = []
    other: list[tuple[float, float, float, float]] = []
    captions, lines = [], []
    for row in rows:
        y = scene.snap(layout.y(row))
        h = scene.snap(layout.y(row) + row.height) - y  # to where the next one begins
        if row.summary:
            plain.append((layout.left, y, layout.chart_width, h))
        elif row.lane < 0:
            captions.append((0.0, y, layout.width, h))
        else:
            (other if row.lane % 2 else plain).append((layout.left, y, layout.chart_width, h))
            lines.append((0.0, scene.snap(y + h - 1), layout.width, scene.stroke()))
    for colour, boxes in ((theme.lane, plain), (theme.lane_other, other), (theme.line, lines)):
        out.append(Fill(colour, rects(*boxes)))
    out.append(Fill(theme.group, rects(*captions)))
    return out


def scale(scene: Scene) -> Ruler:
    """The ruler's marks for this view, as many as there is room for."""
    most, clock = scene.most_ticks, scene.clock
    if clock is not None:
        return wall_ruler(scene.view.begin, scene.view.end, most, clock)
    return ruler(scene.view.begin, scene.view.end, most)


def grid_of(marks: Ruler) -> tuple[int, int]:
    """A time with a line of the grid, from 0 on, and how far the lines are apart, ns; a step of
    0: there are none."""
    return (marks.ticks[0].time % marks.step, marks.step) if marks.ticks else (0, 0)


def grid_lines(scene: Scene, grid: tuple[int, int]) -> Ops:
    """Faint lines down from the ruler's marks."""
    layout, view, (phase, step) = scene.layout, scene.view, grid
    if not step:
        return []
    top, bottom = layout.top, layout.height - 20.0
    first = math.ceil((view.begin - phase) / step)
    last = math.floor((view.end - phase) / step)
    xs = [scene.x(phase + number * step) for number in range(first, last + 1)]
    wide = 1 / scene.ratio
    return [Fill(scene.theme.grid, rects(*((x, top, wide, bottom - top) for x in xs)))]


def ruler_labels(scene: Scene, marks: Ruler, y: float) -> Ops:
    """The words of one ruler, centred on their marks; one that would touch another is left out."""
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    items = []
    free = layout.left - 14.0
    if marks.base:
        items.append(Text(layout.left, y, marks.base, Font.SMALL, theme.text))
        free = layout.left + fitter.width(marks.base, Font.SMALL) + LABEL_GAP
    plate = cursor_plate(scene) if y < layout.top else None
    for tick in marks.ticks:
        width = fitter.width(tick.label, Font.SMALL)
        x = scene.x(tick.time) - width / 2
        if plate is not None and x < plate[0] + plate[1] and plate[0] < x + width:
            continue
        if x >= free and x + width <= layout.width:
            items.append(Text(x, y, tick.label, Font.SMALL, theme.muted))
            free = x + width + LABEL_GAP
    return [Texts(items)]


def lives(scene: Scene, rows: list[Row]) -> Ops:
    """A thin line for as long as each lane's thread lived, and grey after its death."""
    layout, theme, chart = scene.layout, scene.theme, scene.chart
    lines, after = [], []
    now, right = scene.x(scene.now), layout.left + layout.chart_width
    for row in rows:
        if row.lane < 0:
            continue
        lane = chart.lanes[row.lane]
        y = scene.snap(layout.y(row))
        middle = scene.snap(y + row.height / 2)
        begin = max(layout.left, scene.x(max(lane.born, 0)))
        end = scene.x(lane.gone) if lane.gone != NEVER else now
        if min(end, right) > begin:
            lines.append((begin, middle, min(end, right) - begin, scene.stroke()))
        if lane.dead and end < right:
            end = max(end, layout.left)
            after.append((end, y + 1, right - end, row.height - 2))
    return [Fill(theme.line, rects(*lines)), Fill(theme.group, rects(*after))]


def endings(scene: Scene, rows: list[Row]) -> Ops:
    """A cross where each lane's thread died, and why."""
    layout, theme, chart = scene.layout, scene.theme, scene.chart
    crosses: dict[int, list[tuple[float, float]]] = {}
    texts = []
    for row in rows:
        lane = chart.lanes[row.lane] if row.lane >= 0 else None
        if lane is None or not lane.dead:
            continue
        x, y = max(scene.x(lane.gone), layout.left), scene.snap(layout.y(row))
        room = layout.left + layout.chart_width - x
        if room < CROSS_ROOM:
            continue
        middle = scene.snap(y + row.height / 2)
        colour = theme.alarm if lane.ending else theme.dead
        crosses.setdefault(colour, []).append((x + min(10.0, room / 2), middle))
        texts += _ending(scene, lane, x + 20.0, middle)
    if not crosses:
        return []
    lines = [Lines(c, _cross_segments(at), 2.0, dotted=False) for c, at in crosses.items()]
    return [*lines, Texts(texts)]


def _ending(scene: Scene, lane: Lane, x: float, y: float) -> list[Text]:
    words = lane.ending or "ended"
    end, edge = scene.layout.left + scene.layout.chart_width, scene.x(scene.now)
    room = (min(end, edge) if edge > x else end) - x - 4  # not across the live edge
    text = scene.fitter.choose((words,), room, Font.SMALL, least=4)
    colour = scene.theme.alarm if lane.ending else scene.theme.muted
    return [Text(x, y, text, Font.SMALL, colour)] if text else []


def _cross_segments(centres: list[tuple[float, float]]) -> Rects:
    return rects(
        *(
            segment
            for x, y in centres
            for segment in (
                (x - CROSS, y - CROSS, x + CROSS, y + CROSS),
                (x - CROSS, y + CROSS, x + CROSS, y - CROSS),
            )
        )
    )


def handovers(scene: Scene, rows: list[Row], most: int = 150) -> Ops:
    """From the release of a lock to the acquire that it let through: of what is chosen alone."""
    if palette.BLOCKED in scene.hidden:
        return []
    layout, chart, theme = scene.layout, scene.chart, scene.theme
    at = {row.lane: layout.y(row) + row.height for row in rows if row.lane >= 0}
    found = chart.handovers(scene.picked, int(scene.view.begin), int(scene.view.end), most)
    by_colour: dict[int, list[tuple[float, float, float, float]]] = {}
    for one in found:
        if one.giver in at and one.taker in at and one.giver != one.taker:
            x = scene.x(one.time)
            left = scene.x(one.released) if one.released != NEVER else x
            line = (left, at[one.giver] - 5, x, at[one.taker] - 5)
            by_colour.setdefault(scene.lock_colour(one.lock), []).append(line)
    out: Ops = []
    for colour, lines in by_colour.items():
        ends = rects(*((x - 3, y - 3, 6.0, 6.0) for _, _, x, y in lines))
        out.append(Lines(theme.background, rects(*lines), 4.0, dotted=False))
        out.append(Lines(colour, rects(*lines), 2.0, dotted=False))
        out.append(Rounded(colour, ends, 3.0))
    return out


def live_edge(scene: Scene) -> Ops:
    """Now: a line through lanes and counters."""
    layout = scene.layout
    x = scene.x(scene.chart.now)
    if not layout.left <= x <= layout.left + layout.chart_width:
        return []
    line = rects((x, layout.top - 4, scene.stroke(1.5), layout.height - 20 - layout.top + 4))
    return [Fill(scene.theme.live, line)]


def cursor_plate(scene: Scene) -> tuple[float, float, str] | None:
    """Where the mouse's time is told: left end, width, and words as exact as a pixel is."""
    layout = scene.layout
    if scene.cursor is None or not layout.left <= scene.cursor <= layout.left + layout.chart_width:
        return None
    precision = grain_of(scene.view.unit * scene.ratio)
    time = round(scene.time(scene.cursor) / precision) * precision
    label = scene.on_ruler(time, precision)
    width = scene.fitter.width(label, Font.SMALL) + 12
    left = min(max(scene.snap(scene.cursor) - width / 2, layout.left), layout.width - width)
    return left, width, label


def cursor(scene: Scene) -> Ops:
    """A line at the mouse and its time."""
    layout, theme = scene.layout, scene.theme
    plate = cursor_plate(scene)
    if plate is None or scene.cursor is None:
        return []
    left, width, label = plate
    x = scene.snap(scene.cursor)
    line = rects((x, layout.top - 4, scene.stroke(), layout.height - 20 - layout.top + 4))
    return [
        Fill(palette.with_alpha(theme.muted, 0x90), line),
        Rounded(theme.text, rects((left, 3.0, width, RULER - 8)), 3.0),
        Texts([Text(left + 6, RULER / 2 - 1, label, Font.SMALL, theme.background)]),
    ]


def history_edge(scene: Scene) -> Ops:
    """Where history was dropped or never seen: hatched, and told in words."""
    chart, layout, theme = scene.chart, scene.layout, scene.theme
    if not chart.edge:
        return []
    x = min(scene.x(chart.first), layout.left + layout.chart_width)
    out: Ops = []
    if x > layout.left:
        box = rects((layout.left, layout.top, x - layout.left, layout.page))
        out.append(Hatch(theme.line, box, scene.hatch_origin))
    if x < layout.left - 1:
        return out
    text = scene.fitter.cut(chart.edge, layout.chart_width - 24, Font.SMALL)
    width = scene.fitter.width(text, Font.SMALL)
    y = layout.bottom - 14
    plate = rects((x + 2, y - 9, width + 12, 18))
    out.append(Fill(theme.alarm, rects((x, layout.top, scene.stroke(2.0), layout.page))))
    out.append(Fill(theme.panel, plate))
    out.append(Texts([Text(x + 8, y, text, Font.SMALL, theme.alarm)]))
    return out


def badges(scene: Scene) -> Ops:
    """In the ruler's corner: whether the picture stands still, and since when."""
    clock = scene.clock
    if scene.frozen:
        words = f"frozen at {scene.moment(scene.chart.now, 10**7)}"
    elif clock is not None:
        words = clock.date(int(scene.view.begin))
    else:
        return []
    text = scene.fitter.cut(words, scene.layout.header - 32, Font.SMALL)
    colour = scene.theme.accent if scene.frozen else scene.theme.muted
    return [Texts([Text(12.0, RULER / 2, text, Font.SMALL, colour)])]


def empty(scene: Scene) -> Ops:
    """Nothing yet: say what to do."""
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    head, _, rest = (scene.chart.message or "No events yet.").partition(". ")
    items = []
    y = layout.height / 2 - 12
    for words, font, colour in (
        (head.rstrip(".") + ("." if rest else ""), Font.TITLE, theme.text),
        (rest, Font.NORMAL, theme.muted),
    ):
        text = fitter.cut(words, layout.width - 40, font)
        x = (layout.width - fitter.width(text, font)) / 2
        items.append(Text(x, y, text, font, colour))
        y += 28
    return [Texts([item for item in items if item.text])]


def marks_in(scene: Scene, times: Times) -> Times:
    """The numbers of the sorted ``times`` that are in view."""
    low = np.searchsorted(times, np.int64(scene.view.begin))
    high = np.searchsorted(times, np.int64(scene.view.end), side="right")
    return np.arange(low, high)
