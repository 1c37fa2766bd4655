"""Where in the source something happens, and what the variable on that line is called.

A place costs a dictionary look-up, as it is asked for at every traced acquire; a source file is
read only for a name, and a missing one hurts nobody.
"""

from __future__ import annotations

import re
import sys
import threading
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_MANY: Final = 4096  # places remembered; past it the memory starts anew
# db_lock = Lock(  self.lock: Lock = poolscope.RLock(  locks["a"] = Lock(  make(guard=Event(
_TARGET: Final = re.compile(
    r"(?P<target>[A-Za-z_][\w.]*(?:\[[^\]=]*\])?)\s*(?::[^=(]+)?=\s*"
    r"(?P<call>(?:[A-Za-z_]\w*\.)*(?P<called>[A-Za-z_]\w*)\()"
)
# Code in these files is how somebody came to a lock, not the place where they did.
# (The second is queue.py, beside it: importing it is the program's business.)
_passed_by: set[str] = {
    threading.__file__,
    threading.__file__.replace("threading.py", "queue.py"),
}


def pass_by(file: str = "") -> None:
    """From now on no place is in ``file`` (the caller's), a primitive's: its users' are."""
    _passed_by.add(file or sys._getframe(1).f_code.co_filename)


# By the code's id and the instruction: hashing a code object costs more than all the rest. The
# code is kept in the value, so that its id stays its own.
_seen: dict[tuple[int, int], tuple[str | None, CodeType]] = {}


def where(frame: FrameType) -> str:
    """``file:line`` that ``frame`` is at; in a primitive's own code, that of who called it."""
    code = frame.f_code
    found = _seen.get((id(code), frame.f_lasti))
    if found is None:
        found = _remember(frame, code)
    text = found[0]
    if text is not None:
        return text
    back = frame.f_back
    return where(back) if back is not None else _at(frame)


def number(frame: FrameType) -> int:
    """Of the very instruction that ``frame`` is at: its address, unique while the code lives."""
    return id(frame.f_code) + frame.f_lasti


def is_place(frame: FrameType) -> bool:
    """Whether ``where`` gives the line of ``frame`` itself: always the same one."""
    return frame.f_code.co_filename not in _passed_by


def _remember(frame: FrameType, code: CodeType) -> tuple[str | None, CodeType]:
    if len(_seen) >= _MANY:
        _seen.clear()
    text = None if code.co_filename in _passed_by else _at(frame)
    found = _seen[id(code), frame.f_lasti] = text, code
    return found


def _at(frame: FrameType) -> str:
    # A line is None in code without any; 0 says as much.
    return f"{frame.f_code.co_filename}:{frame.f_lineno or 0}"


def maker(frame: FrameType, made: object) -> FrameType:
    """Who had ``made`` made: the caller of its constructor, past a subclass's own ones."""
    while frame.f_code.co_name == "__init__" and frame.f_code.co_argcount:
        first = frame.f_code.co_varnames[0]
        if frame.f_back is None or frame.f_locals.get(first) is not made:
            break
        frame = frame.f_back
    return frame


class Birthplace:
    """Where an object was made: kept as it is found, looked up when somebody asks."""

    __slots__ = ("_code", "_instruction")

    def __init__(self, frame: FrameType) -> None:
        self._code = frame.f_code
        self._instruction = frame.f_lasti

    def name(self, otherwise: str) -> str:
        """``variable (file.py:12)``; ``otherwise``, what it is, where no variable is found."""
        import linecache  # dear, and a program without locks has no need of it

        line, column = self._position()
        text = linecache.getline(self._code.co_filename, line)
        variable = _variable(text, column, otherwise) or otherwise
        return f"{variable} ({Path(self._code.co_filename).name}:{line})"

    def _position(self) -> tuple[int, int | None]:
        """The line, and the column (in bytes) at which the call begins, if it is known."""
        steps = islice(self._code.co_positions(), self._instruction // 2, None)
        line, _, column, _ = next(steps, (None, None, None, None))
        return line or 0, column


class Part:
    """Where something was made that is a part of something else: it is called after that."""

    __slots__ = ("_given", "_whole", "_whole_is")

    def __init__(self, given: str, whole: Birthplace, whole_is: str) -> None:
        self._given = given
        self._whole = whole
        self._whole_is = whole_is

    def name(self, otherwise: str) -> str:
        """``Lock of`` the other's name."""
        return f"{otherwise} of {self._given or self._whole.name(self._whole_is)}"


def _variable(text: str, column: int | None, called: str) -> str:
    """What the call at ``column`` of this line is assigned to, or ``""``.

    Where no column is known it is the first call of something named ``called``.
    """
    for match in _TARGET.finditer(text):
        if column is None:
            if match["called"].lower() != called.lower():
                continue
        elif len(text[: match.start("call")].encode()) != column:
            continue
        before = text[: match.start()].rstrip()
        if before.endswith(",") and before.count("(") == before.count(")"):
            break  # one of several targets
        return _plain(match["target"])
    return _of_several(text, column) if "," in text.partition("=")[0] else ""


def _of_several(text: str, column: int | None) -> str:
    """The target of the call at ``column`` in a line like ``first, second = Lock(), Lock()``."""
    import ast  # dear, and seldom needed

    line = text.strip()
    indent = len(text) - len(text.lstrip())
    try:
        statements = ast.parse(line).body
    except SyntaxError:  # a part of a statement
        return ""
    for each in statements:
        values = each.value if isinstance(each, ast.Assign) else None
        for targets in each.targets if isinstance(each, ast.Assign) else ():
            if not isinstance(targets, ast.Tuple) or not isinstance(values, ast.Tuple):
                continue
            if len(targets.elts) != len(values.elts):
                continue
            for target, value in zip(targets.elts, values.elts, strict=True):
                if indent + value.col_offset == column and not isinstance(target, ast.Starred):
                    return _plain(ast.unparse(target))
    return ""


def _plain(target: str) -> str:
    return target.removeprefix("self.").removeprefix("cls.")
