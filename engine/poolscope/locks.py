"""Lock and RLock: ``threading``'s, with a trace of who wanted, got and gave them.

Around the interpreter's own locks, whose semantics they keep to the letter. Without a recording
an acquire costs one test more. With one:

- an acquire is first tried without blocking; only if that fails LOCK_WANTED is recorded,
  *before* the thread blocks, so a deadlock can be seen while it lasts;
- LOCK_ACQUIRED is recorded by the new owner as the first thing it does, LOCK_RELEASED by the
  releaser as the last thing before it lets go: the intervals of two owners never overlap;
- of an RLock only the outermost acquire and release are recorded.

What is done most often is written out in each method: a call more would cost a tenth of it, and go
deeper into the stack (see ``traced_lock.py``).

``_owner`` and ``_depth`` are written only by who holds the lock, and read by others as a hint.
A forked child's copy is another lock: it gets an id of its own when it is first used there. What
another thread than that which forked held is locked for ever there, and told as owned by it.
"""

from __future__ import annotations

import sys
from _thread import RLock as _RawRLock
from _thread import allocate_lock
from collections.abc import Callable, Iterator
from typing import Any

from poolscope.own_frames import hide
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
        got = False
        try:
            emit = _recorder.emit
            if emit is None:
                return self._block.acquire(blocking, timeout)  # type: ignore[no-any-return]
            if timeout == -1 and emit is self._known:
                for got in self._tries:  # noqa: B007  see traced_lock.py
                    break
                if got:
                    frame = sys._getframe(1)
                    taken = _recorder.emit_taken
                    if taken is None or not taken(self, id(frame.f_code) + frame.f_lasti):
                        self._note_acquire(frame)
                    return True
            return self._acquire_seen(emit, sys._getframe(1), blocking, timeout)
        except BaseException as error:
            if got:
                try:
                    self._note_given_back()
                finally:
                    self._owner = 0
                    self._block.release()
            hide(error)
            raise

    def __enter__(self) -> bool:
        got = False
        try:
            emit = _recorder.emit
            if emit is self._known and emit is not None:
                for got in self._tries:  # noqa: B007
                    break
                if got:
                    frame = sys._getframe(1)
                    taken = _recorder.emit_taken
                    if taken is None or not taken(self, id(frame.f_code) + frame.f_lasti):
                        self._note_acquire(frame)
                    return True
            if emit is None:
                return self._block.__enter__()  # type: ignore[no-any-return]
            return self._acquire_seen(emit, sys._getframe(1), True, -1)
        except BaseException as error:
            if got:
                try:
                    self._note_given_back()
                finally:
                    self._owner = 0
                    self._block.release()
            hide(error)
            raise

    def release(self) -> None:
        """Let go; any thread may. ``RuntimeError`` if nobody holds the lock."""
        try:
            try:
                emit = _recorder.emit
                if emit is not None:
                    let_go = _recorder.emit_let_go
                    gone = emit is self._known and let_go is not None and let_go(self)
                    if not gone and self._block.locked():
                        self._note_release(emit)
            finally:
                self._owner = 0
                self._block.release()
        except BaseException as error:
            hide(error)
            raise

    def __exit__(self, *args: object) -> None:
        # Not by way of ``release``: no deeper into the stack than ``__enter__``.
        try:
            try:
                emit = _recorder.emit
                if emit is not None:
                    let_go = _recorder.emit_let_go
                    gone = emit is self._known and let_go is not None and let_go(self)
                    if not gone and self._block.locked():
                        self._note_release(emit)
            finally:
                self._owner = 0
                self._block.release()
        except BaseException as error:
            hide(error)
            raise

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
        try:
            emit = _recorder.emit
            got = False
            if emit is None or self._block._is_owned():
                for got in map(self._block.acquire, (blocking,), (timeout,)):  # noqa: B007
                    break
            else:
                at_once = timeout == -1 and emit is self._known
                got = at_once and self._taken_at_once(sys._getframe(1))
                got = got or self._acquire_seen(emit, sys._getframe(1), blocking, timeout)
            if got:
                self._depth += 1
            return got
        except BaseException as error:
            hide(error)
            raise

    def __enter__(self) -> bool:
        try:
            emit = _recorder.emit
            got = False
            if emit is None or self._block._is_owned():
                for got in map(self._block.acquire, (True,)):  # noqa: B007
                    break
            else:
                got = emit is self._known and self._taken_at_once(sys._getframe(1))
                got = got or self._acquire_seen(emit, sys._getframe(1), True, -1)
            if got:
                self._depth += 1
            return got
        except BaseException as error:
            hide(error)
            raise

    def release(self) -> None:
        """Let go once; ``RuntimeError`` if this thread does not hold the lock."""
        mine = False
        try:
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
        except BaseException as error:
            hide(error)
            raise

    def __exit__(self, *args: object) -> None:
        mine = False
        try:
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
        except BaseException as error:
            hide(error)
            raise

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
