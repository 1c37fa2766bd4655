"""Where in the source something happens, and what the variable on that line is called.

A place costs a dictionary look-up, as it is asked for at every traced acquire; a source file is
read only for a name, and a missing one hurts nobody.
"""

from __future__ import annotations

import linecache
import re
import threading
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_MANY: Final = 4096  # places remembered; past it the memory starts anew
# db_lock = Lock(  self.lock: Lock = poolscope.RLock(  locks["a"] = Lock(  make(guard=Lock(
_TARGET: Final = re.compile(
    r"(?P<target>[A-Za-z_][\w.]*(?:\[[^\]=]*\])?)\s*(?::[^=(]+)?=\s*"
    r"(?P<call>(?:[A-Za-z_]\w*\.)*R?Lock\()"
)
# Frames of these are how somebody came to the lock, not the place where they did.
_PASSED_BY: Final = frozenset({threading.__file__})


# By the code's id and the instruction: hashing a code object costs more than all the rest. The
# code is kept in the value, so that its id stays its own.
_seen: dict[tuple[int, int], tuple[str | None, CodeType]] = {}


def where(frame: FrameType) -> str:
    """``file:line`` that ``frame`` is at, or the nearest caller's outside ``threading``."""
    code = frame.f_code
    found = _seen.get((id(code), frame.f_lasti))
    if found is None:
        found = _remember(frame, code)
    text = found[0]
    if text is not None:
        return text
    back = frame.f_back
    return where(back) if back is not None else _at(frame)


def _remember(frame: FrameType, code: CodeType) -> tuple[str | None, CodeType]:
    if len(_seen) >= _MANY:
        _seen.clear()
    text = None if code.co_filename in _PASSED_BY else _at(frame)
    found = _seen[id(code), frame.f_lasti] = text, code
    return found


def _at(frame: FrameType) -> str:
    # A line is None in code without any; 0 says as much.
    return f"{frame.f_code.co_filename}:{frame.f_lineno or 0}"


class Birthplace:
    """Where an object was made: kept as it is found, looked up when somebody asks."""

    __slots__ = ("_code", "_instruction")

    def __init__(self, frame: FrameType) -> None:
        self._code = frame.f_code
        self._instruction = frame.f_lasti

    def name(self, otherwise: str) -> str:
        """``variable (file.py:12)``; ``otherwise`` in place of a variable that is not found."""
        line, column = self._position()
        text = linecache.getline(self._code.co_filename, line)
        variable = _variable(text, column) or otherwise
        return f"{variable} ({Path(self._code.co_filename).name}:{line})"

    def _position(self) -> tuple[int, int | None]:
        """The line, and the column (in bytes) at which the call begins, if it is known."""
        steps = islice(self._code.co_positions(), self._instruction // 2, None)
        line, _, column, _ = next(steps, (None, None, None, None))
        return line or 0, column


def _variable(text: str, column: int | None) -> str:
    """What the call at ``column`` of this line is assigned to, or ``""``."""
    for match in _TARGET.finditer(text):
        if column is None or len(text[: match.start("call")].encode()) == column:
            return match["target"].removeprefix("self.").removeprefix("cls.")
    return ""
