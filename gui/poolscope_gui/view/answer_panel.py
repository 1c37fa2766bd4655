"""The log of what was asked and what came back, in sentences; a task in it can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from poolscope_gui.model.answers import Line
from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.ticks import moment

from .theme import chrome

MOST_LINES: Final = 1_000
_AT_ONCE: Final = 200  # lines of one addition; a script may give thousands of commands


class AnswerPanel(QTextBrowser):
    """Read only. Links are ``task:ROW``."""

    task_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._theme: ThemeName = "light"
        self.setOpenLinks(False)
        self.setProperty("flat", True)
        self.setUndoRedoEnabled(False)
        self.document().setMaximumBlockCount(MOST_LINES)
        self.document().setDocumentMargin(8)
        self.say_why_empty("")
        self.setAccessibleName("Answers")
        self.setTabChangesFocus(True)
        self.anchorClicked.connect(self._clicked)

    def add(self, lines: Sequence[Line]) -> None:
        """Append lines; follows the end unless the reader has scrolled up."""
        if not lines:
            return
        fresh = list(lines[-_AT_ONCE:])
        self._lines = (self._lines + fresh)[-MOST_LINES:]
        bar = self.verticalScrollBar()
        following = bar.value() >= bar.maximum() - 1
        place = bar.value()
        for line in fresh:
            self._append(line)
        bar.setValue(bar.maximum() if following else place)

    def say_why_empty(self, no_calls: str) -> None:
        """``no_calls``: why none can be made, and what to do; "" when they can."""
        self.setPlaceholderText(no_calls or "What the calls return appears here.")

    def begin_anew(self) -> None:
        """Another trace: other answers."""
        self._lines.clear()
        self.clear()

    def set_theme(self, name: ThemeName) -> None:
        """Write the lines again: their colours are in the text."""
        self._theme = name
        lines, self._lines = self._lines, []
        self.clear()
        self.add(lines)

    def _append(self, line: Line) -> None:
        look = chrome(self._theme)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self.document().isEmpty():
            cursor.insertBlock()
        colour = look.alarm if line.failed else look.muted if line.quiet else look.text
        sentence = line.text.replace(
            "<a ", f'<a style="color:{_css(look.accent)}; text-decoration:none" '
        )
        when = f'<span style="color:{_css(look.muted)}">{moment(line.at, 10**7)}</span>'
        cursor.insertHtml(f'{when}&nbsp; <span style="color:{_css(colour)}">{sentence}</span>')
        shape = QTextBlockFormat()
        shape.setBottomMargin(4)
        cursor.setBlockFormat(shape)  # last: what is inserted brings one of its own

    def _clicked(self, link: QUrl) -> None:
        row = link.path()
        if link.scheme() == "task" and row.isdecimal():
            self.task_clicked.emit(int(row))


def _css(value: int) -> str:
    return f"#{value & 0xFFFFFF:06x}"
