"""The sheet of shortcuts: every key, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .box import button

_COLUMNS = 3
Group = tuple[str, Sequence[tuple[str, str]]]


class ShortcutSheet(QDialog):
    """Closes with Esc, ``?`` or its button."""

    def __init__(self, groups: Sequence[Group], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(28)
        heights = [0] * _COLUMNS
        sides = [QVBoxLayout() for _ in heights]
        for side in sides:
            side.setSpacing(12)
            columns.addLayout(side)
        # The longest first, each where there is most room.
        for name, keys in sorted(groups, key=lambda group: -len(group[1])):
            shorter = heights.index(min(heights))
            heights[shorter] += len(keys) + 2
            sides[shorter].addLayout(_group(name, keys))
        for side in sides:
            side.addStretch(1)
        close = button("&Close", primary=True)
        close.clicked.connect(self.accept)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName("All shortcuts")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addWidget(area)
        # As large as it needs to be, and no larger than the screen.
        wanted, screen = page.sizeHint(), self.screen().availableSize()
        self.resize(
            min(wanted.width() + 60, screen.width() - 40),
            min(wanted.height() + 80, screen.height() - 60),
        )
        whole.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _group(name: str, keys: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(3)
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
