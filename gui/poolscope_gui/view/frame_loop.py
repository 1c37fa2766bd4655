"""When frames are made: as often as the pace allows, with what is told until then."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from poolscope_gui.model.frame_pace import FramePace

SOON_MS = 2  # a frame that is due so soon may begin now


class FrameLoop(QObject):
    """Has a widget make its frames; ``make`` takes in what is new and asks for one repaint."""

    due = Signal()  # a frame is about to be made: who has news tells it now

    def __init__(self, widget: QWidget, make: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget, self._make = widget, make
        self.pace = FramePace()
        self._telling = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._frame)

    def news(self) -> None:
        """There is something new: have the next frame show it."""
        if self._telling:
            return
        wait = self.pace.wait_ms()
        if wait <= SOON_MS or not self._widget.isVisible():
            self._make()
        else:
            self._within(wait)

    def _frame(self) -> None:
        self._telling = True
        try:
            self.due.emit()
        finally:
            self._telling = False
        self._make()

    def next(self, least_ms: float = 0.0) -> None:
        """Make another frame, so long after the last at the least."""
        self._within(self.pace.wait_ms(least_ms))

    def _within(self, wait_ms: float) -> None:
        if not self.timer.isActive() or self.timer.remainingTime() > wait_ms:
            self.timer.start(round(wait_ms))

    def begin(self) -> None:
        """A frame is made now."""
        self.timer.stop()
        self.pace.begin()
