"""Barrier: ``threading``'s, with a trace of who stands at it and what let them go on.

A barrier that trips, is aborted, breaks because somebody's time was up, or is reset: each is
recorded, under the lock that those who wait need to go on, so never later than their end.
"""

from __future__ import annotations

import sys
import threading
from _thread import RLock as _RawRLock
from collections.abc import Callable
from threading import BrokenBarrierError
from typing import Any

from poolscope import lock_notes, places
from poolscope.condition import Plain
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import Traced, plain

__all__ = ["Barrier"]

places.pass_by()


class Barrier(Traced, threading.Barrier):
    """``threading.Barrier``, traced; ``name`` is what it is called in the trace.

    ``ValueError`` when there are fewer than one ``parties``. Without ``name`` it is called by the
    variable and the line where it was made.
    """

    # What the standard class does, step by step, is kept as it is; the steps are recorded.
    wait = plain(threading.Barrier.wait)
    abort = plain(threading.Barrier.abort)
    _plain_reset = plain(threading.Barrier.reset)

    _kind = LockKind.BARRIER
    _cond: Any
    _count: int  # of those inside
    _parties: int
    _state: int  # 0 filling, 1 draining, -1 resetting, -2 broken

    def __init__(
        self,
        parties: int,
        action: Callable[[], None] | None = None,
        timeout: float | None = None,
        name: str = "",
    ) -> None:
        if parties < 1:
            raise ValueError("parties must be > 0")
        self._begin(name, sys._getframe(1))
        plain(threading.Barrier.__init__)(self, parties, action, timeout)
        self._cond = Plain(_RawRLock())  # one that reset() may take twice

    def _size(self) -> int:
        return self._parties

    def _enter(self) -> None:
        """Wait until those of the last time are gone."""
        if _recorder.emit is None or self._state not in (-1, 1):
            super()._enter()  # type: ignore[misc]
            return
        with _Wait(self, timed=False):
            super()._enter()  # type: ignore[misc]

    def _wait(self, timeout: float | None) -> None:
        """Wait for the others; ``BrokenBarrierError`` if they do not come."""
        if _recorder.emit is None:
            super()._wait(timeout)  # type: ignore[misc]
            return
        with _Wait(self, timed=timeout is not None) as wait:
            if not self._cond.wait_for(lambda: self._state != 0, timeout):
                wait.why = lock_notes.TIMEOUT
                raise BrokenBarrierError
            if self._state < 0:
                raise BrokenBarrierError

    def _release(self) -> None:
        super()._release()  # type: ignore[misc]
        self._note(lock_notes.BARRIER_TRIP, self._count - 1)

    def _break(self) -> None:
        self._note(lock_notes.BARRIER_ABORT, len(self._cond._waiters))
        super()._break()  # type: ignore[misc]

    def reset(self) -> None:
        """Empty it: who waits gets ``BrokenBarrierError``."""
        with self._cond:
            self._note(lock_notes.BARRIER_RESET, len(self._cond._waiters))
            self._plain_reset()

    def _note(self, what: int, woken: int) -> None:
        """Record what lets others go on; under the lock."""
        if _recorder.emit is not None:
            self._tell()
            where = places.where(sys._getframe(1))
            lock_notes.signal_sent(self._id, what, woken, where)

    def __repr__(self) -> str:
        given = f" {self._given!r}" if self._given else ""
        state = "broken" if self.broken else f"waiters={self.n_waiting}/{self.parties}"
        return f"<poolscope.Barrier at {id(self):#x}{given}: {state}>"


class _Wait:
    """A wait at a barrier: recorded when it begins, and how it ended. Under its lock."""

    def __init__(self, barrier: Barrier, timed: bool) -> None:
        self._barrier = barrier
        self._timed = timed
        self.why = lock_notes.ERROR  # if it ends with an exception

    def __enter__(self) -> _Wait:
        self._barrier._tell()
        where = places.where(sys._getframe(1))
        lock_notes.signal_wanted(
            self._barrier._id, lock_notes.BARRIER_WAIT, where, timed=self._timed
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            lock_notes.signal_got(self._barrier._id, lock_notes.BARRIER_WAIT)
            return
        lock_notes.signal_gave_up(self._barrier._id, lock_notes.BARRIER_WAIT, self.why)
        if self.why == lock_notes.TIMEOUT:
            self._barrier._break()
