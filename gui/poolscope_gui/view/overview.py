"""The strip of the whole run below the chart: drag its window, or the window's ends."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from poolscope_gui.model.ops import Op
from poolscope_gui.model.overview import HEIGHT, Grip, Ground, Overview, Strip, draw
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation

from . import keys
from .focus import by_keys
from .fonts import Fonts
from .pace import Pace
from .painter import FramePainter, paint_widget

if TYPE_CHECKING:
    from .canvas import ChartCanvas

SHORTEST_MS: Final = 200  # between two looks at the history: people read no faster
LONGEST_MS: Final = 1000
SHARE: Final = 80  # of which looks may take one part
_NOTCH: Final = 120.0
_SHAPES: Final[dict[Grip, Qt.CursorShape]] = {
    "begin": Qt.CursorShape.SizeHorCursor,
    "end": Qt.CursorShape.SizeHorCursor,
    "window": Qt.CursorShape.OpenHandCursor,
    "outside": Qt.CursorShape.PointingHandCursor,
}
_numbers = count(1)


class OverviewStrip(QWidget):
    """Looks at the history a few times a second at most; the window on it is always current."""

    def __init__(self, canvas: ChartCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.overview = Overview()
        self._ground = Ground()
        self._fonts = Fonts()
        self._fitter = Fitter(self._fonts.width)
        self.painter = FramePainter(self._fonts)
        self._grip: Grip | None = None
        self._held = 0.0  # from the edge, or the window's begin, to the mouse; ns
        self._name = ""
        self._by_keys = False
        self._painted = (-1, -1)
        self._pace = Pace(
            self, self.look, shortest_ms=SHORTEST_MS, share=SHARE, longest_ms=LONGEST_MS
        )
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Overview")
        self.setAccessibleDescription("The whole run; the window on it is what the chart shows")
        self.setToolTip(
            "The whole run: how many workers were busy, where tasks raised.\n"
            "Drag the window or its ends; click beside it to go there; the chart's keys act, too."
        )
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        # Told before the canvas paints, so that both are painted in one go.
        canvas.view_changed.connect(self.follow)
        canvas.refreshed.connect(self.touch)

    def begin_anew(self) -> None:
        """The canvas has another chart."""
        self._grip = None
        self.overview = Overview()
        self.look()

    def follow(self) -> None:
        """The view has moved. A frame of the chart is not one here: only when the window is other
        pixels."""
        if self.isVisible() and self._places() != self._painted:
            self.update()

    def touch(self) -> None:
        """The history may have changed."""
        self._pace.touch()

    def look(self) -> None:
        """Take in what is new of the history."""
        self._pace.stop()
        with self._pace.measured():
            chart = self._canvas.chart
            self.overview.update(chart, int(self._canvas.navigation.now), chart.now)
        self.update()

    def _places(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        x0, x1 = self.strip().window()
        return round(x0 * ratio), round(x1 * ratio)

    def strip(self) -> Strip:
        """Where everything is."""
        view = self._canvas.navigation
        return Strip(self.overview, float(self.width()), view.begin, view.begin + view.span)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        ratio, focus = self.devicePixelRatioF(), self._by_keys and self.hasFocus()
        self._painted = self._places()

        def make() -> list[Op]:
            theme, fitter = self._canvas.theme, self._fitter
            return draw(self.strip(), theme, fitter, ratio, self._ground, focus=focus)

        if not paint_widget(self, self.painter, make):
            self._ground = Ground()  # nobody knows what of it has been painted

    # -- the mouse ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._canvas.blank:
            return
        strip, view = self.strip(), self._canvas.navigation
        self._grip = strip.grip(event.position().x())
        self._name = f"drag overview {next(_numbers)}"
        time = strip.time(event.position().x())
        if self._grip == "outside":
            self._grip, self._held = "window", view.span / 2
            self._drag(event.position())
        else:
            self._held = time - (view.begin + view.span if self._grip == "end" else view.begin)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._grip = None  # a menu or another window has got the release
        if self._grip is not None:
            self._drag(event.position())
            return
        shape = _SHAPES[self.strip().grip(event.position().x())]
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = None

    def _drag(self, where: QPointF) -> None:
        grip, view = self._grip, self._canvas.navigation
        at = self.strip().time(where.x()) - self._held
        begin, end = view.begin, view.begin + view.span
        if grip == "window":
            share = (at - begin) / view.span
            self._canvas.move_view(lambda view: view.pan(share), self._name)
        elif grip == "begin":
            self._show(min(at, end), end)
        elif grip == "end":
            self._show(begin, max(at, begin))

    def _show(self, begin: float, end: float) -> None:
        def move(view: Navigation) -> None:
            view.show(begin, end)

        self._canvas.move_view(move, self._name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the time under the mouse, or the nearer end of the window."""
        steps = event.angleDelta().y() / _NOTCH
        view = self._canvas.navigation
        share = (self.strip().time(event.position().x()) - view.begin) / view.span
        share = min(max(share, 0.0), 1.0)
        if steps and not self._canvas.blank:
            self._canvas.move_view(lambda view: view.zoom(keys.ZOOM**steps, share), "wheel")
        event.accept()

    # -- the keys -----------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.press(self._canvas, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = by_keys(event, self._by_keys)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keys = by_keys(event, self._by_keys)
        self.update()
