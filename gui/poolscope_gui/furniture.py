"""The panels around the chart: made, put in their places, connected, and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QToolBar, QVBoxLayout, QWidget

from .model.library import Function
from .model.palette import ThemeName
from .view.answer_panel import AnswerPanel
from .view.details_panel import DetailsPanel
from .view.dock import Dock, TabDock
from .view.findings_panel import FindingsPanel
from .view.futures_table import FuturesTable
from .view.graph_panel import GraphPanel
from .view.health_panel import HealthPanel
from .view.icons import icon
from .view.output_panel import OutputPanel
from .view.playground import Playground
from .view.state_filter import StateFilter
from .view.statistics_panel import StatisticsPanel
from .view.theme import chrome, colour

if TYPE_CHECKING:
    from .window import MainWindow

# Of the panels on the right: room for six columns of the table at least, for all seven at most.
_COLUMN_SHARE: Final = 34  # of a hundred parts of the window
_LEAST_REST: Final = 880  # what the playground needs beside them
_LEAST_COLUMN: Final = 412
_MOST_COLUMN: Final = 580
ANSWERS: Final = 0
OUTPUT: Final = 1
FUTURES: Final = 0
STATISTICS: Final = 1
WAITS: Final = 2
HEALTH: Final = 3
DETAILS: Final = 4
FINDINGS: Final = 2


class Furniture:
    """What ``MainWindow.furnish`` puts into the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._wanted_task = ""
        self._next_wanted = False  # once what is looked for has been found
        self.table = FuturesTable()
        self.states = StateFilter()
        self.playground = Playground()
        self.answers = AnswerPanel()
        self.output = OutputPanel()
        self.graph = GraphPanel()
        self.findings = FindingsPanel()
        panel = QWidget()
        panel.setObjectName("column")
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.states)
        column.addWidget(self.table, 1)
        self.statistics = StatisticsPanel()
        self.health = HealthPanel()
        self.details = DetailsPanel()
        self.futures_dock = TabDock(
            "Futures and statistics",
            (
                ("Futures", panel),
                ("Statistics", self.statistics),
                ("Waits", self.graph),
                ("Health", self.health),
                ("Details", self.details),
            ),
        )
        self.playground_dock = Dock("Playground", self.playground)
        self.messages_dock = TabDock(
            "Messages",
            (("Answers", self.answers), ("Output", self.output), ("Findings", self.findings)),
        )
        # What the table says of itself is not said over the statistics.
        note = self.futures_dock.title.note
        self.futures_dock.pages.currentChanged.connect(lambda page: note.setHidden(page != FUTURES))
        self._place()
        panels = [dock.toggleViewAction() for dock in self.docks]
        window.actions_.fill_menu(window.menu, panels)

    @property
    def docks(self) -> tuple[TabDock, Dock, TabDock]:
        return self.futures_dock, self.playground_dock, self.messages_dock

    def _place(self) -> None:
        """The layout of the first run."""
        window = self._window
        right, below = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        window.setCorner(Qt.Corner.BottomRightCorner, right)
        window.setCorner(Qt.Corner.BottomLeftCorner, below)
        window.addDockWidget(right, self.futures_dock)
        window.addDockWidget(below, self.playground_dock)
        window.splitDockWidget(self.futures_dock, self.messages_dock, Qt.Orientation.Vertical)

    def share_out(self) -> None:
        """The sizes of the panels at the first run, by the size of the window."""
        window = self._window
        wide, tall = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        share = min(window.width() * _COLUMN_SHARE // 100, window.width() - _LEAST_REST)
        column = min(max(_LEAST_COLUMN, share), _MOST_COLUMN)
        docks: list[QDockWidget] = [self.futures_dock, self.messages_dock]
        window.resizeDocks(docks, [column, column], wide)
        # In pixels: smaller numbers are not taken as shares before the first layout.
        bars = (window.statusBar(), *window.findChildren(QToolBar))
        room = window.height() - sum(bar.sizeHint().height() for bar in bars)
        window.resizeDocks(docks, [room * 70 // 100, room * 30 // 100], tall)
        self.table.fit_columns(column)
        height = self.playground_dock.sizeHint().height()
        window.resizeDocks([self.playground_dock], [height], tall)

    def connect(self) -> None:
        """Connect the panels with what the window has."""
        window = self._window
        self.playground.asked.connect(window.commands.send)
        self.playground.task.edit_wanted.connect(window.edit_function)
        window.commands.library_changed.connect(self._library_changed)
        window.commands.refused.connect(self.playground.mark)
        window.search.wanted.connect(self.filter)
        window.search.next_wanted.connect(self._find_next)
        self.states.changed.connect(self.filter)
        self.table.refreshed.connect(self._found)

    def restore(self) -> None:
        """Put everything as it was when the window was closed last."""
        settings = self._window.settings
        columns = settings.restore_layout(self._window)
        if columns is not None:
            self.table.horizontalHeader().restoreState(columns)
        else:
            self._window.first_show.connect(self.share_out)
        self.futures_dock.show_page(settings.page(self.futures_dock.pages.count()))
        self._wanted_task = settings.restore_playground(self.playground)

    def save(self) -> None:
        """The window closes: remember how everything is."""
        self.table.end()
        settings = self._window.settings
        settings.save_layout(self._window, self.table.horizontalHeader().saveState())
        settings.set_page(self.futures_dock.pages.currentIndex())
        settings.save_playground(self.playground)

    def dress(self, name: ThemeName) -> None:
        """The icons and painted parts of the panels, in the colours of a theme."""
        look = chrome(name)
        text, faint = colour(look.muted), colour(look.faint)
        for dock in self.docks:
            dock.set_icons(icon("float", text, faint), icon("close", text, faint))
        self.playground.task.set_icons(icon("edit", text, faint))
        self.table.set_theme(name)
        self.states.set_theme(name)
        self.statistics.set_theme(name)
        self.health.set_theme(name)
        self.details.set_theme(name)
        self.answers.set_theme(name)
        self.graph.set_theme(name)
        self.findings.set_theme(name)

    def apply(self, reasons: Mapping[str, str]) -> None:
        """Say why what cannot act cannot, and where no call can be made what to do instead."""
        self.playground.apply(reasons)
        self.answers.say_why_empty(reasons["create"])

    def order_tabs(self, bar: QWidget, *chart: QWidget) -> None:
        """From the tool bar to the chart, and then as one reads; also once a panel has been
        floated, which is a window of its own then, or docked again."""
        self._chain(bar, *chart)
        for dock in self.docks:
            dock.topLevelChanged.connect(lambda _: self._chain(bar, *chart))

    def _chain(self, bar: QWidget, *chart: QWidget) -> None:
        messages = [self.messages_dock.tabs.button(place) for place in (ANSWERS, OUTPUT, FINDINGS)]
        right = [
            self.futures_dock.tabs.button(place)
            for place in (FUTURES, STATISTICS, WAITS, HEALTH, DETAILS)
        ]
        figures = [self.statistics.pool, self.statistics.copy, self.statistics.table]
        figures += [self.details.copy, self.details.page]
        order = [bar, *chart, *right, *self.states.buttons, self.table, *figures]
        order.append(self.playground.executor.kind)
        last: list[QWidget] = [self.playground.lock.release, *messages]
        last += [self.answers, self.output, self.findings.list]
        for chain in (order, last):
            windows: dict[QWidget, list[QWidget]] = {}
            for widget in chain:
                windows.setdefault(widget.window(), []).append(widget)
            for inside in windows.values():
                for one, other in pairwise(inside):
                    QWidget.setTabOrder(one, other)

    def filter(self) -> None:
        """Show what the search box and the state buttons ask for."""
        self._next_wanted = False
        self.table.set_filter(self._window.search.text(), self.states.states)
        self._window.search.mark(self.table.rows.wrong)

    def _find_next(self) -> None:
        """The next task found; where there is none, the next lane of that name."""
        self._next_wanted = self.table.busy
        if self._next_wanted:
            return
        if len(self.table.rows.rows):
            self.table.find_next()
            for task in self.table.chosen.tasks.rows[:1].tolist():
                self._window.selection.reveal(task)
        elif self._window.chart is not None:
            self._window.chart.find_lane(self.table.rows.words)

    def _found(self) -> None:
        if self._next_wanted:
            self._find_next()

    def _library_changed(self, functions: list[Function], choose: str) -> None:
        self.playground.task.set_library(functions, choose=choose or self._wanted_task)
        self._wanted_task = ""
