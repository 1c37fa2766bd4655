"""Which line of the program submits a task or waits: as a number, which the trace is told once.

A place is asked for at every submit and every wait that is recorded. Most come from the line that
the last one came from, which three comparisons show; the others cost a look into a dictionary. The
record that is written anyway has room for the number; what it stands for is declared on the pinned
stream.

The place is the program's own: calls by our code and by the standard library's are followed to who
called those. Where nobody is found (the host's commands, a callback of an event loop) it is 0.

There is no lock: a number is declared before or soon after its first use, and two threads that meet
a place at the same time may give it two numbers.
"""

from __future__ import annotations

import functools
import itertools
import os
from sys import _getframe
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, Final

from poolscope.chunks import Chunk
from poolscope.own_frames import OURS
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind
from poolscope.trace.values import MOST_PLACES, PLACE_DEFINED, SUBMITTED_PLACE
from poolscope.wrapped_call import in_library

__all__ = ["is_library", "submitting", "waiting"]

_RUNNER: Final = OURS + "script.py"
_HOST: Final = OURS + "host.py", "Host.obey"
_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  as code names it
# Below the library's folder and yet not the library.
_NOT_LIBRARY: Final = tuple(
    os.path.join(_LIBRARY, name) + os.sep  # noqa: PTH118
    for name in ("site-packages", "dist-packages", "test")
)
_EVENT_LOOP: Final = os.path.join("asyncio", "events.py")  # noqa: PTH118
_MANY: Final = 4096  # places remembered by their code; past it the memory starts anew
_DEEP: Final = 16  # functions within functions, at most
_COMPREHENSIONS: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_MAX_LINE: Final = (1 << 31) - 1
# Instead of a number in ``_known``: who called this, is asked; nobody, whoever called this.
_PASSED: Final = -1
_NOBODY: Final = -2


# The place that was asked for last, by instruction and code, and what was submitted there.
last_submit: tuple[int, CodeType | None, CodeType | None, int] = (-1, None, None, 0)
last_wait: tuple[int, CodeType | None, int] = (-1, None, 0)
# By the ids of code objects, as hashing one costs more than all the rest. They are kept in the
# value, so that an id stays its own.
_known: dict[tuple[int, int, int], tuple[int, CodeType, CodeType | None]] = {}
_numbers: dict[tuple[str, int], int] = {}  # by text and lines
_count = itertools.count(1)


def is_library(file: str) -> bool:
    """Whether the code in ``file`` is the standard library's."""
    if file.startswith("<frozen "):
        return True
    return file.startswith(_LIBRARY) and not file.startswith(_NOT_LIBRARY)


def submitting(function: Any, depth: int) -> int:
    """The place from which ``function`` is submitted, as it lies in ``SUBMITTED.d``.

    ``depth``: how many calls above the caller of this it is looked for; 1: who called that.
    """
    try:
        frame = _getframe(depth + 1)
    except ValueError:  # called by no code in Python: a thread's target, a handler at exit
        return _submitting(function, None)
    instruction, code, known, number = last_submit
    if (
        frame.f_lasti == instruction
        and frame.f_code is code
        and type(function) is FunctionType
        and function.__code__ is known
    ):
        return number
    return _submitting(function, frame)


def waiting(depth: int) -> int:
    """The number of the place that waits; ``depth`` as for ``submitting``."""
    try:
        return waiting_at(_getframe(depth + 1))
    except ValueError:
        return 0


def waiting_at(frame: FrameType) -> int:
    """The number of the place that waits: ``frame``, or who called that."""
    global last_wait
    number, own = _find(frame, None)
    if own:
        last_wait = frame.f_lasti, frame.f_code, number
    return number


def _submitting(function: Any, frame: FrameType | None) -> int:
    global last_submit
    code = code_of(function)
    number, own = _find(frame, code)
    number <<= SUBMITTED_PLACE
    # Not a wrapper's: its code is that of all that it wraps.
    if frame is not None and own and type(function) is FunctionType and function.__code__ is code:
        last_submit = frame.f_lasti, frame.f_code, code, number
    return number


