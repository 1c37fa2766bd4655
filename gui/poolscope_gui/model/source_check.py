"""What can be said of a function's source without running it."""

from __future__ import annotations

import ast
import re
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"\bline (\d+)\b", re.IGNORECASE)


class Mark(NamedTuple):
    """A sentence that belongs to a line (from 1; 0: to no line) of the source."""

    line: int
    sentence: str


def check_source(source: str) -> Mark | None:
    """The first mistake in ``source``; None when it parses and defines a function."""
    if not source.strip():
        return Mark(0, "write a function: def work(n): ...")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return Mark(error.lineno or 1, f"{type(error).__name__}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Mark(1, f"not Python: {error}")
    if not any(isinstance(node, ast.FunctionDef) for node in tree.body):
        return Mark(1, "nothing to submit: it must define a function with def")
    return None


def mark_of(error: str, line: object = None, lines: int = 1) -> Mark:
    """Where the host's answer to ``define`` points: its ``line``, or the last its text names."""
    if isinstance(line, int) and not isinstance(line, bool):
        number = line
    else:
        found = _LINE.findall(error)
        number = int(found[-1]) if found else 0
    return Mark(min(max(number, 0), lines), error.strip())
