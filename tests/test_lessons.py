"""Every lesson runs to its end, says what it teaches, and leaves a trace with something in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from poolscope.analysis.findings import findings
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.reader import Reader
from poolscope_gui import bundled

# What the report finds in each: what the lesson is about, and nothing else.
FOUND = {
    "deadlock": {"near-deadlock"},
    "exceptions": {"broken-pool", "unread-exception"},
    "lost_update": {"lost-update"},
    "starvation": {"self-starvation"},
    "waiting": {"unread-exception"},
}


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
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    assert (store.tasks.finished != NEVER).any()
    found = {each.kind for each in findings(store) if each.severity != "note"}
    assert found == FOUND.get(name, set())
