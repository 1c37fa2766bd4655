"""The statistics panel: what it shows, when it works, and that no figures break its plots."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING, THEMES
from poolscope_gui.model.statistics_text import NO_RANGE, NO_STORE
from poolscope_gui.view.statistics_panel import StatisticsPanel
from poolscope_gui.view.statistics_plots import Plots
from tests.gui.made_traces import MS, MadeRun, every_state

LIGHT = THEMES["light"]


class Stage:
    """A panel on a store, looking at all of it."""

    def __init__(self, qtbot: QtBot, store: Store) -> None:
        self.store = store
        self.look: tuple[int, int, int] | None = (0, 60 * MS, 60 * MS)
        self.panel = StatisticsPanel()
        qtbot.addWidget(self.panel)
        self.panel.resize(412, 430)
        self.panel.source.set_store(store)
        self.panel.set_look(lambda: self.look)

    def shown(self, qtbot: QtBot) -> Stage:
        self.panel.show()
        qtbot.waitUntil(lambda: self.panel.plots is not None)
        return self

    @property
    def plots(self) -> Plots:
        assert self.panel.plots is not None
        return self.panel.plots

    def cells(self, row: int) -> list[str]:
        model = self.panel.table.model()
        return [model.index(row, column).data() for column in range(4)]


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot, every_state().store).shown(qtbot)


def pixels(widget: QWidget, colour: int) -> int:
    """How many pixels of a widget have a colour."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    seen = np.frombuffer(image.constBits(), np.uint32)
    return int(np.count_nonzero(seen & 0xFFFFFF == colour & 0xFFFFFF))


def test_the_table_says_the_figures(stage: Stage) -> None:
    assert stage.cells(0) == ["ended", "2 finished", "1 raised", "1 cancelled"]
    assert stage.cells(1) == ["open", "1 running", "1 waiting", ""]
    assert stage.cells(2)[1] == "50 a second"
    assert stage.cells(4) == ["run time", "8.00 ms median", "18.8 ms 95th", "20.0 ms longest"]
    assert stage.cells(5)[:3] == ["io_0", "75% busy", "2 tasks"]
    assert stage.cells(6)[:3] == ["io_1", "13% busy", "1 task"]
    assert "io_0 ran tasks for 45.0 ms of the 60.0 ms" in stage.panel.table.model().index(
        5, 1
    ).data(Qt.ItemDataRole.ToolTipRole)


def test_the_plots_paint_the_figures(stage: Stage) -> None:
    assert pixels(stage.plots.ran, LIGHT.states[RUNNING].body) > 100
    assert pixels(stage.plots.pace, LIGHT.states[FINISHED].body) > 50
    assert pixels(stage.plots.pace, LIGHT.states[EXCEPTION].body) > 20
    assert "20.0 ms longest" in stage.plots.ran.accessibleDescription()
    stage.panel.set_theme("dark")
    assert pixels(stage.plots.ran, THEMES["dark"].states[RUNNING].body) > 100
    assert pixels(stage.plots.ran, LIGHT.states[RUNNING].body) == 0


def test_another_range_has_other_figures(qtbot: QtBot, stage: Stage) -> None:
    stage.look = (0, 25 * MS, 60 * MS)
    stage.panel.touch()
    qtbot.waitUntil(lambda: stage.cells(0)[2] == "1 raised")
    qtbot.waitUntil(lambda: stage.cells(0)[1] == "0 finished")
    assert stage.panel.stretch.text().startswith("0 s to 25.0 ms")
    stage.look = (70 * MS, 80 * MS, 60 * MS)
    stage.panel.touch()
    qtbot.waitUntil(lambda: stage.panel.message.text() == NO_RANGE)
    assert stage.panel.message.isVisible()
    assert not stage.panel.copy.isEnabled()
    assert stage.panel.copy.toolTip() == NO_RANGE


def test_only_the_chosen_pools_tasks_count(qtbot: QtBot) -> None:
    run = every_state()
    other = run.trace.id()
    run.trace.pinned().emit(0, Kind.POOL_CREATED, other, 2, "cpu", 1)
    run.take()
    stage = Stage(qtbot, run.store).shown(qtbot)
    assert [stage.panel.pool.itemText(row) for row in range(3)] == ["All pools", "io", "cpu"]
    stage.panel.pool.setFocus()
    qtbot.keyClick(stage.panel.pool, Qt.Key.Key_Down)
    assert stage.cells(0)[1] == "2 finished"
    qtbot.keyClick(stage.panel.pool, Qt.Key.Key_Down)
    assert "another pool" in stage.panel.message.text()
    stage.panel.begin_anew()
    assert stage.panel.pool.currentIndex() == 0
    assert stage.cells(0)[1] == "2 finished"


def test_it_works_only_while_it_is_seen_and_not_at_every_touch(qtbot: QtBot, stage: Stage) -> None:
    looked = []

    def look() -> tuple[int, int, int]:
        looked.append(1)
        return 0, 60 * MS, 60 * MS

    stage.panel.set_look(look)
    qtbot.waitUntil(lambda: bool(looked))
    looked.clear()
    for _ in range(50):
        stage.panel.touch()
    QApplication.processEvents()
    assert looked == []  # a pause first: it has just looked
    qtbot.waitUntil(lambda: bool(looked))
    before = len(looked)
    stage.panel.hide()
    stage.panel.touch()
    stage.panel.refresh_now()
    QApplication.processEvents()
    assert len(looked) == before


