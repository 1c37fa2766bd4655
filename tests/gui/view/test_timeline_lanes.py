"""Lanes that are folded, pinned, moved, hidden and resized, by the mouse and by the keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import crowd
from tests.gui.view.moves import CTRL, LEFT, SHIFT, caption, drag, name, point, press, wheel

Key = Qt.Key


def lanes(view: TimelineView) -> list[int]:
    layout = view.canvas.layout_now()
    return [row.lane for row in (*layout.pinned, *layout.rows) if row.lane >= 0]


def height(view: TimelineView, lane: int) -> float:
    row = view.canvas.layout_now().row_of(lane)
    assert row is not None
    return row.height


def test_a_click_on_a_pools_name_folds_it(view: TimelineView) -> None:
    QTest.mouseClick(view.canvas, LEFT, pos=caption(view, 0))
    assert lanes(view) == [2, 3]
    assert not view.canvas.grab().isNull()
    QTest.mouseClick(view.canvas, LEFT, pos=caption(view, 0))
    assert lanes(view) == [0, 1, 2, 3]


def test_a_lane_is_dragged_by_its_name(view: TimelineView) -> None:
    drag(view.canvas, name(view, 0), name(view, 1) + QPoint(0, 10))
    assert lanes(view) == [1, 0, 2, 3]
    assert view.canvas.drop is None
    drag(view.canvas, name(view, 0), name(view, 3))
    assert lanes(view) == [1, 0, 2, 3], "it stays with its pool"
    drag(view.canvas, name(view, 0), name(view, 1) - QPoint(0, 10))
    assert lanes(view) == [0, 1, 2, 3]


def test_a_pool_is_dragged_by_its_name(view: TimelineView) -> None:
    drag(view.canvas, caption(view, 0), name(view, 3) + QPoint(0, 15))
    assert lanes(view) == [2, 3, 0, 1]


def test_the_edge_of_a_name_resizes_and_ctrl_wheel_resizes_all(view: TimelineView) -> None:
    before = [height(view, lane) for lane in range(4)]
    edge = name(view, 1, edge=True)
    drag(view.canvas, edge, edge + QPoint(0, 30))
    after = [height(view, lane) for lane in range(4)]
    assert after[1] == pytest.approx(before[1] + 30, abs=1)
    assert after[0] == before[0]
    wheel(view.canvas, point(view, 2, 500), 120, CTRL)
    assert height(view, 0) > before[0]
    assert height(view, 1) == after[1], "it has a height of its own"
    press(view.canvas, Key.Key_N)
    assert [height(view, lane) for lane in range(4)] == before
    press(view.canvas, Key.Key_Plus, CTRL)
    assert height(view, 0) > before[0]
    press(view.canvas, Key.Key_Minus, CTRL)
    assert height(view, 0) == pytest.approx(before[0], abs=1)


def test_ctrl_wheel_keeps_the_lane_under_the_mouse(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    view.canvas.set_scroll(500)
    at = point(view, 30, 500)
    for up in (120, 120, -120):
        wheel(view.canvas, at, up, CTRL)
        row = view.canvas.layout_now().row_at(at.y())
        assert row is not None
        assert row.lane == 30


def test_the_keys_act_on_the_chosen_lane(view: TimelineView) -> None:
    canvas = view.canvas
    press(canvas, Key.Key_Down, CTRL)
    press(canvas, Key.Key_Down, CTRL)
    assert canvas.lane_number() == 1
    press(canvas, Key.Key_Up, SHIFT)
    assert lanes(view) == [1, 0, 2, 3]
    press(canvas, Key.Key_G)
    assert lanes(view) == [2, 3]
    press(canvas, Key.Key_G)
    press(canvas, Key.Key_P)
    assert view.canvas.layout_now().pinned[0].lane == 1
    press(canvas, Key.Key_P)
    assert not view.canvas.layout_now().pinned
    press(canvas, Key.Key_G, SHIFT)
    assert lanes(view) == []
    press(canvas, Key.Key_G, SHIFT)
    press(canvas, Key.Key_Up, CTRL)
    assert canvas.lane_number() >= 0
    press(canvas, Key.Key_Escape)
    assert canvas.lane is None


def test_what_is_hidden_is_said_and_shown_again(view: TimelineView) -> None:
    canvas, button = view.canvas, view.hidden
    assert not button.isVisible()
    QTest.mouseClick(canvas, LEFT, pos=name(view, 2))
    press(canvas, Key.Key_H)
    press(canvas, Key.Key_H)
    assert lanes(view) == [0, 1]
    view.toggle_state("finished", False)
    assert button.isVisible()
    assert button.text() == "2 lanes, finished hidden"
    assert "cpu_0, main, finished" in button.toolTip()
    menu = button.menu_now()
    menu.actions()[2].trigger()
    assert lanes(view) == [0, 1, 2]
    menu.deleteLater()
    press(canvas, Key.Key_H, SHIFT)
    assert lanes(view) == [0, 1, 2, 3]
    assert button.text() == "finished hidden"
    button.show_all()
    assert canvas.hidden == frozenset()
    assert not button.isVisible()


@pytest.mark.parametrize("workers", [64, 256])
def test_pinned_lanes_stay_while_many_scroll(view: TimelineView, workers: int) -> None:
    view.set_source(crowd(workers, 3))
    canvas = view.canvas
    canvas.choose_lane(workers - 1)
    assert canvas.scrolled > 0, "it is brought into view"
    press(canvas, Key.Key_P)
    for value in (0, 400):
        view.bar.setValue(value)
        layout = canvas.layout_now()
        at_top = layout.row_at(layout.top + 2)
        assert at_top is not None
        assert at_top.lane == workers - 1
    row = canvas.layout_now().visible()[2]
    found = canvas.hit(point(view, row.lane, 500).toPointF())
    assert found is not None
    assert found.lane == row.lane
    assert not canvas.grab().isNull()
