"""Sleeping until a future is done, being woken, and its callbacks.

Which lock guards what is told in ``future.py``. A thread in ``result()`` sleeps on a raw lock of
its own, which costs a tenth of a condition; the condition, for whoever uses it, wakes them too.
"""

from __future__ import annotations

import threading
from _thread import allocate_lock
from collections.abc import Callable
from concurrent.futures import _base
from time import monotonic
from typing import Any, Final, Protocol

from poolscope import naming
from poolscope.states import DONE
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome

_CALLBACK_BEGAN: Final = int(Kind.CALLBACK_BEGAN)
_CALLBACK_ENDED: Final = int(Kind.CALLBACK_ENDED)
_RETURNED: Final = int(Outcome.RESULT)
_RAISED: Final = int(Outcome.EXCEPTION)


class _Future(Protocol):
    _id: int
    _state: str
    _lock: Any
    _sleepers: list[Any] | None


class Monitor(threading.Condition):
    """A future's condition: who notifies it wakes those asleep in ``result()`` too."""

    def __init__(self, lock: Any, sleepers: list[Any]) -> None:
        super().__init__(lock)
        self._sleepers = sleepers

    def notify(self, n: int = 1) -> None:
        super().notify(n)
        open_all(self._sleepers)


def open_all(gates: list[Any]) -> None:
    """Wake everybody in ``gates``. Under the future's lock."""
    while gates:
        gates.pop().release()


def sleep_until_done(future: _Future, timeout: float | None) -> bool:
    """Sleep until the future is done: ``True``; ``False`` when time was up."""
    end = None if timeout is None else monotonic() + timeout
    gate = allocate_lock()
    gate.acquire()
    try:
        while True:
            with future._lock:
                if future._state in DONE:
                    return True
                if future._sleepers is None:
                    future._sleepers = [gate]
                else:
                    future._sleepers.append(gate)
            # Opened without the future being done: somebody notified its condition.
            if end is None:
                gate.acquire()
            elif (left := end - monotonic()) <= 0 or not gate.acquire(True, left):
                return future._state in DONE
    finally:
        if future._sleepers:
            with future._lock:
                if gate in future._sleepers:
                    future._sleepers.remove(gate)


def call_back(future: _Future, callbacks: list[Callable[[Any], object]]) -> None:
    """Call them in turn; what one raises is logged and goes no further."""
    for callback in callbacks:
        emit_text = _recorder.emit_text
        if emit_text is not None:
            emit_text(_CALLBACK_BEGAN, future._id, 0, naming.function_name(callback), 0)
        outcome = _RAISED
        try:
            callback(future)
            outcome = _RETURNED
        except Exception:  # noqa: BLE001  logged; a callback's error is nobody's result
            _base.LOGGER.exception("exception calling callback for %r", future)
        finally:
            emit = _recorder.emit
            if emit is not None:
                emit(_CALLBACK_ENDED, future._id, 0, 0, outcome)
