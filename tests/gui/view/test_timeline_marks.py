"""Ranges, markers and moves taken back, by the mouse and by the keys."""

from __future__ import annotations

from itertools import count

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from poolscope_gui.model.furniture import cursor_plate, scale
from poolscope_gui.model.layout import RULER
from poolscope_gui.model.past import Past
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import MS, crowd, one_lane
from tests.gui.view.moves import LEFT, SHIFT, drag, point, press, wheel

Key = Qt.Key


def markers(view: TimelineView) -> list[int]:
    return [marker.time for marker in view.canvas.marks.markers]


def test_a_drag_with_shift_chooses_a_range_and_the_view_stays(
    view: TimelineView, qtbot: QtBot
) -> None:
    before = view.visible_range()
    with qtbot.waitSignal(view.range_selected):
        drag(view.canvas, point(view, 2, 700), point(view, 2, 900), SHIFT)
    chosen = view.time_range
    assert chosen is not None
    assert chosen.begin.time == pytest.approx(700 * MS, abs=2 * MS)
    assert chosen.end.time == pytest.approx(900 * MS, abs=2 * MS)
    assert view.visible_range() == before
    press(view.canvas, Key.Key_F)
    assert view.visible_range()[0] == pytest.approx(700 * MS, abs=2 * MS)
    with qtbot.waitSignal(view.range_selected) as told:
        press(view.canvas, Key.Key_Escape)
    assert told.args == [None]


def test_the_ends_of_bars_catch_a_range(view: TimelineView) -> None:
    near = QPoint(3, 0)
    drag(view.canvas, point(view, 0, 310) - near, point(view, 0, 420) + near, SHIFT)
    chosen = view.time_range
    assert chosen is not None
    assert (chosen.begin.time, chosen.end.time) == (310 * MS, 420 * MS)
    assert chosen.words == "110.000000 ms"
    QTest.mouseClick(view.canvas, LEFT, SHIFT, point(view, 2, 900))
    assert view.time_range is None


def test_markers_are_set_moved_chosen_and_removed_by_keys(view: TimelineView) -> None:
    for ms in (300, 700):
        QTest.mouseMove(view.canvas, point(view, 2, ms))
        press(view.canvas, Key.Key_M)
    assert markers(view) == pytest.approx([300 * MS, 700 * MS], abs=2 * MS)
    assert view.canvas.marks.chosen == 1
    press(view.canvas, Key.Key_Right, SHIFT)
    assert markers(view)[1] > 700 * MS
    press(view.canvas, Key.Key_R)
    chosen = view.time_range
    assert chosen is not None
    assert [chosen.begin.time, chosen.end.time] == markers(view)
    press(view.canvas, Key.Key_Comma)
    assert view.canvas.marks.chosen == 0
    press(view.canvas, Key.Key_Delete)
    assert markers(view) == pytest.approx([700 * MS], abs=4 * MS)
    press(view.canvas, Key.Key_Delete)
    assert markers(view) == []


def test_a_marker_is_dragged_by_its_flag_and_the_view_stays(view: TimelineView) -> None:
    QTest.mouseMove(view.canvas, point(view, 2, 700))
    press(view.canvas, Key.Key_M)
    before = view.visible_range()
    flag = QPoint(round(view.canvas.scene().x(markers(view)[0])), round(RULER + 8))
    drag(view.canvas, flag, QPoint(point(view, 0, 800).x(), flag.y()))
    assert markers(view) == pytest.approx([800 * MS], abs=2 * MS)
    assert view.visible_range() == before


def test_the_next_marker_is_brought_into_view(view: TimelineView) -> None:
    for ms in (100, 900):
        QTest.mouseMove(view.canvas, point(view, 2, ms))
        press(view.canvas, Key.Key_M)
    view.zoom_to(880 * MS, 920 * MS)
    press(view.canvas, Key.Key_Period)
    begin, end = view.visible_range()
    assert begin < 100 * MS < end
    assert end - begin == pytest.approx(40 * MS, rel=0.01)


