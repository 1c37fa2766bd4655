"""A label of one line that is cut where it has no room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class ElidedLabel(QLabel):
    """Asks for no width: it takes what there is."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(60, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), self.words(area.width()))
        painter.end()

    def words(self, width: int) -> str:
        """What is shown of the text in ``width`` px."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)


class CountsLabel(ElidedLabel):
    """Counts, parted by dots. A count is shown whole or not at all: ``4...`` is not 402.

    They change several times a second and never ask for room, so ``QLabel`` is not told of them:
    it would have the whole window laid out anew each time.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._said = ""
        self.setText(text)

    def text(self) -> str:
        return self._said

    def setText(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self.setAccessibleName(text)  # what a screen reader would read of the label itself
            self.update()

    def words(self, width: int) -> str:
        said, metrics = self.text(), self.fontMetrics()
        while said and metrics.horizontalAdvance(said) > width:
            said = said.rpartition("\N{MIDDLE DOT}")[0].rstrip()
        return said
