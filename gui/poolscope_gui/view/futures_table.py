"""The futures table: every task there is, sorted and filtered, quick while they pour in."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import (
    QElapsedTimer,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QWidget,
)

from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.query import STATE_NAMES
from poolscope_gui.model.task_rows import HEADINGS, Column, TaskRows
from poolscope_gui.model.task_selection import TaskSelection

from .bit_by_bit import BitByBit
from .error_mark import mark_error
from .futures_model import FuturesModel
from .row_painter import RowPainter

log = logging.getLogger(__name__)
_ROW_HEIGHT: Final = 24
_FONT_SHARE: Final = 0.92  # a table is read in columns: a little smaller says more
# What the columns have room for at first; the task and the result take what these leave.
_SAMPLES: Final = {
    Column.NUMBER: "00000",
    Column.WORKER: "cpu-pool_0",
    Column.WAITED: "00.0 ms",
    Column.RAN: "00.0 ms",
}
_MARGINS: Final = 13
_HEAD_MARGINS: Final = 18
_PILL: Final = 34  # what a pill has beside its word
_TASK: Final = (84, 130)  # its width, least and most
_RESULT: Final = 72  # what the task leaves to the result, where there is room
_SHORTEST_MS: Final = 250  # between two sorts
_COST_SHARE: Final = 12  # sorting takes at most one part in twelve of the time
_SELECT: Final = QItemSelectionModel.SelectionFlag


class FuturesTable(QTableView):
    """The table. It keeps its selection, its current row and its place by task, not by row."""

    selection_changed = Signal(object)  # a model.task_set.TaskSet
    task_activated = Signal(int)  # a task row: double click or Enter
    refreshed = Signal()  # the rows are others now, and with them what ``rows`` counts
    busy_began = Signal()  # rows are looked for, see ``busy``; ``refreshed`` tells the end

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = TaskRows()
        self.chosen = TaskSelection()
        self._model = FuturesModel(self.rows, self)
        self._syncing = False
        self._cost_ms = 0.0
        self._since = QElapsedTimer()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh_now)
        self._work = BitByBit(self, self._show)
        self._painter = RowPainter(self, self._model, self.chosen)
        self._set_up()

    def _set_up(self) -> None:
        self.setModel(self._model)
        self.setAccessibleName("Futures")
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * _FONT_SHARE)
        self.setFont(small)
        heads = QFont(small)
        heads.setWeight(QFont.Weight.DemiBold)  # the style sheet's: words are elided by this one
        self.horizontalHeader().setFont(heads)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)  # we paint none; a column that fits its texts has no room for one
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setCornerButtonEnabled(False)
        upright = self.verticalHeader()
        upright.setVisible(False)
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setMinimumSectionSize(_ROW_HEIGHT)
        upright.setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(36)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(Column.NUMBER, Qt.SortOrder.DescendingOrder)
        # Of its own, and always empty: to paint a heading Qt asks whether its whole column is
        # chosen, row by row; with all chosen that calls the model for each cell of the table.
        header.setSelectionModel(QItemSelectionModel(self._model, header))
        header.sortIndicatorChanged.connect(self._sort)
        self.fit_columns(0)
        self.selectionModel().selectionChanged.connect(self._user_selected)
        self.activated.connect(self._activate)

    # what the window calls

    def set_theme(self, name: ThemeName) -> None:
        self._painter.set_theme(name)
        self.viewport().update()

    def fit_columns(self, room: int) -> None:
        """Share ``room`` pixels out: the task and the result take what the others leave."""
        spare = room - self.verticalScrollBar().sizeHint().width()
        heads = QFont(self.font())
        heads.setWeight(QFont.Weight.DemiBold)
        cells, heading = self.fontMetrics().horizontalAdvance, QFontMetrics(heads).horizontalAdvance
        widths = {column: cells(sample) + _MARGINS for column, sample in _SAMPLES.items()}
        widths[Column.STATE] = max(map(cells, STATE_NAMES)) + _PILL
        for column, width in widths.items():
            wanted = max(width, heading(HEADINGS[column]) + _HEAD_MARGINS)
            self.setColumnWidth(column, wanted)
            spare -= wanted
        # The last column is stretched, but never made narrower than it was: 100 pixels, at first.
        self.setColumnWidth(Column.RESULT, self.horizontalHeader().minimumSectionSize())
        self.setColumnWidth(Column.TASK, min(max(spare - _RESULT, _TASK[0]), _TASK[1]))

    def set_filter(self, text: str, states: Iterable[int] | None) -> None:
        self.rows.filter(text, states)
        self.refresh_now()

    def refresh(self) -> None:
        """The store changed. Sorts at once, or soon when it has just done so."""
        if self._later.isActive() or self.busy:
            return
        pause = max(_SHORTEST_MS, _COST_SHARE * self._cost_ms)
        passed = self._since.elapsed() if self._since.isValid() else pause
        if passed >= pause:
            self.refresh_now()
        else:
            self._later.start(int(pause - passed) + 1)

    @property
    def busy(self) -> bool:
        """Whether rows are looked for, or put in order, that are not shown yet."""
        return self._work.busy

    def refresh_now(self) -> None:
        """Make the permutation anew and show it, at once or, if that takes long, as soon as it is
        known; selection, current row and place stay."""
        self._later.stop()
        before = self.busy
        self._work.begin(self.rows.ahead())
        if self.busy and not before:
            self.busy_began.emit()

    def end(self) -> None:
        """The window closes."""
        self._later.stop()
        self._work.stop()

    def _show(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        bar = self.verticalScrollBar()
        top = self.rowAt(0)
        held = self._model.task(top) if top >= 0 and bar.value() > 0 else -1
        offset = self.rowViewportPosition(top) if held >= 0 else 0
        current = self._model.task(self.currentIndex().row())
        self.rows.refresh()
        self._syncing = True
        try:
            self._model.sync()
            self.executeDelayedItemsLayout()  # now: else all is painted, then laid out and again
            self._show_selection()
            self._show_current(current)
        finally:
            self._syncing = False
        if held >= 0:
            row = self.rows.position(held)
            if row >= 0:
                bar.setValue(row * _ROW_HEIGHT - offset)
        self.refreshed.emit()
        self._cost_ms = self._work.took_ms + clock.nsecsElapsed() / 1e6
        self._since.start()

    def select_tasks(self, tasks: Iterable[int], *, reveal: bool = False) -> None:
        """Select these tasks without telling anyone; ``reveal``: scroll to the first."""
        self.chosen.set(tasks)
        self._syncing = True
        try:
            self._show_selection()
            if reveal and len(self.chosen):
                self._reveal(int(self.chosen.tasks.rows[0]))
        finally:
            self._syncing = False

    def find_next(self) -> None:
        """Select the next task of the table after the current one, from the top again at the end.

        With a filter on, that is the next one found.
        """
        total = self._model.rowCount()
        if total:
            row = (self.currentIndex().row() + 1) % total
            # The model's, as the view's own would add to what is chosen while a key is held down.
            found = self._model.index(row, Column.TASK)
            self.selectionModel().setCurrentIndex(found, _SELECT.ClearAndSelect | _SELECT.Rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._painter.paint(painter, event.rect())
        except Exception:
            log.exception("the futures table could not be painted")
            mark_error(painter)
        finally:
            painter.end()

    # from the user

    def _sort(self, section: int, order: Qt.SortOrder) -> None:
        self.rows.sort(Column(section), descending=order is Qt.SortOrder.DescendingOrder)
        self.refresh_now()
        self.scrollToTop()

    def _user_selected(self) -> None:
        if self._syncing:
            return
        parts = self.selectionModel().selection()
        ranges = [(parts.at(n).top(), parts.at(n).bottom()) for n in range(parts.count())]
        changed = self.chosen.set_ranges(self.rows.rows, ranges)
        self.chosen.ranges(self.rows.rows)
        if changed:
            self.selection_changed.emit(self.chosen.tasks)

    def _activate(self, index: QModelIndex) -> None:
        task = self._model.task(index.row())
        if task >= 0:
            self.task_activated.emit(task)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and len(self.chosen):
            self.clearSelection()
            event.accept()
            return
        super().keyPressEvent(event)

    # showing

    def _show_selection(self) -> None:
        wanted = QItemSelection()
        last_column = self._model.columnCount() - 1
        for first, last in self.chosen.ranges(self.rows.rows):
            begin, end = self._model.index(first, 0), self._model.index(last, last_column)
            wanted.append(QItemSelectionRange(begin, end))
        self.selectionModel().select(wanted, _SELECT.ClearAndSelect)
        self.viewport().update()

    def _show_current(self, task: int) -> None:
        row = self.rows.position(task) if task >= 0 else -1
        if row != self.currentIndex().row():
            self.setAutoScroll(False)  # the current row follows its task, the view stays
            index = self._model.index(row, Column.TASK) if row >= 0 else QModelIndex()
            self.selectionModel().setCurrentIndex(index, _SELECT.NoUpdate)
            self.setAutoScroll(True)

    def _reveal(self, task: int) -> None:
        row = self.rows.position(task)
        if row >= 0:
            index = self._model.index(row, Column.TASK)
            self.selectionModel().setCurrentIndex(index, _SELECT.NoUpdate)
            self.scrollTo(index)
