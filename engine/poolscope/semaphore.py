"""Semaphore and BoundedSemaphore: ``threading``'s, with a trace of who took which permit.

Each acquire is one permit held by its thread. Permits are counted and recorded under one plain
lock, so the trace never shows more of them taken than there are: a release is recorded before
its permits can be had, an acquire after its permit was taken.
"""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock
from time import monotonic
from types import FrameType
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.condition import Plain
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, LockKind
from poolscope.traced import Traced, plain

__all__ = ["BoundedSemaphore", "Semaphore"]

places.pass_by()

_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)


class Semaphore(Traced, threading.Semaphore):
    """``threading.Semaphore``, traced; ``name`` is what it is called in the trace.

    ``value`` permits to begin with (``ValueError`` below 0). Without ``name`` it is called by
    the variable and the line where it was made.
    """

    _kind = LockKind.SEMAPHORE
    _cond: Any
    _value: int
    _plain_acquire = plain(threading.Semaphore.acquire)
    _plain_release = plain(threading.Semaphore.release)

    def __init__(self, value: int = 1, name: str = "") -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._begin(name, sys._getframe(1))
        self._gate = allocate_lock()  # guards the count, and the order of its records
        self._cond = Plain(self._gate)
        self._value = value
        self._permits = value

    def _size(self) -> int:
        return self._permits

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Take a permit; as ``threading.Semaphore.acquire``. Returns whether it was taken."""
        emit = _recorder.emit
        if emit is None:
            return self._plain_acquire(blocking, timeout)
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        frame = sys._getframe(1)
        with self._gate:
            if emit is not self._known:
                self._introduce(emit)
            if self._value:
                self._value -= 1
                emit_text = _recorder.emit_text
                if emit_text is not None:
                    emit_text(_ACQUIRED, self._id, 0, places.where(frame), 0)
                return True
            if not blocking or (timeout is not None and timeout <= 0):
                lock_notes.gave_up(self._id, lock_notes.WOULD_BLOCK)
                return False
            return self._acquire_blocking(frame, timeout)

    __enter__ = acquire

    def _acquire_blocking(self, frame: FrameType, timeout: float | None) -> bool:
        """Under the gate, which is let go while this thread sleeps."""
        end = None if timeout is None else monotonic() + timeout
        where = places.where(frame)
        lock_notes.wanted(self._id, 0, where, timed=timeout is not None)
        why = lock_notes.ERROR
        got = False
        try:
            while not self._value:
                left = None if end is None else end - monotonic()
                if left is not None and left <= 0:
                    why = lock_notes.TIMEOUT
                    return False
                self._cond.wait(left)
            self._value -= 1
            got = True
            return True
        finally:
            if got:
                lock_notes.acquired(self._id, where, after_wait=True)
            else:
                lock_notes.gave_up(self._id, why)

    def release(self, n: int = 1) -> None:
        """Give ``n`` permits back; any thread may. ``ValueError`` if ``n`` is below 1."""
        emit = _recorder.emit
        if emit is None:
            self._plain_release(n)
            return
        if n < 1:
            raise ValueError("n must be one or more")
        with self._gate:
            if emit is not self._known:
                self._introduce(emit)
            self._check(n)
            if n == 1:
                emit(_RELEASED, self._id, 0, 0, 0)
            else:
                lock_notes.released(self._id, permits=n)
            self._value += n
            self._cond.notify(n)

    def _check(self, n: int) -> None:
        """Whether so many permits may be given back."""

    def __repr__(self) -> str:
        given = f" {self._given!r}" if self._given else ""
        of = f"/{self._permits}" if isinstance(self, BoundedSemaphore) else ""
        kind = type(self).__name__
        return f"<poolscope.{kind} at {id(self):#x}{given}: value={self._value}{of}>"


class BoundedSemaphore(Semaphore, threading.BoundedSemaphore):
    """``threading.BoundedSemaphore``, traced: a release too many is a ``ValueError``."""

    _kind = LockKind.BOUNDED_SEMAPHORE
    _plain_release = plain(threading.BoundedSemaphore.release)

    def __init__(self, value: int = 1, name: str = "") -> None:
        super().__init__(value, name)
        self._initial_value = value

    def _check(self, n: int) -> None:
        if self._value + n > self._initial_value:
            raise ValueError("Semaphore released too many times")
