"""Lock and RLock between processes: ``multiprocessing``'s, traced.

``poolscope.get_context("spawn").Lock(name="ledger")`` gives a lock that goes where
``multiprocessing``'s own goes: into the arguments of a process, the ``initargs`` of a pool, and
through a fork. It has one id in all processes. The process that made it declares it once; each
process records on its own streams when it wants, gets and lets go of it.

As in ``locks.py``: an acquire is first tried without blocking, and only if that fails
LOCK_WANTED is recorded, before the process blocks; LOCK_ACQUIRED is the first thing the new
owner does, LOCK_RELEASED the last thing before it lets go; of an RLock only the outermost. Who
holds a wanted lock is not told with LOCK_WANTED (no process knows the others' owners); the
trace tells it, as all acquires and releases of an id are in it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import weakref
from multiprocessing import context, synchronize
from multiprocessing.context import BaseContext
from types import FrameType, TracebackType
from typing import Any, Final

from poolscope import places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import ACQUIRED_AFTER_WAIT, GaveUp, Kind, LockKind

__all__ = ["ProcessLock", "ProcessRLock", "get_context"]

_CREATED: Final = int(Kind.LOCK_CREATED)
_WANTED: Final = int(Kind.LOCK_WANTED)
_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)
_GAVE_UP: Final = int(Kind.LOCK_GAVE_UP)
_WOULD_BLOCK: Final = int(GaveUp.WOULD_BLOCK)
_TIMEOUT: Final = int(GaveUp.TIMEOUT)
_ERROR: Final = int(GaveUp.ERROR)


class _Traced(synchronize.SemLock):
    """What the two have in common; over ``_semlock``, the semaphore that processes share."""

    _semlock: Any
    _kind: LockKind
    _id: int
    _name: str

    def _begin(self, name: str, made: FrameType) -> None:
        self._id = ident.next_id()
        # Looked up now: the frame stays in this process, the name goes with the lock.
        self._name = name or places.Birthplace(made).name(self._kind.name.lower())
        _made_here.add(self)
        self._declare()

    @property
    def name(self) -> str:
        """The name given, or the variable and line where the lock was made."""
        return self._name

    def _declare(self) -> None:
        declare = _recorder.declare
        if declare is not None:
            declare(_CREATED, self._id, 0, self._name, int(self._kind))

    def _make_methods(self) -> None:
        """The standard one puts the semaphore's methods over ours."""

    def __getstate__(self) -> tuple[Any, int, str]:
        return super().__getstate__(), self._id, self._name

    def __setstate__(self, state: tuple[Any, int, str]) -> None:
        inherited, self._id, self._name = state
        super().__setstate__(inherited)  # type: ignore[misc]

    def _entered(self) -> bool:
        """Whether this thread has the lock and may take it once more."""
        return False

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take the lock; as ``multiprocessing.Lock.acquire``. Returns whether it was taken."""
        if _recorder.emit is None or self._entered():
            return self._semlock.acquire(block, timeout)  # type: ignore[no-any-return]
        return self._acquire_seen(sys._getframe(1), block, timeout)

    def _acquire_seen(self, frame: FrameType, block: bool, timeout: float | None) -> bool:
        where = places.where(frame)
        if self._semlock.acquire(False):
            self._note(_ACQUIRED, where, 0)
            return True
        if not block or (timeout is not None and timeout <= 0):
            self._note(_GAVE_UP, "", _WOULD_BLOCK)
            return False
        self._note(_WANTED, where, 0)
        got: bool = False
        why = _ERROR
        try:
            got = self._semlock.acquire(True, timeout)
            why = _TIMEOUT
        finally:
            if got:
                self._note(_ACQUIRED, where, ACQUIRED_AFTER_WAIT)
            else:
                self._note(_GAVE_UP, "", why)
        return got

    def _note(self, kind: int, text: str, d: int) -> None:
        # Looked up each time: the recording may end or begin while we wait.
        emit_text = _recorder.emit_text
        if emit_text is not None:
            emit_text(kind, self._id, 0, text, d)

    def __enter__(self) -> bool:
        if _recorder.emit is None or self._entered():
            return self._semlock.acquire()  # type: ignore[no-any-return]
        return self._acquire_seen(sys._getframe(1), True, None)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the lock."""
        raise NotImplementedError

    def locked(self) -> bool:
        """Whether some process holds the lock."""
        return self._semlock._is_zero()  # type: ignore[no-any-return]


class ProcessLock(_Traced, synchronize.Lock):
    """``multiprocessing.Lock``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.LOCK

    def __init__(self, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.Lock.__init__(self, ctx=ctx)
        self._begin(name, made)

    def release(self) -> None:
        """Let go; any process and thread may. ``ValueError`` if nobody holds the lock."""
        if _recorder.emit is not None and self.locked():
            self._note(_RELEASED, "", 0)
        self._semlock.release()


class ProcessRLock(_Traced, synchronize.RLock):
    """``multiprocessing.RLock``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.RLOCK

    def __init__(self, name: str, made: FrameType, *, ctx: BaseContext) -> None:
        synchronize.RLock.__init__(self, ctx=ctx)
        self._begin(name, made)

    def _entered(self) -> bool:
        return self._semlock._is_mine()  # type: ignore[no-any-return]

    def release(self) -> None:
        """Let go once; ``AssertionError`` if this thread of this process has not the lock."""
        if _recorder.emit is not None and self._entered() and self._semlock._count() == 1:
            self._note(_RELEASED, "", 0)
        self._semlock.release()


class _TracedLocks(BaseContext):
    """A start method's context whose ``Lock`` and ``RLock`` are ours."""

    def Lock(self, name: str = "") -> ProcessLock:
        """A traced lock; ``name`` is what it is called in the trace."""
        return ProcessLock(name, sys._getframe(1), ctx=self.get_context())

    def RLock(self, name: str = "") -> ProcessRLock:
        """A traced lock that its owner may take again."""
        return ProcessRLock(name, sys._getframe(1), ctx=self.get_context())

    def get_context(self, method: str | None = None) -> Any:
        """A plain context. ``Queue``, ``Pool`` and the rest make their inner locks with it:
        those belong in no picture.
        """
        return multiprocessing.get_context(method or self.get_start_method(allow_none=False))


class _SpawnContext(_TracedLocks, context.SpawnContext):
    pass


_contexts: Final[dict[str, BaseContext]] = {"spawn": _SpawnContext()}

if sys.platform != "win32":

    class _ForkContext(_TracedLocks, context.ForkContext):
        pass

    class _ForkServerContext(_TracedLocks, context.ForkServerContext):
        pass

    _contexts["fork"] = _ForkContext()
    _contexts["forkserver"] = _ForkServerContext()


def get_context(method: str | None = None) -> BaseContext:
    """``multiprocessing.get_context(method)`` with traced ``Lock(name=)`` and ``RLock(name=)``.

    Good for ``ProcessPoolExecutor(mp_context=...)`` and for ``Process``. Raises ``ValueError``
    for a start method that this system does not have.
    """
    plain = multiprocessing.get_context(method)
    return _contexts[plain.get_start_method(allow_none=False)]


_made_here: weakref.WeakSet[_Traced] = weakref.WeakSet()


def _declare_all() -> None:
    for lock in list(_made_here):
        lock._declare()


def _after_fork_in_child() -> None:
    _made_here.clear()


_recorder.at_start.append(_declare_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
