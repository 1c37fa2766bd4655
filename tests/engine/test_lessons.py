"""Each lesson runs, shows what its text says, and leaves a trace in which it can be seen."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from poolscope.analysis.store import TaskState
from tests.engine.test_script import command, loaded, run

LESSONS = Path(__file__).resolve().parents[2] / "resources" / "lessons"

# What must be read in the output, in any order, and a state that must be seen in the trace.
SHOWN = {
    "cancel": ("cancel() returned False", "raised CancelledError", TaskState.CANCELLED),
    "deadlock": (", gave up on ", "has flour and sugar", TaskState.FINISHED),
    "exceptions": ("division by zero", "BrokenProcessPool", TaskState.EXCEPTION),
    "lock": ("greedy: ", "modest: ", TaskState.FINISHED),
    "lost_update": (
        re.compile(r"without a lock: 80 additions, [1-9]\d* lost"),
        "with the lock: 80 additions, 0 lost",
        TaskState.FINISHED,
    ),
    "processes": ("threads: ", "processes: ", TaskState.FINISHED),
    "starvation": ("3 workers: 1", "2 workers: TimeoutError()", TaskState.EXCEPTION),
    "waiting": ("FIRST_COMPLETED: 1 done", "FIRST_EXCEPTION: 2 done", TaskState.EXCEPTION),
    "workers": ("3 workers: 12 pages", "6 workers: 12 pages", TaskState.FINISHED),
}


def test_every_lesson_is_known() -> None:
    assert set(SHOWN) == {path.stem for path in LESSONS.glob("*.py")}


@pytest.mark.parametrize("name", SHOWN)
def test_a_lesson_shows_what_it_says(name: str, tmp_path: Path) -> None:
    lesson = LESSONS / f"{name}.py"
    doc = ast.get_docstring(ast.parse(lesson.read_text(encoding="utf-8"))) or ""
    title, _, text = doc.partition("\n")
    assert len(title) < 90
    assert re.search(r"lane|hatched|chart|bar|table|queue depth", text), "what is to be looked at"

    ran = run(command(tmp_path / "trace", lesson, limit=60))
    assert (ran.stderr, ran.returncode) == ("", 0)
    *lines, state = SHOWN[name]
    for line in lines:
        pattern = line if isinstance(line, re.Pattern) else re.escape(str(line))
        assert re.search(pattern, ran.stdout), ran.stdout
    store = loaded(tmp_path / "trace")
    assert state in store.tasks.state()
    assert not store.errors
