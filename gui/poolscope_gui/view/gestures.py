"""What a press of the mouse on the chart begins: a pan, a range, a marker on its way.

A gesture is told where the mouse goes, and at the end whether it was a drag or a click.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt

from poolscope_gui.model.catching import moment_at
from poolscope_gui.model.marks import Moment

if TYPE_CHECKING:
    from .canvas import ChartCanvas

_numbers = count(1)


class Gesture(Protocol):
    """From a press to its release."""

    cursor: Qt.CursorShape  # while it is a drag

    def drag(self, where: QPointF) -> None:
        """The mouse is here now."""

    def drop(self) -> None:
        """It was a drag, and the button is up."""

    def click(self, where: QPointF, *, add: bool) -> None:
        """It was none. ``add``: with Ctrl."""


class Pan:
    """The view goes with the mouse, in time and over the lanes. One move, however long."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: ChartCanvas, press: QPointF) -> None:
        self._canvas, self._last = canvas, press
        self._name = f"drag {next(_numbers)}"

    def drag(self, where: QPointF) -> None:
        canvas, moved = self._canvas, where - self._last
        self._last = where
        share = -moved.x() / canvas.layout_now().chart_width
        if moved.y():
            canvas.set_scroll(canvas.scrolled - moved.y(), self._name)
        if share:
            canvas.move_view(lambda view: view.pan(share), self._name)

    def drop(self) -> None:
        """The view stays where it is."""

    def click(self, where: QPointF, *, add: bool) -> None:
        self._canvas.pointer.pick(where, add=add)


class Range:
    """From where it was pressed to where the mouse is. A click takes the range away."""

    cursor = Qt.CursorShape.IBeamCursor

    def __init__(self, canvas: ChartCanvas, press: QPointF) -> None:
        self._canvas = canvas
        self._from = self._at(press)

    def _at(self, where: QPointF) -> Moment:
        scene = self._canvas.scene()
        right = scene.layout.left + scene.layout.chart_width
        return moment_at(scene, min(max(where.x(), scene.layout.left), right), where.y())

    def drag(self, where: QPointF) -> None:
        to = self._at(where)
        if to.time != self._from.time:
            self._canvas.set_marks(self._canvas.marks.between(self._from, to))

    def drop(self) -> None:
        """The range stays."""

    def click(self, where: QPointF, *, add: bool) -> None:  # noqa: ARG002 - a range has no parts
        self._canvas.set_marks(self._canvas.marks.without_range())


class Marker:
    """A marker goes with the mouse; the ends of bars catch it."""

    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(self, canvas: ChartCanvas, place: int) -> None:
        self._canvas = canvas
        self._at = canvas.marks.markers[place]
        canvas.set_marks(canvas.marks.choose(place))

    def drag(self, where: QPointF) -> None:
        marks = self._canvas.marks
        if self._at not in marks.markers:
            return  # a key has removed it meanwhile
        marks = marks.choose(marks.markers.index(self._at))
        self._at = moment_at(self._canvas.scene(), where.x(), where.y())
        self._canvas.set_marks(marks.move(self._at))

    def drop(self) -> None:
        """The marker stays."""

    def click(self, where: QPointF, *, add: bool) -> None:
        """It is the chosen one already."""
