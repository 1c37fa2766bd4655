"""The chart's actions in the window: moves, marks, lanes, the clock; what of them is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from .counter_menu import CounterMenu
from .view.keys import COMMANDS

if TYPE_CHECKING:
    from .model.marks import TimeRange
    from .view.timeline import TimelineView
    from .window import MainWindow


class ChartActions(QObject):
    """Connects the actions with the chart, and says why one cannot act."""

    def __init__(self, window: MainWindow, chart: TimelineView) -> None:
        super().__init__(window)
        self._window, self._chart = window, chart
        actions, canvas = window.actions_, chart.canvas
        for name, action in actions.chart.items():
            act = COMMANDS[name].act
            action.triggered.connect(lambda _=False, act=act: act(canvas))
        actions["undo_move"].triggered.connect(lambda _=False: canvas.undo_move())
        actions["redo_move"].triggered.connect(lambda _=False: canvas.redo_move())
        actions["wall"].toggled.connect(chart.set_wall)
        actions["overview"].toggled.connect(chart.overview.setVisible)
        canvas.kept_changed.connect(self.tell)
        canvas.lane_menu_wanted.connect(self._show_lane_menu)
        chart.range_selected.connect(self._ranged)
        self.lane_menu = self._menu("Lanes", "What can be done with the lane")
        self.mark_menu = self._menu("Marks", "Markers and the range of time")
        self.counters = CounterMenu(window, chart)
        self._restore()
        self.tell()

    def _menu(self, group: str, name: str) -> QMenu:
        made = QMenu(group, self._chart)
        made.setAccessibleName(name)
        made.setToolTipsVisible(True)
        self._window.actions_.fill_chart_menu(made, group)
        return made

    def tell(self) -> None:
        """Enable what can act; the rest says why not."""
        canvas, actions = self._chart.canvas, self._window.actions_
        past, marks = canvas.past, canvas.marks
        actions.apply(
            {
                "undo_move": "" if past.can_undo else "The view has not been moved yet.",
                "redo_move": "" if past.can_redo else "No move was taken back.",
            }
        )
        empty = "" if canvas.chart.lanes else "There is no lane yet."
        reasons = dict.fromkeys(actions.chart, empty)
        if not canvas.arrangement.hidden:
            reasons["show_lanes"] = "No lane is hidden."
        if not marks.markers:
            reasons["remove_marker"] = "There is no marker. M sets one at the mouse."
        if not marks.room:
            reasons["marker"] = "All letters are taken: remove a marker first."
        if marks.range is None:
            reasons["no_range"] = "No range is chosen. Drag with Shift over the chart."
        actions.apply_to_chart(reasons)

    def _ranged(self, chosen: TimeRange | None) -> None:
        statistics = self._window.furniture.statistics
        statistics.set_ranged(chosen is not None)

    def _show_lane_menu(self, where: QPoint) -> None:
        self.tell()
        self.lane_menu.popup(where)

    def _restore(self) -> None:
        """As it was when the window was closed last."""
        settings, actions = self._window.settings, self._window.actions_
        shown = settings.text("chart/overview") != "off"
        actions["overview"].setChecked(shown)
        self._chart.overview.setVisible(shown)  # off to off tells nobody
        actions["wall"].setChecked(settings.text("chart/clock") == "wall")
        scale = settings.share("chart/lanes")
        self._chart.canvas.arrange_lanes(lambda lanes: lanes.zoom(scale))

    def save(self) -> None:
        """Remember how it is."""
        settings, actions = self._window.settings, self._window.actions_
        settings.set_text("chart/overview", "on" if actions["overview"].isChecked() else "off")
        settings.set_text("chart/clock", "wall" if actions["wall"].isChecked() else "start")
        settings.set_text("chart/lanes", f"{self._chart.canvas.arrangement.scale:.4f}")
