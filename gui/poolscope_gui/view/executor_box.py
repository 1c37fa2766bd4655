"""Creates a pool: its kind, start method, size and name."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from .box import Box, button, label, roomy
from .elided_combo import ElidedCombo

_KINDS = (("ThreadPoolExecutor", "thread"), ("ProcessPoolExecutor", "process"))
_METHODS = ("fork", "spawn", "forkserver") if sys.platform != "win32" else ("spawn",)
_TIPS = {
    "fork": "fork: a copy of the host; quick, but it copies locks that are held",
    "spawn": "spawn: a fresh Python; slow to start, safe",
    "forkserver": "forkserver: a copy of a clean server process",
}
_THREADS = "Threads are started within the host: only worker processes have a start method."
MOST_THREADS, MOST_PROCESSES = 1024, 64  # the host's own limits


class ExecutorBox(Box):
    """Asks for ``create``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Executor", parent)
        self.kind = ElidedCombo(174)
        self.kind.setAccessibleName("Executor kind")
        for title, value in _KINDS:
            self.kind.addItem(title, value)
        self.method = ElidedCombo(100)
        self.method.setAccessibleName("Start method")
        for row, method in enumerate(_METHODS):
            self.method.addItem(method, method)
            self.method.setItemData(row, _TIPS[method], Qt.ItemDataRole.ToolTipRole)
        if sys.platform.startswith("linux"):
            self.method.setCurrentText("forkserver")
        self.workers = QSpinBox()
        self.workers.setRange(1, MOST_THREADS)
        self.workers.setValue(4)
        roomy(self.workers, 60)
        self.name = QLineEdit()
        self.name.setMinimumWidth(60)
        self.name.setMaxLength(40)
        self.name.setPlaceholderText("by itself")
        self.create_button = button("Crea&te", name="Create the executor")
        rows = ((None, self.kind), ("method", self.method), ("max_workers", self.workers))
        for row, (text, widget) in enumerate((*rows, ("name", self.name))):
            if text is None:
                self.grid.addWidget(widget, row, 0, 1, 2)
            else:
                self.grid.addWidget(label(text, widget), row, 0)
                self.grid.addWidget(widget, row, 1)
        self.grid.addWidget(self.create_button, 4, 0, 1, 2)
        self.grid.setColumnStretch(1, 1)
        self.control("create", self.create_button, "Create this executor in the host (Alt+T)")
        self.field("max_workers", self.workers)
        self.field("name", self.name)
        self.field("start_method", self.method)
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.create_button.clicked.connect(self._create)
        self.name.returnPressed.connect(self.create_button.click)
        self._kind_changed()

    @property
    def is_process(self) -> bool:
        return bool(self.kind.currentData() == "process")

    def _kind_changed(self) -> None:
        self.method.setEnabled(self.is_process)
        self.method.setToolTip("How worker processes are made" if self.is_process else _THREADS)
        self.workers.setMaximum(MOST_PROCESSES if self.is_process else MOST_THREADS)

    def _create(self) -> None:
        self.unmark()
        fields: dict[str, object] = {
            "kind": self.kind.currentData(),
            "max_workers": self.workers.value(),
            "name": self.name.text().strip(),
        }
        if self.is_process:
            fields["start_method"] = self.method.currentData()
        self.asked.emit("create", fields)
