"""The playground: every button of ``concurrent.futures``, for a pool that really runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from .box import Box
from .end_boxes import LockBox, ShutdownBox
from .executor_box import ExecutorBox
from .task_box import TaskBox
from .wait_box import WaitBox

_MARGIN, _GAP = 6, 6
LEAST_HEIGHT = 120


class Playground(QScrollArea):
    """The groups in a row; a window too narrow for them scrolls them."""

    asked = Signal(str, dict)  # a verb of the host and its fields

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Playground")
        self.executor, self.task, self.futures = ExecutorBox(), TaskBox(), WaitBox()
        self.shutdown, self.lock = ShutdownBox(), LockBox()
        strip = QWidget()
        strip.setObjectName("strip")
        row = QHBoxLayout(strip)
        row.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        row.setSpacing(_GAP)
        last = QVBoxLayout()
        last.setSpacing(_GAP)
        last.addWidget(self.shutdown)
        last.addWidget(self.lock, 1)
        row.addWidget(self.executor, 18)
        row.addWidget(self.task, 34)
        row.addWidget(self.futures, 20)
        row.addLayout(last, 20)
        self._strip = strip
        self.setWidget(strip)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.boxes: tuple[Box, ...] = (
            self.executor,
            self.task,
            self.futures,
            self.shutdown,
            self.lock,
        )
        for box in self.boxes:
            box.asked.connect(self.asked)
        self.task.target_changed.connect(self.shutdown.set_target)

    def apply(self, reasons: Mapping[str, str]) -> None:
        """Disable what cannot act, with the reasons as tooltips."""
        for box in self.boxes:
            box.apply(reasons)

    def mark(self, verb: str, field: str, sentence: str) -> bool:
        """Mark the field of a command as wrong; False when there is no such field here."""
        owner = {
            "create": self.executor,
            "submit": self.task,
            "map": self.task,
            "shutdown": self.shutdown,
            "lock": self.lock,
        }.get(verb, self.futures)
        return owner.mark(field, sentence)

    def set_selected(self, count: int, ids: Callable[[], list[str]]) -> None:
        self.futures.set_selected(count, ids)

    def minimumSizeHint(self) -> QSize:
        # It scrolls: a low screen (1080 lines at 200 %) has room for the chart and the status bar.
        return QSize(320, min(self._strip.minimumSizeHint().height(), LEAST_HEIGHT))

    def sizeHint(self) -> QSize:
        return self._strip.sizeHint()
