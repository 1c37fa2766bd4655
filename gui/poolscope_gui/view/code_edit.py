"""A small code editor: line numbers, Python's colours, a mark on the line that is wrong."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from poolscope_gui.model.palette import THEMES, ThemeName, mix
from poolscope_gui.model.source_check import Mark

from .highlighter import PythonHighlighter

_INDENT = "    "
_ENDS_BLOCK = ("return", "pass", "break", "continue", "raise")


class CodeEdit(QPlainTextEdit):
    """The text, and its gutter."""

    def __init__(self, theme: ThemeName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" "))
        self.setAccessibleName("Source of your own functions")
        self._mark = Mark(0, "")
        self._theme = THEMES[theme]
        self._highlighter = PythonHighlighter(self.document(), theme)
        self.gutter = _Gutter(self)
        self.blockCountChanged.connect(self._place_gutter)
        self.updateRequest.connect(self._scrolled)
        self._place_gutter()

    @property
    def mark(self) -> Mark:
        """What is marked; its line is 0 when nothing is."""
        return self._mark

    def set_mark(self, mark: Mark | None) -> None:
        """Mark a line, or none."""
        self._mark = mark or Mark(0, "")
        selections = []
        block = self.document().findBlockByNumber(self._mark.line - 1)
        if self._mark.line and block.isValid():
            extra = QTextEdit.ExtraSelection()
            ground = QColor.fromRgba(mix(self._theme.alarm, self._theme.background, 0.16))
            extra.format.setBackground(ground)
            extra.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            extra.cursor = QTextCursor(block)
            selections.append(extra)
        self.setExtraSelections(selections)
        self.gutter.update()

    def set_theme(self, name: ThemeName) -> None:
        self._theme = THEMES[name]
        self._highlighter.set_theme(name)
        self.set_mark(self._mark)

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, from 1."""
        block = self.document().findBlockByNumber(max(line, 1) - 1)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.ensureCursorVisible()

    # gutter

    def gutter_width(self) -> int:
        digits = max(2, len(str(self.blockCount())))
        return 22 + self.fontMetrics().horizontalAdvance("9") * digits

    def paint_gutter(self, event: QPaintEvent) -> None:
        painter = QPainter(self.gutter)
        painter.fillRect(event.rect(), QColor.fromRgba(self._theme.panel))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        area = self.blockBoundingGeometry(block).translated(self.contentOffset())
        height = self.fontMetrics().height()
        while block.isValid() and area.top() <= event.rect().bottom():
            number = block.blockNumber() + 1
            wrong = number == self._mark.line
            colour = QColor.fromRgba(self._theme.alarm if wrong else self._theme.muted)
            painter.setPen(colour)
            width = self.gutter.width() - 8
            words = QRect(0, int(area.top()), width, height)
            painter.drawText(words, Qt.AlignmentFlag.AlignRight, str(number))
            if wrong:
                painter.setBrush(colour)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.drawEllipse(4, int(area.top()) + height // 2 - 3, 6, 6)
            block = block.next()
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
        painter.end()

    def _place_gutter(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        inner = self.contentsRect()
        self.gutter.setGeometry(inner.left(), inner.top(), self.gutter_width(), inner.height())

    def _scrolled(self, area: QRect, dy: int) -> None:
        if dy:
            self.gutter.scroll(0, dy)
        else:
            self.gutter.update(0, area.y(), self.gutter.width(), area.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()

    # typing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self._new_line()
        elif event.key() == Qt.Key.Key_Tab and plain and not self.textCursor().hasSelection():
            column = self.textCursor().positionInBlock()
            self.insertPlainText(" " * (4 - column % 4))
        elif event.key() == Qt.Key.Key_Backspace and plain and self._in_indent():
            cursor = self.textCursor()
            steps = (cursor.positionInBlock() - 1) % 4 + 1
            cursor.movePosition(
                QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, steps
            )
            cursor.removeSelectedText()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _in_indent(self) -> bool:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        return bool(before) and not before.strip() and not cursor.hasSelection()

    def _new_line(self) -> None:
        cursor = self.textCursor()
        line = cursor.block().text()[: cursor.positionInBlock()]
        indent = line[: len(line) - len(line.lstrip())]
        words = line.strip()
        if words.endswith(":"):
            indent += _INDENT
        elif words.split(" ")[0] in _ENDS_BLOCK:
            indent = indent.removesuffix(_INDENT)
        self.insertPlainText("\n" + indent)
        self.ensureCursorVisible()


class _Gutter(QWidget):
    """The numbers at the left of the text, painted by it."""

    def __init__(self, edit: CodeEdit) -> None:
        super().__init__(edit)
        self._edit = edit

    def sizeHint(self) -> QSize:
        return QSize(self._edit.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._edit.paint_gutter(event)
