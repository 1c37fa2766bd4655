"""Texts that change several times a second, in widgets that stay as large as they are.

Qt lays everything out anew for each other text, up to the docks of the window, though most need the
same room as the one before. A widget of a fixed size asks for nothing, so these have one, and
another only with a text that needs it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget


def fit(widget: QWidget) -> None:
    """Be as large as the text that it has now."""
    wanted = widget.sizeHint()
    if not wanted == widget.minimumSize() == widget.maximumSize():
        widget.setFixedSize(wanted)


class SteadyLabel(QLabel):
    """As wide as its text: digits are as wide as one another."""

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            fit(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)  # by now it has its style


class SteadyButton(QToolButton):
    """As wide as the widest text that it has had, so that those beside it stay under the mouse."""

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            if self.sizeHint().width() > self.minimumWidth():
                fit(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)  # by now it has its style
