"""The verbs that open a window, on a real screen: what is seen, and how they end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from poolscope_gui.model.palette import FINISHED, THEMES
from tests.program import LIMIT_S, Program, count, until
from tests.screen import Screen

GREEN = THEMES["light"].states[FINISHED].body
A_BAR = 400  # pixels: more than any swatch of the legend
ENDS = """
import sys, time
from poolscope import ThreadPoolExecutor

with ThreadPoolExecutor(1) as pool:
    print(pool.submit(time.sleep, 0.5).result(), sys.argv[1:])
sys.exit(7)
"""
ENDLESS = """
import pathlib, sys, threading

pathlib.Path(sys.argv[1]).touch()
try:
    threading.Event().wait()
except KeyboardInterrupt:
    print("interrupted")
    sys.exit(9)
"""


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen(1280, 800) as made:
        yield made


def gone(family: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(family, timeout=LIMIT_S / 10)[1]


def test_run_shows_the_script_and_ends_with_its_status(
    screen: Screen, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(ENDS)
    with Program(screen, "run", str(script), "--an", "argument") as program:
        until(lambda: count(screen.live, GREEN) > A_BAR, "the task as finished")
        assert program.close() == 7
    assert capfd.readouterr().out == "None ['--an', 'argument']\n"


def test_ctrl_c_is_for_the_script_and_then_for_the_window(
    screen: Screen, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script, begun = tmp_path / "script.py", tmp_path / "begun"
    script.write_text(ENDLESS)
    with Program(screen, "run", str(script), str(begun), observed=True) as program:
        until(begun.exists, "the script under way")
        program.widget(kind="ChartCanvas")  # the window is complete, and listens
        family = program.family()
        program.process.send_signal(signal.SIGINT)
        assert gone(family)
        assert program.process.poll() is None  # the window stays, with the trace in it
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(LIMIT_S) == 9
    assert "interrupted" in capfd.readouterr().out


def test_a_window_closed_on_a_running_script_ends_it(screen: Screen, tmp_path: Path) -> None:
    script, begun = tmp_path / "script.py", tmp_path / "begun"
    script.write_text(ENDLESS)
    with Program(screen, "run", str(script), str(begun)) as program:
        until(begun.exists, "the script under way")
        family = program.family()
        assert program.close() == 128 + signal.SIGTERM
        assert gone(family)


def test_open_shows_a_trace(screen: Screen, tmp_path: Path, root: Path) -> None:
    script, trace = tmp_path / "script.py", tmp_path / "trace.poolscope"
    script.write_text(ENDS)
    command = [sys.executable, str(root / "app.py"), "record", "-o", str(trace), str(script)]
    assert subprocess.run(command, timeout=60, stdout=subprocess.DEVNULL).returncode == 7
    with Program(screen, "open", str(trace)) as program:
        until(lambda: count(screen.live, GREEN) > A_BAR, "the task as finished")
        assert program.family() == []
        assert program.close() == 0


def test_open_of_what_is_no_trace_opens_no_window(
    screen: Screen, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.poolscope"
    bad.write_bytes(b"no trace")
    with Program(screen, "open", str(bad)) as program:
        assert program.process.wait(LIMIT_S) == 1
    assert not screen.live.any()
    said = capfd.readouterr().err
    assert "bad.poolscope" in said
    assert said.count("\n") == 1
