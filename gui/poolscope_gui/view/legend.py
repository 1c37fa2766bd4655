"""The legend above the chart. A click on a state hides its bars; another shows them.

States come before locks, and what does not fit is behind a button at the right: many locks never
push a state out.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from poolscope_gui.model import legend
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.ops import Fill, Op, Outline, rects
from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.text import Fitter

from .fonts import Fonts
from .legend_more import MoreButton
from .painter import FramePainter, paint_widget
from .tooltip import told

HEIGHT = 30
MARGIN = 8
GAP = 4


class LegendButton(QAbstractButton):
    """One entry: a swatch and a word. Checked while its state is shown."""

    def __init__(self, entry: legend.Entry, bar: LegendBar) -> None:
        super().__init__(bar)
        self.entry = entry
        self._bar = bar
        self.setCheckable(bool(entry.key))
        self.setChecked(True)
        self.setToolTip(told(entry.tip + (" Click to hide or show." if entry.key else "")))
        self.setAccessibleName(entry.words)
        self.setAccessibleDescription(entry.tip)
        focus = Qt.FocusPolicy.TabFocus if entry.key else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(focus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(int(legend.width(self.entry, self._bar.fitter)) + 1, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        paint_widget(self, self._bar.painter, self._frame)

    def _frame(self) -> list[Op]:
        shown = self.isChecked() or not self.entry.key
        bar = self._bar
        frame: list[Op] = legend.draw(self.entry, bar.chart, bar.theme, shown=shown, y=HEIGHT / 2)
        if self.hasFocus():
            box = rects((1.0, 3.0, self.width() - 2.0, HEIGHT - 6.0))
            frame.append(Outline(bar.theme.accent, box, 1.5, 3.0))
        return frame


class LegendBar(QWidget):
    """All entries in a row; those that do not fit are behind ``+3 more``."""

    toggled = Signal(str, bool)  # the state's name, whether its bars are shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        fonts = Fonts()
        self.fitter = Fitter(fonts.width)
        self.painter = FramePainter(fonts)
        self.chart: Chart | None = None
        self.theme = THEMES["light"]
        self.setAccessibleName("Legend")
        self.setFixedHeight(HEIGHT)
        # It never makes the window wider.
        self.setMinimumWidth(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.more = MoreButton(self, self.fitter, self.painter, lambda: self.theme)
        self._unnamed = 0
        self._locks: tuple[object, int] = (None, 0)  # what the entries are of
        self._buttons: list[LegendButton] = []
        self._words: list[str] = []
        self.set_chart(None)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab goes to, in this order; an order with any other is none to Qt."""
        return *(button for button in self._buttons if button.entry.key), self.more

    def set_theme(self, name: str) -> None:
        self.theme = THEMES[name]
        self.update()

    def set_chart(self, chart: Chart | None) -> None:
        """Show this chart's locks; keeps what is hidden."""
        locks = chart.locks if chart is not None else []
        if chart is self.chart and locks is self._locks[0] and len(locks) == self._locks[1]:
            return  # asked for with each frame
        self.chart, self._locks = chart, (locks, len(locks))
        found = legend.entries(chart)
        words = [entry.words for entry in found]
        unnamed = legend.unnamed(chart)
        if words == self._words and unnamed == self._unnamed:
            return
        self._words, self._unnamed = words, unnamed
        hidden = {b.entry.key for b in self._buttons if b.entry.key and not b.isChecked()}
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [LegendButton(entry, self) for entry in found]
        for button in self._buttons:
            button.setChecked(button.entry.key not in hidden)
            button.toggled.connect(self._on_toggled)
        self._order_tabs()
        self._arrange()

    def _order_tabs(self) -> None:
        """Put the buttons before ``more``, which stays wherever in the window it has been put."""
        before: QWidget | None = self.more.previousInFocusChain()
        while before is not None and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
            before = before.previousInFocusChain()
        order = [before] if before is not None and before is not self.more else []
        for one, other in pairwise([*order, *self.stops]):
            QWidget.setTabOrder(one, other)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put as many as fit in a row, and the button for the others after them."""
        widths = [button.sizeHint().width() for button in self._buttons]
        room = self.width() - 2 * MARGIN
        fit = _fitting(widths, room) if not self._unnamed else -1
        if fit < len(widths):
            rest = [button.entry for button in self._buttons[max(fit, 0) :]]
            self.more.set_entries(rest, self._buttons[max(fit, 0) :], self._unnamed)
            fit = _fitting(widths, room - self.more.sizeHint().width() - GAP)
            left_out = self._buttons[fit:]
            self.more.set_entries([b.entry for b in left_out], left_out, self._unnamed)
        x = MARGIN
        for place, button in enumerate(self._buttons):
            button.setGeometry(x, 0, widths[place], HEIGHT)
            button.setVisible(place < fit)
            x += widths[place] + GAP if place < fit else 0
        self.more.setGeometry(x, 0, self.more.sizeHint().width(), HEIGHT)
        self.more.setVisible(fit < len(self._buttons) or self._unnamed > 0)

    def set_shown(self, state: str, shown: bool) -> None:
        """Check or uncheck one state; tells nobody."""
        for button in self._buttons:
            if button.entry.key == state:
                button.blockSignals(True)
                button.setChecked(shown)
                button.blockSignals(False)
                button.update()

    def _on_toggled(self, shown: bool) -> None:
        button = self.sender()
        if isinstance(button, LegendButton):
            self.toggled.emit(button.entry.key, shown)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - always all of it
        whole = rects((0.0, 0.0, self.width(), self.height()))
        paint_widget(self, self.painter, lambda: [Fill(self.theme.background, whole)])


def _fitting(widths: list[int], room: int) -> int:
    """How many of these, from the first on, fit beside each other."""
    ends = list(accumulate(width + GAP for width in widths))
    return bisect_right(ends, room + GAP)
