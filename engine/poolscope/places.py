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
from typing import Any, Final

_MANY: Final = 4096  # places remembered; past it the memory starts anew
# db_lock = Lock(  self.lock: Lock = poolscope.RLock(  locks["a"] = Lock(  make(guard=Event(
_TARGET: Final = (  # compiled when it is first needed
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


# How many were made by one call in the source, by the code's id and the instruction; the code is
# kept, so that its id stays its own. Two threads at once may get one number: a name is no identity.
_births: dict[tuple[int, int], list[Any]] = {}


class Birthplace:
    """Where an object was made: kept as it is found, looked up when somebody asks."""

    __slots__ = ("_code", "_instruction", "_made", "_number")

    def __init__(self, frame: FrameType) -> None:
        code, instruction = frame.f_code, frame.f_lasti
        self._code, self._instruction = code, instruction
        made = _births.get((id(code), instruction))
        if made is None:
            if len(_births) >= _MANY:
                _births.clear()
            made = _births[id(code), instruction] = [0, code]
        self._made = made
        self._number = made[0] = made[0] + 1

    def name(self, otherwise: str) -> str:
        """``variable (file.py:12)``; ``otherwise``, what it is, where no variable is found.

        Once the same call has made several, with its number among them.
        """
        line, column = self._position()
        try:
            import linecache  # dear, and a program without locks has no need of it

            text = linecache.getline(self._code.co_filename, line)
            variable = _variable(text, column, otherwise) or otherwise
        except Exception:  # noqa: BLE001  no more files, no more right to read the library's
            variable = otherwise
        number = f" #{self._number}" if self._made[0] > 1 else ""
        return f"{variable} ({Path(self._code.co_filename).name}:{line}){number}"

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
    for match in re.finditer(_TARGET, text):
        if column is None:
            if match["called"].lower() != called.lower():
                continue
        elif len(text[: match.start("call")].encode()) != column:
            continue
        before = text[: match.start()].rstrip()
        if before.endswith(",") and before.count("(") == before.count(")"):
            break  # one of several targets
        return _plain(match["target"])
    return _of_several(text, column) if "=" in text else ""


def _of_several(text: str, column: int | None) -> str:
    """The target of the call at ``column`` in a line like ``first, second = Lock(), Lock()``.

    Of ``pair = [Lock(), Lock()]`` it is ``pair[0]``, of ``forks = [Lock() for _ in range(5)]`` the
    whole's: ``forks``.
    """
    import ast  # dear, and seldom needed

    line = text.strip()
    indent = len(text) - len(text.lstrip())

    def makes(value: ast.AST) -> bool:
        calls = (part for part in ast.walk(value) if isinstance(part, ast.Call))
        return any(indent + call.col_offset == column for call in calls)

    try:
        statements = ast.parse(line).body
    except SyntaxError:  # a part of a statement
        return ""
    for each in statements:
        if not isinstance(each, ast.Assign) or not makes(each.value):
            continue
        target, value = each.targets[0], each.value
        if isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp):
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            return ", ".join(_plain(ast.unparse(part)) for part in parts)
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        if isinstance(value, ast.Dict):
            keys, values = value.keys, value.values
        elif isinstance(value, ast.Tuple | ast.List):
            keys, values = [ast.Constant(n) for n in range(len(value.elts))], value.elts
        for number, (key, made) in enumerate(zip(keys, values, strict=True)):
            if not makes(made) or key is None:
                continue
            if not isinstance(target, ast.Tuple):
                return f"{_plain(ast.unparse(target))}[{ast.unparse(key)}]"
            starred = any(isinstance(part, ast.Starred) for part in target.elts)
            if len(target.elts) == len(values) and not starred:
                return _plain(ast.unparse(target.elts[number]))
    return ""


def _plain(target: str) -> str:
    return target.removeprefix("self.").removeprefix("cls.")
