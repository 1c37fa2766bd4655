"""One small button a state: how many tasks are in it, and a click shows those alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QWidget

from poolscope_gui.model.palette import PENDING, SENT, STATES, THEMES, ThemeName, mix
from poolscope_gui.model.quantities import count, plural

from .icons import ratios
from .state_pill import draw_glyph
from .steady import SteadyButton, fit

_GLYPH = 14


class StateFilter(QWidget):
    """Nothing checked: every state is shown."""

    changed = Signal(object)  # a list of state numbers, or None for all

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Filter by state")
        self._counts: list[int] = []
        self.buttons: list[SteadyButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(2)
        for state in STATES:
            made = SteadyButton()
            made.setObjectName("small")
            made.setCheckable(True)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            made.setIconSize(QSize(_GLYPH, _GLYPH))
            made.setAccessibleName(f"Show only {state} tasks")
            made.toggled.connect(self._toggled)
            self.buttons.append(made)
            row.addWidget(made)
        row.addStretch(1)
        self.set_counts([0] * len(STATES))
        self.set_theme("light")

    def set_counts(self, counts: Sequence[int]) -> None:
        """How many tasks are in each state."""
        if list(counts) == self._counts:
            return
        self._counts = list(counts)
        for made, state, number in zip(self.buttons, STATES, counts, strict=True):
            made.setText(count(number))
            made.setToolTip(f"{plural(number, f'{state} task')}. Click: show these only.")
            if not any(counts):  # another run begins
                fit(made)

    def set_theme(self, name: ThemeName) -> None:
        theme = THEMES[name]
        for state, made in enumerate(self.buttons):
            look = theme.states[state]
            strong = look.edge if state in (PENDING, SENT) else look.body
            made.setIcon(_glyph(state, QColor.fromRgba(mix(strong, theme.text, 0.85))))

    @property
    def states(self) -> list[int] | None:
        """The states to show; None for all."""
        found = [state for state, made in enumerate(self.buttons) if made.isChecked()]
        return found or None

    def _toggled(self) -> None:
        self.changed.emit(self.states)


def _glyph(state: int, colour: QColor) -> QIcon:
    made = QIcon()
    for ratio in ratios():
        canvas = QPixmap(round(_GLYPH * ratio), round(_GLYPH * ratio))
        canvas.setDevicePixelRatio(ratio)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_glyph(painter, state, QPointF(_GLYPH / 2, _GLYPH / 2), colour)
        painter.end()
        made.addPixmap(canvas)
    return made
