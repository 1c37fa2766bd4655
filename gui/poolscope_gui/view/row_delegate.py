"""How a cell of the futures table is painted, whatever it says."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from poolscope_gui.model.task_selection import TaskSelection

Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Knows the selected rows that Qt was not told of, and frames the row that has the focus."""

    def __init__(self, table: QTableView, chosen: TaskSelection) -> None:
        super().__init__(table)
        self._table = table
        self._chosen = chosen

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if self._chosen.shows(index.row()):
            option.state |= QStyle.StateFlag.State_Selected
        option.state &= ~QStyle.StateFlag.State_HasFocus  # the row has it, not the cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        self.frame(painter, option, index)

    def frame(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The lines above and below the current row while the table has the focus."""
        if self._table.hasFocus() and index.row() == self._table.currentIndex().row():
            area = option.rect
            painter.setPen(QPen(option.palette.color(QPalette.ColorRole.Highlight), 1))
            painter.drawLine(area.topLeft(), area.topRight())
            painter.drawLine(area.bottomLeft(), area.bottomRight())
