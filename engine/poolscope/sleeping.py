"""Sleeping until a future is done, being woken, and its callbacks.

Which lock guards what is told in ``future.py``. A thread in ``result()`` sleeps on a raw lock of
its own, which costs a tenth of a condition; the condition, for whoever uses it, wakes them too.
"""

from __future__ import annotations

import threading
from _thread import allocate_lock
from collections.abc import Callable
from concurrent.futures import _base
from contextlib import suppress
from time import monotonic
from typing import Any, Final, Protocol

from poolscope import naming, wait_notes
from poolscope.states import DONE, FINISHED, OPEN
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome

_CALLBACK_BEGAN: Final = int(Kind.CALLBACK_BEGAN)
_CALLBACK_ENDED: Final = int(Kind.CALLBACK_ENDED)
_WAIT_ENDED: Final = int(Kind.WAIT_ENDED)
_RETURNED: Final = int(Outcome.RESULT)
_RAISED: Final = int(Outcome.EXCEPTION)


class _Future(Protocol):
    _id: int
    _state: str
    _awaited: bool
    _sleepers: list[Any] | None
    _lead: Any


class Monitor(threading.Condition):
    """A future's condition: who notifies it wakes those asleep in ``result()`` too."""

    def __init__(self, lock: Any, sleepers: list[Any]) -> None:
        super().__init__(lock)
        self._sleepers = sleepers

    def notify(self, n: int = 1) -> None:
        super().notify(n)
        open_all(self._sleepers)


def open_all(gates: list[Any]) -> None:
    """Wake everybody in ``gates``. One who has just given up takes itself out meanwhile."""
    try:
        while gates:
            gates.pop().release()
    except IndexError:
        return  # not contextlib.suppress: it costs as much as all the rest


def await_done(future: _Future, timeout: float | None, what: int) -> None:
    """Return when FINISHED; raise ``CancelledError``, or ``TimeoutError`` when time is up.

    ``what`` is what the trace is told: ``wait_notes.FOR_RESULT`` or ``FOR_EXCEPTION``.
    """
    done = True
    if future._state in OPEN and (timeout is None or timeout > 0):
        wait = wait_notes.wanted(what, timeout, future._id, 3)
        outcome, done = wait_notes.ERROR, False
        end = None if timeout is None else monotonic() + timeout
        gate = allocate_lock()
        gate.acquire()
        alone = [gate]
        # Joined first, looked at afterwards; who settles it does it the other way round. Joined
        # in one line without a call: see loan.py.
        gates = future._sleepers = alone if future._sleepers is None else future._sleepers
        try:
            if gates is not alone:
                gates.append(gate)
            future._awaited = True
            lead = future._lead
            if lead is not None:
                lead.lead(future, timeout)  # a process pool lets this thread fetch the answer
            done = future._state in DONE
            while not done:
                if end is None:
                    gate.acquire()
                elif (left := end - monotonic()) <= 0 or not gate.acquire(True, left):
                    done = future._state in DONE
                    break
                if future._state not in DONE:
                    gates.append(gate)  # somebody notified its condition: join again, look again
                done = future._state in DONE
            outcome = wait_notes.SATISFIED if done else wait_notes.TIMEOUT
        finally:
            if gates:
                with suppress(ValueError):
                    gates.remove(gate)
            emit = _recorder.emit
            if wait and emit is not None:  # wait_notes.ended, without a further call
                emit(_WAIT_ENDED, wait, future._id if done else 0, done, outcome)
    state = future._state if done else ""  # as was told, though it may be done by now
    # The traceback of what is raised holds this frame: it must not lead to the future.
    del future
    if state == FINISHED:
        return
    if state in DONE:
        raise _base.CancelledError
    raise TimeoutError


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
