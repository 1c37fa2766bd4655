"""The panel with the wait-for graph: who waits for whom now, to look at and as data."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from poolscope_gui.model.palette import THEMES, ThemeName
from poolscope_gui.model.wait_diagram import Diagram
from poolscope_gui.model.wait_source import NOT_YET, Form

from .elided_label import ElidedLabel
from .graph_canvas import GraphCanvas

_FORMS: tuple[tuple[Form, str], ...] = (
    ("text", "Copy as text"),
    ("dot", "Copy as DOT, for Graphviz"),
    ("json", "Copy as JSON"),
)
_THANKS_MS = 1500


class GraphPanel(QWidget):
    """Give it a diagram; it asks for the data when it is wanted."""

    node_chosen = Signal(str, int)
    shown = Signal()  # it is looked at again: bring it up to date
    data_wanted = Signal(str)  # text, dot or json: answer with ``copy_text``

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.canvas = GraphCanvas()
        self.canvas.chosen.connect(self.node_chosen)
        self.message = QLabel(f"{NOT_YET}.")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setMargin(16)
        self.message.setProperty("muted", True)
        self.note = ElidedLabel()
        self.note.setProperty("muted", True)
        self.note.setAccessibleName("The graph in words")
        self.copy = QToolButton()
        self.copy.setText("Copy as…")
        self.copy.setObjectName("copyGraph")
        self.copy.setAccessibleName("Copy the graph as data")
        self.copy.setToolTip("Who waits for whom, as text, DOT or JSON")
        self.copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.copy)
        for form, words in _FORMS:
            self.menu.addAction(words, partial(self.data_wanted.emit, form))
        self.copy.setMenu(self.menu)
        self._thanked = QTimer(self)
        self._thanked.setSingleShot(True)
        self._thanked.timeout.connect(lambda: self.copy.setText("Copy as…"))
        self._arrange()
        self.show_diagram(Diagram(), {}, "")

    def _arrange(self) -> None:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.canvas)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.area)
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 8, 2)
        head.addWidget(self.note, 1)
        head.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(self._stack, 1)

    def show_diagram(
        self, diagram: Diagram, locks: dict[int, int], note: str, *, empty: str = NOT_YET
    ) -> None:
        """Show this; ``locks``: the numbers of their colours; ``note``: the same in words;
        ``empty``: what to say where there is none."""
        self.message.setText(f"{empty}.")
        self._stack.setCurrentIndex(1 if diagram.bubbles else 0)
        self.copy.setEnabled(bool(diagram.bubbles))
        why = "" if diagram.bubbles else "Nobody waits: there is no graph to copy."
        self.copy.setToolTip(why or "Who waits for whom, as text, DOT or JSON")
        self.note.setText(note)
        self.note.setToolTip(note)
        self.canvas.show_diagram(diagram, locks)

    def copy_text(self, text: str) -> None:
        """Put the data on the clipboard, and say so."""
        QGuiApplication.clipboard().setText(text)
        self.copy.setText("Copied")
        self._thanked.start(_THANKS_MS)

    def set_theme(self, name: ThemeName) -> None:
        self.canvas.set_theme(THEMES[name])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()
