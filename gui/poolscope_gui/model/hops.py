"""The life of one future as a line through the lanes, above the bars.

From a dot where it was submitted or ended, straight to the lane where it goes on, and there along
the gap above the bars to an arrow where it began or where a wait was released. What is chosen has
its line, and what the mouse is on a fainter one; no other future has any.
"""

from __future__ import annotations

from poolscope_gui.model.chart import Hop
from poolscope_gui.model.layout import Row, bands
from poolscope_gui.model.ops import Fill, Lines, Rects, Rounded, rects
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.tracks import NEVER

DOT = 7.0
HEAD = 4.0
BEYOND = 30.0  # how far outside the window an end may lie: no farther line is drawn
GAP = 0.4  # of the room above a bar

Segment = tuple[float, float, float, float]


def hops(scene: Scene) -> Ops:
    """The lines of what is chosen and of what is pointed at."""
    theme, chart, out = scene.theme, scene.chart, []
    chosen = chart.hops(scene.picked) if _drawn(scene, picked=True) else ()
    hover = chart.hops(scene.hover) if _drawn(scene, picked=False) else ()
    if hover and hover != chosen:
        out += _lines(scene, hover, theme.hover)
    if chosen:
        out += _lines(scene, chosen, theme.selected)
    return out


def _drawn(scene: Scene, *, picked: bool) -> bool:
    """Of a chosen wait, what released it is drawn as a hand-over already."""
    hit = scene.picked if picked else scene.hover
    return hit is not None and not (picked and hit.part == "wait")


def _lines(scene: Scene, found: tuple[Hop, ...], colour: int) -> Ops:
    segments: list[Segment] = []
    heads: list[Segment] = []
    dots: list[Segment] = []
    for hop in found:
        _route(scene, hop, segments, heads, dots)
    if not segments and not dots:
        return []
    lines, halo = rects(*segments, *heads), rects(*segments)
    plates: Rects = rects(*((x - 1, y - 1, w + 2, h + 2) for x, y, w, h in dots))
    ground = scene.theme.background
    return [
        Lines(ground, halo, 4.0, dotted=False),
        Rounded(ground, plates, DOT / 2 + 1),
        Lines(colour, lines, 2.0, dotted=False),
        Rounded(colour, rects(*dots), DOT / 2),
        Fill(ground, rects(*((x + 2.5, y + 2.5, 2.0, 2.0) for x, y, _, _ in dots))),
    ]


def _route(
    scene: Scene, hop: Hop, segments: list[Segment], heads: list[Segment], dots: list[Segment]
) -> None:
    origin, target = _row(scene, hop.origin), _row(scene, hop.target)
    if origin is None or target is None:
        return
    layout = scene.layout
    until = hop.until if hop.until != NEVER else scene.now
    x0, x1 = _x(scene, hop.since), _x(scene, until)
    top, tip, _ = _heights(scene, target)
    y0 = scene.snap(layout.y(origin) + _heights(scene, origin)[2])
    dots.append((x0 - DOT / 2, y0 - DOT / 2, DOT, DOT))
    top, tip = scene.snap(layout.y(target) + top), scene.snap(layout.y(target) + tip)
    if hop.origin == hop.target and hop.until == NEVER:
        segments.append((x0, y0, x1, y0))  # it waits there yet
        return
    segments += [(x0, y0, x0, top), (x0, top, x1, top), (x1, top, x1, tip)]
    heads += [(x1 - HEAD, tip - HEAD, x1, tip), (x1 + HEAD, tip - HEAD, x1, tip)]


def _x(scene: Scene, time: int) -> float:
    """Of a time far outside the window, a place a little outside of it."""
    left, right = scene.layout.left, scene.layout.left + scene.layout.chart_width
    inner = min(max(float(time), scene.view.begin), scene.view.end)
    if inner == time:
        return scene.x(time)
    return left - BEYOND if time < scene.view.begin else right + BEYOND


def _row(scene: Scene, lane: int) -> Row | None:
    """The row of a lane; of one in a folded pool, the row of the pool; None: it is hidden."""
    layout = scene.layout
    row = layout.row_of(lane)
    if row is not None or not 0 <= lane < len(scene.chart.lanes):
        return row
    group = scene.chart.lanes[lane].group
    return next((each for each in layout.rows if each.summary and each.group == group), None)


def _heights(scene: Scene, row: Row) -> tuple[float, float, float]:
    """From the top of a row: the gap above its bars, where an arrow ends, and the bars' middle."""
    if row.lane < 0:
        return 3.0, row.height / 2, row.height / 2
    lane = scene.chart.lanes[row.lane]
    band = bands(row.height, len(lane.holds), len(lane.spans))
    gap = min(band.bar_y * GAP, 4.0)
    return gap, band.bar_y + min(HEAD, band.bar_h / 3), band.bar_y + band.bar_h / 2
