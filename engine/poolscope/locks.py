"""Lock and RLock: ``threading``'s, with a trace of who wanted, got and gave them.

Around the interpreter's own locks, whose semantics they keep to the letter. Without a recording
an acquire costs one test more. With one:

- an acquire is first tried without blocking; only if that fails LOCK_WANTED is recorded,
  *before* the thread blocks, so a deadlock can be seen while it lasts;
- LOCK_ACQUIRED is recorded by the new owner as the first thing it does, LOCK_RELEASED by the
  releaser as the last thing before it lets go: the intervals of two owners never overlap;
- of an RLock only the outermost acquire and release are recorded.

``_owner`` and ``_depth`` are written only by who holds the lock, and read by others as a hint.
A forked child's copy is another lock: it gets an id of its own when it is first used there. What
another thread than that which forked held is locked for ever there, and told as owned by it.
"""

from __future__ import annotations

import sys
from _thread import RLock as _RawRLock
from _thread import allocate_lock
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, LockKind
from poolscope.traced import Traced

__all__ = ["Lock", "RLock"]

_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)
_where: Final = places.where


def _nothing() -> None:
    """What our Condition puts in its place: to record, before others can, that it waits."""


def _acquired_at(place: int, lock: int, frame: FrameType) -> None:
    where = _where(frame)
    emit_text, emit_learning = _recorder.emit_text, _recorder.emit_learning
    if emit_text is None or emit_learning is None:
        return
    if places.is_place(frame):
        emit_learning(place, _ACQUIRED, lock, 0, where, 0, frame.f_code)
    else:
        emit_text(_ACQUIRED, lock, 0, where, 0)


class _Lock(Traced):
    """What the two have in common: how an acquire and a release are recorded."""

    __slots__ = ("__weakref__", "_block", "_owner")

    def __init__(self, block: Any, name: str, frame: FrameType) -> None:
        self._block = block
        self._owner = 0  # the thread that holds it, as far as it was recorded
        self._begin(name, frame)

    def _forget(self) -> None:
        # Of all threads only the copy of that which forked is here. What another one held in that
        # moment stays locked, and whoever waits for it is told of that one.
        if self._owner == ident.forked_by:
            self._owner = 0

    def _acquire_seen(self, emit: Any, frame: FrameType, blocking: bool, timeout: float) -> bool:
        """Acquire, and record it."""
        if timeout != -1:
            # The first try never shows the lock the timeout: have a wrong one refused here, in
            # the interpreter's own words.
            allocate_lock().acquire(blocking, timeout)
        if emit is not self._known:
            self._introduce(emit)
        if self._block.acquire(False):
            self._note_acquire(frame)
            return True
        if not blocking or timeout == 0:
            lock_notes.gave_up(self._id, lock_notes.WOULD_BLOCK)
            return False
        return self._acquire_blocking(_where(frame), timeout)

    def _note_acquire(self, frame: FrameType) -> None:
        """Record that this thread got it without waiting; the first thing it does."""
        emit_taken = _recorder.emit_taken
        place = id(frame.f_code) + frame.f_lasti  # places.number(), with no call
        if emit_taken is None or not emit_taken(self, place):
            self._owner = ident.thread_id()
            _acquired_at(place, self._id, frame)

    def _acquire_blocking(self, where: str, timeout: float) -> bool:
        lock_notes.wanted(self._id, self._owner, where, timed=timeout != -1)
        why = lock_notes.ERROR
        got: bool = False
        try:
            got = self._block.acquire(True, timeout)
            why = lock_notes.TIMEOUT
        finally:
            if got:
                self._owner = ident.thread_id()
                lock_notes.acquired(self._id, where, after_wait=True)
            else:
                lock_notes.gave_up(self._id, why)
        return got

    def _note_release(self, emit: Any) -> None:
        """Record the release; under the lock, which is let go next."""
        if emit is not self._known:
            self._introduce(emit)
        emit_let_go = _recorder.emit_let_go
        if emit_let_go is None or not emit_let_go(self):
            owner, self._owner = self._owner, 0
            emit(_RELEASED, self._id, 0 if owner == ident.thread_id() else owner, 0, 0)

    def _at_fork_reinit(self) -> None:
        emit = _recorder.emit
        if emit is not None and self._owner and emit is self._known:
            self._note_release(emit)
        self._owner = 0
        self._block._at_fork_reinit()

    def __repr__(self) -> str:
        state = "locked" if self.locked() else "unlocked"
        given = f"{self._given!r} " if self._given else ""
        return f"<{state} poolscope.{type(self).__name__} object {given}at {id(self):#x}>"

    def locked(self) -> bool:
        """Whether some thread holds the lock."""
        raise NotImplementedError