def test_it_waits_for_the_chart_and_for_something_to_plot(qtbot: QtBot) -> None:
    stage = Stage(qtbot, MadeRun().take())
    stage.look = None
    stage.panel.show()
    qtbot.waitUntil(lambda: stage.panel.message.isVisible())
    assert stage.panel.message.text() == NO_STORE
    stage.panel.source.set_store(every_state().store)
    stage.panel.refresh_now()
    assert stage.panel.plots is None
    stage.look = (0, 60 * MS, 60 * MS)
    qtbot.waitUntil(lambda: stage.panel.plots is not None)


def test_the_csv_is_on_the_clipboard(qtbot: QtBot, stage: Stage) -> None:
    qtbot.mouseClick(stage.panel.copy, Qt.MouseButton.LeftButton)
    lines = list(csv.DictReader(io.StringIO(QApplication.clipboard().text())))
    (raised,) = [line for line in lines if line["figure"] == "raised"]
    assert (raised["of"], raised["value"], raised["to_ns"]) == ("All pools", "1", str(60 * MS))
    assert stage.panel.copy.text() == "Copied"
    qtbot.waitUntil(lambda: stage.panel.copy.text() == "Copy as CSV")


def at(plot: QWidget, type_: type[QHelpEvent]) -> Callable[[int, int], QHelpEvent]:
    return lambda x, y: type_(QEvent.Type.ToolTip, QPoint(x, y), plot.mapToGlobal(QPoint(x, y)))


# A tooltip is raised, which the offscreen platform cannot.
@pytest.mark.qt_log_ignore("does not support raise")
def test_the_mouse_asks_and_moves_nothing(stage: Stage) -> None:
    view = stage.plots.ran.plot.viewport()
    item = stage.plots.ran.plot.getPlotItem()
    before = item.viewRange()
    middle = QPointF(view.width() / 2, view.height() / 2)
    wheel = QWheelEvent(
        middle,
        QPointF(view.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, wheel)
    assert item.viewRange() == before
    QApplication.sendEvent(view, at(view, QHelpEvent)(60, 30))
    assert QToolTip.text() != ""
    QToolTip.hideText()
    assert stage.plots.ran.said_at(7.25) == "1 task: 15.8 ms to 25.1 ms"
    assert "ran how long" in stage.plots.ran.said_at(-3)
    assert "raised" in stage.plots.pace.said_at(20.0)


def test_every_control_is_named_and_reached_by_tab(qtbot: QtBot, stage: Stage) -> None:
    panel = stage.panel
    for widget in (panel.pool, panel.copy, panel.table, panel.stretch, stage.plots.wait):
        assert widget.accessibleName()
    panel.activateWindow()
    panel.pool.setFocus()
    qtbot.keyClick(panel.pool, Qt.Key.Key_Tab)
    assert panel.copy.hasFocus()
    qtbot.keyClick(panel.copy, Qt.Key.Key_Tab)
    assert panel.table.hasFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert panel.table.currentIndex().row() >= 0
    assert panel.table.grab().width() > 0


ODD = """
import sys
import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
app = QApplication([])
from poolscope_gui.model.statistics import Figures, figures
from poolscope_gui.view.statistics_plots import Plots
from tests.gui.made_traces import MadeRun
plots = Plots()
plots.set_theme("dark")
shown = [plots.wait, plots.ran, plots.pace]
for durations in ([], [0], [7], [0] * 9, [5] * 99, [2**62], [0, 2**62], [1, 10**9, 10**13]):
    store = MadeRun().take()
    n = len(durations)
    store.tasks.append(
        n,
        submitted=np.zeros(n, np.int64),
        started=np.array(durations, np.int64),
        finished=np.array(durations, np.int64),
        codes=np.full(n, 3, np.uint8),
        returned=np.array(durations, np.int64) * 0 + 2**62,
    )
    for begin, end in ((0, 2**62 + 1), (0, 1), (-(10**15), 0), (5, 6)):
        plots.show_figures(figures(store, begin, end, 2**62))
        for plot in shown:
            for size in (QSize(1, 1), QSize(30, 20), QSize(300, 120)):
                plot.resize(size)
                assert not plot.grab().isNull()
plots.show_figures(Figures())
for plot in shown:
    plot.grab()
print("painted")
"""


def test_no_figures_kill_the_process(clean_environment: dict[str, str], root: object) -> None:
    """An exception while an item of pyqtgraph paints would: so in a process of its own."""
    environment = dict(clean_environment, QT_QPA_PLATFORM="offscreen")
    environment["PYTHONPATH"] += f":{root}"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", ODD],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = [line for line in run.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (run.returncode, run.stdout, said) == (0, "painted\n", [])


def test_pyqtgraph_is_not_imported_with_the_panel(clean_environment: dict[str, str]) -> None:
    code = (
        "import sys, poolscope_gui.furniture, poolscope_gui.view.timeline;"
        "print('pyqtgraph' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.stdout, run.stderr) == ("False\n", "")
