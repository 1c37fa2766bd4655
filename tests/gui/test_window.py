"""The window: what it sends, what it shows, what it refuses; with a host played by the test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from poolscope.trace.schema import Kind
from poolscope_gui.model.palette import STATES
from poolscope_gui.model.task_rows import Column
from poolscope_gui.settings import Settings
from poolscope_gui.view.fonts import OFTEN
from poolscope_gui.view.theme import chrome, style_sheet
from poolscope_gui.window import MainWindow
from tests.gui.fake_session import FakeSession
from tests.gui.made_traces import MadeRun, every_state

LIBRARY = {
    "functions": [
        {"name": "sleep", "signature": "(seconds: float)", "doc": "Sleep.", "arguments": "0.5"},
        {"name": "fib", "signature": "(n: int)", "doc": "Fibonacci.", "arguments": "24"},
    ]
}


def settings(path: Path) -> Settings:
    return Settings(QSettings(str(path / "window.ini"), QSettings.Format.IniFormat))


class Stage:
    """A window on a played host."""

    def __init__(self, qtbot: QtBot, path: Path, run: MadeRun | None = None) -> None:
        self.path = path
        self.session = FakeSession(run)
        self.window = MainWindow(self.session, settings(path))
        qtbot.addWidget(self.window)
        self.window.resize(1440, 860)  # the offscreen screen is smaller
        self.window.show()
        qtbot.waitUntil(lambda: self.window.chart is not None)

    def live(self) -> Stage:
        self.session.start_host()
        self.session.answer("tasks", LIBRARY)
        self.session.grow()
        self.window.picture._slow()
        return self


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, every_state()).live()


def has_menu(button: QAbstractButton) -> bool:
    """Its menu would stand open and wait for the mouse."""
    return isinstance(button, QToolButton) and button.menu() is not None


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_window_is_shown_before_its_chart(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(FakeSession(), settings(tmp_path))
    qtbot.addWidget(window)
    assert window.chart is None
    window.show()
    assert window.isVisible()
    qtbot.waitUntil(lambda: window.chart is not None)


def test_submit_sends_what_was_typed(qtbot: QtBot, stage: Stage) -> None:
    task = stage.window.furniture.playground.task
    task.task.setCurrentText("fib")
    assert task.arguments.text() == "24"
    task.arguments.selectAll()
    qtbot.keyClicks(task.arguments, "31")
    task.count.setValue(3)
    click(qtbot, task.submit)
    click(qtbot, task.submit)
    pool = str(stage.session.run.pool)
    wanted = {"pool": pool, "task": "fib", "arguments": "31", "count": 3}
    assert stage.session.asked("submit") == [wanted, wanted]


def test_bad_arguments_are_marked_and_not_sent(qtbot: QtBot, stage: Stage) -> None:
    task = stage.window.furniture.playground.task
    task.arguments.setText("0.5, nonsense")
    click(qtbot, task.submit)
    assert stage.session.asked("submit") == []
    assert "nonsense is not a literal" in task.error
    assert task.arguments.property("wrong") is True
    assert task.arguments.cursorPosition() == 5
    qtbot.keyClick(task.arguments, Qt.Key.Key_Backspace)
    assert task.error == ""
    assert task.arguments.property("wrong") is False


def test_map_sends_iterables_and_marks_a_bad_timeout(qtbot: QtBot, stage: Stage) -> None:
    task = stage.window.furniture.playground.task
    click(qtbot, task.mode_map)
    task.iterables.setText("range(4)")
    task.timeout.setText("soon")
    click(qtbot, task.map)
    assert "number of seconds" in task.error
    task.timeout.setText("1.5")
    click(qtbot, task.map)
    (sent,) = stage.session.asked("map")
    assert (sent["iterables"], sent["timeout"], sent["chunksize"]) == ("range(4)", 1.5, 1)


def test_the_hosts_refusal_is_marked_where_it_was_typed(stage: Stage) -> None:
    panel = stage.window.furniture.playground
    panel.executor.create_button.click()
    panel.lock.acquire.click()
    stage.session.answer("create", {"error": "create: no", "field": "max_workers"}, failed=True)
    stage.session.answer("lock", {"error": "lock: kind", "field": "name"}, failed=True)
    assert panel.executor.error == "create: no"
    assert panel.executor.workers.property("wrong") is True
    assert panel.lock.error == "lock: kind"


def test_a_start_method_is_for_processes(stage: Stage) -> None:
    box = stage.window.furniture.playground.executor
    assert not box.method.isEnabled()
    assert "only worker processes" in box.method.toolTip()
    box.create_button.click()
    box.kind.setCurrentIndex(1)
    assert box.method.isEnabled()
    box.method.setCurrentText("spawn")
    box.create_button.click()
    thread, process = stage.session.asked("create")
    assert "start_method" not in thread
    assert process["start_method"] == "spawn"


def test_a_selected_row_is_a_selected_bar_and_back(qtbot: QtBot, stage: Stage) -> None:
    window = stage.window
    assert window.chart is not None
    window.furniture.table.selectRow(2)  # the newest first: task 4
    assert window.chart.canvas.selected == {3}
    assert window.selection.rows == {3}
    window.chart.task_selected.emit([0, 5])
    assert window.furniture.table.chosen.tasks == {0, 5}
    rows = {index.row() for index in window.furniture.table.selectionModel().selectedRows()}
    assert rows == {5, 0}
    click(qtbot, window.furniture.playground.futures.cancel)
    ids = stage.session.store.tasks.id
    assert stage.session.asked("cancel") == [{"tasks": [str(int(ids[0])), str(int(ids[5]))]}]


def test_wait_on_the_selection_or_on_all(qtbot: QtBot, stage: Stage) -> None:
    box = stage.window.furniture.playground.futures
    assert not box.wait.isEnabled()
    assert "No task is selected" in box.wait.toolTip()
    box.scope.setCurrentIndex(1)
    assert box.wait.isEnabled()
    box.return_when.setCurrentText("FIRST_COMPLETED")
    box.timeout.setText("2.5")
    click(qtbot, box.wait)
    click(qtbot, box.as_completed)
    wanted = {"tasks": "all", "timeout": 2.5}
    assert stage.session.asked("wait") == [{**wanted, "return_when": "FIRST_COMPLETED"}]
    assert stage.session.asked("as_completed") == [wanted]
    box.timeout.setText("a while")
    click(qtbot, box.wait)
    assert len(stage.session.asked("wait")) == 1
    assert "number of seconds" in box.error


def test_result_asks_one_future(stage: Stage) -> None:
    box = stage.window.furniture.playground.futures
    stage.window.selection.choose(0)
    box.result.click()
    stage.window.furniture.table.selectAll()
    assert not box.result.isEnabled()
    assert "one Future" in box.result.toolTip()
    assert [set(fields) for fields in stage.session.asked("result")] == [{"task"}]


def test_shutdown_and_locks(stage: Stage) -> None:
    panel = stage.window.furniture.playground
    panel.shutdown.cancel_futures.setChecked(True)
    panel.shutdown.shutdown.click()
    pool = str(stage.session.run.pool)
    assert stage.session.asked("shutdown") == [{"pool": pool, "wait": True, "cancel_futures": True}]
    panel.lock.name.setEditText("db")
    panel.lock.hold.setText("1")
    for button in (panel.lock.create_lock, panel.lock.acquire, panel.lock.release):
        button.click()
    create, acquire, release = stage.session.asked("lock")
    assert create == {"name": "db", "action": "create", "kind": "Lock"}
    assert acquire == {"name": "db", "action": "acquire", "kind": "Lock", "for_s": 1.0}
    assert release == {"name": "db", "action": "release"}


def test_a_pool_that_is_shut_down_takes_no_submit(stage: Stage) -> None:
    panel = stage.window.furniture.playground
    assert panel.task.submit.isEnabled()
    stage.session.run.shut_down(200)
    stage.session.grow()
    stage.window.picture._slow()
    assert not panel.task.submit.isEnabled()
    assert "io is shut down" in panel.task.submit.toolTip()


def test_a_new_pool_becomes_the_target(stage: Stage) -> None:
    panel = stage.window.furniture.playground
    panel.executor.create_button.click()
    new = stage.session.run.trace.id()
    stage.session.answer("create", {"pool": str(new), "name": "new"})
    stage.session.run.trace.pinned().emit(10**9, Kind.POOL_CREATED, new, 8, "new", 0)
    stage.session.grow()
    stage.window.picture._slow()
    assert panel.task.target == str(new)
    assert panel.task.pool.currentText() == "new · 8 threads"


def test_a_dead_host_leaves_its_picture_and_offers_another(qtbot: QtBot, stage: Stage) -> None:
    window = stage.window
    stage.session.be("failed", "Killed by SIGKILL; what it recorded is shown.")
    assert window.banner.sentence == "Killed by SIGKILL; what it recorded is shown."
    assert window.furniture.table.model().rowCount() == 6
    assert not window.furniture.playground.task.submit.isEnabled()
    assert "ended" in window.furniture.playground.task.submit.toolTip()
    assert not window.actions_["stop"].isEnabled()
    click(qtbot, window.banner.restart)
    assert stage.session.told[-1] == "restart"
    assert window.banner.sentence == ""


def test_a_frozen_picture_can_be_thawed_when_the_host_has_ended(stage: Stage) -> None:
    freeze = stage.window.actions_["freeze"]
    freeze.trigger()
    assert stage.window.chart is not None
    assert stage.window.chart.frozen
    stage.session.be("ended", "It ended.")
    assert freeze.isEnabled()
    freeze.trigger()
    assert not stage.window.chart.frozen
    assert not freeze.isEnabled()


def test_an_opened_trace_is_looked_at_and_restart_makes_a_host(stage: Stage) -> None:
    stage.session.be("opened", "Opened demo.poolscope.")
    assert "finished trace" in stage.window.furniture.playground.executor.create_button.toolTip()
    said = stage.window.furniture.answers.placeholderText()  # seen without a mouse
    assert said == "A finished trace is on the screen. New host (Ctrl+N) starts one."
    stage.window.actions_["restart"].trigger()
    assert stage.session.told[-1] == "start_host"


def test_beside_a_script_a_new_host_is_offered(stage: Stage) -> None:
    stage.session.interactive = False
    stage.session.be("running", "Running.")
    assert "New host" in stage.window.furniture.playground.task.submit.toolTip()
    stage.window.actions_["new_host"].trigger()
    assert stage.session.told[-1] == "start_host"


def test_answers_come_from_the_trace_and_their_tasks_can_be_clicked(stage: Stage) -> None:
    run, window = stage.session.run, stage.window
    tasks = [str(int(key)) for key in run.store.tasks.id]
    asked = json.dumps({"id": 1, "do": "cancel", "tasks": tasks[:1]})
    run.command(1, 300, asked, json.dumps({"results": {tasks[0]: False}}))
    stage.session.grow()
    assert "cancel(#1): False for #1" in window.furniture.answers.toPlainText()
    window.furniture.answers.task_clicked.emit(0)
    assert window.furniture.table.chosen.tasks == {0}
    assert window.selection.rows == {0}


def test_the_editor_marks_the_line_that_the_host_refused(qtbot: QtBot, stage: Stage) -> None:
    window = stage.window
    window.actions_["edit"].trigger()
    editor = window.editor
    assert editor is not None
    editor.edit.setPlainText("def f(n):\n    return n\nf()\n")
    click(qtbot, editor.define)
    assert stage.session.asked("define") == [{"source": "def f(n):\n    return n\nf()\n"}]
    error = "The code raised TypeError: f() at line 3, before any function"
    stage.session.answer("define", {"error": error, "field": "source"}, failed=True)
    assert editor.edit.mark.line == 3
    assert "TypeError" in editor.message.text()
    editor.edit.setPlainText("def f(n):\n    return n +\n")
    click(qtbot, editor.define)
    assert len(stage.session.asked("define")) == 1
    assert editor.edit.mark.line == 2
    stage.window.furniture.playground.task.task.setCurrentText("fib")
    editor.edit.setPlainText("def double(n):\n    return 2 * n\n")
    click(qtbot, editor.define)
    listed = [{"name": "double", "signature": "(n)", "doc": ""}]
    stage.session.answer("define", {"functions": listed})
    assert stage.window.furniture.playground.task.task.currentText() == "double"
    assert editor.edit.mark.line == 0


def test_find_filters_and_enter_goes_on(qtbot: QtBot, stage: Stage) -> None:
    window = stage.window
    window.actions_["search"].trigger()
    qtbot.keyClicks(window.search, "fetch")
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.selection.rows == {2}
    assert window.furniture.futures_dock.title.note.text().startswith("2 of 6")
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.selection.rows == {1}
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.selection.rows == {2}


def test_the_counts_and_the_rows_are_of_one_moment(stage: Stage) -> None:
    run, window = stage.session.run, stage.window
    table, buttons = window.furniture.table, window.furniture.states.buttons

    def told() -> tuple[list[str], list[str], str]:
        model = table.model()
        rows = [model.index(row, Column.STATE).data() for row in range(model.rowCount())]
        cells = [str(rows.count(state)) for state in STATES]
        return cells, [b.text() for b in buttons], window.furniture.futures_dock.title.note.text()

    stage.session.grow()
    table.refresh_now()
    table.refresh()  # has just been done: the next one is later
    run.start(run.submit(200, "late()"), 210)
    stage.session.grow()
    window.picture._slow()
    cells, counts, note = told()
    assert cells == counts
    assert note == "6 tasks"
    table.refresh_now()
    cells, counts, note = told()
    assert cells == counts
    assert cells[STATES.index("running")] == "2"
    assert note == "7 tasks"


def test_state_buttons_filter(qtbot: QtBot, stage: Stage) -> None:
    window = stage.window
    assert [button.text() for button in window.furniture.states.buttons] == [
        "1",
        "0",
        "1",
        "2",
        "1",
        "1",
    ]
    click(qtbot, window.furniture.states.buttons[3])
    shown = [window.furniture.table.model().index(row, Column.NUMBER).data() for row in range(2)]
    assert shown == ["6", "1"]
    click(qtbot, window.furniture.states.buttons[3])
    assert window.furniture.table.model().rowCount() == 6


# Undocking a panel raises its window, which the offscreen platform cannot.
@pytest.mark.qt_log_ignore("does not support raise")
def test_every_button_twice(qtbot: QtBot, stage: Stage) -> None:
    """Nothing breaks, whatever is pressed in whatever order; Qt messages fail the test too."""
    window = stage.window
    window.edit_function()
    pressed = 0
    for button in window.findChildren(QAbstractButton):
        window_of_it = button.window()
        if window_of_it is window or window_of_it is window.editor:
            for _ in range(2):
                if button.isVisible() and button.isEnabled() and not has_menu(button):
                    click(qtbot, button)
                    pressed += 1
    assert pressed > 40


def test_every_control_has_a_name_and_can_be_reached(stage: Stage) -> None:
    kinds = (QAbstractButton, QComboBox, QSpinBox, QLineEdit)
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        for kind in kinds
        for widget in stage.window.findChildren(kind)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []
    used = [action.shortcut().toString() for action in stage.window.findChildren(QAction)]
    keys = [key for key in used if key]
    assert len(keys) == len(set(keys))


def test_no_two_mnemonics_are_the_same(stage: Stage) -> None:
    stage.window.banner.say("Ended.", can_restart=True)
    keys = [
        QKeySequence.mnemonic(button.text()).toString()
        for button in stage.window.findChildren(QAbstractButton)
        if button.isVisible()
    ]
    used = [key for key in keys if key]
    assert len(used) > 8
    assert sorted(used) == sorted(set(used))


def test_a_low_screen_shows_all_of_the_window(stage: Stage) -> None:
    """1080 lines at 200 % are 540; with a banner the status bar had been below them."""
    stage.window.resize(960, 540)
    stage.window.banner.say("Ended.", calm=True, can_restart=True)
    QApplication.processEvents()
    assert stage.window.height() == 540
    assert stage.window.statusBar().geometry().bottom() < 540


def test_the_theme_is_switched_and_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path)
    before = stage.window.theme.name
    stage.window.actions_["theme"].trigger()
    now = stage.window.theme.name
    assert now != before
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    assert app.palette().window().color().rgba() == chrome(now).surface
    stage.window.close()
    assert settings(tmp_path).theme == now
    assert "@" not in style_sheet(now)


def test_layout_and_last_values_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    first = Stage(qtbot, tmp_path).live()
    first.window.furniture.messages_dock.close()
    first.window.furniture.playground.executor.workers.setValue(7)
    first.window.furniture.playground.task.task.setCurrentText("fib")
    first.window.furniture.table.setColumnWidth(Column.TASK, 201)
    first.window.close()
    assert first.session.told[-1] == "close"
    again = Stage(qtbot, tmp_path).live()
    assert not again.window.furniture.messages_dock.isVisible()
    assert again.window.furniture.playground.executor.workers.value() == 7
    assert again.window.furniture.playground.task.task.currentText() == "fib"
    assert again.window.furniture.table.columnWidth(Column.TASK) == 201


def test_a_layout_of_another_version_is_forgotten(qtbot: QtBot, tmp_path: Path) -> None:
    first = Stage(qtbot, tmp_path)
    first.window.furniture.messages_dock.close()
    first.window.close()
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    kept.setValue("layout/version", 0)
    kept.sync()
    assert Stage(qtbot, tmp_path).window.furniture.messages_dock.isVisible()


def test_a_picture_of_the_chart(stage: Stage, tmp_path: Path) -> None:
    for _ in range(2 * OFTEN):  # what is painted often is painted from images
        stage.window.grab()
    stage.window.files.export(tmp_path / "chart.png")
    stage.window.files.export(tmp_path / "chart.svg")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    shapes = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "<svg" in shapes
    assert ">io_0<" in shapes, "words are words, and not their image"
    assert "chart.svg" in stage.window.banner.sentence
    stage.window.files.export(tmp_path / "chart.pdf")
    assert (tmp_path / "chart.pdf").read_bytes().startswith(b"%PDF-")
    stage.window.files.export(tmp_path / "no folder" / "chart.png")
    assert "there is no folder" in stage.window.banner.sentence


def test_what_is_no_trace_is_refused_in_a_sentence(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "x.poolscope").write_bytes(b"garbage")
    stage.window.files.open(tmp_path / "x.poolscope")
    assert "x.poolscope" in stage.window.banner.sentence


def test_nothing_that_takes_long_is_imported_before_the_window(
    clean_environment: dict[str, str],
) -> None:
    asking = "import sys, poolscope_gui.opening; print([*{'numpy', 'pyqtgraph'} & {*sys.modules}])"
    run = subprocess.run(
        [sys.executable, "-c", asking],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("[]\n", "")
