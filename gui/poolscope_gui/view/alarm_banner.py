"""The alarm: threads wait for each other in a ring. Who, for what, and at which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from .box import button

if TYPE_CHECKING:  # numpy is behind it, and this is shown before numpy is there
    from poolscope_gui.model.rings import RingWords

MOST_LINES = 4


class AlarmBanner(QFrame):
    """Hidden as long as there is no ring. ``show_rings`` says what to show."""

    show_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alarm")
        self.rings: list[RingWords] = []
        self._dismissed: tuple[int, ...] | None = None
        self._picture = QLabel()
        self._title = QLabel()
        self._title.setObjectName("alarmTitle")
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._lines = QLabel()
        self._lines.setObjectName("alarmLines")
        self._lines.setWordWrap(True)
        for label in (self._title, self._sentence, self._lines):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_button = button("Sho&w", name="Show the ring on the chart and as a graph")
        self.show_button.setToolTip("The ring on the chart, and who waits for whom as a graph")
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("small")
        self.dismiss.setAccessibleName("Dismiss this alarm")
        self.dismiss.setToolTip("Dismiss this alarm; the lanes stay marked")
        self.dismiss.setIconSize(QSize(14, 14))
        self._arrange()
        self.show_button.clicked.connect(self.show_wanted)
        self.dismiss.clicked.connect(self._dismiss)
        self.hide()

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._sentence)
        words.addWidget(self._lines)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 8, 7)
        row.setSpacing(10)
        row.addWidget(self._picture)
        row.addWidget(self._title)
        row.addLayout(words, 1)
        row.addWidget(self.show_button)
        row.addWidget(self.dismiss)
        for part in (self._picture, self._title, self.show_button, self.dismiss):
            row.setAlignment(part, Qt.AlignmentFlag.AlignTop)

    def show_rings(self, rings: list[RingWords]) -> None:
        """Say the first of these in full, and how many more there are; none: hide."""
        self.rings = rings
        if not rings or tuple(ring.since for ring in rings) == self._dismissed:
            self.hide()
            return
        self._dismissed = None
        first, more = rings[0], len(rings) - 1
        if bool(self.property("timed")) != first.timed:
            self.setProperty("timed", first.timed)
            self.style().unpolish(self)
            self.style().polish(self)
        self._title.setText(first.title)
        rest = f" And {more} more ring{'s' if more > 1 else ''}: see the graph." if more else ""
        self._sentence.setText(first.sentence + rest)
        lines = first.lines[:MOST_LINES]
        if len(first.lines) > MOST_LINES:
            lines = (*lines, "…")
        self._lines.setText("\n".join(lines))
        self._lines.setVisible(bool(lines))
        self.setAccessibleName(f"{first.title}: {first.sentence}")
        self.show()

    def set_icons(self, warning: QIcon, close: QIcon) -> None:
        self._picture.setPixmap(warning.pixmap(QSize(20, 20)))
        self.dismiss.setIcon(close)

    @property
    def sentence(self) -> str:
        """What it says; "" while it is hidden."""
        return "" if self.isHidden() else self._sentence.text()

    @property
    def lines(self) -> str:
        """The source lines it shows."""
        return "" if self.isHidden() else self._lines.text()

    def _dismiss(self) -> None:
        self._dismissed = tuple(ring.since for ring in self.rings)
        self.hide()
