"""The chart: lanes, ruler, queue depth and legend, in one widget that the window embeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollBar, QWidget

from poolscope_gui.model.chart import Chart, Hit
from poolscope_gui.model.marks import TimeRange
from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.viewport import Navigation

from .canvas import ChartCanvas
from .hidden_button import HiddenButton
from .legend import LegendBar
from .overview import OverviewStrip

Theme = Literal["light", "dark"]
_numbers = count(1)
NOTHING_YET = "No events yet. Create a pool and press Submit"


class TimelineView(QWidget):
    """The whole chart. It is given a source, told when to look again, and asked for nothing else.

    Times are ns since the start of the trace, tasks are rows of the store's table.
    """

    task_selected = Signal(object)  # a model.task_set.TaskSet, by a click; may be empty
    follow_changed = Signal(bool)
    frozen_changed = Signal(bool)
    view_changed = Signal(object, object)  # begin, end in ns: Python ints, a C int is too short

    range_selected = Signal(object)  # a model.marks.TimeRange, or None when it was let go

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = LegendBar(self)
        self.canvas = ChartCanvas(self)
        self.overview = OverviewStrip(self.canvas, self)
        self.hidden = HiddenButton(self.canvas, self.toggle_state, self)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.setAccessibleName("Lanes")
        self.bar.hide()
        self._drag = ""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        head = QHBoxLayout()
        head.addWidget(self.legend, 1)
        head.addWidget(self.hidden)
        grid.addLayout(head, 0, 0, 1, 2)
        grid.addWidget(self.canvas, 1, 0)
        grid.addWidget(self.bar, 1, 1)
        grid.addWidget(self.overview, 2, 0)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(1, 1)
        self.canvas.task_selected.connect(self.task_selected)
        self.canvas.follow_changed.connect(self.follow_changed)
        self.canvas.view_changed.connect(self.view_changed)
        self.canvas.range_selected.connect(self.range_selected)
        self.canvas.scroll_changed.connect(self._on_scroll)
        self.canvas.refreshed.connect(lambda: self.legend.set_chart(self.canvas.chart))
        self.bar.valueChanged.connect(self._on_bar)
        self.bar.sliderPressed.connect(self._on_bar_pressed)
        self.legend.toggled.connect(self.toggle_state)
        self.set_source(None)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab goes to, in this order."""
        return *self.legend.stops, self.hidden, self.canvas, self.overview

    def set_source(self, source: Chart | None) -> None:
        """Show another trace (a ``model.source.ChartSource``); None empties the chart."""
        frozen = self.frozen
        self.canvas.set_chart(source if source is not None else Chart(message=NOTHING_YET))
        self.overview.begin_anew()
        if frozen:  # what was held still is gone
            self.frozen_changed.emit(False)

    def news(self) -> None:
        """The store changed: look again with the next frame. Cheap."""
        self.canvas.loop.news()

    def refresh(self) -> None:
        """Look again now; asks for one repaint."""
        self.canvas.refresh()

    def set_theme(self, theme: Theme) -> None:
        self.canvas.theme = THEMES[theme]
        self.legend.set_theme(theme)
        self.overview.update()
        self.hidden.set_theme(THEMES[theme])
        self.canvas.update()

    def set_follow(self, follow: bool) -> None:
        """Keep the live edge in view. A pan leaves it, End takes it up again."""
        # The button follows the view as well: what it says then must not be a move of its own.
        if follow != self.follow:
            self.canvas.move_view(lambda view: view.set_follow(follow))

    @property
    def follow(self) -> bool:
        return self.canvas.navigation.follow

    def set_frozen(self, frozen: bool) -> None:
        """Hold the picture still; what is recorded meanwhile appears on thawing."""
        if frozen == self.canvas.navigation.frozen:
            return
        self.canvas.navigation.frozen = frozen
        self.refresh()
        self.frozen_changed.emit(frozen)

    @property
    def frozen(self) -> bool:
        return self.canvas.navigation.frozen

    @contextmanager
    def on_paper(self) -> Iterator[None]:
        """Meanwhile all of it is painted into a file that keeps shapes and texts."""
        with ExitStack() as stack:
            for part in (self.canvas, self.overview, self.legend):
                stack.enter_context(part.painter.on_paper())
            yield

    def fit(self) -> None:
        """Show everything, from the first event to now."""
        self.canvas.move_view(Navigation.fit)

    def select_tasks(self, rows: Iterable[int]) -> None:
        """Outline these tasks' bars; emits nothing, so that two views can follow each other."""
        self.canvas.select(rows)

    def reveal_task(self, row: int) -> None:
        """Bring a task's bar into view, in time and by scrolling its lane; zoom as it is.

        Nothing happens for a task that no worker has begun: it has no bar.
        """
        place = self.canvas.chart.place(row)
        if place is None:
            return
        self.canvas.set_scroll(self.canvas.layout_now().scroll_to(place.lane))
        begin, end = self.visible_range()
        if begin <= place.begin and place.end <= end:
            return
        span = max(end - begin, (place.end - place.begin) * 1.5)
        middle = (place.begin + place.end) / 2
        self.canvas.move_view(lambda view: view.show(middle - span / 2, middle + span / 2))

    def reveal_moment(self, lane: int, time_ns: int) -> None:
        """Bring a moment of a lane into view; zoom as it is."""
        self.canvas.set_scroll(self.canvas.layout_now().scroll_to(lane))
        begin, end = self.visible_range()
        room = (end - begin) / 20
        if not begin + room <= time_ns <= end - room:
            half = (end - begin) / 2
            self.canvas.move_view(lambda view: view.show(time_ns - half, time_ns + half))

    def find_lane(self, words: Sequence[str]) -> None:
        """Choose the next lane, a worker's, a thread's or a lock's, whose name has these words."""
        canvas = self.canvas
        lanes, at = canvas.chart.lanes, canvas.lane_number()
        for number in [*range(at + 1, len(lanes)), *range(at + 1)] if words else ():
            if all(word in lanes[number].title.casefold() for word in words):
                canvas.choose_lane(number)
                canvas.pick(Hit("lane", number, lock=lanes[number].lock))
                return

    def zoom_to(self, begin_ns: int, end_ns: int) -> None:
        """Show exactly this stretch of time. Leaves Follow."""
        self.canvas.move_view(lambda view: view.show(begin_ns, end_ns))

    def visible_range(self) -> tuple[int, int]:
        """Begin and end of what is shown, ns."""
        view = self.canvas.navigation
        return int(view.begin), int(view.begin + view.span)

    @property
    def time_range(self) -> TimeRange | None:
        """The range of time that the user has chosen."""
        return self.canvas.marks.range

    def set_wall(self, wall: bool) -> None:
        """Tell times by the clock on the wall, or from the start."""
        self.canvas.wall = wall
        self.canvas.update()

    def toggle_state(self, state: str, shown: bool) -> None:
        """Show or hide the bars of one state; the names are ``model.palette.TOGGLES``.

        Raises ValueError for another name.
        """
        self.canvas.set_hidden(state, not shown)
        self.legend.set_shown(state, shown)
        self.hidden.refresh()

    def _on_scroll(self, value: int, most: int, page: int) -> None:
        self.bar.blockSignals(True)
        self.bar.setPageStep(max(1, page))
        self.bar.setSingleStep(24)
        self.bar.setRange(0, most)
        self.bar.setValue(value)
        self.bar.blockSignals(False)
        self.bar.setVisible(most > 0)

    def _on_bar(self, value: int) -> None:
        held = self.bar.isSliderDown()
        self.canvas.set_scroll(float(value), self._drag if held else "scroll")

    def _on_bar_pressed(self) -> None:
        self._drag = f"drag bar {next(_numbers)}"  # one move, however long
