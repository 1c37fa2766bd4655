"""Tells the story of what is chosen in the details panel, and goes where its links lead.

It works only while the panel is seen: at once for another choice, else a few times a second and
never for more than a part of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from .furniture import DETAILS
from .model import stories
from .model.story import Goal
from .model.tracks import NEVER

if TYPE_CHECKING:
    from .model.source import ChartSource
    from .view.timeline import TimelineView
    from .window import MainWindow

_PAUSE_MS: Final = 250
_COST_SHARE: Final = 20  # a story takes at most this part of the time


class Details(QObject):
    """Follows what is chosen on the chart, which follows the table."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panel = window.furniture.details
        self._source: ChartSource | None = None
        self._chart: TimelineView | None = None
        self.goal: Goal | None = None
        self._seen = (NEVER, NEVER)
        self._cost_ms = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.tell)
        self._panel.shown.connect(self.tell)
        self._panel.goal_wanted.connect(self.go)
        window.actions_["details"].triggered.connect(lambda _=False: self.show())
        self.tell()

    def follow(self, source: ChartSource, chart: TimelineView) -> None:
        """Another trace, or the chart that was not there yet."""
        if self._chart is not chart:
            self._chart = chart
            chart.canvas.picked_changed.connect(self._chosen)
            chart.canvas.task_selected.connect(lambda _: self._chosen())
        self._source = source
        self._chosen()

    def end(self) -> None:
        """The window closes."""
        self._later.stop()
        self._source = None

    def show(self) -> None:
        """Open the panel."""
        dock = self._window.furniture.futures_dock
        dock.show()
        dock.show_page(DETAILS)

    def touch(self) -> None:
        """There is something new, or time went by."""
        if not self._later.isActive() and self._panel.isVisible() and self.goal is not None:
            self._later.start(max(_PAUSE_MS, round(_COST_SHARE * self._cost_ms)))

    def _chosen(self) -> None:
        before, chart = self.goal, self._chart
        if self._source is None or chart is None:
            return
        self.goal = stories.goal_of(self._source, chart.canvas.picked)
        if self.goal is not None and self.goal != before:
            self._window.furniture.futures_dock.stir(DETAILS)
        self.tell()

    def tell(self) -> None:
        """Tell it as it is now."""
        self._later.stop()
        source = self._source
        if not self._panel.isVisible():
            return
        if source is None or self.goal is None:
            rows = len(self._window.selection.rows)
            self._panel.show_story(None, stories.several(rows) if rows > 1 else stories.EMPTY)
            return
        clock = QElapsedTimer()
        clock.start()
        self._panel.show_story(stories.story(source, self.goal), "")
        self._cost_ms = clock.nsecsElapsed() / 1e6

    def go(self, goal: Goal) -> None:
        """Show on the chart where a link leads, and choose what is there."""
        source, chart = self._source, self._chart
        if source is None or chart is None:
            return
        if goal.part == "task":
            self._window.selection.choose(goal.ref)
            return
        lane, time, hit = stories.place_of(source, goal)
        if lane != NEVER and time != NEVER:
            chart.reveal_moment(lane, time)
        if lane != NEVER:
            chart.canvas.choose_lane(lane)
        if hit is not None:
            chart.canvas.choose(())
            chart.canvas.pick(hit)
