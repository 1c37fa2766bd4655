"""The sheet of shortcuts: every key, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from .box import button

Group = tuple[str, Sequence[tuple[str, str]]]


class ShortcutSheet(QDialog):
    """Closes with Esc, ``?`` or its button."""

    def __init__(self, groups: Sequence[Group], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        columns = QHBoxLayout()
        columns.setSpacing(36)
        heights = [0, 0]
        sides = [QVBoxLayout(), QVBoxLayout()]
        for side in sides:
            side.setSpacing(14)
            columns.addLayout(side)
        for name, keys in groups:
            shorter = heights.index(min(heights))
            heights[shorter] += len(keys) + 2
            sides[shorter].addLayout(_group(name, keys))
        for side in sides:
            side.addStretch(1)
        close = button("&Close", primary=True)
        close.clicked.connect(self.accept)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addLayout(columns)
        whole.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _group(name: str, keys: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(5)
    head = QLabel(name)
    head.setObjectName("boxName")
    grid.addWidget(head, 0, 0, 1, 2)
    for row, (key, what) in enumerate(keys, start=1):
        pressed = QLabel(key)
        pressed.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        said = QLabel(what)
        said.setProperty("muted", True)
        grid.addWidget(pressed, row, 0)
        grid.addWidget(said, row, 1)
    grid.setColumnStretch(1, 1)
    return grid
