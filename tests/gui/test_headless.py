"""The demo where there is no display: a picture of the window, and what happened in words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage


def test_the_demo_is_told_and_painted_with_no_display(
    root: Path, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        clean_environment.pop(name, None)
    ran = subprocess.run(
        [sys.executable, str(root / "app.py"), "--demo"],
        cwd=tmp_path,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    found = re.search(r"The demo ran (\d+) tasks; the window is in (\S+)\.\n$", ran.stdout)
    assert found is not None
    assert int(found[1]) > 0
    picture = QImage(str(tmp_path / found[2]))
    assert (picture.width(), picture.height()) == (1640, 940)
    # Through the first button, above its words: the mouse does not light it.
    assert len({picture.pixel(x, 12) for x in range(120)}) == 1
