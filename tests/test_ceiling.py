"""A ceiling, not an average: a file that needs more is two things. And tests do not wait."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 300
TEST_FILE_LINES = 500
FUNCTION_LINES = 50
# A wait for a stretch of time, not for a thing. (ruff bans time.sleep; these are methods.)
WAITS = {"wait": ("qtbot",), "qWait": ("QTest", "QtTest"), "qSleep": ("QTest",)}

SOURCES = [ROOT / "app.py", *(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]
TESTS = list((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def waits(tree: ast.AST) -> list[int]:
    """The lines that wait for time to pass."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in WAITS.get(node.func.attr, ())
    ]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_source_stays_under_the_ceiling(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < FILE_LINES
    long = [
        f"{name}: {size}" for name, size in functions(ast.parse(text)) if size >= FUNCTION_LINES
    ]
    assert not long


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_test_arranges_and_is_not_endless(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < TEST_FILE_LINES
    assert not waits(ast.parse(text)), "use waitSignal or waitUntil: wait for the thing itself"


def test_a_wait_is_found() -> None:
    bad = "def test(qtbot):\n    qtbot.wait(5)\n    QTest.qWait(5)\n    qtbot.waitUntil(f)\n"
    assert waits(ast.parse(bad)) == [2, 3]
