"""Every lesson runs to its end, says what it teaches, and leaves a trace with something in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from poolscope_gui import bundled


def test_there_are_lessons() -> None:
    assert bundled.lessons()


@pytest.mark.parametrize("name", bundled.lessons())
def test_lesson_runs(name: str, root: Path, tmp_path: Path) -> None:
    lesson = bundled.lessons()[name]
    assert bundled.title(lesson).endswith(".")

    run = subprocess.run(
        [sys.executable, str(root / "app.py"), "record", "-o", str(tmp_path / "t"), str(lesson)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout
    reader = Reader(tmp_path / "t")
    try:
        finished = sum(int((b.records["kind"] == Kind.FINISHED).sum()) for b in reader.poll())
    finally:
        reader.close()
    assert finished
