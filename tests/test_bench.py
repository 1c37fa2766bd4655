"""The figures can be measured where there is no display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_what_paints_finds_a_platform_where_there_is_no_display(
    root: Path, clean_environment: dict[str, str]
) -> None:
    """Qt aborts the process where it finds none, and it is asked once: at the first application."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        clean_environment.pop(name, None)
    code = (
        "import runpy; runpy.run_path('tests/bench/run.py');"
        "from PySide6.QtGui import QGuiApplication; print(QGuiApplication([]).platformName())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (0, "offscreen\n"), run.stderr