class Lock(_Lock):
    """``threading.Lock``, traced; ``name`` is what it is called in the trace.

    Without a name it is called by the variable and the line where it was made.
    """

    __slots__ = ()
    _kind = LockKind.LOCK

    def __init__(self, name: str = "") -> None:
        super().__init__(allocate_lock(), name, sys._getframe(1))

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; as ``threading.Lock.acquire``. Returns whether it was taken."""
        emit = _recorder.emit
        if emit is None:
            return self._block.acquire(blocking, timeout)  # type: ignore[no-any-return]
        if timeout == -1 and emit is self._known and self._block.acquire(False):
            self._note_acquire(sys._getframe(1))
            return True
        return self._acquire_seen(emit, sys._getframe(1), blocking, timeout)

    def release(self) -> None:
        """Let go; any thread may. ``RuntimeError`` if nobody holds the lock."""
        emit = _recorder.emit
        if emit is not None and self._block.locked():
            self._note_release(emit)
        else:
            self._owner = 0
        self._block.release()

    def __enter__(self) -> bool:
        emit = _recorder.emit
        if emit is None:
            return self._block.acquire()  # type: ignore[no-any-return]
        if emit is self._known and self._block.acquire(False):
            self._note_acquire(sys._getframe(1))
            return True
        return self._acquire_seen(emit, sys._getframe(1), True, -1)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether some thread holds the lock."""
        return self._block.locked()  # type: ignore[no-any-return]

    # What a condition asks of the lock it is given.

    def _is_owned(self) -> bool:
        # Its own way to find out would acquire and release us.
        return self._block.locked()  # type: ignore[no-any-return]

    def _release_save(self, then: Callable[[], object] = _nothing) -> None:
        emit = _recorder.emit
        if emit is not None:
            self._note_release(emit)
        then()
        self._owner = 0
        self._block.release()

    def _acquire_restore(self, _state: object) -> None:
        emit = _recorder.emit
        if emit is None:
            self._block.acquire()
        else:
            self._acquire_seen(emit, sys._getframe(1), True, -1)


class RLock(_Lock):
    """``threading.RLock``, traced; ``name`` as for ``Lock``."""

    __slots__ = ("_depth",)
    _kind = LockKind.RLOCK

    def __init__(self, name: str = "") -> None:
        super().__init__(_RawRLock(), name, sys._getframe(1))
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, once more if this thread has it; as ``threading.RLock.acquire``."""
        emit = _recorder.emit
        if emit is None or self._block._is_owned():
            got = self._block.acquire(blocking, timeout)
        elif timeout == -1 and emit is self._known and self._block.acquire(False):
            self._note_acquire(sys._getframe(1))
            got = True
        else:
            got = self._acquire_seen(emit, sys._getframe(1), blocking, timeout)
        if got:
            self._depth += 1
        return got  # type: ignore[no-any-return]

    def release(self) -> None:
        """Let go once; ``RuntimeError`` if this thread does not hold the lock."""
        if not self._block._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth -= 1
        if self._depth == 0:
            emit = _recorder.emit
            if emit is not None:
                self._note_release(emit)
        self._block.release()

    def __enter__(self) -> bool:
        emit = _recorder.emit
        if emit is None or self._block._is_owned():
            got = self._block.acquire()
        elif emit is self._known and self._block.acquire(False):
            self._note_acquire(sys._getframe(1))
            got = True
        else:
            got = self._acquire_seen(emit, sys._getframe(1), True, -1)
        if got:
            self._depth += 1
        return got  # type: ignore[no-any-return]

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether some thread holds the lock."""
        return self._depth > 0

    # What a condition asks of the lock it is given.

    def _is_owned(self) -> bool:
        return self._block._is_owned()  # type: ignore[no-any-return]

    def _recursion_count(self) -> int:
        return self._depth if self._block._is_owned() else 0

    def _release_save(self, then: Callable[[], object] = _nothing) -> tuple[Any, int]:
        if not self._block._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        depth, self._depth = self._depth, 0
        emit = _recorder.emit
        if emit is not None:
            self._note_release(emit)
        then()
        return self._block._release_save(), depth

    def _acquire_restore(self, state: tuple[Any, int]) -> None:
        emit = _recorder.emit
        if emit is None:
            self._block._acquire_restore(state[0])
        else:
            self._acquire_seen(emit, sys._getframe(1), True, -1)
            for _ in range(state[1] - 1):
                self._block.acquire()
        self._depth = state[1]

    def _at_fork_reinit(self) -> None:
        super()._at_fork_reinit()
        self._depth = 0
