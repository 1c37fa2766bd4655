"""Paints the diagram of who waits for whom, and says which bubble was clicked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from poolscope_gui.model.palette import THEMES, Theme
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.wait_diagram import Diagram, Placed, place
from poolscope_gui.model.wait_picture import Look, compose

from .fonts import Fonts
from .painter import FramePainter, paint_widget

LEAST = 160


class GraphCanvas(QWidget):
    """As wide as its scroll area, and as high as the diagram needs."""

    chosen = Signal(str, int)  # kind and row of a node

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.diagram = Diagram()
        self.placed = Placed()
        self.theme: Theme = THEMES["light"]
        self._locks: dict[int, int] = {}
        self._hover = -1
        self._key: tuple[str, int] | None = None
        fonts = Fonts()
        self._fitter = Fitter(fonts.width)
        self._painter = FramePainter(fonts)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(LEAST, LEAST)
        self.setAccessibleName("Who waits for whom")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_diagram(self, diagram: Diagram, locks: dict[int, int]) -> None:
        """Show another one; ``locks``: for the row of a lock the number of its colour."""
        self._locks = locks
        if diagram == self.diagram:
            return
        self.diagram = diagram
        self._hover = -1
        self.setAccessibleDescription(", ".join(each.title for each in diagram.bubbles))
        self._place()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    @property
    def chosen_number(self) -> int:
        """Which bubble is chosen; -1: none."""
        keys = [bubble.key for bubble in self.diagram.bubbles]
        return keys.index(self._key) if self._key in keys else -1

    def sizeHint(self) -> QSize:
        return QSize(int(self.placed.width), int(self.placed.height))

    def _place(self) -> None:
        parent = self.parentWidget()
        room = float(parent.width() if parent is not None else self.width())
        self.placed = place(self.diagram, max(room, LEAST), self._fitter)
        wanted = QSize(
            max(LEAST, int(self.placed.width)) if self.placed.width > room else LEAST,
            max(LEAST, int(self.placed.height)),
        )
        self.setMinimumSize(wanted)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        paint_widget(self, self._painter, lambda: compose(self.diagram, self.placed, self._look()))

    def _look(self) -> Look:
        colours = self.theme.locks
        mine = tuple(
            colours[self._locks.get(bubble.row, bubble.row) % len(colours)]
            if bubble.kind == "lock"
            else 0
            for bubble in self.diagram.bubbles
        )
        return Look(self.theme, self._fitter, mine, self._hover, self.chosen_number)

    # -- choosing -----------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        self._set_hover(self.placed.at(where.x(), where.y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hover(-1)

    def _set_hover(self, number: int) -> None:
        if number != self._hover:
            self._hover = number
            pointing = Qt.CursorShape.PointingHandCursor
            self.setCursor(pointing if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.placed.at(where.x(), where.y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from bubble to bubble."""
        step = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
        }.get(Qt.Key(event.key()))
        if step is None or not self.diagram.bubbles:
            super().keyPressEvent(event)
            return
        number = self.chosen_number
        start = number if number >= 0 else -1 if step > 0 else 0
        self.choose((start + step) % len(self.diagram.bubbles))

    def choose(self, number: int) -> None:
        """Choose a bubble, -1: none, and say so."""
        self._key = self.diagram.bubbles[number].key if number >= 0 else None
        if self._key is not None and self._key[1] >= 0:
            self.chosen.emit(*self._key)
        self.update()
