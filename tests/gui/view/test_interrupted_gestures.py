"""Drags into which something comes: another trace, new lanes, a key, a menu that takes the release.

And the mouse that stands still while the chart moves under it.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from poolscope_gui.model.chart import Hit
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import MS, crowd
from tests.gui.view.moves import (
    CTRL,
    LEFT,
    NONE,
    SHIFT,
    caption,
    drag,
    name,
    point,
    press,
    wheel,
)

Key = Qt.Key


def lanes(view: TimelineView) -> list[str]:
    """The names of the lanes from top to bottom."""
    layout, chart = view.canvas.layout_now(), view.canvas.chart
    return [chart.lanes[r.lane].title for r in (*layout.pinned, *layout.rows) if r.lane >= 0]


def begin_drag(on: QWidget, at: QPoint, to: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(on, LEFT, held, at)
    QTest.mouseMove(on, at + (to - at) / 2)
    QTest.mouseMove(on, to)


def move_with_no_button(on: QWidget, to: QPoint) -> None:
    where, button = QPointF(to), Qt.MouseButton.NoButton
    there = QPointF(on.mapToGlobal(to))
    QApplication.sendEvent(
        on, QMouseEvent(QEvent.Type.MouseMove, where, there, button, button, NONE)
    )


def a_lane_comes(view: TimelineView, patch: pytest.MonkeyPatch) -> None:
    """To the first pool, above all others: they have other numbers then."""
    chart = view.canvas.chart

    def update() -> bool:
        new = replace(chart.lanes[0], key=("worker", 99), title="new")
        chart.lanes = [new, *chart.lanes]
        chart.groups = [
            replace(group, lanes=[*([] if place else [0]), *(n + 1 for n in group.lanes)])
            for place, group in enumerate(chart.groups)
        ]
        chart.version += 1
        return True

    with patch.context() as patched:
        patched.setattr(chart, "update", update)
        view.refresh()


# -- where the mouse is ---------------------------------------------------------------------


def test_after_a_pan_a_marker_is_set_where_the_mouse_is(view: TimelineView) -> None:
    drag(view.canvas, QPoint(900, 600), QPoint(700, 600))
    press(view.canvas, Key.Key_M)
    scene = view.canvas.scene()
    assert scene.cursor == 700
    assert scene.x(scene.marks.markers[0].time) == pytest.approx(700, abs=2)


def test_the_cursor_goes_with_a_drag(view: TimelineView) -> None:
    begin_drag(view.canvas, QPoint(600, 300), QPoint(800, 300), SHIFT)
    assert view.canvas.scene().cursor == 800
    QTest.mouseRelease(view.canvas, LEFT, SHIFT, QPoint(5000, 300))
    assert view.canvas.scene().cursor is None, "the mouse is elsewhere"


def test_the_keys_act_on_the_lane_that_has_come_under_the_mouse(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    canvas = view.canvas
    at = point(view, 3, 500)
    QTest.mouseMove(canvas, at)
    wheel(canvas, at, -240, SHIFT)
    row = canvas.layout_now().row_at(at.y())
    assert row is not None
    assert row.lane != 3
    assert canvas.hover is not None
    assert canvas.hover.lane == row.lane
    gone = []
    for _ in range(2):  # one after the other comes under the mouse
        under = canvas.layout_now().row_at(at.y())
        assert under is not None
        gone.append(canvas.chart.lanes[under.lane].title)
        press(canvas, Key.Key_H)
    assert canvas.arrangement.hidden_words == gone


# -- a release that never comes -------------------------------------------------------------


def test_a_drag_whose_release_went_elsewhere_is_over(view: TimelineView) -> None:
    begin_drag(view.canvas, QPoint(900, 300), QPoint(800, 300))
    seen = view.visible_range()
    move_with_no_button(view.canvas, QPoint(500, 300))
    assert view.visible_range() == seen
    assert not view.canvas.pointer.busy
    canvas_y = name(view, 0)
    begin_drag(view.canvas, canvas_y, name(view, 1) + QPoint(0, 10))
    move_with_no_button(view.canvas, name(view, 1) + QPoint(0, 10))
    assert view.canvas.drop is None
    assert lanes(view) == ["io_0", "io_1", "cpu_0", "main"]
    view.zoom_to(200 * MS, 400 * MS)
    view.overview.look()
    middle = view.overview.strip().x(300 * MS)
    begin_drag(view.overview, QPoint(round(middle), 20), QPoint(round(middle) + 40, 20))
    seen = view.visible_range()
    assert seen != (200 * MS, 400 * MS)
    move_with_no_button(view.overview, QPoint(round(middle) + 200, 20))
    assert view.visible_range() == seen


def test_no_menu_comes_into_a_drag(view: TimelineView, qtbot: QtBot) -> None:
    begin_drag(view.canvas, QPoint(900, 300), QPoint(800, 300))
    reason, at = QContextMenuEvent.Reason.Mouse, QPoint(800, 300)
    asked = QContextMenuEvent(reason, at, view.canvas.mapToGlobal(at))
    with qtbot.assertNotEmitted(view.canvas.menu_wanted):
        QApplication.sendEvent(view.canvas, asked)
    QTest.mouseRelease(view.canvas, LEFT, NONE, at)
    with qtbot.waitSignal(view.canvas.menu_wanted):
        QApplication.sendEvent(view.canvas, asked)


@pytest.mark.parametrize("what", ["lane", "pool", "range", "marker", "edge", "pan"])
def test_another_trace_ends_a_drag(view: TimelineView, what: str) -> None:
    canvas, held = view.canvas, SHIFT if what == "range" else NONE
    QTest.mouseMove(canvas, QPoint(700, 300))
    press(canvas, Key.Key_M)
    places = {
        "lane": name(view, 3),
        "pool": caption(view, 2),
        "edge": name(view, 3, edge=True),
        "marker": QPoint(round(canvas.scene().x(canvas.marks.markers[0].time)), 36),
    }
    at = places.get(what, QPoint(800, 300))
    begin_drag(canvas, at, at + QPoint(-40, -40), held)
    assert canvas.pointer.busy
    view.set_source(crowd(1, 3))
    seen, arranged = view.visible_range(), repr(canvas.arrangement)
    QTest.mouseMove(canvas, at + QPoint(-80, -80))
    QTest.mouseRelease(canvas, LEFT, held, at + QPoint(-80, -80))
    assert (view.visible_range(), repr(canvas.arrangement)) == (seen, arranged)
    assert canvas.marks.range is None
    assert canvas.marks.markers == ()
    assert canvas.drop is None


# -- lanes and keys that come in between ----------------------------------------------------


def test_it_is_the_dragged_lane_that_moves_when_others_come(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_drag(view.canvas, name(view, 1), name(view, 0) - QPoint(0, 12))
    a_lane_comes(view, monkeypatch)
    end = name(view, 0) - QPoint(0, 12)
    QTest.mouseMove(view.canvas, end)
    QTest.mouseRelease(view.canvas, LEFT, NONE, end)
    assert lanes(view) == ["io_1", "new", "io_0", "cpu_0", "main"]


def test_a_lane_is_dropped_where_the_mouse_is_when_lanes_were_scrolled(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    canvas, start = view.canvas, name(view, 1)
    end = name(view, 4) + QPoint(0, 8)
    begin_drag(canvas, start, end)
    wheel(canvas, end, -240)
    assert canvas.scrolled > 0
    under = canvas.layout_now().row_at(end.y())
    assert under is not None
    QTest.mouseRelease(canvas, LEFT, NONE, end)
    order = lanes(view)
    assert abs(order.index("io_1") - order.index(f"io_{under.lane}")) == 1
    assert under.lane > 5


def test_what_is_chosen_is_still_so_when_lanes_come(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = view.canvas
    QTest.mouseClick(canvas, LEFT, NONE, point(view, 0, 540))
    assert canvas.picked is not None
    assert (canvas.picked.part, canvas.picked.lane) == ("block", 0)
    a_lane_comes(view, monkeypatch)
    assert canvas.picked == Hit("block", 1, 0, canvas.picked.time, 0)


def test_a_marker_removed_in_its_drag_stays_away_and_the_others_stay(view: TimelineView) -> None:
    canvas = view.canvas
    for x in (500, 800):
        QTest.mouseMove(canvas, QPoint(x, 600))
        press(canvas, Key.Key_M)
    first, second = canvas.marks.markers
    at = QPoint(round(canvas.scene().x(second.time)), 36)
    begin_drag(canvas, at, at + QPoint(20, 0))
    press(canvas, Key.Key_Delete)
    QTest.mouseMove(canvas, at + QPoint(60, 0))
    QTest.mouseRelease(canvas, LEFT, NONE, at + QPoint(60, 0))
    assert canvas.marks.markers == (first,)


def test_esc_leaves_a_drag(view: TimelineView) -> None:
    canvas = view.canvas
    begin_drag(canvas, name(view, 0), name(view, 1) + QPoint(0, 10))
    assert canvas.drop is not None
    press(canvas, Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, name(view, 1) + QPoint(0, 10))
    assert lanes(view) == ["io_0", "io_1", "cpu_0", "main"]
    begin_drag(canvas, QPoint(600, 300), QPoint(800, 300), SHIFT)
    assert view.time_range is not None
    press(canvas, Key.Key_Escape)
    QTest.mouseMove(canvas, QPoint(820, 300))
    QTest.mouseRelease(canvas, LEFT, SHIFT, QPoint(820, 300))
    assert view.time_range is None


# -- lanes that scroll ----------------------------------------------------------------------


def seen_at(view: TimelineView, y: int) -> str:
    row = view.canvas.layout_now().row_at(y)
    assert row is not None
    return view.canvas.chart.lanes[row.lane].title if row.lane >= 0 else "a caption"


def test_lanes_that_come_above_push_none_that_is_seen(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_source(crowd(64, 3))
    view.canvas.set_scroll(500)
    before = seen_at(view, 200)
    a_lane_comes(view, monkeypatch)
    assert seen_at(view, 200) == before
    view.canvas.set_scroll(0)
    a_lane_comes(view, monkeypatch)
    assert view.canvas.scrolled == 0, "at the top what comes is seen"


def test_a_move_is_taken_back_to_the_same_lanes(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    canvas = view.canvas
    canvas.set_scroll(500, "")
    before = seen_at(view, 60)
    press(canvas, Key.Key_PageDown)
    press(canvas, Key.Key_Plus, CTRL)
    assert seen_at(view, 60) != before
    canvas.undo_move()
    assert seen_at(view, 60) == before
    canvas.redo_move()
    canvas.undo_move()
    assert seen_at(view, 60) == before


def test_taller_lanes_are_no_move(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    canvas = view.canvas
    canvas.set_scroll(500, "")
    at = point(view, 30, 500)
    for _ in range(3):
        wheel(canvas, at, 120, CTRL)
    canvas.undo_move()
    assert canvas.scrolled == 0, "the one move that there was"
    assert not canvas.past.can_undo


# -- the deepest zoom, and the focus ----------------------------------------------------------


def test_a_marker_steps_at_the_deepest_zoom(view: TimelineView) -> None:
    view.zoom_to(500 * MS, 500 * MS)
    press(view.canvas, Key.Key_M)
    before = view.canvas.marks.markers[0].time
    press(view.canvas, Key.Key_Right, SHIFT)
    assert view.canvas.marks.markers[0].time == before + 1
    press(view.canvas, Key.Key_Left, SHIFT)
    press(view.canvas, Key.Key_Left, SHIFT)
    assert view.canvas.marks.markers[0].time == before - 1


@pytest.mark.parametrize("which", ["canvas", "overview"])
def test_the_focus_is_shown_again_when_it_comes_back(
    view: TimelineView, qtbot: QtBot, which: str
) -> None:
    widget: QWidget = getattr(view, which)

    def edge() -> QImage:
        return widget.grab(QRect(0, 0, 2, widget.height())).toImage()

    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    for each in (view.canvas, view.overview):
        each.clearFocus()
    bare = edge()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    ringed = edge()
    assert ringed != bare
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    assert edge() == bare, "the keys go elsewhere"
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    assert edge() == ringed
    widget.clearFocus()
    widget.setFocus(Qt.FocusReason.MouseFocusReason)
    assert edge() == bare
