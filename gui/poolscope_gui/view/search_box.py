"""The search box: tells what is wanted when the typing pauses, and at once on Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from poolscope_gui.model.query import HELP

from .tooltip import told

_WIDTH: Final = 210
_PAUSE_MS: Final = 150
_MOST_LINES: Final = 40  # of what is wrong, and the help


class SearchBox(QLineEdit):
    """A line with a clear button."""

    wanted = Signal()  # its text is to be looked for
    next_wanted = Signal()  # Enter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("find task, worker, lock…")
        self.setAccessibleName("Find a task, worker, lock or exception")
        self.setToolTip(HELP)
        self.setClearButtonEnabled(True)
        self.setFixedWidth(_WIDTH)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.wanted)
        self.textChanged.connect(lambda: self._later.start())
        self.returnPressed.connect(self._entered)

    def mark(self, wrong: Sequence[str]) -> None:
        """Mark what was typed if something in it is not understood, and say what."""
        was, bad = self.property("wrong") is True, bool(wrong)
        said = "\n".join(wrong)
        self.setToolTip(told(f"{said}\n\n{HELP}", lines=_MOST_LINES) if bad else HELP)
        self.setAccessibleDescription(said)
        if bad != was:
            self.setProperty("wrong", bad)
            self.style().unpolish(self)
            self.style().polish(self)
        if bad and self.hasFocus():
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), told(said), self)

    def _entered(self) -> None:
        self._later.stop()
        self.wanted.emit()
        self.next_wanted.emit()
