"""What the mouse does to the chart: zoom about the cursor, drag, pick, point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from poolscope_gui.model.chart import Hit

from .keys import PAN, ZOOM

if TYPE_CHECKING:
    from .canvas import ChartCanvas

NOTCH = 120.0  # a wheel's step, as Qt counts it
SCROLL_STEP = 48
DRAG_FROM = 4.0


class Pointer:
    """The mouse on one canvas."""

    def __init__(self, canvas: ChartCanvas) -> None:
        self._canvas = canvas
        self._press: QPointF | None = None
        self._last = QPointF()
        self._dragging = False

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom; over the headers or with Shift, scroll the lanes; sideways, pan."""
        canvas, layout = self._canvas, self._canvas.layout_now()
        steps = event.angleDelta().y() / NOTCH
        aside = event.angleDelta().x() / NOTCH
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if aside and not steps:
            canvas.move_view(lambda view: view.pan(-aside * PAN))
        elif shift or event.position().x() < layout.left:
            canvas.set_scroll(canvas.scrolled - steps * SCROLL_STEP)
        elif steps:
            share = (event.position().x() - layout.left) / layout.chart_width
            canvas.move_view(lambda view: view.zoom(ZOOM**steps, share))
        event.accept()

    def press(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = self._last = event.position()
            self._dragging = False
        event.accept()

    def move(self, event: QMouseEvent) -> None:
        """Drag the view, or light what the cursor is on."""
        canvas = self._canvas
        if self._press is None:
            canvas.set_hover(canvas.hit(event.position()), event.position().x())
            return
        if not self._dragging:
            far = (event.position() - self._press).manhattanLength()
            self._dragging = far >= DRAG_FROM
            if self._dragging:
                canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            moved = event.position() - self._last
            self._last = event.position()
            share = -moved.x() / canvas.layout_now().chart_width
            if moved.y():
                canvas.set_scroll(canvas.scrolled - moved.y())
            if share:
                canvas.move_view(lambda view: view.pan(share))

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        dragged, self._press, self._dragging = self._dragging, None, False
        self._canvas.unsetCursor()
        if not dragged:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.pick(event.position(), add=add)

    def pick(self, where: QPointF, *, add: bool) -> None:
        """Select the task under the cursor, or nothing; with Ctrl, add it or take it out.

        What lies on a task (a blocked stretch) or is none (a lock) is chosen beside it.
        """
        hit = self._canvas.hit(where)
        task = self._task(hit)
        found = frozenset() if task is None else frozenset({task})
        self._canvas.choose(self._canvas.selected ^ found if add else found)
        self._canvas.pick(hit if hit is not None and (hit.ref >= 0 or hit.lock >= 0) else None)

    def double_click(self, event: QMouseEvent) -> None:
        """Zoom to the bar."""
        task = self._task(self._canvas.hit(event.position()))
        place = self._canvas.chart.place(task) if task is not None else None
        if place is not None:
            self._canvas.frame(place.begin, place.end)

    def _task(self, hit: Hit | None) -> int | None:
        if hit is None or hit.part not in ("task", "sent", "cancel", "block", "signal", "wait"):
            return None
        if hit.part in ("task", "sent", "cancel"):
            return hit.ref
        track = self._canvas.chart.lanes[hit.lane].tasks.track
        number = track.at(hit.time)
        return int(track.ref[number]) if number >= 0 else None
