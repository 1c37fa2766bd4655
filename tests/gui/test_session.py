"""The session starts, hears, commands and ends a host; and nothing of a host outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from poolscope.analysis.store import TaskState
from poolscope.trace import scratch
from poolscope.trace.reader import TraceError
from poolscope_gui import intake
from poolscope_gui.model.look_pace import LookPace
from poolscope_gui.session import Session
from tests.engine.far_end import group

LIMIT_MS = 30_000  # exists only to fail
# What never ends ends by itself should the test be killed before it ends it.
BUSY = "import signal; signal.alarm(90)\nwhile True: pass\n"


class Seen:
    """A session, and all that it said."""

    def __init__(self, qtbot: QtBot) -> None:
        self.session = Session()
        self.qtbot = qtbot
        self.states: list[tuple[str, str]] = []
        self.answers: dict[int, tuple[dict[str, Any], bool]] = {}
        self.groups: set[int] = set()
        self.session.host_state.connect(self._on_state)
        self.session.command_done.connect(self._on_answer)

    def _on_state(self, state: str, sentence: str) -> None:
        self.states.append((state, sentence))
        if state == "running":
            self.groups.add(self.pid)

    def _on_answer(self, number: int, answer: dict[str, Any], failed: bool) -> None:
        assert number not in self.answers
        self.answers[number] = (answer, failed)

    @property
    def pid(self) -> int:
        child = self.session._child
        assert child is not None
        return child.pid

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT_MS)

    def start(self) -> None:
        self.session.start_host()
        self.until(lambda: self.session.state == "running")

    def answer(self, number: int) -> tuple[dict[str, Any], bool]:
        self.until(lambda: number in self.answers)
        return self.answers[number]

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        answer, failed = self.answer(self.session.send(do, **fields))
        assert not failed, answer
        return answer

    def run(self, task: str, arguments: str = "", kind: str = "thread", count: int = 1) -> None:
        """Start ``task`` on a pool of its own and wait until all of it runs."""
        before = self.running()
        pool = self.ask("create", kind=kind, max_workers=count)["pool"]
        # Not asked for the answer: a task may leave the host no time to give one.
        self.session.send("submit", pool=pool, task=task, arguments=arguments, count=count)
        self.until(lambda: self.running() == before + count)

    def running(self) -> int:
        return int((self.session.store.tasks.state() == TaskState.RUNNING).sum())

    def ended(self, *states: str) -> str:
        """The sentence of the state that it came to, which must be one of ``states``."""
        self.until(lambda: not self.session.live)
        state, sentence = self.states[-1]
        assert state in states
        return sentence


@pytest.fixture
def seen(qtbot: QtBot) -> Iterator[Seen]:
    seen = Seen(qtbot)
    yield seen
    seen.session.close()
    for leader in seen.groups:
        seen.until(lambda leader=leader: not group(leader))
    seen.session.deleteLater()
    QCoreApplication.processEvents()


def test_a_command_goes_in_and_its_effects_come_out(seen: Seen) -> None:
    seen.start()
    pool = seen.ask("create", kind="thread", max_workers=2)["pool"]
    task = seen.ask("submit", pool=pool, task="fib", arguments="15")["tasks"][0]
    assert seen.ask("result", task=task) == {"task": task, "result": "610"}
    answer, failed = seen.answer(seen.session.send("submit", pool=pool, task="fib", count=0))
    assert (failed, answer["field"]) == (True, "count")
    assert [state for state, _ in seen.states] == ["starting", "running"]


def test_commands_sent_before_the_host_is_up_are_obeyed(seen: Seen) -> None:
    seen.session.start_host()
    assert seen.answer(seen.session.send("tasks"))[0]["functions"]


def test_output_appears_while_the_task_still_runs(seen: Seen) -> None:
    seen.start()
    seen.ask("define", source="def talk():\n    print('héllo ✓')\n    while True: pass\n")
    seen.run("talk", kind="process")
    seen.until(lambda: "héllo ✓\n" in seen.session.printed)
    assert seen.running() == 1


def test_a_flood_of_output_is_bounded_and_does_not_stop_the_window(seen: Seen) -> None:
    seen.start()
    seen.ask("define", source="def flood():\n    while True: print('x' * 999)\n")
    seen.run("flood")
    seen.until(lambda: len(seen.session.printed) > 700_000)
    for _ in range(20):
        with seen.qtbot.waitSignal(seen.session.output, timeout=LIMIT_MS):
            pass
        assert len(seen.session.printed) < 1_600_000


STUCK = {
    "an endless loop": [("run_for_ever", "", "thread", 2)],
    "endless processes": [("run_for_ever", "", "process", 2)],
    "a deadlock": [
        ("hold_two", "'A', 'B', 0.2", "thread", 1),
        ("hold_two", "'B', 'A', 0.3", "thread", 1),
    ],
    "C code": [("run_for_ever", "", "process", 1), ("stuck_in_c", "", "thread", 1)],
}  # fmt: skip


@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
def test_stop_ends_everything_within_two_seconds(
    seen: Seen, stuck: list[tuple[str, str, str, int]]
) -> None:
    seen.start()
    for step in stuck:
        seen.run(*step)
    leader = seen.pid
    began = time.monotonic()
    seen.session.stop()
    assert seen.session.state == "stopping"
    sentence = seen.ended("stopped")
    seen.until(lambda: not group(leader))
    assert time.monotonic() - began < 2
    assert "SIG" in sentence
    assert len(seen.session.store.tasks) == sum(step[3] for step in stuck)


def test_a_host_stopped_by_a_debugger_ends_as_well(seen: Seen) -> None:
    seen.start()
    seen.ask("tasks")
    os.killpg(seen.pid, signal.SIGSTOP)
    began = time.monotonic()
    seen.session.stop()
    assert "SIGKILL" in seen.ended("stopped")
    assert time.monotonic() - began < 2


def test_a_host_that_dies_is_reported_by_name_and_its_trace_stays(seen: Seen) -> None:
    seen.start()
    seen.run("run_for_ever", kind="process", count=2)
    waiting = seen.session.send("wait", tasks="all")
    seen.until(lambda: seen.session.store.waits)
    leader = seen.pid
    os.kill(leader, signal.SIGKILL)
    assert "SIGKILL" in seen.ended("failed")
    assert seen.session.exit_code == -signal.SIGKILL
    answer, failed = seen.answer(waiting)
    assert failed
    assert "SIGKILL" in answer["error"]
    assert len(seen.session.store.tasks) == 2
    seen.until(lambda: seen.session.store.exits == {leader: -signal.SIGKILL})
    seen.until(lambda: not group(leader))


def test_an_exit_code_is_told(seen: Seen) -> None:
    seen.start()
    pool = seen.ask("create", kind="thread", max_workers=1)["pool"]
    seen.session.send("submit", pool=pool, task="exit_worker", arguments="7")
    assert "exit code 7" in seen.ended("failed")
    answer, failed = seen.answer(seen.session.send("tasks"))
    assert failed
    assert "no host" in answer["error"]


def test_no_place_for_a_trace_is_told(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(intake, "Scratch", refuse)
    seen.session.start_host()
    assert seen.session.state == "failed"
    assert "no place for a trace: No space left on device" in seen.states[-1][1]
    monkeypatch.undo()
    seen.start()
    assert seen.session.accepts


def test_restart_begins_afresh_and_ends_what_ran(seen: Seen) -> None:
    seen.start()
    seen.run("run_for_ever", kind="process", count=2)
    leader = seen.pid
    with seen.qtbot.waitSignal(seen.session.replaced, timeout=LIMIT_MS):
        seen.session.restart()
    seen.until(lambda: seen.session.state == "running" and seen.pid != leader)
    assert len(seen.session.store.tasks) == 0
    assert seen.session.printed == ""
    seen.run("fib", "30")
    seen.until(lambda: not group(leader))


def test_close_leaves_no_process_and_no_folder(seen: Seen) -> None:
    seen.start()
    seen.run("run_for_ever", kind="process", count=2)
    seen.run("stuck_in_c")
    leader, folder = seen.pid, seen.session.folder
    seen.session.close()
    assert not group(leader)
    assert folder is not None
    assert not folder.exists()


def test_the_timer_rests_when_nothing_can_change(seen: Seen) -> None:
    seen.start()
    seen.session.stop()
    seen.ended("stopped")
    seen.until(lambda: not seen.session._timer.isActive())


def test_a_frame_has_a_look_taken_when_it_is_time(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen.start()
    looks: list[bool] = []
    monkeypatch.setattr(seen.session, "_take_in", lambda: looks.append(True))
    seen.session._pace._looked_at = 0.0
    seen.session.look()
    assert looks == [True]
    seen.session._pace._looked_at = time.monotonic() + 1  # however slow we are: just now
    seen.session.look()
    assert looks == [True], "not as often as there are frames"


@pytest.mark.parametrize(
    ("frame_ms", "cost_ms"), [(17, 0.5), (20, 0.5), (17, 2.0), (26, 2.0), (40, 2.0)]
)
def test_while_there_are_frames_the_timer_leaves_the_next_look_to_them(
    seen: Seen, monkeypatch: pytest.MonkeyPatch, frame_ms: int, cost_ms: float
) -> None:
    seen.start()
    session, clock = seen.session, [1000.0]
    pace = LookPace(lambda: clock[0], lambda: 0.0)
    pace.changed()
    pace._cost = cost_ms / 1e3
    monkeypatch.setattr(session, "_pace", pace)
    monkeypatch.setattr(session, "_take_in", lambda: None)
    session._tick()
    assert session._timer.interval() == pace.pause_ms, "where there are none it does not wait"
    clock[0] += 1.0
    pace._cost = cost_ms / 1e3
    for _ in range(2):
        session.look()
    assert pace._looked_at == clock[0]
    began = clock[0]
    clock[0] += frame_ms / 1e3
    while not pace.due():
        clock[0] += frame_ms / 1e3
    assert session._timer.interval() > (clock[0] - began) * 1e3


@pytest.mark.parametrize("changed", [True, False])
def test_a_look_is_told_once(seen: Seen, changed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is brought up to date for a change need not be so for the time once more."""
    seen.start()
    told: list[str] = []
    seen.session.changed.connect(lambda: told.append("changed"))
    seen.session.ticked.connect(lambda: told.append("ticked"))
    monkeypatch.setattr(seen.session._intake, "take", lambda _: (changed, True))
    seen.session._take_in()
    assert told == ["changed" if changed else "ticked"]


