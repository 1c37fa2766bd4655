"""The window's tool bar: where there is no room for the words beside its icons it leaves them out.

Else Qt would put the search box and the menu, which are last, away.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar

_WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_ICONS = Qt.ToolButtonStyle.ToolButtonIconOnly


class ToolBar(QToolBar):
    """Its buttons have words as long as all of them fit."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setToolButtonStyle(_WORDS)
        self._whole = 0  # pixels, with words

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.toolButtonStyle() == _WORDS:
            self._whole = self.sizeHint().width()
        wanted = _WORDS if self.width() >= self._whole else _ICONS
        if self.toolButtonStyle() != wanted:
            self.setToolButtonStyle(wanted)
