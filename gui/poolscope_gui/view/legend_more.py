"""What the legend has no room for: a button that says how many, and a menu with all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from poolscope_gui.model.legend import Entry
from poolscope_gui.model.ops import Font, Op, Outline, Text, Texts, rects
from poolscope_gui.model.palette import Theme
from poolscope_gui.model.text import Fitter

from .painter import FramePainter, paint_widget
from .tooltip import told

PAD = 6.0
MOST_NAMED = 20


class MoreButton(QAbstractButton):
    """``+3 more``: its tooltip names them, its menu shows and hides their states."""

    def __init__(
        self, bar: QWidget, fitter: Fitter, painter: FramePainter, theme: Callable[[], Theme]
    ) -> None:
        super().__init__(bar)
        self._fitter, self._painter, self._theme = fitter, painter, theme
        self._buttons: list[QAbstractButton] = []
        self.clicked.connect(self._open)

    def set_entries(
        self, entries: Sequence[Entry], buttons: Sequence[QAbstractButton], unnamed: int
    ) -> None:
        """These do not fit, nor do ``unnamed`` others that have no button at all."""
        self._buttons = list(buttons)
        names = [entry.words for entry in entries]
        rest = unnamed + max(0, len(names) - MOST_NAMED)
        lines = names[:MOST_NAMED] + ([f"and {rest} more"] if rest else [])
        self.setText(f"+{len(names) + unnamed} more")
        self.setToolTip(told("\n".join(lines), lines=len(lines)))
        self.setAccessibleName(f"{len(names) + unnamed} more entries of the legend")
        self.setAccessibleDescription(", ".join(lines))

    def sizeHint(self) -> QSize:
        return QSize(int(self._fitter.width(self.text(), Font.SMALL) + 2 * PAD) + 1, 30)

    def menu(self) -> QMenu:
        """An entry for each, checked while its bars are shown; locks cannot be hidden."""
        menu = QMenu(self)
        for button in self._buttons:
            action = menu.addAction(button.accessibleName().replace("&", "&&"))
            action.setEnabled(button.isCheckable())
            action.setCheckable(button.isCheckable())
            action.setChecked(button.isChecked() and button.isCheckable())
            action.setToolTip(button.toolTip())
            action.toggled.connect(button.setChecked)
        return menu

    def _open(self) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        paint_widget(self, self._painter, self._frame)

    def _frame(self) -> list[Op]:
        theme = self._theme()
        colour = theme.accent if self.underMouse() else theme.muted
        text = Text(PAD, self.height() / 2, self.text(), Font.SMALL, colour)
        frame: list[Op] = [Texts([text])]
        if self.hasFocus():
            box = rects((1.0, 3.0, self.width() - 2.0, self.height() - 6.0))
            frame.append(Outline(theme.accent, box, 1.5, 3.0))
        return frame
