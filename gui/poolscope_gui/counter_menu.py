"""Which counters are shown below the lanes: a small menu, remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from .model.counter_kinds import AT_FIRST, KINDS, known

if TYPE_CHECKING:
    from .view.timeline import TimelineView
    from .window import MainWindow

_KEY: Final = "chart/counters"
_NONE: Final = "none"


class CounterMenu(QObject):
    """Opens at a click on a counter's name, and is in the window's menu, too."""

    def __init__(self, window: MainWindow, chart: TimelineView) -> None:
        super().__init__(window)
        self._settings, self._canvas = window.settings, chart.canvas
        self.menu = QMenu("&Counters", chart)
        self.menu.setAccessibleName("Which counters are shown")
        self.menu.setToolTipsVisible(True)
        self.actions: dict[str, QAction] = {}
        for kind in KINDS:
            made = QAction(kind.title.capitalize(), self.menu)
            made.setCheckable(True)
            made.setToolTip(kind.tip)
            made.toggled.connect(self._toggled)
            self.menu.addAction(made)
            self.actions[kind.name] = made
        window.menu.insertMenu(window.actions_["shortcuts"], self.menu)
        chart.canvas.counter_menu_wanted.connect(self.menu.popup)
        self._restore()

    def _restore(self) -> None:
        """As it was when it was last changed."""
        said = self._settings.text(_KEY)
        names = known(said) if said else AT_FIRST
        self._canvas.set_counters(names)
        for name, action in self.actions.items():
            action.blockSignals(True)
            action.setChecked(name in names)
            action.blockSignals(False)

    def _toggled(self) -> None:
        names = tuple(name for name, action in self.actions.items() if action.isChecked())
        self._canvas.set_counters(names)
        self._settings.set_text(_KEY, ",".join(names) or _NONE)
