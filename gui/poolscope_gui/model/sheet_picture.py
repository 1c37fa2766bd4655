"""Lanes and headers painted on a sheet: whole, or only what has been added at the end.

whole    |===============================================|       first to first + width
tail     |                                     |~~~~~~~~~|       from a moment on, after which
                                               since             alone anything can be new
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from poolscope_gui.model.header import headers
from poolscope_gui.model.kept import Asked, Kept, Seen, Size
from poolscope_gui.model.lane_picture import lane_picture
from poolscope_gui.model.lane_state import phase_of, state_of
from poolscope_gui.model.layout import RIGHT, Row
from poolscope_gui.model.ops import Renew, rects
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.viewport import Viewport

Grid = tuple[int, int]  # as ``furniture.grid_of`` has it
Clip = tuple[int, int, int, int]

BEYOND: Final = 256  # columns beyond the right end to which that reaches which goes on
TAIL: Final = 400  # columns that a tail may have before now; a longer one is as dear as all
BEFORE: Final = (
    64  # columns before a tail that are looked at, not painted: bars reach in from there
)


def paint(scene: Scene, size: Size, asked: list[Asked], view: Viewport, grid: Grid) -> Ops:
    """These lanes in a ``view`` as wide as the sheet, or their tails where that is enough."""
    whole: list[Asked] = []
    tails: dict[tuple[int, float], tuple[list[Asked], list[int]]] = {}
    for each in asked:
        since = _since(scene, each, grid)
        if since == NEVER:
            whole.append(each)
        else:
            lanes, moments = tails.setdefault((each.kept.first, each.kept.unit), ([], []))
            lanes.append(each)
            moments.append(since)
    out = _whole(scene, size, whole, view, grid) if whole else []
    for lanes, moments in tails.values():
        out += _tails(scene, size, lanes, min(moments), grid)
    return out


def y_of(scene: Scene, size: Size, row: Row, kept: Kept) -> float:
    """Where a row is on the sheet."""
    return (kept.place * size.row + phase_of(scene, row)) / scene.ratio


def paint_headers(scene: Scene, size: Size, asked: list[tuple[Row, Kept]]) -> Ops:
    """The headers of these lanes."""
    if not asked:
        return []
    part = _part(scene, size, scene.layout.header, scene.layout.width)
    rows = [_there(scene, size, row, kept) for row, kept in asked]
    clips = [(0, kept.place * size.row, size.header, size.row) for _, kept in asked]
    return [_on(scene, size, clips, 0, headers(part, rows))]


def _since(scene: Scene, asked: Asked, grid: Grid) -> int:
    """From when on a lane must be painted anew, ns; ``NEVER``: all of it must."""
    row, kept = asked.row, asked.kept
    lane, known, unit = scene.chart.lanes[row.lane], kept.known, kept.unit
    if known is None or asked.whole or scene.matched is not None:
        return NEVER
    other = lane.blocks.track, lane.signals.track, lane.sent.track
    if lane.holds or lane.waits or lane.spans or lane.owners or any(map(len, other)):
        return NEVER
    track = lane.tasks.track
    if track is not known.track or track.generation != known.generation or known.sure_ns == NEVER:
        return NEVER
    least = max(scene.now - TAIL * unit, (kept.first + BEFORE) * unit)
    if known.sure_ns < least or kept.state != state_of(scene, row, grid):
        return NEVER
    return known.sure_ns


def _whole(scene: Scene, size: Size, asked: list[Asked], view: Viewport, grid: Grid) -> Ops:
    rows = [_there(scene, size, each.row, each.kept) for each in asked]
    ops, labels, tasks = lane_picture(_stretch(scene, size, view), rows, grid)
    for _, row, kept, look, _ in asked:
        kept.look, kept.state = look, state_of(scene, row, grid)
        kept.unit, kept.first, kept.width = view.unit, view.first, view.width
        kept.known = Seen.of(scene.chart.lanes[row.lane].tasks.track)
        kept.labels, kept.tasks = labels.get(row.lane, []), tasks.get(row.lane)
    clips = [(size.header, each.kept.place * size.row, size.columns, size.row) for each in asked]
    return [_on(scene, size, clips, size.header, ops)]


def _tails(scene: Scene, size: Size, asked: list[Asked], since: int, grid: Grid) -> Ops:
    """The ends of lanes that have the same columns on the sheet."""
    unit, first = asked[0].kept.unit, asked[0].kept.first
    cut = int(since // unit) - 1  # the first column that is painted
    width = max(each.kept.width for each in asked)
    if cut >= first + width:  # what is new lies beyond the sheet: the view looks at the past
        for _, row, kept, *_ in asked:
            kept.known = Seen.of(scene.chart.lanes[row.lane].tasks.track)
        return []
    view = scene.view.stretch(cut - BEFORE, first + width, unit)
    rows = [_there(scene, size, each.row, each.kept) for each in asked]
    ops, _, tasks = lane_picture(_stretch(scene, size, view), rows, grid)
    left, clips = size.header + cut - first, []
    for _, row, kept, *_ in asked:
        kept.known = Seen.of(scene.chart.lanes[row.lane].tasks.track)
        kept.add_tail(tasks.get(row.lane), int(cut * unit))
        clips.append((left, kept.place * size.row, kept.width - (cut - first), size.row))
    return [_on(scene, size, clips, left - BEFORE, ops)]


def _stretch(scene: Scene, size: Size, view: Viewport) -> Scene:
    """A scene of these columns; what goes on does so beyond their end."""
    until = int(view.end + BEYOND * view.unit)
    return _part(scene, size, 0.0, view.width / scene.ratio, view=view, until=until)


def _there(scene: Scene, size: Size, row: Row, kept: Kept) -> Row:
    """The same row where it is on the sheet."""
    return replace(row, y=y_of(scene, size, row, kept), pinned=False)


def _part(scene: Scene, size: Size, header: float, width: float, **more: Any) -> Scene:
    """A scene that is as high as the sheet; ``more``: what else of it is other."""
    high = size.row * size.rows / scene.ratio
    layout = replace(
        scene.layout, width=width + RIGHT, height=high + 20.0, header=header, top=0.0,
        bottom=high, scroll=0.0, rows=(), pinned=(), pinned_h=0.0,
    )  # fmt: skip
    return replace(scene, layout=layout, sheet=None, **more)


def _on(scene: Scene, size: Size, clips: list[Clip], left: int, ops: Ops) -> Renew:
    whole = (size.header + size.columns, size.row * size.rows)
    return Renew(whole, scene.ratio, rects(*clips), left, ops)
