"""What the host prints. Bounded; it follows the end unless the reader has scrolled up."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from poolscope_gui.model.plain_text import PlainText

MOST_LINES: Final = 5_000
_LONGEST_PIECE: Final = 200_000  # characters put in at once; the middle of a flood is left out


class OutputPanel(QPlainTextEdit):
    """Read only; plain text, escape sequences taken out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plain = PlainText()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setPlaceholderText("What the host prints appears here.")
        self.setProperty("flat", True)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Output of the host")

    def add(self, piece: str) -> None:
        """Append a piece of the stream, cut anywhere."""
        text = self._plain.feed(piece)
        if not text:
            return
        if len(text) > _LONGEST_PIECE:
            left = len(text) - _LONGEST_PIECE
            text = f"… {left:,} characters left out …\n{text[-_LONGEST_PIECE:]}"
        bar = self.verticalScrollBar()
        following = bar.value() >= bar.maximum() - 1
        place = bar.value()
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        bar.setValue(bar.maximum() if following else place)

    def begin_anew(self) -> None:
        """Another host: what the last one printed is gone."""
        self._plain = PlainText()
        self.clear()
