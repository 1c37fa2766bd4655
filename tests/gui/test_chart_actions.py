"""The chart's actions in the window: menus with tips, reasons, the sheet, what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from poolscope_gui.actions import SPECS
from poolscope_gui.model.marks import Moment
from poolscope_gui.model.palette import FINISHED
from poolscope_gui.view.keys import COMMANDS
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import HandMade, one_lane
from tests.gui.made_traces import MS, every_state
from tests.gui.test_window import Stage


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, every_state()).live()


def chart_of(stage: Stage) -> TimelineView:
    assert stage.window.chart is not None
    return stage.window.chart


def test_a_move_can_be_undone_from_the_menu_and_why_not_is_said(stage: Stage) -> None:
    chart, actions = chart_of(stage), stage.window.actions_
    undo, redo = actions["undo_move"], actions["redo_move"]
    assert not undo.isEnabled()
    assert undo.toolTip() == "The view has not been moved yet."
    before = chart.visible_range()
    chart.zoom_to(10 * MS, 20 * MS)
    assert undo.isEnabled()
    assert "Ctrl+Z" in undo.toolTip()
    undo.trigger()
    assert chart.visible_range() == before
    redo.trigger()
    assert chart.visible_range() == (10 * MS, 20 * MS)
    assert not redo.isEnabled()


def test_ctrl_z_is_heard_by_the_chart(stage: Stage) -> None:
    chart = chart_of(stage)
    before = chart.visible_range()
    chart.zoom_to(10 * MS, 20 * MS)
    stage.window.activateWindow()
    chart.canvas.setFocus()
    QTest.keyClick(stage.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert chart.visible_range() == before


@pytest.mark.parametrize("seconds", [0.08, 3, 12])
def test_an_undone_move_is_made_again_in_a_finished_trace(stage: Stage, seconds: float) -> None:
    """Undoing takes Follow up again, which the button hears and says to the chart."""
    chart, actions = chart_of(stage), stage.window.actions_
    chart.set_source(one_lane((1, 2, FINISHED), now=seconds * 1000))
    whole = chart.visible_range()
    chart.zoom_to(10 * MS, 20 * MS)
    actions["undo_move"].trigger()
    assert chart.visible_range() == whole
    assert chart.follow
    assert actions["follow"].isChecked()
    assert not actions["undo_move"].isEnabled()
    actions["redo_move"].trigger()
    assert chart.visible_range() == (10 * MS, 20 * MS)
    assert not chart.follow
    actions["follow"].trigger()
    assert chart.follow
    QTest.keyClick(chart.canvas, Qt.Key.Key_F)
    QTest.keyClick(chart.canvas, Qt.Key.Key_End)
    chart.refresh()
    assert chart.visible_range() == whole, "all is shown, and the end with it"


def test_every_action_of_the_chart_acts(stage: Stage) -> None:
    """Each is in a menu with a tip; none fails; each that can act changes something."""
    chart, window = chart_of(stage), stage.window
    canvas = chart.canvas
    canvas.choose_lane(0)
    menus = [
        menu for menu in window.menu.findChildren(QMenu) if menu.title() in ("&Marks", "&Lanes")
    ]
    listed = {action.objectName() for menu in menus for action in menu.actions()}
    assert listed == set(window.actions_.chart)
    for name in ("marker", "remove_marker", "range", "no_range", "fold", "fold", "fold_all",
                 "fold_all", "pin", "pin", "lane_down", "lane_up", "hide", "show_lanes",
                 "taller", "lower", "natural"):  # fmt: skip
        action = window.actions_.chart[name]
        assert action.isEnabled(), (name, action.toolTip())
        assert action.toolTip() == COMMANDS[name].tip
        before = (canvas.marks, repr(canvas.arrangement))
        action.trigger()
        changed = before != (canvas.marks, repr(canvas.arrangement))
        assert changed or name == "natural", name
    assert not window.actions_.chart["show_lanes"].isEnabled()
    assert window.actions_.chart["show_lanes"].toolTip() == "No lane is hidden."


def test_another_trace_is_not_frozen_and_the_button_says_so(stage: Stage) -> None:
    chart, freeze = chart_of(stage), stage.window.actions_["freeze"]
    freeze.trigger()
    assert chart.frozen
    assert freeze.isChecked()
    chart.set_source(one_lane((1, 2, FINISHED)))
    assert not chart.frozen
    assert not freeze.isChecked()
    freeze.trigger()
    assert chart.frozen


class Beginning(HandMade):
    """Empty until it is told to begin."""

    begun = False

    def update(self) -> bool:
        if self.begun and not self.lanes:
            first = one_lane((1, 2, FINISHED))
            self.lanes, self.groups = first.lanes, first.groups
        return self.begun


def test_with_the_first_lane_the_actions_can_act(stage: Stage) -> None:
    chart, actions = chart_of(stage), stage.window.actions_.chart
    source = Beginning(live=True)
    chart.set_source(source)
    assert not any(action.isEnabled() for action in actions.values())
    assert actions["marker"].toolTip() == actions["pin"].toolTip() == "There is no lane yet."
    source.begun = True
    chart.refresh()
    ready = {name for name, action in actions.items() if action.isEnabled()}
    assert ready == set(actions) - {"show_lanes", "remove_marker", "no_range"}


def test_the_statistics_are_of_the_chosen_range(stage: Stage) -> None:
    chart, window = chart_of(stage), stage.window
    window.furniture.futures_dock.show_page(1)
    chart.canvas.grab()
    canvas, panel = chart.canvas, window.furniture.statistics
    assert window._look() is not None
    canvas.set_marks(canvas.marks.between(Moment(12 * MS), Moment(33 * MS)))
    panel.refresh_now()
    assert panel.found is not None
    assert (panel.found.begin, panel.found.end) == (12 * MS, 33 * MS)
    assert (panel.found.finished, panel.found.raised) == (1, 1)
    assert panel.stretch.toolTip().startswith("Chosen range: 12.0 ms to 33.0 ms")
    canvas.set_marks(canvas.marks.without_range())
    panel.refresh_now()
    assert panel.found.end > 33 * MS
    assert panel.stretch.toolTip().startswith("What the chart shows")


def test_the_sheet_has_every_key(stage: Stage) -> None:
    told = {(key, what) for _, lines in stage.window.actions_.sheet() for key, what in lines}
    keys = {key for key, _ in told}
    assert {spec.keys for spec in SPECS.values() if spec.keys} <= keys
    assert {(c.keys, c.said) for c in COMMANDS.values() if c.said} <= told
    assert all(c.keys for c in COMMANDS.values() if c.said or c.text)
    assert {"Wheel", "Drag", "Shift+drag", "Double click", "Ctrl+wheel"} <= keys
    strokes = [stroke for command in COMMANDS.values() for stroke in command.strokes]
    assert len(strokes) == len(set(strokes)), "no key does two things"


def test_the_clock_the_strip_and_the_lanes_height_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    first = Stage(qtbot, tmp_path, every_state()).live()
    first.window.actions_["wall"].trigger()
    first.window.actions_["overview"].trigger()
    first.window.actions_.chart["taller"].trigger()
    assert not chart_of(first).overview.isVisible()
    first.window.close()
    again = Stage(qtbot, tmp_path).live()
    assert chart_of(again).canvas.wall
    assert not chart_of(again).overview.isVisible()
    assert chart_of(again).canvas.arrangement.scale == pytest.approx(1.25)
