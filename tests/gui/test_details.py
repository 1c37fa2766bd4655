"""The details panel in the window: what is chosen is told, and its links lead there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from poolscope.trace.schema import Kind
from poolscope_gui.furniture import DETAILS, FUTURES
from poolscope_gui.model import stories
from poolscope_gui.model.story import Story
from poolscope_gui.view.details_panel import DetailsPanel
from tests.gui.made_traces import MadeRun, every_state
from tests.gui.test_window import Stage
from tests.gui.view.moves import name, point


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    made = Stage(qtbot, tmp_path, every_state()).live()
    made.window.actions_["fit"].trigger()
    return made


def told(stage: Stage) -> str:
    return stage.window.furniture.details.text


def test_nothing_is_chosen_then_a_bar_is_clicked(stage: Stage) -> None:
    window = stage.window
    panel = window.furniture.details
    window.actions_["details"].trigger()
    assert panel.isVisible()
    assert panel.page.toPlainText() == stories.EMPTY
    page = panel.page.document().size().toSize()
    assert page.height() > 3 * panel.page.fontMetrics().height(), "all of it is laid out, in lines"
    assert page.width() <= panel.page.viewport().width()
    assert not panel.copy.isEnabled()
    chart = window.chart
    assert chart is not None
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=point(chart, 0, 20))
    assert told(stage).startswith("#1 fib(31) (finished)\nSubmitted by MainThread at 0.0 s")
    assert "Returned 1346269" in panel.page.toPlainText()
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == told(stage)


def test_a_sentence_about_a_name_in_hebrew_begins_at_the_left(qtbot: QtBot) -> None:
    """The text takes its direction from its first letter, and an English sentence began right."""
    panel = DetailsPanel()
    qtbot.addWidget(panel)
    panel.show_story(Story("#13 קראת('שלום')", "finished", (("קראת", " called wait()."),)), "")
    blocks, block = [], panel.page.document().begin()
    while block.isValid():
        blocks.append((block.text(), block.textDirection()))
        block = block.next()
    assert any("קראת" in text for text, _ in blocks)
    assert {way for text, way in blocks if text} == {Qt.LayoutDirection.LeftToRight}


def test_links_lead_to_the_worker_and_to_the_moment_of_the_submit(stage: Stage) -> None:
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    window.actions_["details"].trigger()
    window.selection.choose(1)
    panel = window.furniture.details
    html = panel.page.toHtml()
    assert "MainThread" in html
    chart.zoom_to(15_000_000, 16_000_000)
    panel.page.anchorClicked.emit(QUrl("goal:1"))  # the moment it was submitted
    begin, end = chart.visible_range()
    assert begin <= 1_000_000 <= end
    window.selection.choose(1)
    panel.page.anchorClicked.emit(QUrl("goal:2"))
    assert told(stage).startswith("io_1 (worker)\nA worker of the pool io")
    assert window.selection.rows == set()
    assert chart.canvas.lane == ("worker", stage.session.store.workers[1].id)
    panel.page.anchorClicked.emit(QUrl("goal:99"))
    panel.page.anchorClicked.emit(QUrl("https://example.org/"))
    assert told(stage).startswith("io_1")


def test_the_tab_says_that_there_is_something_new(stage: Stage, qtbot: QtBot) -> None:
    dock, table = stage.window.furniture.futures_dock, stage.window.furniture.table
    qtbot.waitUntil(lambda: table.model().rowCount() == 6)  # it is filled now and then
    tab, least = dock.tabs.button(DETAILS), dock.minimumSizeHint()
    assert not dock.fresh(DETAILS)
    plain = tab.grab().toImage()
    table.selectRow(0)
    assert dock.fresh(DETAILS)
    assert tab.grab().toImage() != plain, "a dot is seen"
    assert tab.accessibleDescription() == "There is something new"
    assert dock.minimumSizeHint() == least, "a dock as narrow as it can be grew, the chart shrank"
    stage.window.actions_["details"].trigger()
    assert not dock.fresh(DETAILS)
    assert not tab.accessibleDescription()
    assert told(stage).startswith("#6 sleep(1)")
    dock.show_page(FUTURES)
    stage.window.furniture.table.selectAll()
    stage.window.actions_["details"].trigger()
    words = stage.window.furniture.details.page.toPlainText()
    assert words.startswith("6 futures are chosen.")


def test_it_is_brought_up_to_date_while_it_is_seen(qtbot: QtBot, stage: Stage) -> None:
    window, run = stage.window, stage.session.run
    window.actions_["details"].trigger()
    window.selection.choose(2)
    assert "runs it: 60.0 ms so far" in told(stage)
    run.finish(int(run.store.tasks.id[2]), 110, result="'page'")
    stage.session.grow()
    qtbot.waitUntil(lambda: "Returned 'page'" in told(stage))
    # Another trace: what was chosen is not in it.
    stage.session.run = MadeRun()
    stage.session.run.main.emit(0, Kind.SUBMITTED, 7, stage.session.run.pool, "x()")
    stage.session.run.take()
    stage.session.replaced.emit()
    assert told(stage) == ""


def test_a_click_on_a_lanes_name_tells_of_its_worker_or_thread(stage: Stage) -> None:
    window, chart = stage.window, stage.window.chart
    assert chart is not None
    window.actions_["details"].trigger()
    window.selection.choose(1)
    lanes = [lane.key for lane in chart.canvas.chart.lanes]
    store = stage.session.store
    second = lanes.index(("worker", store.workers[1].id))
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=name(chart, second))
    assert told(stage).startswith("io_1 (worker)\nA worker of the pool io")
    assert window.selection.rows == set()
    caller = next(number for number, (kind, _) in enumerate(lanes) if kind == "thread")
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=name(chart, caller))
    assert told(stage).startswith("MainThread (main)\nA thread")
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=point(chart, 0, 20))
    assert told(stage).startswith("#1 ")
