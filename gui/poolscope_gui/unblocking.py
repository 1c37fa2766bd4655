"""Going from a blocked stretch to what let it go on: the action, its reason, the chart's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from .model.chart import Unblocking
    from .view.timeline import TimelineView
    from .window import MainWindow

_MENU: Final = ("unblock", "details", "zoom_selection", "fit")


class Unblocker(QObject):
    """Follows what is chosen on the chart."""

    def __init__(self, window: MainWindow, chart: TimelineView) -> None:
        super().__init__(window)
        self._window = window
        self._chart = chart
        self.menu = QMenu(chart)
        self.menu.setAccessibleName("What can be done with what is chosen")
        self.menu.setToolTipsVisible(True)
        for name in _MENU:
            self.menu.addAction(window.actions_[name])
        window.actions_["unblock"].triggered.connect(lambda _=False: self.go())
        chart.canvas.picked_changed.connect(self.tell)
        chart.canvas.menu_wanted.connect(self._show)
        self.tell()

    def found(self) -> Unblocking:
        """What let the chosen stretch go on, as the trace has it now."""
        canvas = self._chart.canvas
        return canvas.chart.unblocking(canvas.picked)

    def tell(self) -> None:
        """Enable the action, or say why it cannot act."""
        self._window.actions_.apply({"unblock": self.found().why_not})

    def go(self) -> None:
        """Show it, and choose what is there."""
        found = self.found()
        if found.why_not:
            return
        self._chart.reveal_moment(found.lane, found.time)
        if found.hit is not None:
            self._chart.canvas.pick(found.hit)

    def _show(self, where: QPoint) -> None:
        self.tell()
        self.menu.popup(where)
