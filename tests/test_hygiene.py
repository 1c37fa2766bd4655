"""The checks of conftest.py can fail: a file of leaking tests, each of which must be caught."""

import os
import subprocess
import sys
from pathlib import Path

LEAKING = """
import subprocess, sys, threading
import tests.conftest
from PySide6.QtCore import QTimer
tests.conftest.GRACE_S = 0.05
KEPT = []
EARLY = QTimer(objectName="early timer")


def test_thread():
    gate = threading.Event()
    KEPT.append(gate)
    threading.Thread(target=gate.wait, name="forgotten", daemon=True).start()


def test_process():
    command = [sys.executable, "-c", "input()"]
    KEPT.append(subprocess.Popen(command, stdin=subprocess.PIPE))


def test_window(qapp):
    from PySide6.QtWidgets import QWidget
    KEPT.append(QWidget(objectName="lost window"))


def test_timer(qapp):
    from PySide6.QtCore import QTimer
    timer = QTimer(objectName="lost timer")
    timer.start(100_000)
    KEPT.append(timer)


def test_timer_from_before(qapp):
    EARLY.start(100_000)


def test_qt_message(qapp):
    from PySide6.QtCore import qWarning
    qWarning("a message from Qt")


def test_warning():
    import warnings
    warnings.warn("a warning")


def test_clean(qtbot):
    from PySide6.QtWidgets import QWidget
    qtbot.addWidget(QWidget())
"""


def test_each_leak_fails_its_test(tmp_path: Path, root: Path) -> None:
    leaking = tmp_path / "test_leaking.py"
    leaking.write_text(LEAKING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", str(leaking), f"--rootdir={tmp_path}", "-rA"]
    command += ["-c", str(root / "pyproject.toml"), "-p", "tests.conftest"]
    command += ["-p", "no:cacheprovider", "-p", "no:randomly"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )

    summary = [line for line in run.stdout.splitlines() if "test_leaking.py::" in line]
    verdicts = {
        line.split("::")[1].split()[0]: line.split()[0]
        for line in sorted(summary)
        if line.startswith(("PASSED", "FAILED", "ERROR"))
    }
    # A leak is found after the test itself passed, which pytest calls an error of its teardown.
    errors = {line.split("::")[1].split()[0] for line in summary if line.startswith("ERROR")}
    leaks = {"test_thread", "test_process", "test_window", "test_timer", "test_timer_from_before"}
    assert errors == leaks, run.stdout
    assert verdicts["test_qt_message"] == "FAILED", run.stdout
    assert verdicts["test_warning"] == "FAILED", run.stdout
    assert verdicts["test_clean"] == "PASSED", run.stdout
    for named in ("forgotten", "input()", "lost window", "lost timer", "early timer"):
        assert named in run.stdout
