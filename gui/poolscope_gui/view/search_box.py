"""The search box: tells what is wanted when the typing pauses, and at once on Enter."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

_WIDTH: Final = 210
_PAUSE_MS: Final = 150


class SearchBox(QLineEdit):
    """A line with a clear button."""

    wanted = Signal()  # its text is to be looked for
    next_wanted = Signal()  # Enter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("find task, worker, result…")
        self.setAccessibleName("Find a task, worker or result")
        self.setToolTip("Filters the futures; #12 is task 12. Enter: the next one (Ctrl+F)")
        self.setClearButtonEnabled(True)
        self.setFixedWidth(_WIDTH)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.wanted)
        self.textChanged.connect(lambda: self._later.start())
        self.returnPressed.connect(self._entered)

    def _entered(self) -> None:
        self._later.stop()
        self.wanted.emit()
        self.next_wanted.emit()
