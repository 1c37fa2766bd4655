"""Every lesson runs to its end, says what it teaches, and leaves a trace with something in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from poolscope.analysis.findings import findings
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.reader import Reader
from poolscope_gui import bundled
from tests.some_at_a_time import some_at_a_time

# What the report finds in each: what the lesson is about, and nothing else.
FOUND = {
    "deadlock": {"near-deadlock"},
    "exceptions": {"broken-pool", "unread-exception"},
    "lost_update": {"lost-update"},
    "starvation": {"self-starvation"},
    "waiting": {"unread-exception"},
}
AT_A_TIME = 3

Run = Future[subprocess.CompletedProcess[str]]


def record(root: Path, trace: Path, lesson: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "app.py"), "record", "-o", str(trace), str(lesson)],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def runs(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, Run]]]:
    """The folder of the traces, and all lessons, some at a time: what they do most is sleep."""
    home = tmp_path_factory.mktemp("lessons")
    with some_at_a_time(AT_A_TIME) as pool:
        yield (
            home,
            {
                name: pool.submit(record, root, home / name, lesson)
                for name, lesson in bundled.lessons().items()
            },
        )


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: meanwhile other lessons run. ``runs`` looks when all are done."""


def test_there_are_lessons() -> None:
    assert bundled.lessons()


@pytest.mark.parametrize("name", bundled.lessons())
def test_lesson_runs(name: str, runs: tuple[Path, dict[str, Run]]) -> None:
    assert bundled.title(bundled.lessons()[name]).endswith(".")

    home, started = runs
    run = started[name].result()

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout
    with Reader(home / name) as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    assert (store.tasks.finished != NEVER).any()
    found = {each.kind for each in findings(store) if each.severity != "note"}
    assert found == FOUND.get(name, set())
