"""Condition and Event between processes: ``multiprocessing``'s, traced.

Made by a context of ``poolscope.get_context``; passed on as ``process_locks``' are. What they are
made of (semaphores, an event's inner lock) belongs in no picture and is ``multiprocessing``'s
plain own; only the lock of a condition is traced.

A wait is recorded when it begins, before those who could end it can get at the lock: whatever
ended it comes later. How it ended is recorded before a condition's lock is taken again, so that
waiting for the signal and waiting for the lock are told apart. A signal is recorded before it
lets anybody go on.
"""

from __future__ import annotations

import sys
from multiprocessing import synchronize
from multiprocessing.context import BaseContext
from types import FrameType, TracebackType
from typing import Any

from poolscope import lock_notes, places
from poolscope.process_locks import ProcessLock, ProcessRLock
from poolscope.process_traced import ProcessTraced
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["ProcessCondition", "ProcessEvent", "sleepers"]

places.pass_by()


def sleepers(condition: synchronize.Condition) -> int:
    """How many wait on a condition, whose lock we have; -1 where the system cannot tell.

    One that is just giving up for its time-out may still be among them.
    """
    parts: Any = condition
    try:
        gone: int = parts._woken_count._semlock._get_value()
        return parts._sleeping_count._semlock._get_value() - gone  # type: ignore[no-any-return]
    except NotImplementedError:
        return -1


class ProcessCondition(ProcessTraced, synchronize.Condition):
    """``multiprocessing.Condition``, traced. Made by a context of ``get_context``.

    Over a traced lock, a plain one of ``multiprocessing``, or a traced RLock of its own.
    """

    _kind = LockKind.CONDITION
    _lock: Any
    _sleeping_count: Any
    _woken_count: Any
    _wait_semaphore: Any

    def __init__(self, lock: Any, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        name = self._called(name, made)
        if lock is None:
            lock = ProcessRLock(f"RLock of {name}", made, ctx=ctx)
        synchronize.Condition.__init__(self, lock, ctx=ctx)
        self._begin(name)

    def _size(self) -> int:
        return self._lock._id if isinstance(self._lock, ProcessLock | ProcessRLock) else 0

    def __enter__(self) -> bool:
        return self._lock.__enter__()  # type: ignore[no-any-return]

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._lock.__exit__(exc_type, exc_value, exc_tb)

    def wait(self, timeout: float | None = None) -> bool:
        """Let the lock go until notified, or for ``timeout`` seconds; whether it was notified.

        ``AssertionError`` if this thread of this process has not the lock.
        """
        if _recorder.emit is None:
            return super().wait(timeout)
        lock = self._lock
        assert lock._semlock._is_mine(), "must acquire() condition before using wait()"
        where = places.where(sys._getframe(1))
        # As the standard one, whose notify counts us by these.
        self._sleeping_count.release()
        depth = lock._semlock._count()
        self._let_go(where, timeout, depth)
        try:
            return self._sleep(timeout)
        finally:
            self._woken_count.release()
            self._take_again(where, depth)

    def _let_go(self, where: str, timeout: float | None, depth: int) -> None:
        lock = self._lock
        if isinstance(lock, ProcessLock | ProcessRLock):
            lock._disown()
        if timeout is None or timeout > 0:
            timed = timeout is not None
            lock_notes.signal_wanted(self._id, lock_notes.CONDITION_WAIT, where, timed)
        for _ in range(depth):
            lock._semlock.release()

    def _sleep(self, timeout: float | None) -> bool:
        got: bool = False
        why = lock_notes.ERROR
        try:
            got = self._wait_semaphore.acquire(True, timeout)
            asleep = timeout is None or timeout > 0
            why = lock_notes.TIMEOUT if asleep else lock_notes.WOULD_BLOCK
        finally:
            if not got:
                lock_notes.signal_gave_up(self._id, lock_notes.CONDITION_WAIT, why)
            elif asleep:
                lock_notes.signal_got(self._id, lock_notes.CONDITION_WAIT)
        return got

    def _take_again(self, where: str, depth: int) -> None:
        lock = self._lock
        if isinstance(lock, ProcessLock | ProcessRLock):
            lock._acquire_at(where)
        else:
            lock._semlock.acquire()
        for _ in range(depth - 1):
            lock._semlock.acquire()

    def notify(self, n: int = 1) -> None:
        """Wake at most ``n`` of those who wait. ``AssertionError`` without the lock."""
        if _recorder.emit is not None and self._lock._semlock._is_mine():
            where = places.where(sys._getframe(1))
            count = min(n, sleepers(self))
            lock_notes.signal_sent(self._id, lock_notes.CONDITION_NOTIFY, count, where)
        super().notify(n)

    def __getstate__(self) -> Any:
        return super().__getstate__(), self._identity()

    def __setstate__(self, state: Any) -> None:
        inherited, identity = state
        self._identify(identity)
        super().__setstate__(inherited)  # type: ignore[misc]


class ProcessEvent(ProcessTraced, synchronize.Event):
    """``multiprocessing.Event``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.EVENT
    _cond: Any
    _flag: Any

    def __init__(self, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.Event.__init__(self, ctx=ctx)
        self._begin(self._called(name, made))

    def set(self) -> None:
        """Set the flag, and wake everybody who waits for it."""
        if _recorder.emit is None:
            super().set()
            return
        where = places.where(sys._getframe(1))
        with self._cond:
            woken = sleepers(self._cond)
            lock_notes.signal_sent(self._id, lock_notes.EVENT_SET, woken, where)
            self._flag.acquire(False)
            self._flag.release()
            self._cond.notify_all()

    def clear(self) -> None:
        """Clear the flag: who waits from now on, waits for the next ``set``."""
        if _recorder.emit is None:
            super().clear()
            return
        where = places.where(sys._getframe(1))
        with self._cond:
            lock_notes.signal_sent(self._id, lock_notes.EVENT_CLEAR, 0, where)
            self._flag.acquire(False)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the flag is set, or for ``timeout`` seconds; whether it is set then."""
        if _recorder.emit is None:
            return super().wait(timeout)
        where = places.where(sys._getframe(1))
        with self._cond:
            if not self._is_set():
                self._sleep(where, timeout)
            return self._is_set()

    def _is_set(self) -> bool:
        if self._flag.acquire(False):
            self._flag.release()
            return True
        return False

    def _sleep(self, where: str, timeout: float | None) -> None:
        what = lock_notes.EVENT_WAIT
        if timeout is not None and timeout <= 0:
            lock_notes.signal_gave_up(self._id, what, lock_notes.WOULD_BLOCK)
            return
        lock_notes.signal_wanted(self._id, what, where, timeout is not None)
        why = lock_notes.ERROR
        woken = False
        try:
            woken = self._cond.wait(timeout)
            why = lock_notes.TIMEOUT
        finally:
            # Set in the last moment is set too; and woken is woken, though cleared since.
            if woken or (why != lock_notes.ERROR and self._is_set()):
                lock_notes.signal_got(self._id, what)
            else:
                lock_notes.signal_gave_up(self._id, what, why)
