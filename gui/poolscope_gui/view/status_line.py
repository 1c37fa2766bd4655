"""The status bar: who runs on the left, how fast on the right, what was lost in between."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from .steady import SteadyLabel


class StatusLine(QStatusBar):
    """Three labels, and a bar for what takes a while."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.who, self.lost, self.pace = SteadyLabel(), QLabel(), SteadyLabel()
        self.who.setAccessibleName("What runs")
        self.lost.setAccessibleName("What was lost")
        self.pace.setAccessibleName("Pace")
        self.pace.setToolTip(
            "Events read a second; bars and waits in all; what it costs to paint the chart once "
            "(its lanes, ruler and queue alone, smoothed over the last frames)"
        )
        self.lost.setObjectName("lost")
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of saving or opening")
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.cancel = QToolButton()
        self.cancel.setText("Cancel")
        self.cancel.setAutoRaise(True)
        self.addWidget(self.who)
        self.addPermanentWidget(self.progress)
        self.addPermanentWidget(self.cancel)
        self.addPermanentWidget(self.lost)
        self.addPermanentWidget(self.pace)
        self.lost.hide()
        self.idle()

    def busy(self, what: str, done: int, total: int) -> None:
        """Show how far ``what`` is, with a button that ends it; no total: it has just begun."""
        self.progress.setRange(0, 1000 if total else 0)
        self.progress.setValue(done * 1000 // total if total else 0)
        self.progress.setToolTip(what)
        self.cancel.setToolTip(f"Give up {what}")
        self.progress.show()
        self.cancel.show()

    def idle(self) -> None:
        """Nothing takes a while."""
        self.progress.hide()
        self.cancel.hide()

    def say(self, who: str, pace: str, lost: str) -> None:
        """Replace what it says; ``lost`` "" hides that part."""
        self.who.setText(who)
        self.pace.setText(pace)
        if lost != self.lost.text():
            self.lost.setText(lost)
            self.lost.setVisible(bool(lost))


class FrameClock(QObject):
    """How long a widget takes to paint itself, smoothed; ``ms`` is None before the first time."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.ms: float | None = None
        self._inside = False
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Paint or self._inside:
            return False
        # A filter sees the beginning of an event alone, so the event is delivered from here.
        self._inside = True
        clock = QElapsedTimer()
        clock.start()
        try:
            watched.event(event)
        finally:
            self._inside = False
        took = clock.nsecsElapsed() / 1e6
        self.ms = took if self.ms is None else self.ms * 0.85 + took * 0.15
        return True