def test_moves_are_taken_back_and_made_again(view: TimelineView) -> None:
    canvas = view.canvas
    looks = [view.visible_range()]
    for _ in range(3):
        wheel(canvas, point(view, 0, 500), 120)
    looks.append(view.visible_range())
    drag(canvas, QPoint(800, 300), QPoint(700, 300))
    looks.append(view.visible_range())
    press(canvas, Key.Key_Home)
    looks.append(view.visible_range())
    for look in reversed(looks[:-1]):
        canvas.undo_move()
        assert view.visible_range() == look
    assert view.follow, "as it was at first"
    assert not canvas.past.can_undo
    canvas.undo_move()
    for look in looks[1:]:
        canvas.redo_move()
        assert view.visible_range() == look
    assert not view.follow


def test_scrolling_is_a_move_as_well(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    press(view.canvas, Key.Key_PageDown)
    assert view.canvas.scrolled > 0
    view.canvas.undo_move()
    assert view.canvas.scrolled == 0
    assert view.bar.value() == 0


def test_a_drag_of_the_scroll_bar_is_one_move_however_long(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    seconds = count()
    view.canvas.past = Past(clock=lambda: float(next(seconds)))
    for value in (100, 200, 300):
        view.bar.setSliderDown(True)
        for more in (1, 2, 3):
            view.bar.setValue(value + more)
        view.bar.setSliderDown(False)
    assert view.canvas.scrolled == 303
    view.canvas.undo_move()
    assert view.canvas.scrolled == 203
    view.canvas.undo_move()
    view.canvas.undo_move()
    assert view.canvas.scrolled == 0
    assert not view.canvas.past.can_undo


def test_another_trace_has_no_past_and_no_marks(view: TimelineView, qtbot: QtBot) -> None:
    press(view.canvas, Key.Key_M)
    press(view.canvas, Key.Key_R)
    wheel(view.canvas, point(view, 0, 500), 120)
    with qtbot.waitSignal(view.range_selected) as told:
        view.set_source(crowd(2, 3))
    assert told.args == [None]
    assert markers(view) == []
    assert not view.canvas.past.can_undo


def test_wall_clock(view: TimelineView) -> None:
    def labels() -> list[str]:
        return [tick.label for tick in scale(view.canvas.scene()).ticks]

    before = labels()
    view.set_wall(True)
    assert labels() == before, "what the clock said is not known"
    view.canvas.chart.wall_ns = 1_795_269_785 * 10**9
    assert labels() != before
    assert all(label.count(":") == 2 for label in labels())


@pytest.mark.parametrize(
    ("hours", "span_s", "told"),
    [
        (30, 7200, "12:00:00"),
        (30, 2, "12:00:00.000"),
        (0.5, 1200, "14:59"),
        (0.01, 36, "18.00 s"),
        (0.0001, 0.36, "180.0 ms"),
    ],
)
def test_the_mouse_tells_the_time_as_the_ruler_does(
    view: TimelineView, hours: float, span_s: float, told: str
) -> None:
    view.set_source(one_lane(now=hours * 3_600_000))
    middle = 12 * 3_600_000 if hours == 30 else hours * 1_800_000  # ms
    half = span_s * 500  # ms
    view.zoom_to(round((middle - half) * MS), round((middle + half) * MS))
    layout = view.canvas.layout_now()
    view.canvas.set_hover(None, QPointF(round(layout.left + layout.chart_width / 2), 300))
    plate = cursor_plate(view.canvas.scene())
    assert plate is not None
    assert plate[2] == told
    labels = [tick.label for tick in scale(view.canvas.scene()).ticks]
    assert all((":" in label) == (":" in told) for label in labels)
    assert all(label.split(" ")[1:] == told.split(" ")[1:] for label in labels), "the same unit"
