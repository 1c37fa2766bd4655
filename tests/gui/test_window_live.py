"""The window on a real host: every button with what really comes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

import poolscope
from poolscope.analysis.column import NEVER
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope_gui.model.archive_job import PackJob
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED, RUNNING
from poolscope_gui.session import Session
from poolscope_gui.settings import Settings
from poolscope_gui.window import MainWindow
from tests.gui.test_opening_file import Gate

LIMIT_MS = 60_000  # exists only to fail


class Person:
    """Somebody at the window: presses buttons and waits until the window shows what came of it."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self._qtbot = qtbot
        self.session = Session()
        kept = QSettings(str(path / "window.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.session, Settings(kept))
        qtbot.addWidget(self.window)
        self.window.show()
        self.panel = self.window.furniture.playground

    def sees(self, what: Callable[[], Any]) -> None:
        self._qtbot.waitUntil(lambda: bool(what()), timeout=LIMIT_MS)

    def presses(self, button: QAbstractButton) -> None:
        self.sees(button.isEnabled)
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def has_a_pool(self, workers: int = 2) -> None:
        self.window.restart()
        self.panel.executor.workers.setValue(workers)
        self.presses(self.panel.executor.create_button)
        self.sees(self.panel.task.submit.isEnabled)

    def submits(self, task: str, arguments: str = "", count: int = 1) -> None:
        self.sees(lambda: self.panel.task.task.findText(task) >= 0)
        self.panel.task.task.setCurrentText(task)
        self.panel.task.arguments.setText(arguments)
        self.panel.task.count.setValue(count)
        before = len(self.session.store.tasks)
        self.presses(self.panel.task.submit)
        rows = self.window.furniture.table.model().rowCount
        self.sees(lambda: rows() == before + count)

    def states(self) -> list[int]:
        return self.window.furniture.table.rows.counts()

    def answers(self) -> str:
        return self.window.furniture.answers.toPlainText()


@pytest.fixture
def person(qtbot: QtBot, tmp_path: Path) -> Iterator[Person]:
    made = Person(qtbot, tmp_path)
    yield made
    made.window.close()


def test_submit_cancel_and_wait(person: Person) -> None:
    person.has_a_pool()
    person.submits("run_for_ever", count=2)
    person.sees(lambda: person.states()[RUNNING] == 2)
    person.submits("sleep", "0.01")
    person.window.furniture.table.selectRow(0)
    person.presses(person.panel.futures.cancel)
    person.sees(lambda: person.states()[CANCELLED] == 1)
    person.sees(lambda: "True for #3 (cancelled)" in person.answers())
    person.window.furniture.table.selectAll()
    person.presses(person.panel.futures.cancel)
    person.sees(lambda: "False for #1, #2" in person.answers())
    # Not done: nobody has told those who wait of #3 yet, as in the standard library. That is the
    # work of the worker that will take it out of the queue.
    person.panel.futures.timeout.setText("0.05")
    person.panel.futures.scope.setCurrentIndex(1)
    person.presses(person.panel.futures.wait)
    person.sees(lambda: "done = { nothing }, not_done = { #1 to #3 }" in person.answers())
    person.presses(person.panel.futures.as_completed)
    person.sees(lambda: "TimeoutError" in person.answers())


def test_what_is_new_is_taken_in_with_the_frames(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a frame shows what is new then, not what was when a timer of its own went off."""
    person.has_a_pool()
    person.submits("run_for_ever")
    person.sees(lambda: person.states()[RUNNING] == 1)
    monkeypatch.setattr(person.session, "_rest", lambda *_: None)
    person.session._timer.start(LIMIT_MS)
    before = person.session.store.events
    person.session.send("tasks")
    person.sees(lambda: person.session.store.events > before)


def test_a_function_of_ones_own_and_its_exception(person: Person) -> None:
    person.has_a_pool()
    person.window.edit_function()
    editor = person.window.editor
    assert editor is not None
    editor.edit.setPlainText("print('defining')\n\nraise ValueError('not yet')\n\ndef f(): ...\n")
    person.presses(editor.define)
    person.sees(lambda: editor.edit.mark.line == 3)
    editor.edit.setPlainText("def halve(n):\n    print('halving', n)\n    return 10 / n\n")
    person.presses(editor.define)
    person.sees(lambda: person.panel.task.task.currentText() == "halve")
    person.submits("halve", "4")
    person.submits("halve", "0")
    person.sees(lambda: (person.states()[FINISHED], person.states()[EXCEPTION]) == (1, 1))
    person.sees(lambda: "halving 4" in person.window.furniture.output.toPlainText())
    person.window.selection.choose(1)
    person.presses(person.panel.futures.result)
    person.sees(lambda: "ZeroDivisionError" in person.answers())


def test_map_locks_and_shutdown(person: Person) -> None:
    person.has_a_pool()
    person.sees(lambda: person.panel.task.task.findText("fib") >= 0)
    person.presses(person.panel.task.mode_map)
    person.panel.task.task.setCurrentText("fib")
    person.panel.task.iterables.setText("range(1, 6)")
    person.presses(person.panel.task.map)
    person.sees(lambda: "gave 1, 1, 2, 3, 5" in person.answers())
    person.presses(person.panel.lock.acquire)
    person.sees(lambda: "acquire lock A: acquired" in person.answers())
    person.presses(person.panel.lock.release)
    person.sees(lambda: "release lock A: released" in person.answers())
    person.presses(person.panel.shutdown.shutdown)
    person.sees(lambda: "shut down" in person.panel.task.submit.toolTip())


def test_a_host_that_is_killed_leaves_its_picture(person: Person) -> None:
    person.has_a_pool()
    person.submits("run_for_ever")
    person.sees(lambda: person.states()[RUNNING] == 1)
    (host,) = [child for child in psutil.Process().children() if "poolscope.host" in _words(child)]
    host.kill()
    person.sees(lambda: "SIGKILL" in person.window.banner.sentence)
    assert len(person.session.store.tasks) == 1
    assert not person.panel.task.submit.isEnabled()
    person.presses(person.window.banner.restart)
    person.sees(person.panel.executor.create_button.isEnabled)
    person.sees(lambda: len(person.session.store.tasks) == 0)
    assert person.window.banner.sentence == ""


def _words(process: psutil.Process) -> str:
    """Its command line; none of a child that is over, even if nobody has waited for it yet."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_stop_ends_what_never_ends(person: Person) -> None:
    person.has_a_pool()
    person.submits("run_for_ever", count=2)
    person.window.actions_["stop"].trigger()
    person.sees(lambda: not person.session.live)
    assert not person.window.actions_["stop"].isEnabled()
    assert person.window.furniture.table.model().rowCount() == 2


def test_a_trace_is_saved_and_opened_again(person: Person, tmp_path: Path) -> None:
    person.has_a_pool()
    person.submits("fib", "5", count=3)
    person.sees(lambda: person.states()[FINISHED] == 3)
    person.window.actions_["stop"].trigger()
    person.sees(lambda: not person.session.live)
    file = tmp_path / "three.poolscope"
    person.window.files.save(file)
    person.sees(lambda: "Saved as" in person.window.banner.sentence)
    person.window.files.open(file)
    person.sees(lambda: person.states()[FINISHED] == 3)
    assert person.session.state == "opened"
    assert "finished trace" in person.panel.executor.create_button.toolTip()
    assert "submit(fib, 5)" in person.answers()


@pytest.mark.parametrize("what", ["restart", "close"])
def test_what_is_being_saved_is_saved_whole_whatever_comes_meanwhile(
    what: str, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another trace is shown, or the window is closed: the folder of a live one goes with it."""
    gate, finish = Gate(monkeypatch, PackJob), PackJob.finish
    monkeypatch.setattr(PackJob, "finish", lambda job: (gate.open.set(), finish(job)))
    person.has_a_pool()
    person.submits("fib", "5", count=3)
    person.sees(lambda: person.states()[FINISHED] == 3)
    folder, file = person.session.folder, tmp_path / "x.poolscope"
    assert folder is not None
    person.window.files.save(file)
    getattr(person.window, what)()
    gate.open.set()
    person.sees(file.exists)
    person.sees(lambda: not folder.exists())
    store = Store()
    with Reader(file) as reader:
        while store.take(reader):
            pass
    assert np.count_nonzero(store.tasks.finished != NEVER) == 3


def test_a_trace_that_was_removed_is_still_shown_and_not_saved(
    person: Person, tmp_path: Path
) -> None:
    folder = tmp_path / "trace"
    with poolscope.record(folder):
        pass
    person.window.files.open(folder)
    person.sees(lambda: person.session.state == "opened" and not person.session.reading)
    shutil.rmtree(folder)
    person.window.files.save(tmp_path / "copy.poolscope")
    assert person.window.banner.sentence == (
        f"{folder} was removed: this trace cannot be saved any more."
    )


def test_closing_in_the_middle_leaves_nothing(person: Person) -> None:
    before = psutil.Process().children(recursive=True)
    person.has_a_pool()
    person.panel.executor.kind.setCurrentIndex(1)
    person.presses(person.panel.executor.create_button)
    person.sees(lambda: len(person.session.store.pools) == 2)
    person.submits("run_for_ever", count=3)
    person.sees(lambda: person.states()[RUNNING] >= 2)
    family = [one for one in psutil.Process().children(recursive=True) if one not in before]
    assert family
    person.window.close()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
