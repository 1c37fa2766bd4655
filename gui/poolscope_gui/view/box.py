"""A titled group of controls, and how a control is told that it cannot act now."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .callout import Callout

GAP = 5


class Box(QFrame):
    """A titled group. Its controls register under a name of ``model.situation.CONTROLS``."""

    asked = Signal(str, dict)  # a verb of the host and its fields

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("box")
        self.setAccessibleName(title)
        self._controls: dict[str, list[tuple[QWidget, str]]] = {}
        self._marks: dict[str, QWidget] = {}
        self._callout: Callout | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 6, 9, 8)
        column.setSpacing(GAP)
        self.head = QHBoxLayout()
        self.head.setSpacing(GAP)
        name = QLabel(title)
        name.setObjectName("boxName")
        self.head.addWidget(name)
        self.head.addStretch(1)
        column.addLayout(self.head)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(GAP + 2)
        self.grid.setVerticalSpacing(GAP)
        column.addLayout(self.grid)
        column.addStretch(1)

    def control(self, name: str, widget: QWidget, tip: str = "") -> None:
        """Enable ``widget`` as ``name`` may act; ``tip`` is its tooltip while it may."""
        widget.setToolTip(tip)
        self._controls.setdefault(name, []).append((widget, tip))

    def apply(self, reasons: Mapping[str, str]) -> None:
        """Disable what cannot act, and say why there."""
        for name, widgets in self._controls.items():
            why = reasons.get(name, "")
            for widget, tip in widgets:
                if widget.isEnabled() == bool(why):
                    widget.setEnabled(not why)
                wanted = why or tip
                if widget.toolTip() != wanted:
                    widget.setToolTip(wanted)

    def field(self, name: str, widget: QWidget) -> None:
        """``widget`` is where the host's field ``name`` is typed: its errors are marked there."""
        self._marks[name] = widget

    def mark(self, field: str, sentence: str) -> bool:
        """Mark what was typed for ``field`` as wrong; False when this box does not have it."""
        widget = self._marks.get(field)
        if widget is None:
            return False
        self.unmark()
        set_wrong(widget, True)
        self._callout = Callout(widget, sentence)
        return True

    def unmark(self) -> None:
        """Nothing is wrong (any more)."""
        for widget in self._marks.values():
            set_wrong(widget, False)
        if self._callout is not None:
            self._callout.close_for_good()
            self._callout = None

    @property
    def error(self) -> str:
        """The sentence that is shown; "" when nothing is marked."""
        return self._callout.text() if self._callout is not None else ""


def set_wrong(widget: QWidget, wrong: bool) -> None:
    """The red frame, on or off."""
    if bool(widget.property("wrong")) != wrong:
        widget.setProperty("wrong", wrong)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, *, primary: bool = False, name: str = "") -> QPushButton:
    """A push button; ``name`` is what a screen reader says, when the text is too short."""
    made = QPushButton(text)
    made.setProperty("primary", primary)
    made.setAccessibleName(name or text.replace("&", ""))
    made.setAutoDefault(False)
    return made


def roomy(spin: QSpinBox, width: int) -> None:
    """Give a spin box's text the margin of the other fields, and a least width of its own."""
    spin.lineEdit().setTextMargins(4, 0, 0, 0)
    spin.setMinimumWidth(width)


def label(text: str, buddy: QWidget) -> QLabel:
    """A muted label that stands before ``buddy`` and gives it its mnemonic and its name."""
    made = QLabel(text)
    made.setProperty("muted", True)
    made.setBuddy(buddy)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    if not buddy.accessibleName():
        buddy.setAccessibleName(text.replace("&", ""))
    return made
