"""What a press on the names of the lanes begins: a lane or a pool on its way, a lane resized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from poolscope_gui.model.chart import Hit
from poolscope_gui.model.layout import Layout, Row

from .gestures import Gesture

if TYPE_CHECKING:
    from .canvas import ChartCanvas

EDGE = 4.0  # pixels above the lower edge of a lane's name that resize it


def edge_at(layout: Layout, where: QPointF) -> Row | None:
    """The lane whose lower edge is here."""
    if not 0 <= where.x() < layout.left:
        return None
    for y in (where.y(), where.y() - EDGE):
        row = layout.row_at(y)
        if row is not None and row.lane >= 0:
            below = layout.y(row) + row.height - where.y()
            if abs(below) <= EDGE:
                return row
    return None


def in_counter_names(layout: Layout, where: QPointF) -> bool:
    """Whether this is the name of a counter below the lanes."""
    inside = layout.bottom <= where.y() < layout.bottom + layout.queue
    return 0 <= where.x() < layout.left and inside


class CounterName:
    """A click on a counter's name asks which counters are to be shown; a drag does nothing."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: ChartCanvas) -> None:
        self._canvas = canvas

    def drag(self, where: QPointF) -> None:
        """Counters stay where they are."""

    def drop(self) -> None:
        """Nothing was moved."""

    def click(self, where: QPointF, *, add: bool) -> None:  # noqa: ARG002 - no counter is picked
        self._canvas.counter_menu_wanted.emit(self._canvas.mapToGlobal(where.toPoint()))


def begin(canvas: ChartCanvas, where: QPointF) -> Gesture | None:
    """The gesture of a press among the names; None where there is nothing."""
    layout = canvas.layout_now()
    edge = edge_at(layout, where)
    if edge is not None:
        return Resize(canvas, edge, where)
    row = layout.row_at(where.y())
    if row is None:
        return None
    return MoveLane(canvas, row.lane) if row.lane >= 0 else MoveGroup(canvas, row.group)


class Resize:
    """The lower edge of a lane goes with the mouse; the lane has a height of its own then."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(self, canvas: ChartCanvas, row: Row, press: QPointF) -> None:
        self._canvas = canvas
        self._key = canvas.chart.lanes[row.lane].key
        self._base = press.y() - row.height

    def drag(self, where: QPointF) -> None:
        height = where.y() - self._base
        self._canvas.arrange_lanes(lambda lanes: lanes.resize(self._key, height))

    def drop(self) -> None:
        """The lane stays as tall as it is."""

    def click(self, where: QPointF, *, add: bool) -> None:
        """A click on an edge is nothing."""


class MoveLane:
    """A lane goes among those of its pool, or the pinned ones. A click chooses it."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: ChartCanvas, lane: int) -> None:
        # Lanes that come meanwhile may change the others' numbers.
        self._canvas, self._key, self._by = canvas, canvas.chart.lanes[lane].key, 0

    def drag(self, where: QPointF) -> None:
        canvas, layout = self._canvas, self._canvas.layout_now()
        own = layout.row_of(canvas.number_of(self._key))
        if own is None or own.lane < 0:
            return
        rows = [
            row
            for row in (layout.pinned if own.pinned else layout.rows)
            if row.lane >= 0 and (own.pinned or row.group == own.group)
        ]
        at = rows.index(own)
        # Past the middle of a lane it takes that one's place.
        to = sum(layout.y(row) + row.height / 2 < where.y() for row in rows)
        to -= to > at
        self._by = min(max(to, 0), len(rows) - 1) - at
        target = rows[at + self._by]
        y = layout.y(target)
        canvas.drop = y + target.height if self._by > 0 else y
        canvas.update()

    def drop(self) -> None:
        canvas = self._canvas
        canvas.drop = None
        number = canvas.number_of(self._key)
        if number >= 0:
            canvas.lane = self._key
            canvas.arrange_lanes(lambda lanes: lanes.move_lane(canvas.chart, number, self._by))

    def click(self, where: QPointF, *, add: bool) -> None:  # noqa: ARG002 - a name is all of it
        canvas, number = self._canvas, self._canvas.number_of(self._key)
        if not add:
            canvas.choose(())
        if number >= 0:
            canvas.pick(Hit("lane", number, lock=canvas.chart.lanes[number].lock))
        canvas.choose_lane(number)


class MoveGroup:
    """A pool with all its lanes goes among the others. A click folds or unfolds it."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: ChartCanvas, group: int) -> None:
        self._canvas, self._key, self._by = canvas, canvas.chart.groups[group].key, 0

    @property
    def _group(self) -> int:
        """The pool's number now; -1: it is gone."""
        keys = [group.key for group in self._canvas.chart.groups]
        return keys.index(self._key) if self._key in keys else -1

    def drag(self, where: QPointF) -> None:
        canvas, layout = self._canvas, self._canvas.layout_now()
        extents: dict[int, tuple[float, float]] = {}
        for row in layout.rows:
            top = extents.get(row.group, (layout.y(row), 0.0))[0]
            extents[row.group] = (top, layout.y(row) + row.height)
        groups, own = list(extents), self._group
        if own not in extents:
            return
        at = groups.index(own)
        to = sum(sum(extent) / 2 < where.y() for extent in extents.values())
        to -= to > at
        self._by = min(max(to, 0), len(groups) - 1) - at
        top, bottom = extents[groups[at + self._by]]
        canvas.drop = bottom if self._by > 0 else top
        canvas.update()

    def drop(self) -> None:
        canvas = self._canvas
        canvas.drop = None
        own = self._group
        if own >= 0:
            canvas.arrange_lanes(lambda lanes: lanes.move_group(canvas.chart, own, self._by))

    def click(self, where: QPointF, *, add: bool) -> None:  # noqa: ARG002 - a pool is not picked
        self._canvas.arrange_lanes(lambda lanes: lanes.fold(self._key))
