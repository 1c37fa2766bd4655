"""The panel with the findings: what is wrong or remarkable, and a click to where it is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QListView, QStackedLayout, QVBoxLayout, QWidget

from poolscope_gui.model.finding_rows import NONE_YET, FindingRow
from poolscope_gui.model.palette import ThemeName

from .findings_list import FindingDelegate, FindingsModel


class FindingsPanel(QWidget):
    """Give it rows; it says which one is wanted."""

    wanted = Signal(object)  # a FindingRow

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = FindingsModel(self)
        self.list = QListView()
        self.list.setObjectName("findings")
        self.list.setModel(self.model)
        self.list.setAccessibleName("Findings")
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self._delegate = FindingDelegate(self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        self.message = QLabel()
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setMargin(16)
        self.message.setProperty("muted", True)
        self.setFocusProxy(self.list)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._stack)
        self.show_rows([])

    def show_rows(self, rows: list[FindingRow], message: str = NONE_YET) -> None:
        """List these; without any, say ``message``."""
        self.model.set_rows(rows)
        self.message.setText(f"{message}.")
        self._stack.setCurrentIndex(1 if rows else 0)

    def set_theme(self, name: ThemeName) -> None:
        self._delegate.set_theme(name)
        self.list.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.scheduleDelayedItemsLayout()  # the sentences wrap at another place

    def _go(self, index: QModelIndex) -> None:
        self.wanted.emit(self.model.rows[index.row()])
