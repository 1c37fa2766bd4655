"""The table of the statistics: a figure and its word in each cell, a bar for a worker's share."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from poolscope_gui.model.palette import RUNNING, THEMES, ThemeName
from poolscope_gui.model.statistics_text import Cell, Row

from .theme import chrome, colour
from .tooltip import told

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_COLUMNS: Final = 4
_BAR: Final = 3  # the column in which a share is drawn
_ROW_HEIGHT: Final = 20
_LEAST_ROWS: Final = 3
_FONT_SHARE: Final = 0.92
_MARGIN: Final = 5
_FIRST_MARGIN: Final = 12
_LAST_MARGIN: Final = 10
_NAMES: Final = 100  # the width of the first column
_MIDDLE: Final[int] = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value


class StatisticsModel(QAbstractTableModel):
    """Rows of ``model.statistics_text``; the first column names them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def show_rows(self, rows: list[Row]) -> None:
        """Say something else; the selection and the place stay where the rows are the same."""
        before = len(self.rows)
        if len(rows) > before:
            self.beginInsertRows(QModelIndex(), before, len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
        elif len(rows) < before:
            self.beginRemoveRows(QModelIndex(), len(rows), before - 1)
            self.rows = rows
            self.endRemoveRows()
        self.rows = rows
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, _COLUMNS - 1))

    def cell(self, row: int, column: int) -> Cell:
        """A cell; the first column has the names."""
        if not 0 <= row < len(self.rows):
            return Cell()
        return self.rows[row].cells[column - 1] if column else Cell(word=self.rows[row].name)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else _COLUMNS

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        if role == _Role.ToolTipRole:
            return told(self.rows[index.row()].tip)
        if role in (_Role.DisplayRole, _Role.AccessibleTextRole):
            return " ".join(self.cell(index.row(), index.column())).strip()
        return None


class _Delegate(QStyledItemDelegate):
    """Figures in ink, their words muted: the eye finds the figures."""

    def __init__(self, table: QTableView, model: StatisticsModel) -> None:
        super().__init__(table)
        self._table = table
        self._rows = model
        self.set_theme("light")

    def set_theme(self, name: ThemeName) -> None:
        look, theme = chrome(name), THEMES[name]
        self._ink, self._quiet = colour(look.text), colour(look.muted)
        self._groove, self._bar = colour(look.button), colour(theme.states[RUNNING].body)
        self._focus = colour(look.accent)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, column, area = index.row(), index.column(), option.rect
        cell = self._rows.cell(row, column)
        room = area.adjusted(_MARGIN if column else _FIRST_MARGIN, 0, -_MARGIN, 0)
        metrics = painter.fontMetrics()
        if cell.value:
            painter.setPen(self._ink)
            painter.drawText(room, _MIDDLE, cell.value)
            room.setLeft(room.left() + metrics.horizontalAdvance(cell.value + " "))
        painter.setPen(self._quiet)
        said = metrics.elidedText(cell.word, Qt.TextElideMode.ElideRight, max(room.width(), 0))
        painter.drawText(room, _MIDDLE, said)
        share = self._rows.rows[row].share if row < len(self._rows.rows) else None
        if column == _BAR and share is not None:
            self._draw_share(painter, area, share)
        if self._table.hasFocus() and index == self._table.currentIndex():
            painter.setPen(self._focus)
            painter.drawRect(area.adjusted(0, 0, -1, -1))

    def _draw_share(self, painter: QPainter, area: QRect, share: float) -> None:
        length = area.width() - _MARGIN - _LAST_MARGIN
        groove = QRect(area.left() + _MARGIN, area.center().y() - 3, length, 6)
        painter.fillRect(groove, self._groove)
        groove.setWidth(round(groove.width() * share))
        painter.fillRect(groove, self._bar)


class StatisticsTable(QTableView):
    """Read only. As high as its rows, where there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures = StatisticsModel(self)
        self._delegate = _Delegate(self, self.figures)
        self.setModel(self.figures)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Statistics")
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * _FONT_SHARE)
        self.setFont(small)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setCornerButtonEnabled(False)
        upright, header = self.verticalHeader(), self.horizontalHeader()
        upright.hide()
        upright.setMinimumSectionSize(_ROW_HEIGHT)
        upright.setDefaultSectionSize(_ROW_HEIGHT)
        header.hide()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, _NAMES)
        self.setMinimumHeight(_LEAST_ROWS * _ROW_HEIGHT)

    def show_rows(self, rows: list[Row]) -> None:
        before = len(self.figures.rows)
        self.figures.show_rows(rows)
        if len(rows) != before:
            self.setMaximumHeight(self.sizeHint().height())
            self.updateGeometry()

    def set_theme(self, name: ThemeName) -> None:
        self._delegate.set_theme(name)
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(260, max(len(self.figures.rows), _LEAST_ROWS) * _ROW_HEIGHT + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())
