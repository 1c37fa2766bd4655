"""What the trace is told of a call that was pickled for another process: its size, and how long."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter_ns
from typing import Final

from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind
from poolscope.trace.values import PICKLED_TOGETHER, PICKLED_TOOK

__all__ = ["pickled", "pickled_together"]

_PICKLED: Final = int(Kind.PICKLED)
_LOW: Final = (1 << PICKLED_TOOK) - 1
_now: Final = perf_counter_ns


def pickled(task: int, size: int, since: int) -> None:
    """Record that the call of ``task`` is ``size`` bytes, and that its pickling began at ``since``.

    0: that is not known.
    """
    emit = _recorder.emit
    if emit is not None:
        took = (_now() - since or 1) if since else 0
        emit(_PICKLED, task, size, took & _LOW, 0 if took <= _LOW else _high(took))


def pickled_together(tasks: Iterable[int], size: int, since: int) -> None:
    """The same of calls that are in one pickle: ``size`` is the share of each, the time of all."""
    emit = _recorder.emit
    if emit is not None:
        for task in tasks:
            took = (_now() - since or 1) if since else 0
            emit(_PICKLED, task, size, took & _LOW, _high(took) | PICKLED_TOGETHER)


def _high(took: int) -> int:
    return min(took >> PICKLED_TOOK, PICKLED_TOGETHER - 1)
