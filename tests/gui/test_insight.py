"""The alarm, the graph and the findings in the window, with a host played by the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from poolscope_gui.furniture import FINDINGS, WAITS
from poolscope_gui.model import wait_source
from poolscope_gui.model.finding_rows import NONE_YET
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS
from tests.gui.test_window import Stage


class Locked(Stage):
    """A window on a run in which a ring can close."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.ring = Ring()
        self.ring.submit(30)
        super().__init__(qtbot, path, self.ring)
        self.live()
        self._at = 40
        self._qtbot = qtbot

    def goes_on(self) -> None:
        """Time passes, and all streams are read once more."""
        for _ in range(2):
            self._at += 1
            self.ring.time_goes_by(self._at)
            self.session.grow()

    def raises(self, alarm: bool = True) -> None:
        """Time passes until the alarm is raised, or has gone."""

        def there() -> bool:
            self.goes_on()
            return bool(self.window.alarm.sentence) == alarm

        self._qtbot.waitUntil(there)

    def lanes(self) -> dict[str, str]:
        """What is said in the headers of the lanes that have turned."""
        assert self.window.chart is not None
        lanes = self.window.chart.canvas.chart.lanes
        return {lane.title: lane.alarm.words for lane in lanes if lane.alarm is not None}

    def found(self, qtbot: QtBot, kind: str) -> int:
        """The number of a finding of this kind in the list, once it is there."""
        rows = self.window.furniture.findings.model

        def kinds() -> list[str]:
            return [row.kind for row in rows.rows]

        qtbot.waitUntil(lambda: kind in kinds())
        return kinds().index(kind)


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Locked:
    return Locked(qtbot, tmp_path)


def test_a_ring_raises_the_alarm_and_it_goes_with_the_ring(stage: Locked) -> None:
    alarm = stage.window.alarm
    stage.goes_on()
    assert alarm.isHidden()
    assert stage.lanes() == {}
    stage.ring.close(45, timed=True)
    stage.raises()
    assert "Worker io_0 holds A and waits for B" in alarm.sentence
    assert "It is no deadlock" in alarm.sentence
    assert stage.lanes() == dict.fromkeys(("io_0", "io_1"), "ring, until a time-out")
    stage.ring.give_up(60)
    stage.raises(alarm=False)
    assert alarm.isHidden()
    assert stage.lanes() == {}


def test_a_deadlock_is_shown_with_its_lines_and_stays(stage: Locked) -> None:
    stage.ring.close(45)
    stage.raises()
    alarm = stage.window.alarm
    assert alarm.sentence.startswith("Worker io_0 holds A and waits for B; worker io_1 holds B")
    assert alarm.lines.splitlines()[0] == "io_0 acquired A at x.py:1, wants B at x.py:11"
    assert stage.lanes() == {"io_0": "deadlock", "io_1": "deadlock"}
    stage.session.be("ended", "Ended.")
    stage.goes_on()
    assert not alarm.isHidden(), "it was never resolved"


def test_a_dismissed_alarm_comes_again_for_another_ring_alone(stage: Locked, qtbot: QtBot) -> None:
    stage.ring.close(45)
    stage.raises()
    alarm = stage.window.alarm
    qtbot.mouseClick(alarm.dismiss, Qt.MouseButton.LeftButton)
    stage.goes_on()
    assert alarm.isHidden()
    assert stage.lanes(), "the lanes stay marked"
    stage.ring.somebody_waits_behind(60)
    stage.goes_on()
    assert alarm.isHidden(), "the same ring with one more behind it"


def test_show_goes_to_the_ring_and_to_the_graph(stage: Locked, qtbot: QtBot) -> None:
    stage.ring.close(45)
    stage.raises()
    window = stage.window
    assert window.chart is not None
    window.chart.zoom_to(0, 10 * MS)
    qtbot.mouseClick(window.alarm.show_button, Qt.MouseButton.LeftButton)
    begin, end = window.chart.visible_range()
    assert begin < 46 * MS < end
    assert window.furniture.futures_dock.pages.currentIndex() == WAITS
    titles = {bubble.title for bubble in window.furniture.graph.canvas.diagram.bubbles}
    assert titles == {"io_0", "io_1", "A", "B"}


