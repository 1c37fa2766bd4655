"""The search box in the window: the table, the veil on the chart, Enter, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from poolscope_gui.model.query import HELP
from poolscope_gui.view import bit_by_bit
from tests.gui.made_traces import every_state
from tests.gui.test_window import Stage


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, every_state()).live()


def typed(stage: Stage, text: str) -> None:
    stage.window.search.clear()
    QTest.keyClicks(stage.window.search, text)
    QTest.keyClick(stage.window.search, Qt.Key.Key_Return)


def test_what_is_typed_filters_the_table_and_fades_the_chart(qtbot: QtBot, stage: Stage) -> None:
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    assert chart.canvas.matched is None
    typed(stage, "state:fin >10ms")
    assert window.furniture.table.rows.rows.tolist() == [0]
    assert chart.canvas.matched is not None
    assert chart.canvas.matched.rows.tolist() == [0]
    assert window.selection.rows == {0}
    assert not chart.canvas.grab().isNull()
    window.search.clear()
    qtbot.waitUntil(lambda: chart.canvas.matched is None)
    assert len(window.furniture.table.rows.rows) == 6


def test_enter_goes_to_the_next_task_or_to_a_lane_of_that_name(stage: Stage) -> None:
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    typed(stage, "fetch")
    first = window.selection.rows
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert first | window.selection.rows == {1, 2}
    typed(stage, "MainThr")
    assert not len(window.furniture.table.rows.rows)
    assert chart.canvas.lane == ("thread", stage.session.run.main.thread)


def test_a_wrong_word_is_marked_and_said(stage: Stage) -> None:
    search = stage.window.search
    typed(stage, "fetch state:oops")
    assert search.property("wrong") is True
    assert "state:oops" in search.accessibleDescription()
    assert search.toolTip().startswith("state:oops: a state is one of pending")
    assert len(stage.window.furniture.table.rows.rows) == 2
    typed(stage, "fetch")
    assert search.property("wrong") is False
    assert search.toolTip() == HELP


def test_enter_goes_to_what_is_found_once_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(bit_by_bit, "_BIT_MS", 0)
    window = stage.window
    window.search.setText("fetch")
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert window.furniture.table.busy
    assert window.furniture.futures_dock.title.note.text().startswith("looking …")
    assert not window.selection.rows
    qtbot.waitUntil(lambda: len(window.selection.rows) == 1)
    assert set(window.selection.rows) < {1, 2}
    assert "looking" not in window.furniture.futures_dock.title.note.text()
