"""Everything on the screen has a name for a screen reader, and can be reached and seen by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from poolscope_gui.model.chart import LockLook
from poolscope_gui.view.canvas import ChartCanvas
from poolscope_gui.view.overview import OverviewStrip
from tests.gui.made_traces import every_state
from tests.gui.test_window import Stage

# What a person acts on. Inner parts of Qt's own (a combo box's list, a scroll area's bars) are
# not: they are told of by the widget that they are parts of.
KINDS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    ChartCanvas,
    OverviewStrip,
)
INNER = (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit, QMenu)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, every_state()).live()


def inner(widget: QWidget) -> bool:
    """Whether it is a part of one of Qt's own widgets."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, INNER):
            return True
        above = above.parentWidget()
    return False


def told(widget: QWidget) -> str:
    """What a screen reader says it is called."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def described(widget: QWidget) -> str:
    above = widget.parentWidget()
    where = type(above).__name__ if above is not None else ""
    return f"{type(widget).__name__} {widget.objectName()!r} in {where}"


def test_all_widgets_that_a_person_acts_on_have_a_name(stage: Stage) -> None:
    window = stage.window
    window.edit_function()
    window.show_shortcuts()
    assert window.chart is not None
    window.chart.canvas.arrange_lanes(lambda lanes: lanes.hide(("worker", 0), "io_0"))
    found = [w for w in window.findChildren(QWidget) if isinstance(w, KINDS) and not inner(w)]
    assert len(found) > 60
    nameless = [described(widget) for widget in found if not told(widget)]
    assert nameless == []


def test_what_takes_the_focus_has_a_name(stage: Stage) -> None:
    nameless = [
        described(widget)
        for widget in stage.window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not inner(widget)
        and not isinstance(widget, QAbstractSlider)
        and not told(widget)
    ]
    assert nameless == []
    bars = stage.window.findChildren(QAbstractScrollArea)
    assert bars, "the walk has found what there is"


@pytest.mark.parametrize("which", ["canvas", "overview"])
def test_the_focus_is_seen_on_what_paints_itself(stage: Stage, which: str) -> None:
    chart = stage.window.chart
    assert chart is not None
    widget: QWidget = chart.canvas if which == "canvas" else chart.overview
    stage.window.activateWindow()
    stage.window.search.setFocus()
    before = widget.grab().toImage()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    after = widget.grab().toImage()
    accent = chart.canvas.theme.accent
    edge = [after.pixelColor(x, 1).rgba() for x in range(20, 120)]
    assert edge.count(accent) > 90
    assert [before.pixelColor(x, 1).rgba() for x in range(20, 120)] != edge


def stops(window: QWidget, key: Qt.Key) -> list[QWidget]:
    """What this key goes to, from the chart on, until it is there again."""
    found: list[QWidget] = []
    for _ in range(200):
        at = window.focusWidget()
        if at in found:
            return found
        found.append(at)
        QTest.keyClick(at, key)
    raise AssertionError(f"no way back to the chart: {[described(each) for each in found]}")


def test_tab_goes_to_all_there_is_and_back_again(stage: Stage) -> None:
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    window.activateWindow()
    chart.canvas.arrange_lanes(lambda lanes: lanes.hide(("worker", 0), "io_0"))
    chart.canvas.setFocus()
    there = stops(window, Qt.Key.Key_Tab)
    missed = [
        described(widget)
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and widget.isEnabled()
        and widget not in there
        and not inner(widget)
        # Of buttons of which one is down the arrows choose another.
        and not (isinstance(widget, QAbstractButton) and widget.autoExclusive())
        and not (isinstance(widget, QAbstractButton) and widget.group() is not None)
    ]
    assert missed == []
    back = stops(window, Qt.Key.Key_Backtab)
    assert back[1:] == there[:0:-1]
    names = [told(widget) for widget in there]
    read = ["Run script", "Find a task, worker, lock or exception", "Menu", "pending"]
    places = [names.index(name) for name in read]
    assert places == sorted(places), "the tool bar, then the legend"
    assert there[-1] is chart.hidden
    chart.canvas.chart.locks = [LockLook("a new lock", 0)]
    chart.refresh()
    more = "1 more entries of the legend"
    again = [told(widget) for widget in stops(window, Qt.Key.Key_Tab)]
    assert [name for name in again if name != more] == names, "the legend was made anew"
    window.furniture.order_tabs(window.actions_.opener, *chart.stops)
    assert [told(widget) for widget in stops(window, Qt.Key.Key_Tab)] == again


@pytest.mark.qt_log_ignore("does not support raise", extend=True)  # offscreen
def test_a_floated_panel_has_an_order_of_its_own_and_comes_back_into_the_windows(
    stage: Stage,
) -> None:
    """Qt warns of an order across windows, and a warning fails here."""
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    window.activateWindow()
    chart.canvas.setFocus()
    before = [told(widget) for widget in stops(window, Qt.Key.Key_Tab)]
    for dock in window.furniture.docks:
        dock.setFloating(True)
        window.furniture.order_tabs(window.actions_.opener, *chart.stops)
        inside = dock.findChildren(QWidget)
        assert not any(widget in inside for widget in stops(window, Qt.Key.Key_Tab))
        dock.setFloating(False)
        window.activateWindow()
        chart.canvas.setFocus()
        assert [told(widget) for widget in stops(window, Qt.Key.Key_Tab)] == before


def test_tab_goes_from_the_chart_to_its_overview(stage: Stage) -> None:
    chart = stage.window.chart
    assert chart is not None
    assert chart.canvas.nextInFocusChain() is chart.overview
