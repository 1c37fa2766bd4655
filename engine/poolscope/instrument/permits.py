"""Hooks on ``threading.Semaphore`` and ``BoundedSemaphore``.

As for the engine's own: each acquire is one permit held by its thread. A release is recorded
before its permits can be had, an acquire after its permit was taken.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from poolscope import lock_notes, places
from poolscope.instrument.conditions import Unseen
from poolscope.instrument.faces import hook
from poolscope.instrument.seen import see
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import plain

__all__ = ["PlainSemaphore", "install"]


class PlainSemaphore(threading.Semaphore):
    """One without hooks, to stand for ``counted``, which nobody uses yet."""

    def __init__(self, counted: Any) -> None:
        self._cond = Unseen(counted._cond._lock)
        self._value = counted._value

    _acquire = plain(threading.Semaphore.acquire)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        if timeout != 0:
            return self._acquire(blocking, timeout)
        # What the pool asks at each submit. The library would let the lock go and take it again
        # to find out that in no time nobody came; meanwhile each of the workers may want it.
        return self._value > 0 and self._acquire(False)

    release = plain(threading.Semaphore.release)
    __enter__ = acquire


def install() -> None:
    """Put the hooks in place."""
    semaphore: Any = threading.Semaphore
    see(semaphore, LockKind.SEMAPHORE, lambda made: made._value)
    hook(semaphore, "acquire", _acquire)
    semaphore.__enter__ = semaphore.acquire  # as the class has it
    hook(semaphore, "release", _release)
    hook(threading.BoundedSemaphore, "release", _release)
    places.pass_by()


def _acquire(original: Any) -> Any:
    def acquire(self: Any, blocking: bool = True, timeout: float | None = None) -> Any:
        seen = self._poolscope
        wanted = False
        try:
            if seen is None or _recorder.emit is None or (timeout is not None and not blocking):
                return original(self, blocking, timeout)
            seen._tell()
            where = places.where(sys._getframe(1))
            if original(self, False):
                lock_notes.acquired(seen._id, where, after_wait=False)
                return True
            if not blocking or (timeout is not None and timeout <= 0):
                lock_notes.gave_up(seen._id, lock_notes.WOULD_BLOCK)
                return False
            lock_notes.wanted(seen._id, 0, where, timed=timeout is not None)
            wanted = True
            got = original(self, True, timeout)
            if got:
                lock_notes.acquired(seen._id, where, after_wait=True)
            else:
                lock_notes.gave_up(seen._id, lock_notes.TIMEOUT)
            return got
        except BaseException as error:
            if wanted:
                lock_notes.gave_up(seen._id, lock_notes.ERROR)
            hide(error)
            raise

    return acquire


def _release(original: Any) -> Any:
    def release(self: Any, n: int = 1) -> None:
        try:
            seen = self._poolscope
            if seen is not None and _recorder.emit is not None and n >= 1:
                most = getattr(self, "_initial_value", None)
                if most is None or self._value + n <= most:  # else it is about to be refused
                    seen._tell()
                    lock_notes.released(seen._id, 0, n)
            original(self, n)
        except BaseException as error:
            hide(error)
            raise

    return release
