"""What ``Lock`` and ``RLock`` have in common: how an acquire and a release are recorded.

An exception may come at any call: of a handler of signals, as Ctrl+C, or where the stack has no
room left. ``with lock:`` of the interpreter's own locks is one step, after which it is known
whether the lock is held; here it takes several. So an acquire that does not come to its end lets
go, and a release lets go whatever becomes of its record. Whether the lock was got must be known in
the instruction that gets it: Python looks for signals after calls, but not while it asks an
iterator. So the interpreter's lock is asked by way of one (``_tries``), which is no slower. A
release goes no deeper into the stack than the acquire before it. What is left is a signal in the
very moment in which ``release`` or ``__exit__`` is entered: no code of ours is there yet.
"""

from __future__ import annotations

import itertools
from _thread import allocate_lock
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind
from poolscope.traced import Traced

__all__ = ["TracedLock"]

_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)
_WITHOUT_BLOCKING: Final = itertools.repeat(False)
_where: Final = places.where


def _acquired_at(place: int, lock: int, frame: FrameType) -> None:
    where = _where(frame)
    emit_text, emit_learning = _recorder.emit_text, _recorder.emit_learning
    if emit_text is None or emit_learning is None:
        return
    if places.is_place(frame):
        emit_learning(place, _ACQUIRED, lock, 0, where, 0, frame.f_code)
    else:
        emit_text(_ACQUIRED, lock, 0, where, 0)


class TracedLock(Traced):
    """One around ``block``, a lock of the interpreter's.

    ``_tries``: each of its items is whether ``block`` was got, without waiting for it.
    """

    __slots__ = ("__weakref__", "_block", "_owner", "_tries")
    _tries: Iterator[bool]

    def __init__(self, block: Any, name: str, frame: FrameType) -> None:
        self._block = block
        self._tries = map(block.acquire, _WITHOUT_BLOCKING)
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
        if self._taken_at_once(frame):
            return True
        if not blocking or timeout == 0:
            lock_notes.gave_up(self._id, lock_notes.WOULD_BLOCK)
            return False
        return self._acquire_blocking(_where(frame), timeout)

    def _taken_at_once(self, frame: FrameType) -> bool:
        """Acquire it where that needs no waiting, and record it."""
        got = False
        try:
            for got in self._tries:  # noqa: B007  the first
                break
            if got:
                taken = _recorder.emit_taken
                if taken is None or not taken(self, id(frame.f_code) + frame.f_lasti):
                    self._note_acquire(frame)
            return got
        except BaseException:
            if got:
                try:
                    self._note_given_back()
                finally:
                    self._owner = 0
                    self._block.release()
            raise

    def _note_acquire(self, frame: FrameType) -> None:
        """Record that this thread got it without waiting; the first thing it does."""
        emit_taken = _recorder.emit_taken
        place = id(frame.f_code) + frame.f_lasti  # places.number(), with no call
        if emit_taken is None or not emit_taken(self, place):
            self._owner = ident.thread_id()
            _acquired_at(place, self._id, frame)

    def _acquire_blocking(self, where: str, timeout: float) -> bool:
        lock_notes.wanted(self._id, self._owner, where, timed=timeout != -1)
        got = False
        try:
            for got in map(self._block.acquire, (True,), (timeout,)):  # noqa: B007
                break
            if got:
                self._owner = ident.thread_id()
                lock_notes.acquired(self._id, where, after_wait=True)
                return True
        except BaseException:
            try:
                lock_notes.gave_up(self._id, lock_notes.ERROR)
            finally:
                if got:
                    try:
                        self._note_given_back()
                    finally:
                        self._owner = 0
                        self._block.release()
            raise
        lock_notes.gave_up(self._id, lock_notes.TIMEOUT)
        return False

    def _note_given_back(self) -> None:
        """Record the release of what was got for one who is told by an exception instead."""
        emit = _recorder.emit
        if emit is not None and self._owner == ident.thread_id():
            self._note_release(emit)

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
