"""How a cell of the futures table is painted: its text, on its row's ground.

A table of some forty rows is painted several times a second beside the chart, so this asks the
model for the one text it needs and paints it itself; the style would ask for a dozen things.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.task_rows import Column
from poolscope_gui.model.task_selection import TaskSelection

from .theme import chrome, colour

Index = QModelIndex | QPersistentModelIndex
TextOf = Callable[[int, int], str]  # of a view row and a column

_MARGIN: Final = 6
# As plain numbers: to join flags costs more than to draw the text.
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value
_LEFT: Final[int] = _MIDDLE | Qt.AlignmentFlag.AlignLeft.value
_RIGHT: Final[int] = _MIDDLE | Qt.AlignmentFlag.AlignRight.value
_MOST_CUTS: Final = 4096  # texts whose cutting is remembered


class RowDelegate(QStyledItemDelegate):
    """Knows the selected rows that Qt was not told of, and frames the row that has the focus."""

    def __init__(
        self, table: QTableView, chosen: TaskSelection, text: TextOf, right: frozenset[int]
    ) -> None:
        super().__init__(table)
        self._table = table
        self._chosen = chosen
        self._text = text
        self._right = right
        self._cuts: dict[tuple[str, int], str] = {}
        self.set_theme("light")

    def set_theme(self, name: ThemeName) -> None:
        look = chrome(name)
        self._ground = colour(look.accent_soft)
        self._ink = colour(look.text)
        self._quiet = colour(look.muted)
        self._focus = QPen(colour(look.accent), 1)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, column, area = index.row(), index.column(), option.rect
        self.paint_ground(painter, area, row)
        self.write(painter, area, self._text(row, column), column)
        self.frame(painter, area, row)

    def paint_ground(self, painter: QPainter, area: QRect, row: int) -> None:
        """The ground of a selected row; the other rows have theirs already."""
        if self._chosen.shows(row):
            painter.fillRect(area, self._ground)

    def write(self, painter: QPainter, area: QRect, text: str, column: int) -> None:
        """The text of a cell, cut with an ellipsis where it is too long."""
        if not text:
            return
        room = area.adjusted(_MARGIN, 0, -_MARGIN, 0)
        right = column in self._right
        painter.setPen(self._quiet if right else self._ink)
        # Workers of a pool differ at the end of their names, and in nothing before it.
        end = column == Column.WORKER
        said = self.cut(painter.fontMetrics(), text, room.width(), keep_end=end)
        painter.drawText(room, _RIGHT if right else _LEFT, said)

    def cut(self, metrics: QFontMetrics, text: str, width: int, *, keep_end: bool = False) -> str:
        """As much of a text as fits; ``keep_end``: of its beginning and its end."""
        key = (text, -width if keep_end else width)
        known = self._cuts.get(key)
        if known is None:
            if len(self._cuts) >= _MOST_CUTS:
                self._cuts.clear()
            mode = Qt.TextElideMode.ElideMiddle if keep_end else Qt.TextElideMode.ElideRight
            known = metrics.elidedText(text, mode, width)
            self._cuts[key] = known
        return known

    def frame(self, painter: QPainter, area: QRect, row: int) -> None:
        """The lines above and below the current row while the table has the focus."""
        if self._table.hasFocus() and row == self._table.currentIndex().row():
            painter.setPen(self._focus)
            painter.drawLine(area.topLeft(), area.topRight())
            painter.drawLine(area.bottomLeft(), area.bottomRight())
