"""One selection for the table, the chart and the controls, whoever it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .model.task_set import TaskSet

if TYPE_CHECKING:
    from .window import MainWindow


class Selection(QObject):
    """Rows of tasks. A choice made in one view is shown in the other and told to the controls."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.rows = TaskSet()
        window.furniture.table.selection_changed.connect(self.from_table)
        window.furniture.table.task_activated.connect(self.reveal)
        window.furniture.answers.task_clicked.connect(self.choose)

    def from_table(self, rows: TaskSet) -> None:
        self.rows = rows
        if self._window.chart is not None:
            self._window.chart.select_tasks(self.rows)
            if len(self.rows) == 1:
                self._window.chart.reveal_task(int(self.rows.rows[0]))
        self._tell()

    def from_chart(self, rows: Iterable[int]) -> None:
        self.rows = TaskSet(rows)
        self._window.furniture.table.select_tasks(self.rows, reveal=True)
        self._tell()

    def choose(self, row: int) -> None:
        """Select one task everywhere and bring it into view."""
        self.rows = TaskSet((row,))
        self._window.furniture.table.select_tasks(self.rows, reveal=True)
        if self._window.chart is not None:
            self._window.chart.select_tasks(self.rows)
        self.reveal(row)
        self._tell()

    def reveal(self, row: int) -> None:
        """Bring a task's bar into view."""
        if self._window.chart is not None:
            self._window.chart.reveal_task(row)

    def zoom(self) -> None:
        """Show the selected tasks' bars, and little else."""
        if self._window.chart is not None:
            self._window.chart.canvas.frame_selection()

    def clear(self) -> None:
        """Another trace: nothing in it is selected."""
        self.rows = TaskSet()
        self._window.furniture.table.select_tasks([])
        if self._window.chart is not None:
            self._window.chart.select_tasks([])
        self._tell()

    def _tell(self) -> None:
        store, rows = self._window.session.store, self.rows.rows
        self._window.furniture.playground.set_selected(
            len(rows), lambda: [str(key) for key in store.tasks.id[rows].tolist()]
        )
        self._window.picture.show_reasons()
        self._window.picture.show_counts()
