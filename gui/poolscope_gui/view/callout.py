"""A sentence at the field that it is about, over the window, so that nothing moves for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

_WIDTH = 280
_GAP = 3


class Callout(QLabel):
    """Belongs to the window of its field; goes where the field goes, and when it is not seen."""

    def __init__(self, field: QWidget, sentence: str) -> None:
        super().__init__(sentence, field.window())
        self._field = field
        self.setObjectName("callout")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAccessibleName(sentence)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedWidth(_WIDTH)
        self._watched: list[QWidget] = []
        above: QWidget | None = field
        while above is not None:
            above.installEventFilter(self)
            self._watched.append(above)
            above = None if above.isWindow() else above.parentWidget()
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if event.type() in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Hide,
            QEvent.Type.Show,
        ):
            self._place()
        return False

    def _place(self) -> None:
        """Below the field if there is room in the window, else above it."""
        window, field = self._field.window(), self._field
        self.setVisible(field.isVisible())
        self.setFixedHeight(self.heightForWidth(_WIDTH))
        below = field.mapTo(window, QPoint(0, field.height() + _GAP))
        above = field.mapTo(window, QPoint(0, -_GAP - self.height()))
        at = below if below.y() + self.height() <= window.height() else above
        left = max(0, min(at.x(), window.width() - _WIDTH - _GAP))
        self.move(left, max(0, at.y()))

    def close_for_good(self) -> None:
        """Take it away."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched.clear()
        self.hide()
        self.deleteLater()
