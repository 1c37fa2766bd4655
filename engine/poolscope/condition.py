"""Condition: ``threading``'s, with a trace of who waits, who notifies, and how a wait ended.

Over a traced lock, another one, or one of its own. A wait is recorded when it begins, before the
lock can be had by others: release and wait stand in this order on the waiter's stream, and any
notify comes later. How it ended is recorded before the lock is taken again, so that waiting for
the signal and waiting for the lock are told apart.
"""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.locks import Lock, RLock
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import Traced, plain

__all__ = ["Condition", "Plain"]

places.pass_by()


class Plain(threading.Condition):
    """The standard one with no hooks on it: it belongs in no picture."""

    wait = plain(threading.Condition.wait)
    wait_for = plain(threading.Condition.wait_for)
    notify = plain(threading.Condition.notify)
    notify_all = plain(threading.Condition.notify_all)

    def __init__(self, lock: Any) -> None:
        _plain_init(self, lock)


_plain_init: Final = plain(threading.Condition.__init__)


class Condition(Traced, threading.Condition):
    """``threading.Condition``, traced; ``name`` is what it is called in the trace.

    Without ``lock`` it makes itself an ``RLock``; without ``name`` it is called by the variable
    and the line where it was made.
    """

    _kind = LockKind.CONDITION
    _lock: Any
    _waiters: deque[Any]
    _is_owned: Callable[[], bool]
    _release_save: Callable[[], Any]
    _acquire_restore: Callable[[Any], None]
    _plain_wait = plain(threading.Condition.wait)
    _plain_notify = plain(threading.Condition.notify)
    wait_for = plain(threading.Condition.wait_for)
    notify_all = plain(threading.Condition.notify_all)

    def __init__(self, lock: Any = None, name: str = "") -> None:
        self._begin(name, sys._getframe(1))
        if lock is None:
            lock = RLock()
            assert isinstance(self._made, places.Birthplace)
            lock._made = places.Part(name, self._made, type(self).__name__)
        _plain_init(self, lock)

    def _size(self) -> int:
        lock = self._lock
        if not isinstance(lock, Lock | RLock):
            return 0
        lock._tell()
        return lock._id

    def wait(self, timeout: float | None = None) -> bool:
        """Let the lock go until notified, or for ``timeout`` seconds; as ``threading``'s.

        Returns whether it was notified. ``RuntimeError`` if this thread does not hold the lock.
        """
        if _recorder.emit is None:
            return self._plain_wait(timeout)
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        self._tell()
        waiter = allocate_lock()
        waiter.acquire()
        self._waiters.append(waiter)
        got = False
        try:
            state = self._let_go(places.where(sys._getframe(1)), timeout)
            try:
                got = self._sleep(waiter, timeout)
            finally:
                self._acquire_restore(state)
        finally:
            if not got:
                with suppress(ValueError):  # notified too late, it is in the list no more
                    self._waiters.remove(waiter)
        return got

    def _let_go(self, where: str, timeout: float | None) -> Any:
        """Release the lock, and record between the two records of it that this thread waits."""

        def say() -> None:
            if timeout is None or timeout > 0:
                lock_notes.signal_wanted(
                    self._id, lock_notes.CONDITION_WAIT, where, timeout is not None
                )

        if isinstance(self._lock, Lock | RLock):
            return self._lock._release_save(say)
        say()
        return self._release_save()

    def _sleep(self, waiter: Any, timeout: float | None) -> bool:
        """Sleep until ``waiter`` is opened; record how that ended."""
        why = lock_notes.ERROR
        got: bool = False
        try:
            if timeout is None:
                got = waiter.acquire()
            elif timeout > 0:
                got = waiter.acquire(True, timeout)
                why = lock_notes.TIMEOUT
            else:
                got = waiter.acquire(False)
                why = lock_notes.WOULD_BLOCK
        finally:
            if not got:
                lock_notes.signal_gave_up(self._id, lock_notes.CONDITION_WAIT, why)
            elif timeout is None or timeout > 0:
                lock_notes.signal_got(self._id, lock_notes.CONDITION_WAIT)
        return got

    def notify(self, n: int = 1) -> None:
        """Wake at most ``n`` of those who wait. ``RuntimeError`` if the lock is not held."""
        if _recorder.emit is not None and self._is_owned():
            self._tell()
            woken = min(max(n, 0), len(self._waiters))
            where = places.where(sys._getframe(1))
            lock_notes.signal_sent(self._id, lock_notes.CONDITION_NOTIFY, woken, where)
        self._plain_notify(n)

    def __repr__(self) -> str:
        given = f"{self._given!r} " if self._given else ""
        return f"<poolscope.Condition {given}({self._lock!r}, {len(self._waiters)})>"
