"""Told when a failed future is collected and nobody was ever given its exception.

Not a ``__del__`` of the future: every future would pay for it, and one that settles in a reference
cycle would be finalized in an order that nobody chose. A future that fails while something records
gets a tiny object beside its exception instead, which refers to nothing of it, so it does not
matter which of the two goes first. It is disarmed when the exception is delivered.
"""

from __future__ import annotations

from typing import Final

from poolscope.trace import recorder as _recorder
from poolscope.trace.recording import Emit
from poolscope.trace.schema import Kind

__all__ = ["Unread", "watch"]

_DROPPED: Final = int(Kind.EXCEPTION_DROPPED)


class Unread:
    """That nobody has seen the exception of ``task``; records so when it is collected.

    ``emit`` is that of the recording in which the future failed, None once there is nothing to be
    told. After a fork or in the next recording it is not the one in force, and all is silent: the
    child's copy is not the future, and the other trace does not know it.
    """

    __slots__ = ("emit", "task")

    def __init__(self, task: int, emit: Emit) -> None:
        self.task = task
        self.emit: Emit | None = emit

    def __del__(self) -> None:
        emit = self.emit
        # At the interpreter's end the module may be gone before this is.
        if emit is not None and _recorder is not None and _recorder.emit is emit:
            emit(_DROPPED, self.task, 0, 0, 0)


def watch(task: int) -> Unread | None:
    """What a future keeps beside its exception; None while nothing records."""
    emit = _recorder.emit
    return None if emit is None else Unread(task, emit)
