"""From a blocked stretch to what let it go on: by the menu, by the keys, with a reason if not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from poolscope.trace.schema import ACQUIRED_AFTER_WAIT, Kind, LockKind
from poolscope_gui.model import handing
from poolscope_gui.model.layout import bands
from tests.gui.made_traces import MS, MadeRun
from tests.gui.test_window import Stage


def handed_over() -> MadeRun:
    """Task #2 waits for a lock from 20 to 60 ms, until #1 releases it; #3 waits for it still."""
    run = MadeRun()
    lock = run.trace.id()
    run.trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db_lock", LockKind.LOCK)
    first, second = (stream for _, stream in run.workers)
    for worker in (0, 1):
        run.start(run.submit(0), 1, worker)
    first.emit(10 * MS, Kind.LOCK_ACQUIRED, lock)
    second.emit(20 * MS, Kind.LOCK_WANTED, lock, first.thread)
    first.emit(60 * MS, Kind.LOCK_RELEASED, lock)
    second.emit(61 * MS, Kind.LOCK_ACQUIRED, lock, d=ACQUIRED_AFTER_WAIT)
    run.main.emit(70 * MS, Kind.LOCK_WANTED, lock, second.thread)
    run.main.emit(100 * MS, Kind.SUBMITTED, run.trace.id(), run.pool, "f()")
    run.take()
    return run


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, handed_over()).live()


def at(stage: Stage, lane: int, ms: float) -> QPoint:
    """Where a moment of a lane's bars is, on the canvas."""
    assert stage.window.chart is not None
    scene = stage.window.chart.canvas.scene()
    row = scene.layout.row_of(lane)
    assert row is not None
    band = bands(row.height)
    y = scene.layout.y(row) + band.bar_y + band.bar_h / 2
    return QPoint(round(scene.x(ms * MS)), round(y))


def click(stage: Stage, qtbot: QtBot, lane: int, ms: float) -> None:
    assert stage.window.chart is not None
    canvas = stage.window.chart.canvas
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at(stage, lane, ms))


def test_it_goes_to_the_release_and_chooses_it(stage: Stage, qtbot: QtBot) -> None:
    action, chart = stage.window.actions_["unblock"], stage.window.chart
    assert chart is not None
    assert not action.isEnabled()
    assert action.toolTip() == handing.NOTHING_CHOSEN
    chart.fit()
    click(stage, qtbot, 1, 40)
    picked = chart.canvas.picked
    assert picked is not None
    assert (picked.part, picked.lock) == ("block", 0)
    assert stage.window.selection.rows == {1}, "the task under it is selected as well"
    assert action.isEnabled()
    assert "Ctrl+U" in action.toolTip()
    chart.zoom_to(0, 30 * MS)
    action.trigger()
    begin, end = chart.visible_range()
    assert begin < 60 * MS < end, "the release is in view"
    found = chart.canvas.picked
    assert found is not None
    assert (found.part, found.lane, found.ref) == ("hold", 0, 0)


def test_what_is_blocked_still_has_a_reason_instead(stage: Stage, qtbot: QtBot) -> None:
    chart, action = stage.window.chart, stage.window.actions_["unblock"]
    assert chart is not None
    chart.fit()
    click(stage, qtbot, 2, 90)
    assert not action.isEnabled()
    assert action.toolTip() == handing.STILL


def test_the_menu_is_for_what_is_under_the_mouse(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = stage.window.chart
    assert chart is not None
    chart.fit()
    menu = stage.window.unblocker.menu
    shown: list[QPoint] = []
    monkeypatch.setattr(menu, "popup", shown.append)
    where = at(stage, 1, 40)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, where, chart.canvas.mapToGlobal(where)
    )
    QApplication.sendEvent(chart.canvas, event)
    assert shown == [chart.canvas.mapToGlobal(where)]
    assert stage.window.actions_["unblock"] in menu.actions()
    assert stage.window.actions_["unblock"].isEnabled()
