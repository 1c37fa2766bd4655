"""Lock, RLock and semaphores between processes: ``multiprocessing``'s, traced.

Made by a context of ``poolscope.get_context``. They go where ``multiprocessing``'s own go: into
the arguments of a process, the ``initargs`` of a pool, and through a fork. Each process records
on its own streams when it wants, gets and lets go.

As in ``locks.py``: an acquire is first tried without blocking, and only if that fails
LOCK_WANTED is recorded, before the process blocks; LOCK_ACQUIRED is the first thing the new
owner does, LOCK_RELEASED the last thing before it lets go; of an RLock only the outermost. Who
holds a lock stands in its ``OwnerWord``, so that one who begins to wait, in any process, can
name the owner at once, and one who releases for another says for whom. Of a semaphore the trace
alone tells the holders.
"""

from __future__ import annotations

import sys
from multiprocessing import synchronize
from multiprocessing.context import BaseContext
from types import FrameType, TracebackType
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.owner_word import OwnerWord
from poolscope.process_traced import ProcessTraced
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, LockKind

__all__ = ["ProcessBoundedSemaphore", "ProcessLock", "ProcessRLock", "ProcessSemaphore"]

places.pass_by()
places.pass_by(synchronize.__file__)

_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)


class _Traced(ProcessTraced, synchronize.SemLock):
    """What all have in common; over ``_semlock``, the semaphore that processes share."""

    _semlock: Any

    def _make_methods(self) -> None:
        """The standard one puts the semaphore's methods over ours."""

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take the lock, or a permit; as ``multiprocessing``'s. Returns whether it was taken."""
        emit_text = _recorder.emit_text
        if emit_text is None:
            return self._semlock.acquire(block, timeout)  # type: ignore[no-any-return]
        where = places.where(sys._getframe(1))
        if self._semlock.acquire(False):
            emit_text(_ACQUIRED, self._id, 0, where, 0)
            return True
        return self._acquire_blocking(where, block, timeout)

    __enter__ = acquire

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()

    def _acquire_blocking(self, where: str, block: bool, timeout: float | None) -> bool:
        """It was not free."""
        if not block or (timeout is not None and timeout <= 0):
            lock_notes.gave_up(self._id, lock_notes.WOULD_BLOCK)
            return False
        lock_notes.wanted(self._id, self._owner(), where, timed=timeout is not None)
        got: bool = False
        why = lock_notes.ERROR
        try:
            got = self._semlock.acquire(True, timeout)
            why = lock_notes.TIMEOUT
        finally:
            if got:
                self._own()
                lock_notes.acquired(self._id, where, after_wait=True)
            else:
                lock_notes.gave_up(self._id, why)
        return got

    def _owner(self) -> int:
        """The thread that holds it, as far as is known; 0: not known."""
        return 0

    def _own(self) -> None:
        """This thread has just got it."""

    def release(self) -> None:
        """Let go of the lock, or give a permit back."""
        raise NotImplementedError

    def locked(self) -> bool:
        """Whether an acquire would have to wait."""
        return self._semlock._is_zero()  # type: ignore[no-any-return]

    def __getstate__(self) -> Any:
        return super().__getstate__(), self._identity()

    def __setstate__(self, state: Any) -> None:
        inherited, identity = state
        self._identify(identity)
        super().__setstate__(inherited)  # type: ignore[misc]


