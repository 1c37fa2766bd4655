"""The column at the left: what each lane is, what it does, and how busy it has been."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model import lane_alarm, summary
from poolscope_gui.model.chart import Group, Lane
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import (
    Clip,
    Fill,
    Font,
    Lines,
    Op,
    Outline,
    Rects,
    Rounded,
    Text,
    Texts,
    Unclip,
    rects,
)
from poolscope_gui.model.palette import Theme
from poolscope_gui.model.scene import Ops, Scene

STRIPE_X = 8.0
TEXT_X = 20.0
BAR_W = 34.0
BAR_H = 4.0
TALL = 33.0  # from this height on a lane has two lines of text
SMALL_FROM = 24.0


def headers(scene: Scene, rows: list[Row]) -> Ops:
    """The lane headers and group captions of these rows."""
    layout, theme = scene.layout, scene.theme
    out: Ops = []
    panels, captions, lines = [], [], []
    for row in rows:
        y = scene.snap(layout.y(row))
        panels.append((0.0, y, layout.header, scene.snap(layout.y(row) + row.height) - y))
        if row.lane < 0 and not row.summary:
            captions.append((0.0, y, layout.header, row.height))
        lines.append((0.0, scene.snap(y + row.height - 1), layout.header, scene.stroke()))
    out.append(Fill(theme.panel, rects(*panels)))
    out.append(Fill(theme.group, rects(*captions)))
    out.append(Fill(theme.line, rects(*lines)))
    for row in rows:
        alarm = scene.chart.lanes[row.lane].alarm if row.lane >= 0 else None
        if row.summary:
            alarm = lane_alarm.worst(scene.chart, scene.chart.groups[row.group])
        if alarm is not None and not alarm.behind:
            out += lane_alarm.header(scene, scene.snap(layout.y(row)), row)
    texts: list[Text] = []
    marks: list[tuple[int, Op]] = []
    for row in rows:
        group = scene.chart.groups[row.group]
        if row.summary:
            texts += summary.header(scene, row)
        elif row.lane < 0:
            texts += _caption(scene, row, group)
            out.append(_chevron(scene, row, group))
        else:
            marks += enumerate(_lane(scene, row, group, texts))
    out += _gathered(marks)
    out.append(Texts([text for text in texts if text.text]))
    edge = scene.snap(layout.header - 1)
    out.append(Fill(theme.line, rects(*((edge, y, scene.stroke(), h) for _, y, _, h in panels))))
    return out


def lane_marks(scene: Scene) -> Ops:
    """The lane that the keys act on, the edge below the pinned lanes, where a drag would drop."""
    layout, theme = scene.layout, scene.theme
    out: Ops = []
    if layout.pinned:
        line = rects((0.0, scene.snap(layout.scrolled_top - 2), layout.width, scene.stroke(2.0)))
        out.append(Fill(theme.muted, line))
        middles = [layout.y(row) + row.height / 2 for row in layout.pinned]
        dots = rects(*((1.0, scene.snap(y - 3), 6.0, 6.0) for y in middles))
        out.append(Rounded(theme.accent, dots, 3.0))
    out.append(Clip(0.0, layout.top, layout.width, layout.page))
    for row in (*layout.pinned, *layout.visible()):
        if row.lane >= 0 and scene.chart.lanes[row.lane].key == scene.lane:
            y = scene.snap(layout.y(row))
            box = rects((1.0, y + 1, layout.header - 3, row.height - 3))
            out.append(Outline(theme.accent, box, 1.5, 3.0))
    if scene.drop is not None:
        line = rects((0.0, scene.snap(scene.drop - 1), layout.width, scene.stroke(3.0)))
        out.append(Fill(theme.accent, line))
    out.append(Unclip())
    return out


def _gathered(marks: list[tuple[int, Op]]) -> Ops:
    """The lanes' marks, the rounded ones of a layer and a colour as one."""
    found: dict[tuple[int, int, float], list[Rects]] = {}
    rest: Ops = []
    for layer, op in marks:
        if isinstance(op, Rounded):
            found.setdefault((layer, op.colour, op.radius), []).append(op.rects)
        else:
            rest.append(op)
    rounded = [
        Rounded(key[1], np.concatenate(parts), key[2])
        for key, parts in sorted(found.items(), key=lambda item: item[0])
    ]
    return [*rounded, *rest]


def stripe_colour(theme: Theme, group: Group) -> int:
    return theme.muted if group.colour < 0 else theme.pools[group.colour % len(theme.pools)]


def caption_end(scene: Scene, row: Row) -> float:
    """How far to the right the words of a group's caption reach, px."""
    last = _caption(scene, row, scene.chart.groups[row.group])[-1]
    return last.x + scene.fitter.width(last.text, last.font)


def _caption(scene: Scene, row: Row, group: Group) -> list[Text]:
    layout, theme, fitter = scene.layout, scene.theme, scene.fitter
    y = layout.y(row) + row.height / 2
    title = fitter.cut(group.title, layout.header - TEXT_X - STRIPE_X, Font.BOLD)
    items = [Text(TEXT_X, y, title, Font.BOLD, theme.text)]
    x = max(TEXT_X + fitter.width(title, Font.BOLD) + 12, layout.left + 8)
    right = layout.width - 12
    if group.alarm:  # first, and not at the right: the live edge runs through there
        words = fitter.cut(group.alarm, (right - x) * 0.7, Font.SMALL)
        items.append(Text(x, y, words, Font.SMALL, theme.alarm))
        x += fitter.width(words, Font.SMALL) + 16
    detail = fitter.cut(group.detail, right - x, Font.SMALL)
    return [*items, Text(x, y, detail, Font.SMALL, theme.muted)]


