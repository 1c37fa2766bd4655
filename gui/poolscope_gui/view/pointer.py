"""What the mouse does to the chart: zoom about the cursor, drag, pick, point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from poolscope_gui.model.chart import Hit
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.mark_band import flag_at
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.task_set import TaskSet

from . import lane_gestures
from .gestures import Gesture, Marker, Pan, Range
from .keys import PAN, SCROLL_STEP, ZOOM

if TYPE_CHECKING:
    from .canvas import ChartCanvas

NOTCH = 120.0  # a wheel's step, as Qt counts it
TALLER = 1.15  # lanes, by a step of the wheel
DRAG_FROM = 4.0
# What the mouse does, for the sheet of shortcuts.
SAID = (
    ("Wheel", "zoom about the mouse"),
    ("Drag", "move in time, scroll the lanes"),
    ("Shift+drag", "choose a range; a click lets it go"),
    ("Double click", "zoom to a bar"),
    ("Click, Ctrl+click", "select a bar, one more"),
    ("Shift+wheel", "scroll the lanes, as over their names"),
    ("Ctrl+wheel", "taller, lower lanes"),
    ("Drag a marker's flag", "move the marker"),
    ("Click a pool's name", "fold it, unfold it"),
    ("Click a counter's name", "which counters are shown"),
    ("Drag a name", "move the lane, the pool"),
    ("Drag a name's lower edge", "a taller, lower lane"),
)


class Pointer:
    """The mouse on one canvas."""

    def __init__(self, canvas: ChartCanvas) -> None:
        self._canvas = canvas
        self._gesture: Gesture | None = None
        self._press = QPointF()
        self._dragging = False
        self._moving = False  # by the gesture

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom; with Ctrl, the lanes; over the names or with Shift, scroll; sideways, pan."""
        canvas, layout = self._canvas, self._canvas.layout_now()
        event.accept()
        if canvas.blank:
            return
        steps = event.angleDelta().y() / NOTCH
        aside = event.angleDelta().x() / NOTCH
        held = event.modifiers()
        if abs(aside) > abs(steps):  # no finger on a touchpad goes quite straight
            canvas.move_view(lambda view: view.pan(-aside * PAN), "wheel aside")
        elif held & Qt.KeyboardModifier.ControlModifier:
            self._resize(event.position().y(), TALLER**steps)
        elif held & Qt.KeyboardModifier.ShiftModifier or event.position().x() < layout.left:
            canvas.set_scroll(canvas.scrolled - steps * SCROLL_STEP)
        elif steps:
            share = (event.position().x() - layout.left) / layout.chart_width
            canvas.move_view(lambda view: view.zoom(ZOOM**steps, share), "wheel")

    def _resize(self, y: float, factor: float) -> None:
        """All lanes taller or lower; what is under the mouse stays there."""
        canvas, layout = self._canvas, self._canvas.layout_now()
        row = layout.row_at(y)
        canvas.arrange_lanes(lambda lanes: lanes.zoom(factor))
        if row is not None and not row.pinned:
            after = canvas.layout_now()
            same = next((r for r in after.rows if (r.lane, r.group) == (row.lane, row.group)), None)
            if same is not None:
                share = (y - layout.y(row)) / row.height
                canvas.hold(same.y + share * same.height - (y - after.scrolled_top))

    def press(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._canvas.blank:
            self._press = event.position()
            self._dragging = False
            self._gesture = self._begun(event)
        event.accept()

    def _begun(self, event: QMouseEvent) -> Gesture | None:
        canvas, where = self._canvas, event.position()
        scene = canvas.scene()
        marker = flag_at(scene, where.x(), where.y())
        if marker >= 0:
            return Marker(canvas, marker)
        layout = scene.layout
        if where.x() < layout.left and layout.top <= where.y() < layout.bottom:
            return lane_gestures.begin(canvas, where)
        if lane_gestures.in_counter_names(layout, where):
            return lane_gestures.CounterName(canvas)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return Range(canvas, where)
        return Pan(canvas, where)

    @property
    def busy(self) -> bool:
        """Whether the button was pressed here and is down yet."""
        return self._gesture is not None

    @property
    def ranging(self) -> bool:
        """Whether it was pressed to choose a range."""
        return isinstance(self._gesture, Range)

    def give_up(self) -> None:
        """Leave the gesture, if there is one, as far as it has come."""
        if self._gesture is not None:
            self._gesture = None
            self._canvas.drop = None
            self._canvas.unsetCursor()
            self._canvas.update()

    def move(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or light what the cursor is on."""
        canvas, where = self._canvas, event.position()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.give_up()  # a menu or another window has got the release
        if self._gesture is None:
            self._point(where)
            return
        if not self._dragging:
            self._dragging = (where - self._press).manhattanLength() >= DRAG_FROM
            if self._dragging:
                canvas.setCursor(self._gesture.cursor)
        if self._dragging:
            self._drag(where)
            canvas.set_hover(canvas.hover, where)

    def _drag(self, where: QPointF) -> None:
        if self._gesture is None or self._moving:
            return  # the chart tells of what the gesture itself moves
        self._moving = True
        try:
            self._gesture.drag(where)
        finally:
            self._moving = False

    def _point(self, where: QPointF) -> None:
        """Light what the mouse is on, if it is here at all."""
        canvas = self._canvas
        if not canvas.rect().contains(where.toPoint()):
            canvas.set_hover(None, None)
            return
        scene = canvas.scene()
        canvas.set_hover(hit_at(scene, where.x(), where.y()), where)
        self._shape(scene, where)

    def look_again(self) -> None:
        """The chart has moved under the mouse, which may be on another thing now."""
        mouse = self._canvas.mouse
        if mouse is not None and self._gesture is None:
            self._point(mouse)
        elif mouse is not None and self._dragging:
            self._drag(mouse)

    def _shape(self, scene: Scene, where: QPointF) -> None:
        """What a press here would do."""
        canvas, layout = self._canvas, scene.layout
        row = layout.row_at(where.y())
        if flag_at(scene, where.x(), where.y()) >= 0:
            shape = Qt.CursorShape.SizeHorCursor
        elif lane_gestures.edge_at(layout, where) is not None:
            shape = Qt.CursorShape.SizeVerCursor
        elif lane_gestures.in_counter_names(layout, where) or (
            where.x() < layout.left and row is not None and row.lane < 0
        ):
            shape = Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        if canvas.cursor().shape() != shape:
            canvas.setCursor(shape)

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._gesture is None:
            return
        gesture, self._gesture = self._gesture, None
        self._canvas.unsetCursor()
        if self._dragging:
            gesture.drop()
        else:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            gesture.click(event.position(), add=add)
        self._point(event.position())

    def pick(self, where: QPointF, *, add: bool) -> None:
        """Select the task under the cursor, or nothing; with Ctrl, add it or take it out.

        What lies on a task (a blocked stretch) or is none (a lock) is chosen beside it.
        """
        hit = self._canvas.hit(where)
        task = self._task(hit)
        found = TaskSet(() if task is None else (task,))
        if add:
            chosen = self._canvas.selected
            found = chosen if task is None else chosen.toggled(task)
        self._canvas.choose(found)
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