class _Owned(_Traced):
    """One that one thread holds, which is told to others by its word."""

    def _put_up(self, name: str) -> None:
        self._word_beside = OwnerWord()
        self._read_word()
        self._begin(name)

    def _read_word(self) -> None:
        self._words = self._word_beside.words
        self._slot = self._word_beside.slot
        self._told = False  # whether this process has ever written the word

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take the lock; as ``multiprocessing``'s. Returns whether it was taken."""
        emit_text = _recorder.emit_text
        if emit_text is None:
            return self._semlock.acquire(block, timeout)  # type: ignore[no-any-return]
        where = places.where(sys._getframe(1))
        if self._semlock.acquire(False):
            self._told = True
            self._words[self._slot] = ident._this_thread.id  # thread_id(), with no call
            emit_text(_ACQUIRED, self._id, 0, where, 0)
            return True
        return self._acquire_blocking(where, block, timeout)

    __enter__ = acquire

    def _acquire_at(self, where: str) -> None:
        """Take it for a condition; ``where`` somebody waits."""
        if self._semlock.acquire(False):
            self._own()
            lock_notes.acquired(self._id, where, after_wait=False)
        else:
            self._acquire_blocking(where, True, None)

    def _owner(self) -> int:
        return self._words[self._slot]

    def _own(self) -> None:
        self._told = True
        self._words[self._slot] = ident._this_thread.id

    def _disown(self) -> None:
        """Record the release, and take the owner's number away; it is let go next."""
        owner = self._words[self._slot]
        lock_notes.released(self._id, 0 if owner == ident._this_thread.id else owner)
        if owner:
            self._words[self._slot] = 0

    def __getstate__(self) -> Any:
        return super().__getstate__(), self._word_beside

    def __setstate__(self, state: Any) -> None:
        inherited, self._word_beside = state
        self._read_word()
        super().__setstate__(inherited)


class ProcessLock(_Owned, synchronize.Lock):
    """``multiprocessing.Lock``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.LOCK

    def __init__(self, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.Lock.__init__(self, ctx=ctx)
        self._put_up(self._called(name, made))

    def release(self) -> None:
        """Let go; any process and thread may. ``ValueError`` if nobody holds the lock."""
        emit = _recorder.emit
        if emit is not None and self._words[self._slot] == ident._this_thread.id:
            emit(_RELEASED, self._id, 0, 0, 0)
            self._words[self._slot] = 0
        elif (emit is not None or self._told) and self._semlock._is_zero():
            self._disown()
        self._semlock.release()


class ProcessRLock(_Owned, synchronize.RLock):
    """``multiprocessing.RLock``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.RLOCK

    def __init__(self, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.RLock.__init__(self, ctx=ctx)
        self._put_up(self._called(name, made))

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take the lock, once more if this thread has it; as ``multiprocessing``'s."""
        emit_text = _recorder.emit_text
        semlock = self._semlock
        if emit_text is None:
            return semlock.acquire(block, timeout)  # type: ignore[no-any-return]
        if semlock.acquire(False):
            if semlock._count() == 1:
                self._told = True
                self._words[self._slot] = ident._this_thread.id  # thread_id(), with no call
                emit_text(_ACQUIRED, self._id, 0, places.where(sys._getframe(1)), 0)
            return True
        return self._acquire_blocking(places.where(sys._getframe(1)), block, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """Let go once; ``AssertionError`` if this thread of this process has not the lock."""
        emit = _recorder.emit
        semlock = self._semlock
        if (emit is not None or self._told) and semlock._count() == 1 and semlock._is_mine():
            if emit is not None:
                emit(_RELEASED, self._id, 0, 0, 0)
            self._words[self._slot] = 0
        semlock.release()


class ProcessSemaphore(_Traced, synchronize.Semaphore):
    """``multiprocessing.Semaphore``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.SEMAPHORE

    def __init__(self, value: int, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.Semaphore.__init__(self, value, ctx=ctx)
        self._permits = value
        self._begin(self._called(name, made))

    def _size(self) -> int:
        return self._permits

    def release(self) -> None:
        """Give a permit back; any process and thread may."""
        emit = _recorder.emit
        if emit is not None:
            emit(_RELEASED, self._id, 0, 0, 0)
        self._semlock.release()


class ProcessBoundedSemaphore(ProcessSemaphore, synchronize.BoundedSemaphore):
    """``multiprocessing.BoundedSemaphore``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.BOUNDED_SEMAPHORE

    def __init__(self, value: int, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.BoundedSemaphore.__init__(self, value, ctx=ctx)
        self._permits = value
        self._begin(self._called(name, made))

    def release(self) -> None:
        """Give a permit back; ``ValueError`` if none is out, where the system can tell."""
        emit = _recorder.emit
        if emit is not None and not self._is_full():
            emit(_RELEASED, self._id, 0, 0, 0)
        self._semlock.release()

    def _is_full(self) -> bool:
        try:
            return self._semlock._get_value() >= self._semlock.maxvalue  # type: ignore[no-any-return]
        except NotImplementedError:  # macOS, where the standard one lets a release too many pass
            return False
