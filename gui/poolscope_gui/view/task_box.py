"""Submits: which pool, which task, with what, how often; or maps it over iterables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from poolscope_gui.model.arguments import Mistake, check_arguments, check_iterables
from poolscope_gui.model.library import Function
from poolscope_gui.model.quantities import seconds
from poolscope_gui.model.situation import PoolLine

from .box import GAP, Box, button, label, roomy
from .elided_combo import ElidedCombo
from .elided_label import ElidedLabel
from .tooltip import told

_TOOLTIP = Qt.ItemDataRole.ToolTipRole


class TaskBox(Box):
    """Asks for ``submit`` and ``map``."""

    edit_wanted = Signal()
    target_changed = Signal(str)  # the id of the chosen pool, or ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Task", parent)
        self._functions: dict[str, Function] = {}
        self._typed_over: set[str] = set()
        self._make()
        self._place()
        self._connect()
        self._mode_changed()

    def _make(self) -> None:
        self.pool = _combo("Pool", "no pool yet")
        self.task = _combo("Task", "no tasks yet")
        self.edit = QToolButton()
        self.edit.setObjectName("small")
        self.edit.setAccessibleName("Edit own function")
        self.edit.setIconSize(QSize(16, 16))
        self.mode_submit, self.mode_map = button("submit"), button("map")
        self.mode = QButtonGroup(self)
        for each in (self.mode_submit, self.mode_map):
            each.setCheckable(True)
            self.mode.addButton(each)
        self.mode_submit.setChecked(True)
        self.mode_submit.setToolTip("submit(function, arguments), as often as you say")
        self.mode_map.setToolTip("map(function, iterables): one task for each item")
        self.arguments, self.iterables = QLineEdit(), QLineEdit()
        self.arguments.setAccessibleName("Arguments")
        self.iterables.setAccessibleName("Iterables")
        self.iterables.setPlaceholderText("range(10)")
        self.count = _spin(1, 100_000, "Count", prefix="\N{MULTIPLICATION SIGN} ")
        self.chunksize = _spin(1, 1_000_000, "chunksize", prefix="by ")
        self.chunksize.setToolTip("chunksize: how many items a task takes")
        self.timeout = QLineEdit()
        self.timeout.setAccessibleName("Timeout of map in seconds")
        self.timeout.setPlaceholderText("limit s")
        self.timeout.setToolTip("timeout: seconds in which all results must have come")
        self.timeout.setMinimumWidth(56)
        self.submit = button("&Submit", primary=True)
        self.map = button("&Map", primary=True)
        self.about = ElidedLabel()
        self.about.setProperty("muted", True)

    def _place(self) -> None:
        task = _line(self.task, self.edit)
        self.grid.addWidget(label("pool", self.pool), 0, 0)
        self.grid.addWidget(self.pool, 0, 1)
        self.grid.addWidget(label("task", self.task), 1, 0)
        self.grid.addLayout(task, 1, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(_page(self.arguments))
        self.pages.addWidget(_page(self.iterables))
        self.buttons = QStackedWidget()
        self.buttons.addWidget(_page(self.count, self.submit))
        self.buttons.addWidget(_page(self.chunksize, self.timeout, self.map))
        modes = _line(self.mode_submit, self.mode_map)
        modes.setSpacing(0)
        self.head.insertLayout(1, modes)
        self.grid.addWidget(label("with", self.arguments), 2, 0)
        self.grid.addWidget(self.pages, 2, 1)
        self.grid.addWidget(self.about, 3, 0, 1, 2)
        self.grid.addWidget(self.buttons, 4, 0, 1, 2)
        self.grid.setColumnStretch(1, 1)
        order = (self.mode_submit, self.mode_map, self.pool, self.task, self.edit, self.arguments)
        for one, other in pairwise(order):
            QWidget.setTabOrder(one, other)

    def _connect(self) -> None:
        self.control("submit", self.submit, "Submit it to the pool (Alt+S)")
        self.control("map", self.map, "Map it over the iterables (Alt+M)")
        self.control("define", self.edit, "Edit own function… (Ctrl+E)")
        for name, widget in (
            ("arguments", self.arguments),
            ("iterables", self.iterables),
            ("count", self.count),
            ("chunksize", self.chunksize),
            ("task", self.task),
            ("pool", self.pool),
            ("timeout", self.timeout),
        ):
            self.field(name, widget)
        self.edit.clicked.connect(self.edit_wanted)
        self.mode.buttonToggled.connect(self._mode_changed)
        self.task.currentIndexChanged.connect(self._task_changed)
        self.pool.currentIndexChanged.connect(
            lambda: self.target_changed.emit(self.pool.currentData() or "")
        )
        self.arguments.textEdited.connect(self._arguments_edited)
        self.iterables.textEdited.connect(lambda: self._check(quiet=True))
        self.timeout.textEdited.connect(self.unmark)
        self.submit.clicked.connect(self._submit)
        self.map.clicked.connect(self._map)
        self.arguments.returnPressed.connect(self.submit.click)
        self.iterables.returnPressed.connect(self.map.click)

    # what the playground calls

    def set_icons(self, edit: QIcon) -> None:
        self.edit.setIcon(edit)

    def set_library(self, functions: Sequence[Function], *, choose: str = "") -> None:
        """The tasks that can be submitted; ``choose`` one, or keep the one chosen."""
        keep = choose or self.task.currentText()
        self._functions = {function.name: function for function in functions}
        self.task.blockSignals(True)
        self.task.clear()
        for row, function in enumerate(functions):
            self.task.addItem(function.name)
            self.task.setItemData(
                row, f"{function.name}{function.signature}\n{function.doc}", _TOOLTIP
            )
        self.task.setCurrentIndex(max(self.task.findText(keep), 0 if functions else -1))
        self.task.blockSignals(False)
        self._task_changed()

    def set_pools(self, pools: Sequence[PoolLine], *, choose: str = "") -> None:
        """The pools there are; the chosen one stays unless ``choose`` names another."""
        keep = choose or str(self.pool.currentData() or "")
        self.pool.blockSignals(True)
        self.pool.clear()
        for row, pool in enumerate(pools):
            self.pool.addItem(pool.title, pool.id)
            self.pool.setItemData(row, pool.closed or pool.title, _TOOLTIP)
        self.pool.setCurrentIndex(max(self.pool.findData(keep), 0 if pools else -1))
        self.pool.blockSignals(False)
        self.target_changed.emit(self.pool.currentData() or "")

    @property
    def target(self) -> str:
        return str(self.pool.currentData() or "")

    # from the user

    def _mode_changed(self) -> None:
        page = 0 if self.mode_submit.isChecked() else 1
        self.pages.setCurrentIndex(page)
        self.buttons.setCurrentIndex(page)
        self.unmark()

    def _task_changed(self) -> None:
        self.unmark()
        function = self._functions.get(self.task.currentText())
        signature = function.signature if function else ""
        self.arguments.setPlaceholderText(signature.strip("()") or "no arguments")
        self.about.setText(function.summary if function else "")
        tip = f"{function.name}{signature}\n\n{function.doc}" if function else ""
        self.about.setToolTip(told(tip))
        self.task.setToolTip(told(tip))
        self.arguments.setToolTip(told(f"{function.name}{signature}" if function else ""))
        if function and function.name not in self._typed_over:
            self.arguments.setText(function.example)

    def _arguments_edited(self) -> None:
        self._typed_over.add(self.task.currentText())
        self._check(quiet=True)

    def _check(self, *, quiet: bool = False) -> bool:
        """Whether what was typed can be sent; marks it when not.

        ``quiet``, while someone types: only takes marks away, nobody has finished yet.
        """
        if quiet:
            self.unmark()
            return True
        submitting = self.mode_submit.isChecked()
        function = self._functions.get(self.task.currentText())
        mistake: Mistake | None
        if submitting:
            name, edited = "arguments", self.arguments
            mistake = check_arguments(edited.text(), function.signature if function else "")
        else:
            name, edited = "iterables", self.iterables
            mistake = check_iterables(edited.text())
        if mistake:
            self.mark(name, mistake.sentence)
            edited.setFocus()
            edited.setCursorPosition(min(mistake.column, len(edited.text())))
        return mistake is None

    def _submit(self) -> None:
        self.unmark()
        if self._check():
            fields = {"arguments": self.arguments.text().strip(), "count": self.count.value()}
            self.asked.emit("submit", {**self._what(), **fields})

    def _map(self) -> None:
        self.unmark()
        try:
            limit = seconds(self.timeout.text())
        except ValueError as error:
            self.mark("timeout", str(error))
            return
        if self._check():
            fields = {
                "iterables": self.iterables.text().strip(),
                "chunksize": self.chunksize.value(),
                "timeout": limit,
            }
            self.asked.emit("map", {**self._what(), **fields})

    def _what(self) -> dict[str, object]:
        return {"pool": self.target, "task": self.task.currentText()}


def _combo(name: str, placeholder: str) -> ElidedCombo:
    made = ElidedCombo(120)
    made.setAccessibleName(name)
    made.setPlaceholderText(placeholder)
    return made


def _spin(least: int, most: int, name: str, *, prefix: str = "") -> QSpinBox:
    made = QSpinBox()
    made.setRange(least, most)
    made.setGroupSeparatorShown(True)
    made.setPrefix(prefix)
    roomy(made, 68)
    made.setAccessibleName(name)
    return made


def _line(*widgets: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GAP)
    for widget in widgets:
        line.addWidget(widget, 0 if isinstance(widget, QPushButton | QToolButton) else 1)
    return line


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    page.setLayout(_line(*widgets))
    return page
