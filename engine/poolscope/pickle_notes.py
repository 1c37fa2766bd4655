"""What the trace is told of a call that was pickled for another process: its size, and how long."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind
from poolscope.trace.values import PICKLED_TOGETHER, PICKLED_TOOK

__all__ = ["began", "pickled"]

_PICKLED: Final = int(Kind.PICKLED)
_LOW: Final = (1 << PICKLED_TOOK) - 1
_MOST_HIGH: Final = PICKLED_TOGETHER - 1


def began() -> int:
    """The clock before a pickling, for ``pickled``; 0 when nothing records."""
    return perf_counter_ns() if _recorder.emit is not None else 0


def pickled(task: int, size: int, since: int, together: int = 0) -> None:
    """Record that the call of ``task`` is ``size`` bytes, and that its pickling began at ``since``.

    ``together`` is ``PICKLED_TOGETHER`` for a call that is in one pickle with others: then
    ``size`` is its share, and the time that of all.
    """
    emit = _recorder.emit
    if emit is not None:
        took = max(perf_counter_ns() - since, 1) if since else 0
        emit(_PICKLED, task, size, took & _LOW, min(took >> PICKLED_TOOK, _MOST_HIGH) | together)