def _find(frame: FrameType | None, function: CodeType | None) -> tuple[int, bool]:
    """The number of the first place from ``frame`` upwards, and whether it is that very one."""
    at = frame
    while at is not None:
        code = at.f_code
        found = _known.get((id(code), at.f_lasti, id(function)))
        number = _meet(at, function) if found is None else found[0]
        if number >= 0:
            return number, at is frame
        at = at.f_back if number == _PASSED else None
    return _numbered("", 0, "", function), False


def _meet(frame: FrameType, function: CodeType | None) -> int:
    code = frame.f_code
    file = code.co_filename
    if file.startswith(OURS):
        # What runs a watched program is not called by it, nor is anything above; what obeys a
        # window is called by no program at all.
        nobody = file == _RUNNER or (file, code.co_qualname) == _HOST
        number = _NOBODY if nobody else _PASSED
    elif not is_library(file):
        # A line is None in code without any; 0 says as much.
        number = _numbered(file, frame.f_lineno or 0, code.co_qualname, function)
    else:
        # Above a callback of an event loop is the line that runs the loop: not whose doing it is.
        called = code.co_name == "_run" and file.endswith(_EVENT_LOOP)
        number = _NOBODY if called else _PASSED
    if len(_known) >= _MANY:
        _known.clear()
    _known[id(code), frame.f_lasti, id(function)] = number, code, function
    return number


def _numbered(file: str, line: int, name: str, function: CodeType | None) -> int:
    """The number of a place, declared if it is a new one; 0: it is none, or one too many."""
    parts = [file, _plain(name)]
    lines = min(line, _MAX_LINE)
    if function is not None:
        parts.append(function.co_filename)
        lines |= min(function.co_firstlineno, _MAX_LINE) << PLACE_DEFINED
    elif not file:
        return 0
    text = "\n".join(part.replace("\n", " ") for part in parts)
    number = _numbers.get((text, lines), 0)
    if not number and len(_numbers) < MOST_PLACES:
        number = next(_count)
        if number > MOST_PLACES:
            return 0
        _numbers[text, lines] = number
        _declare(text, lines, number)
    return number


def _plain(name: str) -> str:
    """The name of a function as its reader knows it; of a comprehension's code, whose it is."""
    while name.rpartition(".")[2] in _COMPREHENSIONS:  # functions of their own until Python 3.12
        name = name.rpartition(".")[0].removesuffix(".<locals>") or "<module>"
    return name.rpartition("<locals>.")[2]


def _declare(text: str, lines: int, number: int) -> None:
    declare = _recorder.declare
    if declare is not None:
        declare(Kind.PLACE_NUMBERED, number, lines, text, 0)


def code_of(function: Any) -> CodeType | None:
    """The code that a call of ``function`` is about: of what wraps it, what is wrapped.

    Runs nothing of the user's: what only a property of theirs could tell is not found.
    """
    for _ in range(_DEEP):
        kind = type(function)
        if kind is FunctionType:
            inner = getattr(function, "__wrapped__", None)
            if inner is None:
                code: CodeType = function.__code__
                return code
        elif kind is MethodType:
            inner = function.__func__
        elif kind is functools.partial:
            inner = _of_partial(function)
        elif kind is functools._lru_cache_wrapper:
            inner = function.__wrapped__
        elif kind is Chunk:
            inner = function.fn
        elif issubclass(kind, type):
            inner = _of_class(function, "__init__")
        else:
            inner = _of_class(kind, "__call__")
        if inner is None:
            break
        function = inner
    return None


def _of_partial(function: functools.partial[Any]) -> Any:
    """What the library wraps so is an argument: of ``asyncio.to_thread``, of a ``map``'s chunk."""
    return function.args[0] if in_library(function) else function.func


def _of_class(kind: type, name: str) -> FunctionType | None:
    for each in type.mro(kind):
        found = each.__dict__.get(name)
        if found is not None:
            return found if type(found) is FunctionType else None
    return None


def _declare_all() -> None:
    """A recording that has just started knows no place."""
    for (text, lines), number in list(_numbers.items()):
        _declare(text, lines, number)


def _after_fork_in_child() -> None:
    # What was declared was declared of the parent. The numbers go on: none means two places.
    global last_submit, last_wait
    _known.clear()
    _numbers.clear()
    last_submit, last_wait = (-1, None, None, 0), (-1, None, 0)


_recorder.at_start.append(_declare_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
