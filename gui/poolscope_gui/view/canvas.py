"""The widget that paints the chart and turns the mouse and the keys into moves of the view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from poolscope_gui.model.catching import caught_at
from poolscope_gui.model.chart import Chart, Hit, Lane
from poolscope_gui.model.compose import compose
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.marks import Moment
from poolscope_gui.model.palette import THEMES, TOGGLES, Theme
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.task_set import TaskSet
from poolscope_gui.model.text import Fitter

from . import keys
from .focus import by_keys
from .fonts import Fonts
from .frame_loop import FrameLoop
from .lane_gestures import in_counter_names
from .moving import MovingView
from .painter import FramePainter, paint_widget
from .pointer import Pointer
from .tooltip import rich

IDLE_MS = 50  # where nothing runs, the time alone moves on: no need to be smooth
SLOWEST_MS = 250


class ChartCanvas(MovingView):
    """The painted chart, without its legend and scroll bar."""

    task_selected = Signal(object)
    picked_changed = Signal()
    menu_wanted = Signal(QPoint)  # where on the screen
    lane_menu_wanted = Signal(QPoint)  # the same, of the lane that is chosen
    counter_menu_wanted = Signal(QPoint)  # the same, of the counters
    refreshed = Signal()  # what is new has been taken in

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hidden: frozenset[str] = frozenset()
        self.hover: Hit | None = None
        self.picked: Hit | None = None
        self.mouse: QPointF | None = None
        self.theme: Theme = THEMES["light"]
        self._fonts = Fonts()
        self._fitter = Fitter(self._fonts.width)
        self.painter = FramePainter(self._fonts)
        self.sheet = Sheet()
        self.pointer = Pointer(self)
        self._by_keys = False  # the focus came by the keyboard, so it is shown
        self.loop = FrameLoop(self, self.refresh)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(280, 140)
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription("What each worker and caller did, over time")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what is shown ------------------------------------------------------------------

    def set_chart(self, chart: Chart) -> None:
        self.pointer.give_up()  # what was being dragged is gone
        self.begin_anew(chart)
        self.hover = self.picked = None
        self.refresh()
        self.follow_changed.emit(True)

    def refresh(self) -> None:
        """Take in what is new and paint once, now."""
        self.loop.begin()
        if not self.navigation.frozen:
            lanes = self.chart.lanes
            moved = self.take_in()
            if self.chart.lanes is not lanes:
                self.hover, self.picked = self._renumbered(lanes, self.hover, self.picked)
            chart = self.chart
            self.navigation.advance(chart.first, max(chart.now, chart.last), live=chart.live)
            if moved:
                self.pointer.look_again()
        self.refreshed.emit()
        super().moved()

    def moved(self) -> None:
        super().moved()
        self.pointer.look_again()

    def _renumbered(self, lanes: Sequence[Lane], *hits: Hit | None) -> list[Hit | None]:
        """The same things, on lanes that may have other numbers than before among ``lanes``."""
        return [
            replace(hit, lane=self.number_of(lanes[hit.lane].key))
            if hit is not None and 0 <= hit.lane < len(lanes)
            else hit
            for hit in hits
        ]

    def scene(self) -> Scene:
        layout = self.layout_now()
        ratio = self.devicePixelRatioF()
        return Scene(
            chart=self.chart,
            layout=layout,
            view=self.navigation.viewport(int(layout.chart_width * ratio)),
            ratio=ratio,
            theme=self.theme,
            fitter=self._fitter,
            hidden=self.hidden,
            selected=self.selected,
            hover=self.hover,
            picked=self.picked,
            cursor=self.mouse_x,
            follow=self.navigation.follow,
            frozen=self.navigation.frozen,
            focus=self._by_keys and self.hasFocus(),
            wall=self.wall,
            counters=self.counters,
            marks=self.marks,
            arrangement=self.arrangement,
            densities=self.densities,
            lane=self.lane,
            matched=self.matched,
            drop=self.drop,
            sheet=None if self.painter.vector else self.sheet,
        )

    def set_hidden(self, state: str, hidden: bool) -> None:
        if state not in TOGGLES:
            raise ValueError(f"no state {state!r}: expected one of {', '.join(TOGGLES)}")
        self.hidden = self.hidden | {state} if hidden else self.hidden - {state}
        self.update()

    def select(self, rows: Iterable[int]) -> None:
        self.selected = chosen = TaskSet(rows)
        self.pick(Hit("task", ref=int(chosen.rows[0])) if len(chosen) == 1 else None)
        self.update()

    def choose(self, rows: Iterable[int]) -> None:
        """The same by the user's hand, who wants to be heard."""
        chosen = TaskSet(rows)
        if chosen != self.selected:
            self.selected = chosen
            self.task_selected.emit(chosen)
            self.update()

    def pick(self, hit: Hit | None) -> None:
        """Choose one thing of the chart, a task's bar or another: its lock stands out."""
        if hit != self.picked:
            self.picked = hit
            self.picked_changed.emit()
            self.update()

    # -- painting -----------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        if not paint_widget(self, self.painter, lambda: compose(self.scene())):
            self.sheet = Sheet()  # nobody knows what of it has been painted
        if self.sheet.late:
            self.loop.next()  # in the next frame the rest is exact
        self._keep_time()

    def _keep_time(self) -> None:
        """Running bars grow without an event: paint again when now is a pixel further."""
        view = self.navigation
        if not self.chart.live or view.frozen or self.loop.timer.isActive():
            return
        least = 0 if self.chart.active else IDLE_MS
        if not view.begin <= view.now <= view.begin + view.span:
            least = SLOWEST_MS  # only words can change
        unit = view.span / max(1, self.width())
        self.loop.next(min(max(unit / 1e6, least), SLOWEST_MS))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.loop.timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.moved()

    # -- the mouse ----------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.pointer.wheel(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.pointer.double_click(event)

    def hit(self, where: QPointF) -> Hit | None:
        return hit_at(self.scene(), where.x(), where.y())

    def caught(self) -> Moment | None:
        """The end of a bar that is near the mouse."""
        if self.mouse is None:
            return None
        return caught_at(self.scene(), self.mouse.x(), self.mouse.y())

    def set_hover(self, hit: Hit | None, where: QPointF | None) -> None:
        """Light what the mouse is on; ``where`` it is."""
        x = where.x() if where is not None else None
        self.mouse = where
        key = (hit.part, hit.ref) if hit else None
        was = (self.hover.part, self.hover.ref) if self.hover else None
        if key != was or x != self.mouse_x:
            self.hover, self.mouse_x = hit, x
            self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with what is under the mouse, or by the keyboard with what is chosen."""
        if self.pointer.busy:
            event.accept()  # a menu would take the rest of the drag
            return
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            layout = self.layout_now()
            row = layout.row_at(event.pos().y())
            if in_counter_names(layout, QPointF(event.pos())):
                self.counter_menu_wanted.emit(event.globalPos())
                event.accept()
                return
            if event.pos().x() < layout.left and row is not None and row.lane >= 0:
                self.choose_lane(row.lane)
                self.lane_menu_wanted.emit(event.globalPos())
                event.accept()
                return
            self.pointer.pick(QPointF(event.pos()), add=False)
            self.menu_wanted.emit(event.globalPos())
        else:
            self.menu_wanted.emit(self.mapToGlobal(self.rect().center()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.set_hover(None, None)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tooltip(event)
            return True
        return super().event(event)

    def _tooltip(self, event: QHelpEvent) -> None:
        hit = self.hit(QPointF(event.pos()))
        facts = self.chart.facts(hit) if hit is not None else None
        if facts is None or not facts.title:
            QToolTip.hideText()
            return
        QToolTip.showText(event.globalPos(), rich(facts), self)

    # -- the keys -----------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = by_keys(event, self._by_keys)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keys = by_keys(event, self._by_keys)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.press(self, event):
            super().keyPressEvent(event)