def test_without_anything_to_follow_a_frame_has_no_look_taken(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen.session, "_take_in", pytest.fail)
    seen.session.look()


def test_the_right_edge_moves_with_the_clock_while_the_host_lives(seen: Seen) -> None:
    seen.start()
    seen.ask("tasks")
    with seen.qtbot.waitSignal(seen.session.ticked, timeout=LIMIT_MS):
        first = seen.session.now_ns
    with seen.qtbot.waitSignal(seen.session.ticked, timeout=LIMIT_MS):
        pass
    assert seen.session.now_ns > first
    seen.session.stop()
    seen.ended("stopped")
    assert seen.session.now_ns == seen.session.store.now_ns


def test_a_script_is_run_and_its_end_told(seen: Seen, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from poolscope import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n"
        "    print(sum(pool.map(int, sys.argv[1:])))\n"
        "sys.exit(5)\n"
    )
    seen.session.start_script(script, ["20", "22"])
    assert not seen.session.accepts
    assert "exit code 5" in seen.ended("failed")
    assert seen.session.printed == "42\n"
    assert len(seen.session.store.tasks) == 2
    assert seen.session.exit_code == 5


def test_a_script_that_never_ends_is_stopped_or_interrupted(seen: Seen, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', " + repr(BUSY) + "])\n"
        "print('up')\n" + BUSY
    )
    for end in (seen.session.stop, seen.session.interrupt):
        seen.session.start_script(script)
        seen.until(lambda: seen.session.printed == "up\n")
        leader = seen.pid
        end()
        seen.until(lambda: not seen.session.live)
        seen.until(lambda leader=leader: not group(leader))
    assert "KeyboardInterrupt" in seen.session.printed
    assert "SIGINT" in seen.states[-1][1]