def _chevron(scene: Scene, row: Row, group: Group) -> Op:
    """Down while the group is open, to the right while it is folded."""
    x, y = STRIPE_X + 3, scene.layout.y(row) + row.height / 2
    strokes = rects((x - 3, y - 2, x + 0.5, y + 2), (x - 0.5, y + 2, x + 3, y - 2))
    if group.key in scene.arrangement.folded:
        strokes = rects((x - 2, y - 4, x + 2, y + 0.5), (x + 2, y - 0.5, x - 2, y + 4))
    return Lines(scene.theme.muted, strokes, 1.5, dotted=False)


def _lane(scene: Scene, row: Row, group: Group, texts: list[Text]) -> Ops:
    layout, theme = scene.layout, scene.theme
    lane = scene.chart.lanes[row.lane]
    y = scene.snap(layout.y(row))
    inset = 3.0 if row.height < TALL else 6.0
    colour = theme.dead if lane.dead else stripe_colour(theme, group)
    if lane.kind == "lock":
        colour = scene.lock_colour(lane.lock)
    stripe = rects((STRIPE_X, y + inset, 4.0, row.height - 2 * inset - 1))
    out: Ops = [Rounded(colour, stripe, 2.0)]
    right = layout.header - 12.0
    if lane.alarm is not None and not lane.alarm.behind:
        right -= lane_alarm.SIGN + 4
        out += lane_alarm.sign(scene, layout.header - 14.0, y + row.height / 2)
    if row.height >= TALL:
        out += _tall(scene, lane, y, row.height, right, texts)
    else:
        out += _low(scene, lane, y + row.height / 2, right, texts)
    return out


def _tall(
    scene: Scene, lane: Lane, y: float, height: float, right: float, texts: list[Text]
) -> Ops:
    """Two lines: name and percent; current task and a small bar."""
    theme, fitter = scene.theme, scene.fitter
    apart = min(10.5, height / 4)
    upper, lower = y + height / 2 - apart, y + height / 2 + apart
    room = right - TEXT_X - (44.0 if lane.share is not None or lane.ending else 0.0)
    name = fitter.cut_middle(lane.title, room, Font.BOLD)
    texts.append(Text(TEXT_X, upper, name, Font.BOLD, _name_colour(theme, lane)))
    words = _detail(lane)  # a cross stands beside it: by what it was killed is more to be told
    detail = fitter.choose((words, words.removeprefix("crashed: ")), room, Font.SMALL, least=0)
    texts.append(Text(TEXT_X, lower, detail, Font.SMALL, _detail_colour(theme, lane)))
    if lane.ending:
        return _dead_mark(scene, right - 6, upper)
    if lane.share is None:
        return []
    percent = f"{lane.share * 100:.0f}%"
    width = fitter.width(percent, Font.SMALL)
    texts.append(Text(right - width, upper, percent, Font.SMALL, theme.muted))
    return _gauge(scene, lane, right - BAR_W, scene.snap(lower - BAR_H / 2))


def _low(scene: Scene, lane: Lane, y: float, right: float, texts: list[Text]) -> Ops:
    """One line: name, what it does if there is room, percent."""
    theme, fitter = scene.theme, scene.fitter
    end = right
    out: Ops = []
    if lane.ending:
        out = _dead_mark(scene, right - 6, y)
        end -= 18
    elif lane.share is not None:
        percent = f"{lane.share * 100:.0f}%"
        width = fitter.width(percent, Font.SMALL)
        texts.append(Text(right - width, y, percent, Font.SMALL, theme.muted))
        end -= 40
    name = fitter.cut_middle(lane.title, end - TEXT_X, Font.NORMAL)
    texts.append(Text(TEXT_X, y, name, Font.NORMAL, _name_colour(theme, lane)))
    x = TEXT_X + fitter.width(name, Font.NORMAL) + 8
    detail = fitter.choose((_detail(lane),), end - x, Font.TINY, least=3)
    if detail:
        texts.append(Text(x, y, detail, Font.TINY, _detail_colour(theme, lane)))
    return out


def _detail(lane: Lane) -> str:
    if lane.alarm is not None:
        return lane.alarm.words
    return lane.ending or "ended" if lane.dead else lane.detail


def _name_colour(theme: Theme, lane: Lane) -> int:
    return theme.muted if lane.dead and lane.alarm is None else theme.text


def _detail_colour(theme: Theme, lane: Lane) -> int:
    return theme.alarm if lane.alarm or (lane.dead and lane.ending) else theme.muted


def _gauge(scene: Scene, lane: Lane, x: float, y: float) -> Ops:
    theme = scene.theme
    share = min(max(lane.share or 0.0, 0.0), 1.0)
    out: Ops = [Rounded(theme.line, rects((x, y, BAR_W, BAR_H)), 2.0)]
    if share > 0:
        colour = theme.dead if lane.dead else theme.accent
        out.append(Rounded(colour, rects((x, y, max(3.0, BAR_W * share), BAR_H)), 2.0))
    return out


def _dead_mark(scene: Scene, x: float, y: float) -> Ops:
    segments = rects((x - 4, y - 4, x + 4, y + 4), (x - 4, y + 4, x + 4, y - 4))
    return [Lines(scene.theme.alarm, segments, 2.0, dotted=False)]
