"""Each lesson runs, shows what its text says, and leaves a trace in which it can be seen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from poolscope.analysis.store import TaskState
from tests.engine.test_script import command, loaded, run
from tests.some_at_a_time import some_at_a_time

LESSONS = Path(__file__).resolve().parents[2] / "resources" / "lessons"
AT_A_TIME = 3

Run = Future[CompletedProcess[str]]

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


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Run]]]:
    """The folder of the traces, and all lessons, some at a time: what they do most is sleep."""
    home = tmp_path_factory.mktemp("lessons")
    with some_at_a_time(AT_A_TIME) as pool:
        yield (
            home,
            {
                name: pool.submit(run, command(home / name, LESSONS / f"{name}.py", limit=60))
                for name in SHOWN
            },
        )


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile other lessons run. ``runs`` looks when all are done."""


@pytest.mark.parametrize("name", SHOWN)
def test_a_lesson_shows_what_it_says(name: str, runs: tuple[Path, dict[str, Run]]) -> None:
    lesson = LESSONS / f"{name}.py"
    doc = ast.get_docstring(ast.parse(lesson.read_text(encoding="utf-8"))) or ""
    title, _, text = doc.partition("\n")
    assert len(title) < 90
    assert re.search(r"lane|hatched|chart|bar|table|queue depth", text), "what is to be looked at"

    home, started = runs
    ran = started[name].result()
    assert (ran.stderr, ran.returncode) == ("", 0)
    *lines, state = SHOWN[name]
    for line in lines:
        pattern = line if isinstance(line, re.Pattern) else re.escape(str(line))
        assert re.search(pattern, ran.stdout), ran.stdout
    store = loaded(home / name)
    assert state in store.tasks.state()
    assert not store.errors