def test_a_trace_is_opened_and_a_bad_one_changes_nothing(seen: Seen, tmp_path: Path) -> None:
    seen.start()
    seen.ask("tasks")
    with pytest.raises(TraceError, match="nowhere"):
        seen.session.open_trace(tmp_path / "nowhere")
    assert seen.session.accepts

    from tests.engine.far_end import FarEnd

    host = FarEnd(tmp_path / "trace")
    try:
        pool = host.ask("create", kind="thread", max_workers=1)["pool"]
        host.ask("submit", pool=pool, task="fib", arguments="5", count=3)
        seen.session.open_trace(host.folder)
        seen.until(lambda: len(seen.session.store.tasks) == 3)
        assert seen.session.state == "opened"
        seen.until(lambda: seen.session.attached)
        assert seen.session.live
        now = seen.session.now_ns
        seen.until(lambda: seen.session.now_ns > now > seen.session.store.now_ns)
        assert not seen.session.accepts, "it is another's"
        # It still grows, and is followed.
        host.ask("submit", pool=pool, task="fib", arguments="5", count=4)
        seen.until(lambda: len(seen.session.store.tasks) == 7)
    finally:
        host.close()
    seen.until(lambda: not seen.session.live)
    assert seen.session.now_ns == seen.session.store.now_ns
    seen.until(lambda: not seen.session._timer.isActive())
    seen.session.close()
    assert host.folder.exists()


