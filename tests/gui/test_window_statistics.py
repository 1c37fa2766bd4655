"""The statistics in the window, beside the futures, of what the chart shows; the table's room."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from poolscope_gui.furniture import FUTURES, STATISTICS
from poolscope_gui.model.task_rows import HEADINGS, Column
from poolscope_gui.settings import Settings
from poolscope_gui.view.statistics_panel import StatisticsPanel
from poolscope_gui.view.status_line import FrameClock
from poolscope_gui.window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.made_traces import MS, every_state


def opened(qtbot: QtBot, folder: Path, size: tuple[int, int] = (1440, 860)) -> MainWindow:
    """The window on a run in which there was every state."""
    kept = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    session = FakeSession(every_state())
    window = MainWindow(session, Settings(kept))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    session.start_host()
    session.grow()
    return window


def ended(panel: StatisticsPanel) -> list[str]:
    model = panel.table.model()
    return [model.index(0, column).data() for column in range(1, 4)]


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = opened(qtbot, tmp_path)
    tab = made.furniture.futures_dock.tabs.button(STATISTICS)
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.furniture.statistics.plots is not None)
    return made


def test_the_figures_are_those_of_what_the_chart_shows(qtbot: QtBot, window: MainWindow) -> None:
    panel, chart = window.furniture.statistics, window.chart
    assert chart is not None
    assert ended(panel) == ["2 finished", "1 raised", "1 cancelled"]
    assert not window.furniture.futures_dock.title.note.isVisible()
    chart.zoom_to(5 * MS, 25 * MS)
    qtbot.waitUntil(lambda: ended(panel) == ["0 finished", "1 raised", "0 cancelled"])
    assert panel.stretch.text().startswith("5.00 ms to 25.0 ms")
    chart.fit()
    qtbot.waitUntil(lambda: ended(panel)[0] == "2 finished")


def test_what_is_recorded_while_the_chart_is_frozen_is_not_counted(
    qtbot: QtBot, window: MainWindow
) -> None:
    panel, session = window.furniture.statistics, window.session
    assert isinstance(session, FakeSession)
    window.actions_["freeze"].trigger()
    task = session.run.submit(101)
    session.run.start(task, 102)
    session.run.finish(task, 103)
    session.grow()
    panel.refresh_now()
    assert ended(panel)[0] == "2 finished"
    window.actions_["freeze"].trigger()
    qtbot.waitUntil(lambda: ended(panel)[0] == "3 finished")


def test_another_trace_has_figures_of_its_own(window: MainWindow) -> None:
    panel, session = window.furniture.statistics, window.session
    assert isinstance(session, FakeSession)
    session.run = type(session.run)()
    session.run.take()
    session.replaced.emit()
    assert "Submit" in panel.message.text()
    assert panel.message.isVisible()


def test_the_tab_in_front_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    first = opened(qtbot, tmp_path)
    assert first.furniture.futures_dock.pages.currentIndex() == FUTURES
    first.furniture.futures_dock.show_page(STATISTICS)
    first.close()
    again = opened(qtbot, tmp_path)
    assert again.furniture.statistics.isVisible()
    qtbot.waitUntil(lambda: again.furniture.statistics.plots is not None)


@pytest.mark.parametrize("page", [FUTURES, STATISTICS])
def test_the_answers_have_their_room_whatever_is_above(
    qtbot: QtBot, tmp_path: Path, page: int
) -> None:
    """Furnished when it is on the screen, as the program does it."""
    kept = Settings(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    kept.set_page(page)
    window = MainWindow(settings=kept)
    qtbot.addWidget(window)
    window.resize(1280, 720)
    with qtbot.waitSignal(window.appeared):
        window.show()
    window.furnish(FakeSession(every_state()))
    answers, statistics = window.furniture.messages_dock, window.furniture.statistics
    qtbot.waitUntil(lambda: page == FUTURES or statistics.plots is not None)
    qtbot.waitUntil(lambda: window.frames is not None and window.frames.ms is not None)
    assert 0.18 < answers.height() / window.height() < 0.32


def test_the_statistics_cost_nothing_before_they_are_seen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "poolscope_gui.view.statistics_plots", None)
    window = opened(qtbot, tmp_path)
    window.furniture.statistics.touch()
    assert window.furniture.statistics.found is None


@pytest.mark.parametrize("size", [(1440, 860), (1920, 1080)])
def test_the_tables_columns_fit_at_first(
    qtbot: QtBot, tmp_path: Path, size: tuple[int, int]
) -> None:
    window = opened(qtbot, tmp_path, size)
    table = window.furniture.table
    qtbot.waitUntil(lambda: table.columnWidth(Column.RESULT) > 40)
    room = table.viewport().width() - table.verticalScrollBar().sizeHint().width()
    assert table.horizontalScrollBar().maximum() == 0
    assert sum(table.columnWidth(column) for column in range(Column.RESULT)) < room
    samples = {Column.WORKER: "cpu-pool_0", Column.WAITED: "72.4 ms", Column.RAN: "72.4 ms"}
    for column, sample in samples.items():
        needed = max(map(table.fontMetrics().horizontalAdvance, (sample, HEADINGS[column])))
        assert table.columnWidth(column) >= needed + 12


class Painted(QWidget):
    """Notes that it was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.times += 1


def test_the_frames_figure_is_what_the_canvas_takes_to_paint(qtbot: QtBot) -> None:
    canvas = Painted()
    qtbot.addWidget(canvas)
    clock = FrameClock(canvas)
    assert clock.ms is None
    canvas.update()
    assert clock.ms is None
    canvas.show()
    qtbot.waitUntil(lambda: clock.ms is not None)
    assert canvas.times == 1  # once: the clock delivers the event in Qt's place
    assert 0 < (clock.ms or 0) < 1000


def test_the_status_bar_tells_what_its_figures_are(window: MainWindow) -> None:
    window.picture._slow()
    assert "chart frame" in window.status.pace.text()
    assert "paint the chart once" in window.status.pace.toolTip()
    assert window.frames is not None
    assert window.chart is not None
    assert window.frames.parent() is window.chart.canvas
