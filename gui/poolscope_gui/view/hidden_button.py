"""What the chart does not show, said beside the legend, and shown again from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from poolscope_gui.model.palette import TOGGLES, Theme
from poolscope_gui.model.quantities import plural

from .tooltip import told

if TYPE_CHECKING:
    from .canvas import ChartCanvas


class HiddenButton(QToolButton):
    """``2 lanes, finished hidden``: its menu shows each again, or all. Not there otherwise."""

    def __init__(
        self,
        canvas: ChartCanvas,
        show_state: Callable[[str, bool], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._show_state = canvas, show_state
        self.setObjectName("hiddenThings")
        self.setAutoRaise(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.clicked.connect(self._open)
        canvas.kept_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """What is hidden may be something else now."""
        lanes = self._canvas.arrangement.hidden_words
        states = [state for state in TOGGLES if state in self._canvas.hidden]
        parts = [plural(len(lanes), "lane")] if lanes else []
        if states:
            parts.append(states[0] if len(states) == 1 else plural(len(states), "state"))
        self.setText(f"{', '.join(parts)} hidden")
        names = ", ".join([*lanes, *states])
        self.setToolTip(told(f"Hidden: {names}. Click to show again."))
        self.setAccessibleName(f"{self.text()}: show again")
        self.setVisible(bool(parts))

    def set_theme(self, theme: Theme) -> None:
        """On the legend's ground, in the colour of what can be acted on."""
        ground, ink = theme.background & 0xFFFFFF, theme.accent & 0xFFFFFF
        self.setStyleSheet(
            f"QToolButton {{ background: #{ground:06x}; color: #{ink:06x}; border: 1px solid "
            f"#{ground:06x}; padding: 0 8px; }}"
            f"QToolButton:focus, QToolButton:hover {{ border-color: #{ink:06x}; }}"
        )

    def menu_now(self) -> QMenu:
        """An entry for each hidden thing, and one for all."""
        menu = QMenu(self)
        canvas = self._canvas
        everything = menu.addAction("Show all")
        everything.triggered.connect(lambda _=False: self.show_all())
        menu.addSeparator()
        for key, words in canvas.arrangement.hidden.items():
            shown = menu.addAction(f"Show {words.replace('&', '&&')}")
            shown.triggered.connect(
                lambda _=False, key=key: canvas.arrange_lanes(lambda lanes: lanes.show([key]))
            )
        for state in sorted(canvas.hidden):
            shown = menu.addAction(f"Show {state}")
            shown.triggered.connect(lambda _=False, state=state: self._show_state(state, True))
        return menu

    def show_all(self) -> None:
        self._canvas.arrange_lanes(lambda lanes: lanes.show())
        self._states(self._canvas.hidden)

    def _states(self, states: Iterable[str]) -> None:
        for state in list(states):
            self._show_state(state, True)

    def _open(self) -> None:
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