def test_a_node_of_the_graph_is_chosen_on_the_chart(stage: Locked, qtbot: QtBot) -> None:
    stage.ring.close(45)
    stage.raises()
    window, panel = stage.window, stage.window.furniture.graph
    assert window.chart is not None
    window.furniture.futures_dock.show_page(WAITS)
    qtbot.waitUntil(lambda: bool(panel.canvas.diagram.bubbles))
    canvas = panel.canvas
    for title, lane, lock in (("A", "A", 0), ("io_1", "io_1", -1)):
        number = [bubble.title for bubble in canvas.diagram.bubbles].index(title)
        x, y = canvas.placed.centres[number]
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
        picked = window.chart.canvas.picked
        assert picked is not None
        assert (window.chart.canvas.chart.lanes[picked.lane].title, picked.lock) == (lane, lock)
        assert canvas.chosen_number == number
    before = canvas.chosen_number
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.chosen_number != before
    assert not canvas.grab().isNull()


def test_the_graph_is_copied_as_data(stage: Locked, qtbot: QtBot) -> None:
    panel = stage.window.furniture.graph
    stage.window.furniture.futures_dock.show_page(WAITS)
    assert not panel.copy.isEnabled()
    assert "no graph" in panel.copy.toolTip()
    assert panel.message.isVisible()
    assert panel.message.text() == f"{wait_source.NOT_YET}."
    stage.session.be("ended")
    stage.window.picture.insight.show_graph()
    assert panel.message.text() == f"{wait_source.OVER}."
    stage.session.be("running")
    stage.ring.close(45)
    stage.raises()
    qtbot.waitUntil(panel.copy.isEnabled)
    text, dot, as_json = panel.menu.actions()
    for action, begins in ((text, "Who waits for whom"), (dot, "digraph"), (as_json, "{")):
        action.trigger()
        assert QGuiApplication.clipboard().text().startswith(begins)
    assert json.loads(QGuiApplication.clipboard().text())["cycles"]


def test_findings_appear_and_a_click_goes_there(stage: Locked, qtbot: QtBot) -> None:
    window, panel = stage.window, stage.window.furniture.findings
    assert window.chart is not None
    assert panel.message.text() == f"{NONE_YET}."
    stage.ring.close(45)
    stage.raises()
    row = stage.found(qtbot, "deadlock")
    assert window.furniture.messages_dock.fresh(FINDINGS), "its tab says that it is new"
    window.furniture.messages_dock.show_page(FINDINGS)
    index = panel.model.index(row, 0)
    assert "io_0 holds A" in index.data()
    window.chart.zoom_to(0, 5 * MS)
    where = panel.list.visualRect(index).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    begin, end = window.chart.visible_range()
    assert begin < 46 * MS < end
    assert window.chart.canvas.lane is not None
    assert window.chart.canvas.picked is not None
    assert window.chart.canvas.picked.lock >= 0
    for name in ("light", "dark"):
        panel.set_theme("light" if name == "light" else "dark")
        assert not panel.grab().isNull()


def test_another_trace_has_no_alarm_of_the_one_before(stage: Locked) -> None:
    stage.ring.close(45)
    stage.raises()
    assert stage.window.alarm.sentence
    stage.session.run = Ring()
    stage.session.replaced.emit()
    assert stage.window.alarm.isHidden()
    assert stage.window.furniture.findings.model.rows == []


def test_frozen_the_alarm_is_raised_all_the_same(stage: Locked) -> None:
    assert stage.window.chart is not None
    stage.window.chart.set_frozen(True)
    stage.ring.close(45)
    stage.raises()
    assert stage.window.alarm.sentence


def test_frozen_the_graph_is_that_of_the_moment_that_the_chart_shows(
    stage: Locked, qtbot: QtBot
) -> None:
    window, graph = stage.window, stage.window.furniture.graph
    window.furniture.futures_dock.show_page(WAITS)
    stage.ring.somebody_waits_behind(35)
    stage.goes_on()
    qtbot.waitUntil(lambda: graph.note.text() == "1 thread waits")
    assert window.chart is not None
    window.chart.set_frozen(True)
    frozen = window.chart.canvas.chart.now
    stage.ring.close(frozen // MS + 5)
    stage.raises()
    window.picture.insight.show_graph()
    assert graph.note.text() == "1 thread waits"
    window.chart.set_frozen(False)
    qtbot.waitUntil(lambda: graph.note.text() == "3 threads wait, 1 deadlock")
