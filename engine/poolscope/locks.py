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
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced_lock import TracedLock

__all__ = ["Lock", "RLock"]


def _nothing() -> None:
    """What our Condition puts in its place: to record, before others can, that it waits."""


class Lock(TracedLock):
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
        if timeout == -1 and emit is self._known and self._taken_at_once(sys._getframe(1)):
            return True
        return self._acquire_seen(emit, sys._getframe(1), blocking, timeout)

    def release(self) -> None:
        """Let go; any thread may. ``RuntimeError`` if nobody holds the lock."""
        try:
            emit = _recorder.emit
            if emit is not None and self._block.locked():
                self._note_release(emit)
        finally:
            self._owner = 0
            self._block.release()

    def __enter__(self) -> bool:
        emit = _recorder.emit
        if emit is None:
            return self._block.acquire()  # type: ignore[no-any-return]
        if emit is self._known and self._taken_at_once(sys._getframe(1)):
            return True
        return self._acquire_seen(emit, sys._getframe(1), True, -1)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            emit = _recorder.emit
            if emit is not None and self._block.locked():
                self._note_release(emit)
        finally:
            self._owner = 0
            self._block.release()

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


class RLock(TracedLock):
    """``threading.RLock``, traced; ``name`` as for ``Lock``."""

    __slots__ = ("_depth", "_mine")
    _kind = LockKind.RLOCK

    def __init__(self, name: str = "") -> None:
        super().__init__(_RawRLock(), name, sys._getframe(1))
        self._begin_depth()

    def _begin_depth(self) -> None:
        self._depth = 0
        # Each of its items is whether the calling thread has it: see traced_lock.py.
        self._mine: Iterator[bool] = iter(self._block._is_owned, None)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, once more if this thread has it; as ``threading.RLock.acquire``."""
        emit = _recorder.emit
        got = False
        if emit is None or self._block._is_owned():
            for got in map(self._block.acquire, (blocking,), (timeout,)):  # noqa: B007
                break
        elif timeout == -1 and emit is self._known and self._taken_at_once(sys._getframe(1)):
            got = True
        else:
            got = self._acquire_seen(emit, sys._getframe(1), blocking, timeout)
        if got:
            self._depth += 1
        return got

    def release(self) -> None:
        """Let go once; ``RuntimeError`` if this thread does not hold the lock."""
        mine = False
        try:
            for mine in self._mine:  # noqa: B007
                break
            emit = _recorder.emit
            if emit is not None and mine and self._depth == 1:
                self._note_release(emit)
        finally:
            if mine:
                self._depth -= 1
            self._block.release()

    def __enter__(self) -> bool:
        emit = _recorder.emit
        got = False
        if emit is None or self._block._is_owned():
            for got in map(self._block.acquire, (True,)):  # noqa: B007
                break
        elif emit is self._known and self._taken_at_once(sys._getframe(1)):
            got = True
        else:
            got = self._acquire_seen(emit, sys._getframe(1), True, -1)
        if got:
            self._depth += 1
        return got

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        mine = False
        try:
            for mine in self._mine:  # noqa: B007
                break
            emit = _recorder.emit
            if emit is not None and mine and self._depth == 1:
                self._note_release(emit)
        finally:
            if mine:
                self._depth -= 1
            self._block.release()

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
