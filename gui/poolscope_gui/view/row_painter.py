"""Paints the rows of the futures table that are seen.

Qt would ask its style for the ground of each cell, with a style sheet by going through its rules,
and the model for a dozen things: that is four fifths of what a table costs that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPen

from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.task_rows import Column
from poolscope_gui.model.task_selection import TaskSelection

from .cell_painter import CellPainter
from .futures_model import FuturesModel
from .state_pill import PillPainter
from .theme import chrome, colour

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView


class RowPainter:
    """Knows the selected rows that Qt was not told of, and frames the row that has the focus."""

    def __init__(self, table: QTableView, model: FuturesModel, chosen: TaskSelection) -> None:
        self._table, self._model, self._chosen = table, model, chosen
        self._plain, self._pill = CellPainter(), PillPainter()
        self.set_theme("light")

    def set_theme(self, name: ThemeName) -> None:
        look = chrome(name)
        self._zebra, self._ground = colour(look.zebra), colour(look.accent_soft)
        self._focus = QPen(colour(look.accent), 1)
        self._plain.set_theme(name)
        self._pill.set_theme(name)

    def paint(self, painter: QPainter, seen: QRect) -> None:
        """All rows that touch ``seen``, a part of the viewport; its ground is there."""
        table = self._table
        first = table.rowAt(seen.top())
        if first < 0:
            return
        high = table.rowHeight(first)
        y = table.rowViewportPosition(first)
        row, last = first, self._model.rowCount() - 1
        columns = self._columns(seen)
        whole = table.horizontalHeader().length()
        left = -table.horizontalHeader().offset()
        current = table.currentIndex().row() if table.hasFocus() else -1
        task_of, text = self._model.task, self._model.rows.text
        cell, pill = self._plain.paint, self._pill.paint
        while row <= last and y <= seen.bottom():
            self._paint_ground(painter, QRect(left, y, whole, high), row)
            task = task_of(row)
            for column, x, wide in columns if task >= 0 else ():
                paint = pill if column == Column.STATE else cell
                paint(painter, QRect(x, y, wide, high), text(task, column), column)
            if row == current:
                self._frame(painter, QRect(left, y, whole, high))
            row += 1
            y += high

    def _columns(self, seen: QRect) -> list[tuple[int, int, int]]:
        """Those that are seen: which, where, how wide."""
        table = self._table
        found = [
            (int(column), table.columnViewportPosition(column), table.columnWidth(column))
            for column in Column
        ]
        return [
            (column, x, wide)
            for column, x, wide in found
            if wide and x <= seen.right() and x + wide > seen.left()
        ]

    def _paint_ground(self, painter: QPainter, area: QRect, row: int) -> None:
        if self._chosen.shows(row):
            painter.fillRect(area, self._ground)
        elif row % 2:
            painter.fillRect(area, self._zebra)

    def _frame(self, painter: QPainter, area: QRect) -> None:
        """The lines above and below a row."""
        painter.setPen(self._focus)
        painter.drawLine(area.topLeft(), area.topRight())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
