"""How the call of a task is recorded: its argument as it is where that can be, else a label.

The hook on the standard library's ``submit`` has ``recorded`` written out, as a call more would
cost a sixth of it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, Final

from poolscope import naming
from poolscope.trace import call
from poolscope.trace import recorder as _recorder
from poolscope.trace.literal import SHORT

__all__ = ["UNRECORDED", "NamedCalls", "Recorded", "function", "recorded"]

_MOST: Final = naming.PLAIN_INT

Recorded = tuple[Any, Any, str]
"""Which of the recorder's functions is to record a SUBMITTED, and what it takes after the task."""
UNRECORDED: Final[Recorded] = None, 0, ""


def function(called: object) -> FunctionType | None:
    """What names ``called``: the function that it is, or of which it is a method; else None."""
    inner = called.__func__ if type(called) is MethodType else called
    return inner if type(inner) is FunctionType else None


class NamedCalls(dict[str, str]):
    """What a pool's tasks of one function have in common, by the function's qualified name.

    It is a ``call.name``, for ``emit_call``; ``""`` where there is none.
    """

    __slots__ = ("_pool",)

    def __init__(self, pool: int) -> None:
        self._pool = pool

    def __missing__(self, name: str) -> str:
        if len(self) >= naming.MAX_LABELS:  # a program may make functions without end
            self.clear()
        head = naming.short_head(name)
        known = self[name] = call.name(self._pool, head) if head else ""
        return known


def recorded(
    pool: int, calls: NamedCalls, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
) -> Recorded:
    """How the submission of ``fn(*args, **kwargs)`` is to be recorded, now.

    It calls the arguments' ``repr``, user code: under no lock.
    """
    named = fn if type(fn) is FunctionType else function(fn)
    if named is not None and len(args) == 1 and not kwargs:
        value, name = args[0], calls[named.__qualname__]
        if name and type(value) is int and -_MOST < value < _MOST:
            return _recorder.emit_call, value, name
        if name and type(value) is str and len(value) < SHORT:
            return _recorder.emit_call_string, value, name
    return _recorder.emit_text, pool, naming.label(named or fn, args, kwargs)
