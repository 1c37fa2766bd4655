"""What is done with Futures: wait, as_completed, result, cancel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from poolscope_gui.model.quantities import plural, seconds

from .box import Box, button, label
from .elided_combo import ElidedCombo

_RETURN_WHEN = ("ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION")
_RETURN_TIPS = (
    "return when all futures have finished or were cancelled",
    "return when any future has finished or was cancelled",
    "return when any future has raised; when none does, like ALL_COMPLETED",
)


class WaitBox(Box):
    """Asks for ``wait``, ``as_completed``, ``result`` and ``cancel``."""

    scope_changed = Signal(bool)  # True: all tasks

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Futures", parent)
        self._selected: Callable[[], list[str]] = list
        self.scope = ElidedCombo(90)
        self.scope.setAccessibleName("Which futures")
        self.scope.addItems(["selected", "all tasks"])
        self.return_when = ElidedCombo(168)
        self.return_when.addItems(_RETURN_WHEN)
        for row, tip in enumerate(_RETURN_TIPS):
            self.return_when.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        self.timeout = QLineEdit()
        self.timeout.setPlaceholderText("seconds")
        self.timeout.setToolTip("seconds; nothing: wait for as long as it takes")
        self.wait = button("&Wait")
        self.as_completed = button("&as_completed")
        self.result = button("resu&lt()", name="result of the selected task")
        self.cancel = button("&Cancel", name="Cancel the selected tasks")
        self.return_when.setAccessibleName("return_when")
        self.timeout.setMinimumWidth(60)
        self.grid.addWidget(label("on", self.scope), 0, 0)
        self.grid.addWidget(self.scope, 0, 1)
        self.grid.addWidget(self.return_when, 1, 0, 1, 2)
        self.grid.addWidget(label("timeout", self.timeout), 2, 0)
        self.grid.addWidget(self.timeout, 2, 1)
        self.grid.setColumnStretch(1, 1)
        for row, pair in enumerate(
            ((self.wait, self.as_completed), (self.result, self.cancel)), start=3
        ):
            self.grid.addWidget(pair[0], row, 0)
            self.grid.addWidget(pair[1], row, 1)
        self._connect()

    def _connect(self) -> None:
        self.control("wait", self.wait, "wait(): a caller thread waits, its lane shows it (Alt+W)")
        self.control("as_completed", self.as_completed, "as_completed(): in the order they finish")
        self.control("result", self.result, "result() of the selected task, with this timeout")
        self.control("cancel", self.cancel, "cancel() each selected task (Alt+C)")
        self.field("timeout", self.timeout)
        self.field("return_when", self.return_when)
        self.field("tasks", self.scope)
        self.scope.currentIndexChanged.connect(lambda row: self.scope_changed.emit(row == 1))
        self.timeout.textEdited.connect(self.unmark)
        self.wait.clicked.connect(self._wait)
        self.as_completed.clicked.connect(self._as_completed)
        self.result.clicked.connect(self._result)
        self.cancel.clicked.connect(self._cancel)

    def set_selected(self, count: int, ids: Callable[[], list[str]]) -> None:
        """How many tasks are selected, and what gives their ids when they are wanted."""
        self._selected = ids
        self.scope.setItemText(0, f"selected ({count:,})" if count else "selected")
        self.scope.setToolTip(plural(count, "selected task"))

    @property
    def scope_all(self) -> bool:
        return self.scope.currentIndex() == 1

    def _wait(self) -> None:
        fields = self._fields()
        if fields is not None:
            self.asked.emit("wait", {**fields, "return_when": self.return_when.currentText()})

    def _as_completed(self) -> None:
        fields = self._fields()
        if fields is not None:
            self.asked.emit("as_completed", fields)

    def _result(self) -> None:
        fields = self._fields()
        if fields is not None and (selected := self._selected()):
            self.asked.emit("result", {"task": selected[0], "timeout": fields["timeout"]})

    def _cancel(self) -> None:
        self.unmark()
        self.asked.emit("cancel", {"tasks": self._selected()})

    def _fields(self) -> dict[str, object] | None:
        """Which tasks and how long; None when the timeout is no number, which is then marked."""
        self.unmark()
        try:
            limit = seconds(self.timeout.text())
        except ValueError as error:
            self.mark("timeout", str(error))
            self.timeout.setFocus()
            return None
        return {"tasks": "all" if self.scope_all else self._selected(), "timeout": limit}
