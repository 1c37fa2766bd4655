"""The hook on a future's callbacks: when each ran, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from poolscope import naming
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome

__all__ = ["Callback", "add_done_callback"]

_CALLBACK_BEGAN: Final = int(Kind.CALLBACK_BEGAN)
_CALLBACK_ENDED: Final = int(Kind.CALLBACK_ENDED)
_GAVE_RESULT: Final = int(Outcome.RESULT)
_RAISED: Final = int(Outcome.EXCEPTION)


class Callback:
    """A user's callback, and a record of when it ran."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def __call__(self, future: Any, number: int = 0) -> object:
        """``future``: or the result that it is given instead, of the task ``number``."""
        function = self._function
        number = number or future._poolscope
        emit_text = _recorder.emit_text
        if emit_text is not None:
            name = naming.function_name(function)
            emit_text(_CALLBACK_BEGAN, number, 0, name, 0)
        outcome = _RAISED
        try:
            answer = function(future)
            outcome = _GAVE_RESULT
            return answer
        except BaseException as error:
            hide(error)
            raise
        finally:
            emit = _recorder.emit
            if emit is not None:
                emit(_CALLBACK_ENDED, number, 0, 0, outcome)


def add_done_callback(original: Any) -> Any:
    """A hook for a future's ``add_done_callback``."""

    def add_done_callback(self: Any, fn: Any) -> None:
        try:
            if self._poolscope and _recorder.emit is not None and callable(fn):
                fn = Callback(fn)
            original(self, fn)
        except BaseException as error:
            hide(error)
            raise

    return add_done_callback
