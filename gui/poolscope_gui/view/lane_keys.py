"""What the keys do with lanes: they act on the chosen lane, or on the one under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .canvas import ChartCanvas


def shown(canvas: ChartCanvas) -> list[int]:
    """The numbers of the lanes from top to bottom, pinned ones first."""
    layout = canvas.layout_now()
    return [row.lane for row in (*layout.pinned, *layout.rows) if row.lane >= 0]


def current(canvas: ChartCanvas) -> int:
    """The number of the lane to act on. Where there is none, one is chosen, and -1 says that
    nothing was done to it yet."""
    number = canvas.lane_number()
    lanes = shown(canvas)
    if number in lanes:
        return number
    if canvas.hover is not None and canvas.hover.lane in lanes:
        return canvas.hover.lane
    if lanes:
        canvas.choose_lane(lanes[0])
    return -1


def choose(canvas: ChartCanvas, by: int) -> None:
    """The next lane, or the one before."""
    lanes, number = shown(canvas), canvas.lane_number()
    if not lanes:
        return
    if number not in lanes:
        canvas.choose_lane(lanes[0] if by > 0 else lanes[-1])
        return
    place = min(max(lanes.index(number) + by, 0), len(lanes) - 1)
    canvas.choose_lane(lanes[place])


def fold(canvas: ChartCanvas) -> None:
    """The pool of the lane; a folded one is unfolded by any of its lanes."""
    number = canvas.lane_number()
    if number < 0:
        number = current(canvas)
    if number >= 0:
        group = canvas.chart.groups[canvas.chart.lanes[number].group]
        canvas.lane = canvas.chart.lanes[number].key
        canvas.arrange_lanes(lambda lanes: lanes.fold(group.key))


def fold_all(canvas: ChartCanvas) -> None:
    """All groups, or, when none is left to fold, none."""
    keys = [group.key for group in canvas.chart.groups if group.lanes]
    canvas.arrange_lanes(lambda lanes: lanes.fold_all(keys))


def pin(canvas: ChartCanvas) -> None:
    number = current(canvas)
    if number >= 0:
        key = canvas.chart.lanes[number].key
        canvas.lane = key
        canvas.arrange_lanes(lambda lanes: lanes.pin(key))


def hide(canvas: ChartCanvas) -> None:
    """The lane; the next one is chosen then, so that several can go one after the other."""
    number, lanes = current(canvas), shown(canvas)
    if number < 0:
        return
    place = lanes.index(number)
    rest = [*lanes[place + 1 :], *reversed(lanes[:place])]
    lane = canvas.chart.lanes[number]
    if canvas.lane == lane.key:
        canvas.lane = canvas.chart.lanes[rest[0]].key if rest else None
    canvas.arrange_lanes(lambda arranged: arranged.hide(lane.key, lane.title))


def move(canvas: ChartCanvas, by: int) -> None:
    number = current(canvas)
    if number >= 0:
        canvas.lane = canvas.chart.lanes[number].key
        canvas.arrange_lanes(lambda lanes: lanes.move_lane(canvas.chart, number, by))
        canvas.set_scroll(canvas.layout_now().scroll_to(number))


def resize(canvas: ChartCanvas, factor: float) -> None:
    canvas.arrange_lanes(lambda lanes: lanes.zoom(factor))
