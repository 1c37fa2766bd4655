"""What a chart's widget shows, and every way to change that: moves, marks, the order of lanes.

It takes no input and paints nothing: ``ChartCanvas`` does both. A move of the view can be taken
back; one gesture (a drag, the turns of a wheel) is one move.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from poolscope_gui.model.anchor import scroll_of, uppermost
from poolscope_gui.model.arrangement import Arrangement, Key
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.counter_kinds import AT_FIRST
from poolscope_gui.model.density import Density
from poolscope_gui.model.layout import Layout, arrange, lock_height
from poolscope_gui.model.marks import Marks, Moment, grain_of
from poolscope_gui.model.matched import Matched
from poolscope_gui.model.past import Past
from poolscope_gui.model.task_set import TaskSet
from poolscope_gui.model.tracks import Rows
from poolscope_gui.model.viewport import Look, Navigation

Shape = tuple[int, int, int, tuple[float, ...], tuple[object, ...], tuple[object, ...]]

ROOM = 0.25  # beside what is framed, as a share of it


class MovingView(QWidget):
    """A chart and how it is looked at."""

    follow_changed = Signal(bool)
    view_changed = Signal(object, object)
    scroll_changed = Signal(int, int, int)  # value, most, page
    range_selected = Signal(object)  # a model.marks.TimeRange, or None
    kept_changed = Signal()  # what can be undone; which marks and hidden lanes, if any lanes

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = Chart()
        self.navigation = Navigation()
        self.past = Past()
        self.scrolled = 0.0
        self.selected = TaskSet()
        self.marks = Marks()
        self.arrangement = Arrangement()
        self.densities: dict[str, Density] = {}
        self.wall = False
        self.counters: tuple[str, ...] = AT_FIRST  # the strips below the lanes
        self.lane: Key | None = None  # the one that the keys act on
        self.matched: Matched | None = None  # with a filter on, what it asks for
        self.drop: float | None = None  # y of where a dragged lane would go
        self.mouse_x: float | None = None
        self._arranged = 0  # how often the arrangement has changed
        self._shape: Shape = (0, 0, 0, (), (), ())
        self._laid: tuple[object, Layout] = (None, arrange(self.chart, 0.0, 0.0, 0.0))
        self._told_view: tuple[int, int] = (0, 0)
        self._told_scroll = (-1, -1, -1)

    def begin_anew(self, chart: Chart) -> None:
        """Show another chart, from its beginning; how tall lanes are stays."""
        ranged = self.marks.range is not None
        self.chart = chart
        self.navigation = Navigation()
        self.past = Past()
        self.scrolled = 0.0
        self.selected = TaskSet()
        self.marks = Marks()
        self.arrangement = Arrangement(scale=self.arrangement.scale)
        self._arranged += 1
        self.densities = {}
        self.lane = self.drop = self.matched = None
        self.kept_changed.emit()
        if ranged:
            self.range_selected.emit(None)

    def layout_now(self) -> Layout:
        """Where everything is."""
        chart, size, rows = self.chart, (self.width(), self.height()), self.marks.rows
        # Asked for several times a frame, and by every move of the mouse.
        shape, strips = self._shape_now(), len(self.counters)
        key = (chart, *shape[:4], size, self.scrolled, rows, self._arranged, strips)
        if key != self._laid[0]:
            wide, high = float(size[0]), float(size[1])
            found = arrange(chart, wide, high, self.scrolled, self.arrangement, rows, strips)
            self._laid = (key, found)
        return self._laid[1]

    def _shape_now(self) -> Shape:
        """What of the chart decides where its lanes are: it changes more rarely than the rest."""
        chart = self.chart
        lanes, groups, many = chart.lanes, chart.groups, len(chart.lanes)
        version, known = (chart, chart.version, id(lanes), id(groups), many), self._shape
        if version != known[-1]:
            tall = tuple([lock_height(lane) for lane in lanes if lane.kind == "lock"])
            # The lists themselves are kept: no other ones can have their ids meanwhile.
            self._shape = known = (id(lanes), id(groups), many, tall, (lanes, groups), version)
        return known

    def take_in(self) -> bool:
        """Take in what is new of the chart; the lanes that are seen stay where they are.

        Returns whether any row is elsewhere, or another one, now.
        """
        chart, before, blank = self.chart, self.layout_now(), self.blank
        lanes, groups = chart.lanes, chart.groups
        chart.update()
        if self.blank != blank:
            self.kept_changed.emit()
        if self.layout_now() is before:
            return False
        top = uppermost(before, lanes, groups)
        scroll = scroll_of(top, self.layout_now(), chart.lanes, chart.groups)
        self.scrolled = self.scrolled if scroll is None else scroll
        return True

    # -- moves --------------------------------------------------------------------------

    def _look(self) -> Look:
        top = uppermost(self.layout_now(), self.chart.lanes, self.chart.groups)
        return self.navigation.look(self.scrolled, top)

    def move_view(self, move: Callable[[Navigation], None], gesture: str = "") -> None:
        """Carry out a move, tell those who want to know, and remember how it was before.

        ``gesture``: as ``model.past.Past.note`` has it.
        """
        before = self._look()
        move(self.navigation)
        if self._look() != before:
            self._note(before, gesture)
        if self.navigation.follow != before.follow:
            self.follow_changed.emit(self.navigation.follow)
        self.moved()

    def set_scroll(self, value: float, gesture: str = "scroll") -> None:
        """Scroll the lanes to so many pixels."""
        before = self._look()
        self.scrolled = min(max(0.0, value), self.layout_now().most_scroll)
        if self.scrolled != before.scroll:
            self._note(before, gesture)
        self.moved()

    def hold(self, scroll: float) -> None:
        """The same where it is no move, but has what is seen stay where it is."""
        self.scrolled = min(max(0.0, scroll), self.layout_now().most_scroll)
        self.moved()

    def _note(self, before: Look, gesture: str) -> None:
        could = (self.past.can_undo, self.past.can_redo)
        self.past.note(before, gesture)
        if could != (self.past.can_undo, self.past.can_redo):
            self.kept_changed.emit()

    def undo_move(self) -> None:
        """Take the last move of the view back."""
        self._stand(self.past.undo(self._look()))

    def redo_move(self) -> None:
        """Make the move again that was taken back."""
        self._stand(self.past.redo(self._look()))

    def _stand(self, look: Look | None) -> None:
        if look is None:
            return
        followed = self.navigation.follow
        self.navigation.restore(look)
        # Lanes may have come and gone, or been put elsewhere, since.
        scroll = scroll_of(look.top, self.layout_now(), self.chart.lanes, self.chart.groups)
        self.scrolled = look.scroll if scroll is None else scroll
        if self.navigation.follow != followed:
            self.follow_changed.emit(self.navigation.follow)
        self.kept_changed.emit()
        self.moved()

    def moved(self) -> None:
        """Tell of where the view is now, and paint."""
        layout = self.layout_now()
        self.scrolled = layout.scroll
        bar = (int(layout.scroll), int(layout.most_scroll), int(layout.scrolled_page))
        if bar != self._told_scroll:
            self._told_scroll = bar
            self.scroll_changed.emit(*bar)
        view = (int(self.navigation.begin), int(self.navigation.begin + self.navigation.span))
        if view != self._told_view:
            self._told_view = view
            self.view_changed.emit(*view)
        self.update()

    def frame(self, begin: int, end: int) -> None:
        """Show a stretch with some room on both sides."""
        room = max((end - begin) * ROOM, 1000.0)
        self.move_view(lambda view: view.show(begin - room, end + room))

    def frame_selection(self) -> None:
        """Show the selected bars; or the chosen range; or everything, and follow the live edge."""
        some = self.chart.outermost(self.selected.rows).tolist()
        places = [place for row in some if (place := self.chart.place(row)) is not None]
        chosen = self.marks.range
        if places:
            self.frame(min(p.begin for p in places), max(p.end for p in places))
        elif chosen is not None:
            begin, end = chosen.begin.time, chosen.end.time
            self.move_view(lambda view: view.show(begin, end))
        else:
            self.move_view(Navigation.fit_and_follow)

    def set_counters(self, names: tuple[str, ...]) -> None:
        """Show these counters below the lanes; the names are those of ``counter_kinds``."""
        if names != self.counters:
            self.counters = names
            self.moved()

    def set_matched(self, rows: Rows | None) -> None:
        """Fade all tasks but these (rows); None: fade none."""
        if rows is None:
            changed, self.matched = self.matched is not None, None
        else:
            changed = self.matched is None or not self.matched.same(rows)
            self.matched = Matched(rows) if changed else self.matched
        if changed:
            self.update()

    # -- marks --------------------------------------------------------------------------

    @property
    def unit(self) -> float:
        """ns to a pixel."""
        return self.navigation.span / self.layout_now().chart_width

    def at_mouse(self) -> Moment:
        """The moment under the mouse, or the middle of the view."""
        layout, view = self.layout_now(), self.navigation
        share = 0.5
        if self.mouse_x is not None and self.mouse_x >= layout.left:
            share = (self.mouse_x - layout.left) / layout.chart_width
        grain = grain_of(self.unit)
        return Moment(round((view.begin + share * view.span) / grain) * grain, grain)

    def set_marks(self, marks: Marks) -> None:
        """Show these marks."""
        if marks == self.marks:
            return
        before, self.marks = self.marks, marks
        if marks.range != before.range:
            self.range_selected.emit(marks.range)
        self.kept_changed.emit()
        self.moved()

    def step_marker(self, pixels: int) -> None:
        """Move the chosen marker."""
        marks = self.marks
        if 0 <= marks.chosen < len(marks.markers):
            grain = grain_of(self.unit)
            # A ns is the least, however many pixels it has.
            time = marks.markers[marks.chosen].time + round(pixels * max(self.unit, 1.0))
            self.set_marks(marks.move(Moment(round(time / grain) * grain, grain)))

    # -- lanes --------------------------------------------------------------------------

    @property
    def blank(self) -> bool:
        """Nothing is there yet: no mouse and no key can move it, which nobody would see, and which
        would leave Follow before the first event."""
        return not self.chart.lanes

    def arrange_lanes(self, change: Callable[[Arrangement], object]) -> None:
        """Change how the lanes are put."""
        change(self.arrangement)
        self._arranged += 1
        self.kept_changed.emit()
        self.moved()

    def lane_number(self) -> int:
        """The number of the lane that the keys act on; -1 when there is none."""
        return self.number_of(self.lane)

    def number_of(self, key: Key | None) -> int:
        """The number of the lane of this key; -1 when there is none."""
        lanes = self.chart.lanes
        return next((number for number, lane in enumerate(lanes) if lane.key == key), -1)

    def choose_lane(self, number: int) -> None:
        """Have the keys act on this lane, and bring it into view."""
        if 0 <= number < len(self.chart.lanes):
            self.lane = self.chart.lanes[number].key
            self.set_scroll(self.layout_now().scroll_to(number))
