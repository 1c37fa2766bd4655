"""The menu of counters: at a click on a counter's name, in the window's menu, and remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.made_traces import every_state
from tests.gui.test_window import Stage


def test_a_click_on_the_name_opens_it_and_a_choice_is_remembered(
    qtbot: QtBot, tmp_path: Path
) -> None:
    stage = Stage(qtbot, tmp_path, every_state()).live()
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    counters = window.chart_actions.counters
    qtbot.waitUntil(lambda: chart.canvas.layout_now().queue > 0)
    layout = chart.canvas.layout_now()
    height = layout.queue
    asked: list[QPoint] = []
    chart.canvas.counter_menu_wanted.disconnect(counters.menu.popup)
    chart.canvas.counter_menu_wanted.connect(asked.append)
    where = QPoint(40, round(layout.bottom + 20))
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=where)
    assert asked == [chart.canvas.mapToGlobal(where)]
    assert [name for name, each in counters.actions.items() if each.isChecked()] == ["queue"]
    counters.actions["oldest"].trigger()
    counters.actions["busy"].trigger()
    assert chart.canvas.counters == ("queue", "busy", "oldest")
    assert chart.canvas.layout_now().queue > height
    assert not chart.canvas.grab().isNull()
    assert counters.menu.menuAction() in window.menu.actions()
    window.close()
    again = Stage(qtbot, tmp_path, every_state())
    assert again.window.chart is not None
    assert again.window.chart.canvas.counters == ("queue", "busy", "oldest")
    again.window.chart_actions.counters.actions["queue"].trigger()
    for name in ("busy", "oldest"):
        again.window.chart_actions.counters.actions[name].trigger()
    assert again.window.chart.canvas.layout_now().queue == 0
    again.window.close()
    none = Stage(qtbot, tmp_path)
    assert none.window.chart is not None
    assert none.window.chart.canvas.counters == ()
