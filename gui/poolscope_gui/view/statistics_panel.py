"""The statistics of what the chart shows: a table, two histograms, completions a second.

It works only while it is seen, a few times a second at most, and at most one part in twelve of
the time. pyqtgraph takes 0.3 s to import, so that happens when there is first something to plot,
the chart is painted, and this is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from poolscope_gui.model import statistics_text as text
from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.statistics import Figures
from poolscope_gui.model.statistics_source import StatisticsSource

from .box import button, label
from .elided_combo import ElidedCombo
from .elided_label import ElidedLabel
from .pace import Pace
from .statistics_table import StatisticsTable

if TYPE_CHECKING:
    from .statistics_plots import Plots

Look = tuple[int, int, int]  # begin and end of what the chart shows, and its now, ns
_SHORTEST_MS: Final = 250  # between two times
_COST_SHARE: Final = 12
_PLOTS_AFTER_MS: Final = 30  # the table is painted before the import
_THANKS_MS: Final = 1500


class StatisticsPanel(QWidget):
    """Give its ``source`` a store and it a ``look``, and ``touch`` it when either has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.found: Figures | None = None
        self.plots: Plots | None = None
        self.source = StatisticsSource()
        self._look: Callable[[], Look | None] = lambda: None
        self._ranged = False
        self._theme: ThemeName = "light"
        self._pace = Pace(self, self.refresh_now, shortest_ms=_SHORTEST_MS, share=_COST_SHARE)
        self._plotting = self._once(self._make_plots)
        self._thanked = self._once(lambda: self.copy.setText("Copy as CSV"))
        self._make_head()
        self.table = StatisticsTable()
        self.message = QLabel()
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setMargin(16)
        self.message.setProperty("muted", True)
        self._arrange()
        self._show()

    def _once(self, act: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.timeout.connect(act)
        return made

    def _make_head(self) -> None:
        self.pool = ElidedCombo(110)
        self.pool.setToolTip("Whose tasks the figures are of")
        self.pool.addItem("All pools")
        self.pool.currentIndexChanged.connect(self.refresh_now)
        self.copy = button("Copy as CSV", name="Copy the statistics as CSV")
        self.copy.clicked.connect(self.copy_csv)
        self.stretch = ElidedLabel()
        self.stretch.setProperty("muted", True)
        self.stretch.setAccessibleName("Stretch of time")

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("of", self.pool))
        self.pool.setAccessibleName("Statistics of the pool")
        head.addWidget(self.pool)
        head.addStretch(1)
        head.addWidget(self.copy)
        self._places = QGridLayout()
        self._places.setContentsMargins(12, 0, 10, 6)
        self._places.setHorizontalSpacing(8)
        self._places.setVerticalSpacing(4)
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self.table, 3)
        inner.addLayout(self._places, 2)
        inner.addStretch(0)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.message)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(3)
        for part in (head, self.stretch):
            row = QHBoxLayout()
            row.setContentsMargins(12, 0, 12, 0)
            if isinstance(part, QWidget):
                row.addWidget(part, 1)
            else:
                row.addLayout(part, 1)
            column.addLayout(row)
        column.addLayout(self._stack, 1)

    # what the window calls

    def begin_anew(self) -> None:
        """The source has another store."""
        self.found = None
        self.pool.blockSignals(True)
        self.pool.setCurrentIndex(0)
        self.pool.blockSignals(False)
        self.refresh_now()

    def set_look(self, look: Callable[[], Look | None]) -> None:
        """``look`` says where the chart looks; None as long as it has not been painted."""
        self._look = look
        self.touch()

    def set_ranged(self, ranged: bool) -> None:
        """``look`` gives a range that the user has chosen, or what the chart shows."""
        self._ranged = ranged
        self.touch()

    def touch(self) -> None:
        """The store or the view may have changed. Cheap; looks again soon, if it is seen."""
        self._pace.touch()

    def refresh_now(self) -> None:
        """Work the figures out and show them."""
        self._pace.stop()
        if not self.isVisible():
            return
        with self._pace.measured():
            self._work_out()
            self._show()
        if self._look() is None:
            self._pace.again()  # the chart is not there yet

    def set_theme(self, name: ThemeName) -> None:
        self._theme = name
        self.table.set_theme(name)
        if self.plots is not None:
            self.plots.set_theme(name)

    def copy_csv(self) -> None:
        """Put all figures, as they are shown, on the clipboard."""
        if self.found is None:
            return
        QGuiApplication.clipboard().setText(text.csv_text(self.found, self.pool.currentText()))
        self.copy.setText("Copied")
        self._thanked.start(_THANKS_MS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.touch()

    # showing

    def _work_out(self) -> None:
        look = self._look()
        self._offer(self.source.pools)
        chosen = self.pool.currentIndex() - 1
        pool = chosen if chosen >= 0 else None
        self.found = self.source.figures(*look, pool) if look is not None else None

    def _offer(self, names: list[str]) -> None:
        """Offer the pools there are; what is chosen stays."""
        wanted = ["All pools", *names]
        if wanted == [self.pool.itemText(row) for row in range(self.pool.count())]:
            return
        chosen = self.pool.currentIndex()
        self.pool.blockSignals(True)
        self.pool.clear()
        self.pool.addItems(wanted)
        self.pool.setCurrentIndex(chosen if chosen < len(wanted) else 0)
        self.pool.blockSignals(False)

    def _show(self) -> None:
        found = self.found
        lacking = text.lacking(found, total=self.source.total)
        self.message.setText(lacking)
        self._stack.setCurrentIndex(0 if lacking else 1)
        self.copy.setEnabled(not lacking)
        self.copy.setToolTip(lacking or "All figures and histograms, to paste into a table")
        said = text.stretch(found) if found is not None and not lacking else ""
        of = "Chosen range" if self._ranged else "What the chart shows"
        self.stretch.setText(f"{of}: {said}" if said and self._ranged else said)
        self.stretch.setToolTip(f"{of}: {said}" if said else "")
        if lacking or found is None:
            return
        self.table.show_rows(text.rows(found))
        if self.plots is not None:
            self.plots.show_figures(found)
        elif not self._plotting.isActive():
            self._plotting.start(_PLOTS_AFTER_MS)

    def _make_plots(self) -> None:
        if self.plots is not None or self.found is None:
            return
        from .statistics_plots import Plots

        plots = self.plots = Plots()
        self._places.addWidget(plots.wait, 0, 0)
        self._places.addWidget(plots.ran, 0, 1)
        self._places.addWidget(plots.pace, 1, 0, 1, 2)
        plots.set_theme(self._theme)
        plots.show_figures(self.found)