def test_what_a_script_leaves_behind_when_it_ends_by_itself_goes_on(
    seen: Seen, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', " + repr(BUSY) + "])\n"
        "print(child.pid)\n"
    )
    seen.session.start_script(script)
    assert seen.ended("ended") == "Ended."
    left = psutil.Process(int(seen.session.printed))
    seen.until(lambda: not seen.session._timer.isActive())
    try:
        assert left.is_running()
    finally:
        left.kill()


VIEWER = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from poolscope_gui import session as session_module
from poolscope_gui.session import Session
app = QCoreApplication([])
session = Session()
session.output.connect(lambda text: print(text, end="", flush=True))
session.host_state.connect(lambda *said: print(*said, file=sys.stderr, flush=True))
if len(sys.argv) > 1:
    session.start_script(sys.argv[1])
else:
    session.start_host()
    source = "def up():\\n  import os\\n  print(os.getpgrp())\\n  while True: pass"
    session.send("define", source=source)
    session.send("create", kind="process", max_workers=1, name="p")
    session.command_done.connect(
        lambda number, *_: number == 1 and session.send("submit", pool="p", task="up"))
app.exec()
"""


@pytest.mark.parametrize("what", ["host", "script"])
def test_a_viewer_that_is_killed_takes_everything_with_it(
    what: str,
    tmp_path: Path,
    clean_environment: dict[str, str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer, script = tmp_path / "viewer.py", tmp_path / "script.py"
    viewer.write_text(VIEWER)
    script.write_text(
        "import os, subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', " + repr(BUSY) + "])\n"
        "print(os.getpgrp())\n" + BUSY
    )
    arguments = [str(script)] if what == "script" else []
    environment = clean_environment | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, str(viewer), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            leader = int(process.stdout.readline())
            assert len(group(leader)) >= 3
        finally:
            process.kill()
    qtbot.waitUntil(lambda: not group(leader), timeout=LIMIT_MS)
    # What it could not remove, the next start does.
    (left,) = tmp_path.glob("poolscope-*")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_YOUNG_S", 0.0)
    assert scratch.sweep() == [left]
