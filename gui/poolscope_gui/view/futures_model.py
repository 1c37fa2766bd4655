"""The futures table as Qt sees it: cells asked for one by one out of ``model.task_rows``."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from poolscope_gui.model.task_rows import HEADINGS, Column, TaskRows

from .cell_painter import RIGHT_COLUMNS
from .tooltip import told

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_TIPS = (
    "the number of the task, in the order of their submission",
    "the call, as it was submitted",
    "the state of its Future",
    "the worker that ran it",
    "time from submit() to its start, its cancelling, or now",
    "time from its start to its end, or now",
    "what result() gives or raises",
)


class FuturesModel(QAbstractTableModel):
    """A window on ``rows.rows``, the permutation; it never resets, so the view never jumps."""

    def __init__(self, rows: TaskRows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self._shown = 0

    def sync(self) -> None:
        """Follow the permutation: its length, and that every cell may say something else now."""
        wanted = len(self.rows.rows)
        if wanted > self._shown:
            self.beginInsertRows(QModelIndex(), self._shown, wanted - 1)
            self._shown = wanted
            self.endInsertRows()
        elif wanted < self._shown:
            self.beginRemoveRows(QModelIndex(), wanted, self._shown - 1)
            self._shown = wanted
            self.endRemoveRows()
        if wanted:
            self.dataChanged.emit(self.index(0, 0), self.index(wanted - 1, len(HEADINGS) - 1))

    def task(self, view_row: int) -> int:
        """The task row shown in a view row; -1 past the end."""
        rows = self.rows.rows
        return int(rows[view_row]) if 0 <= view_row < min(self._shown, len(rows)) else -1

    def text(self, view_row: int, column: int) -> str:
        """What a cell says; "" past the end."""
        task = self.task(view_row)
        return self.rows.text(task, column) if task >= 0 else ""

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else self._shown

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        column = index.column()
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column in RIGHT_COLUMNS else _LEFT
        if role not in (_Role.DisplayRole, _Role.ToolTipRole, _Role.AccessibleTextRole):
            return None
        task = self.task(index.row())
        if task >= 0 and role == _Role.ToolTipRole:
            return told(*self.rows.full_text(task, Column(column))) or None
        return self.text(index.row(), column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HEADINGS):
            return None
        if role == _Role.DisplayRole:
            return HEADINGS[section]
        if role == _Role.ToolTipRole:
            return f"{_TIPS[section]}. Click to sort."
        if role == _Role.TextAlignmentRole:
            return _RIGHT if section in RIGHT_COLUMNS else _LEFT
        return None
