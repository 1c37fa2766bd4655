"""The three plots of the statistics, on pyqtgraph. Importing this imports pyqtgraph: 0.3 s.

Trap: an exception in an item's paint inside a pyqtgraph view kills the process. So there are
only stock items here, nothing of ours is called while they paint, their marks are set and not
computed by the axes, and all they are fed are finite numbers, never an empty array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QHelpEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from poolscope_gui.model import statistics_text as text
from poolscope_gui.model.palette import EXCEPTION, FINISHED, PENDING, RUNNING, THEMES, ThemeName
from poolscope_gui.model.quantities import count
from poolscope_gui.model.statistics import Figures, Histogram
from poolscope_gui.model.statistics_text import Mark

from .elided_label import ElidedLabel
from .theme import chrome, colour

_LEAST_HEIGHT: Final = 84
_LEFT: Final = 34  # of the axis at the left: all plots begin at one line
_BOTTOM: Final = 18
_FONT_SHARE: Final = 0.8
Floats = NDArray[np.float64]


class Plot(QWidget):
    """A title over bars; the mouse can only ask what a bar means."""

    mark_width = 46  # of a label on the axis below, with its gap

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explain: Callable[[float], str] = lambda _: ""
        self._again: Callable[[], None] = lambda: None
        self.title = ElidedLabel(title)
        self.title.setObjectName("boxName")
        self.title.setToolTip(tip)
        self.plot = pg.PlotWidget(self, background=None, enableMenu=False, antialias=False)
        self._tip = tip
        self.setAccessibleName(title)
        self.plot.setAccessibleName(title)
        self._quieten()
        self._bars: list[pg.BarGraphItem] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.plot, 1)
        self.plot.setMinimumHeight(_LEAST_HEIGHT)
        # It would like to be as large as a picture, and take the room of other panels for it.
        fits = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        fits.setVerticalStretch(1)
        self.plot.setSizePolicy(fits)
        self.plot.viewport().installEventFilter(self)

    def _quieten(self) -> None:
        """No zoom, no pan, no menu, no buttons: the chart is what moves in time."""
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(False, False)
        item.disableAutoRange()
        # It is never shown, but there: without a parent it would outlive the plot.
        item.ctrlMenu.setParent(self.plot, item.ctrlMenu.windowFlags())
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * _FONT_SHARE)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setTicks([[]])
            axis.setStyle(tickFont=small, tickLength=-3, tickTextOffset=3)
        item.getAxis("left").setWidth(_LEFT)
        item.getAxis("bottom").setHeight(_BOTTOM)

    @property
    def most_marks(self) -> int:
        """How many labels the time axis has room for."""
        room: int = self.plot.width() - _LEFT
        return max(2, room // self.mark_width)

    def paint_with(self, ground: int, lines: int, bars: Sequence[int]) -> None:
        """Put on colours: behind, of the axes, and of each layer of bars."""
        self.plot.setBackground(colour(ground))
        for side in ("left", "bottom"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setPen(colour(lines))
            axis.setTextPen(colour(lines))
        while len(self._bars) < len(bars):
            layer = pg.BarGraphItem(x0=[0.0], x1=[1.0], height=[0.0], pen=None)
            self._bars.append(layer)
            self.plot.addItem(layer)
        for layer, value in zip(self._bars, bars, strict=True):
            layer.setOpts(brush=colour(value))

    def draw(self, edges: Floats, layers: Sequence[Floats], marks: list[Mark], top: str) -> None:
        """Bars between neighbouring ``edges``, a layer in front of the other; ``top`` is said of
        the highest."""
        highest = max((float(layer.max(initial=0.0)) for layer in layers), default=0.0) or 1.0
        for item, layer in zip(self._bars, layers, strict=True):
            item.setVisible(bool(layer.any()))
            if layer.any():
                item.setOpts(x0=edges[:-1], x1=edges[1:], height=layer)
        item = self.plot.getPlotItem()
        item.setXRange(float(edges[0]), float(edges[-1]), padding=0)
        item.setYRange(0.0, highest * 1.08, padding=0)
        item.getAxis("bottom").setTicks([[(mark.at, mark.label) for mark in marks]])
        item.getAxis("left").setTicks([[(0.0, "0"), (highest, top)]])

    def show_by(self, draw: Callable[[], None]) -> None:
        """Draw, and again when there is another room for labels."""
        self._again = draw
        draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._again()

    def explain(self, by: Callable[[float], str], summary: str) -> None:
        """``by`` says what is at an x; ``summary`` is what a screen reader says of it all."""
        self._explain = by
        self.setAccessibleDescription(summary)
        self.plot.setAccessibleDescription(summary)

    def said_at(self, x: float) -> str:
        """What the tooltip says at a place of the axis."""
        return self._explain(x) or self._tip

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002  Qt's own
        if isinstance(event, QHelpEvent):
            place = self.plot.getPlotItem().vb.mapSceneToView(self.plot.mapToScene(event.pos()))
            QToolTip.showText(event.globalPos(), self.said_at(float(place.x())), self.plot)
            return True
        return False


class DurationPlot(Plot):
    """A histogram of durations on a logarithmic axis."""

    def show_bins(self, bins: Histogram, summary: str) -> None:
        if not len(bins.counts):
            self.draw(np.array([0.0, 9.0]), [np.zeros(1)], [], "")
            self.explain(lambda _: "", "nothing")
            return
        highest = int(bins.counts.max())
        marks = text.time_marks(bins, self.most_marks)
        self.draw(np.log10(bins.edges), [bins.counts.astype(np.float64)], marks, count(highest))
        self.explain(lambda x: text.bin_text(bins, x), summary)


class PacePlot(Plot):
    """Completions a second over the stretch of time, those that raised in front."""

    mark_width = 56

    def show_pace(self, found: Figures) -> None:
        length = max(found.end - found.begin, 1) / found.bucket_ns
        edges = np.minimum(np.arange(len(found.done) + 1, dtype=np.float64), length)
        if len(edges) < 2:
            edges = np.array([0.0, 1.0])
        layers = [
            each.astype(np.float64) if len(each) else np.zeros(1)
            for each in (found.done, found.failed)
        ]
        marks = text.range_marks(found, self.most_marks)
        self.draw(edges, layers, marks, text.rate(text.peak(found)))
        said = f"at most {text.rate(text.peak(found))}, {text.rate(found.a_second)} on average"
        self.explain(lambda x: text.bucket_text(found, x), said)


class Plots:
    """The three of them."""

    def __init__(self) -> None:
        self.wait = DurationPlot("queue wait", "How many tasks waited how long before they ran")
        self.ran = DurationPlot("run time", "How many tasks ran how long")
        self.pace = PacePlot(
            "completions a second", "Tasks that finished or, in front, raised, over the stretch"
        )

    def set_theme(self, name: ThemeName) -> None:
        theme = THEMES[name]
        ground, ink = chrome(name).surface, theme.muted
        state = theme.states
        self.wait.paint_with(ground, ink, [state[PENDING].edge])
        self.ran.paint_with(ground, ink, [state[RUNNING].body])
        self.pace.paint_with(ground, ink, [state[FINISHED].body, state[EXCEPTION].body])

    def show_figures(self, found: Figures) -> None:
        self.wait.show_by(lambda: self.wait.show_bins(found.wait_bins, text.said(found.wait)))
        self.ran.show_by(lambda: self.ran.show_bins(found.ran_bins, text.said(found.ran)))
        self.pace.show_by(lambda: self.pace.show_pace(found))
