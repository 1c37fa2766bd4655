"""Event: ``threading``'s, with a trace of who waits for it and who set it."""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock
from typing import Any

from poolscope import lock_notes, places
from poolscope.condition import Plain
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import Traced, plain

__all__ = ["Event"]

places.pass_by()


class Event(Traced, threading.Event):
    """``threading.Event``, traced; ``name`` is what it is called in the trace.

    Without ``name`` it is called by the variable and the line where it was made.
    """

    _kind = LockKind.EVENT
    _cond: Any
    _flag: bool
    _plain_set = plain(threading.Event.set)
    _plain_clear = plain(threading.Event.clear)
    _plain_wait = plain(threading.Event.wait)

    def __init__(self, name: str = "") -> None:
        self._begin(name, sys._getframe(1))
        self._cond = Plain(allocate_lock())
        self._flag = False

    def set(self) -> None:
        """Set the flag, and wake everybody who waits for it."""
        if _recorder.emit is None:
            self._plain_set()
            return
        with self._cond:
            # Recorded under the lock that a waiter needs to go on: never later than its end.
            self._note(lock_notes.EVENT_SET, len(self._cond._waiters))
            self._flag = True
            self._cond.notify_all()

    def clear(self) -> None:
        """Clear the flag: who waits from now on, waits for the next ``set``."""
        if _recorder.emit is None:
            self._plain_clear()
            return
        with self._cond:
            self._note(lock_notes.EVENT_CLEAR, 0)
            self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the flag is set, or for ``timeout`` seconds; returns whether it was set."""
        if _recorder.emit is None:
            return self._plain_wait(timeout)
        with self._cond:
            if self._flag:
                return True
            self._tell()
            if timeout is not None and timeout <= 0:
                lock_notes.signal_gave_up(self._id, lock_notes.EVENT_WAIT, lock_notes.WOULD_BLOCK)
                return False
            where = places.where(sys._getframe(1))
            lock_notes.signal_wanted(self._id, lock_notes.EVENT_WAIT, where, timeout is not None)
            why = lock_notes.ERROR
            got: bool = False
            try:
                got = self._cond.wait(timeout)
                why = lock_notes.TIMEOUT
            finally:
                if got:
                    lock_notes.signal_got(self._id, lock_notes.EVENT_WAIT)
                else:
                    lock_notes.signal_gave_up(self._id, lock_notes.EVENT_WAIT, why)
            return got

    def _note(self, what: int, count: int) -> None:
        self._tell()
        lock_notes.signal_sent(self._id, what, count, places.where(sys._getframe(2)))

    def __repr__(self) -> str:
        given = f" {self._given!r}" if self._given else ""
        status = "set" if self._flag else "unset"
        return f"<poolscope.Event at {id(self):#x}{given}: {status}>"
