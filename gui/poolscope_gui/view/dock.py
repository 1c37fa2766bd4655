"""Docks with a title bar like the rest of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from .elided_label import CountsLabel

_HEIGHT = 30


class DockTitle(QWidget):
    """A name, a note, and the two buttons of a dock. Its bare parts drag the dock."""

    def __init__(self, dock: QDockWidget, name: str) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self.note = CountsLabel()
        self.note.setObjectName("dockNote")
        fits = self.note.sizePolicy()
        fits.setRetainSizeWhenHidden(True)  # or the tabs would be spread over its room
        self.note.setSizePolicy(fits)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 0, 6, 0)
        self.row.setSpacing(4)
        if name:
            title = QLabel(name.upper())
            title.setObjectName("dockName")
            self.row.addWidget(title)
        self.row.addSpacing(8)
        self.row.addWidget(self.note, 1)
        self.float = _small("Undock or dock this panel")
        self.close_button = _small("Close this panel; the menu opens it again")
        self.row.addWidget(self.float)
        self.row.addWidget(self.close_button)
        self.float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button.clicked.connect(dock.close)


class Dock(QDockWidget):
    """A panel. ``name`` is also the key under which the layout is remembered."""

    def __init__(self, name: str, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setObjectName(name.lower())
        self.title = DockTitle(self, name)
        self.setTitleBarWidget(self.title)
        self.setWidget(panel)

    def set_icons(self, float_icon: QIcon, close_icon: QIcon) -> None:
        self.title.float.setIcon(float_icon)
        self.title.close_button.setIcon(close_icon)


class Tab(QPushButton):
    """The name of a page. A dot beside it says that there is something new on the page.

    The dot lies in the margin: with a wider tab a narrow dock would grow, and push the chart."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setObjectName("tab")
        self.setAccessibleName(f"Show {title}")
        self.setAutoDefault(False)
        self.setCheckable(True)
        self._fresh = False

    @property
    def fresh(self) -> bool:
        return self._fresh

    def set_fresh(self, fresh: bool) -> None:
        if fresh != self._fresh:
            self._fresh = fresh
            self.setAccessibleDescription("There is something new" if fresh else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._fresh:
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.palette().color(QPalette.ColorRole.Link))
                painter.drawEllipse(QPointF(self.width() - 3.0, self.height() / 2 - 4.0), 2.5, 2.5)


class TabDock(QDockWidget):
    """Several panels under one title bar, whose names are its tabs."""

    def __init__(
        self, name: str, panels: Sequence[tuple[str, QWidget]], parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self.setObjectName(name.lower())
        self.title = DockTitle(self, "")
        self.title.row.setContentsMargins(4, 0, 6, 0)
        self.setTitleBarWidget(self.title)
        self.pages = QStackedWidget()
        self.setWidget(self.pages)
        self.tabs = QButtonGroup(self)
        self._tabs: list[Tab] = []
        for place, (title, panel) in enumerate(panels):
            self.pages.addWidget(panel)
            tab = Tab(title)
            self.tabs.addButton(tab, place)
            self.title.row.insertWidget(place, tab)
            self._tabs.append(tab)
        self.tabs.idToggled.connect(self._toggled)
        self.show_page(0)

    def show_page(self, place: int) -> None:
        self.tabs.button(place).setChecked(True)

    def stir(self, place: int) -> None:
        """There is something new on a page: its tab says so until it is looked at."""
        self._tabs[place].set_fresh(place != self.pages.currentIndex())

    def fresh(self, place: int) -> bool:
        """Whether a page's tab says so."""
        return self._tabs[place].fresh

    def begin_anew(self) -> None:
        """What was new on the pages is gone: it was of another trace."""
        for tab in self._tabs:
            tab.set_fresh(False)

    def _toggled(self, place: int, checked: bool) -> None:
        if checked:
            self.pages.setCurrentIndex(place)
            self._tabs[place].set_fresh(False)

    def set_icons(self, float_icon: QIcon, close_icon: QIcon) -> None:
        self.title.float.setIcon(float_icon)
        self.title.close_button.setIcon(close_icon)


def _small(tip: str) -> QToolButton:
    made = QToolButton()
    made.setObjectName("small")
    made.setIconSize(QSize(14, 14))
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by the keys: the menu, under Panels
    return made
