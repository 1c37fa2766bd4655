"""Hooks on ``threading.Condition``.

A condition of the program's is over a traced lock, one of its own if it is given none. Between the
release of the lock and the sleep, and between the sleep and the lock, the standard ``wait`` calls
two functions that it finds in the condition: there the wait is recorded.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections import deque
from operator import attrgetter
from types import FunctionType
from typing import Any, Final

from poolscope import lock_notes, places
from poolscope.condition import Plain
from poolscope.instrument import locks as dressed
from poolscope.instrument.context import call
from poolscope.instrument.faces import hook
from poolscope.instrument.seen import Seen, maker, never_seen
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind
from poolscope.traced import plain
from poolscope.traced_lock import TracedLock

__all__ = ["AsLibrary", "Unseen", "install", "of_future"]


def install() -> None:
    """Put the hooks in place."""
    condition: Any = threading.Condition
    condition._poolscope = None
    hook(condition, "__init__", _init)
    hook(condition, "wait", _wait)
    hook(condition, "notify", _notify)
    condition.__reduce_ex__ = _reduce_ex
    places.pass_by()


_plain_rlock: Final = _thread.RLock


def _make_itself() -> Any:
    """``Condition.__init__`` as it was, to which ``RLock`` is the original."""
    original: Any = plain(threading.Condition.__init__)
    names = {**original.__globals__, "RLock": _plain_rlock}
    return FunctionType(original.__code__, names, "__init__", original.__defaults__)


class AsLibrary:
    """A condition that is the library's own to who asks, and to who pickles or copies it: over the
    same lock, which says what it says to that."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return threading.Condition

    def __reduce_ex__(self, protocol: Any) -> Any:
        itself: Any = self
        alike: Any = Unseen(itself._lock)
        alike._waiters = itself._waiters
        reduced: Any = object.__reduce_ex__(alike, protocol)
        make, (_, *rest), state, *more = reduced
        return make, (threading.Condition, *rest), _as_made(state), *more


class Unseen(AsLibrary, Plain):
    """A condition of the library's own, which is in no picture.

    Its lock is entered and left in C, which pays for much of what the hooks cost elsewhere.
    """

    __init__ = _make_itself()
    __enter__ = property(attrgetter("_lock.__enter__"))
    __exit__ = property(attrgetter("_lock.__exit__"))


class _OfFuture(Unseen):
    """That of a future: over an ``RLock`` of its own. It looks up what others keep.

    The bound methods of its lock are five objects a task, of which one is used, as a rule. Looked
    up in C: no frame of ours is in the way of an interrupt.
    """

    _is_owned: Any
    __init__ = object.__init__
    acquire = property(attrgetter("_lock.acquire"))
    release = property(attrgetter("_lock.release"))
    _release_save = property(attrgetter("_lock._release_save"))
    _acquire_restore = property(attrgetter("_lock._acquire_restore"))


for _made in (Unseen, _OfFuture):
    _made.__name__ = _made.__qualname__ = "Condition"
    _made.__module__ = "threading"
_KEPT: Final = {"_lock", "_is_owned", "_waiters", *vars(_OfFuture)}


def of_future() -> Any:
    """``threading.Condition()``, for ``Future.__init__``."""
    made = _OfFuture()
    lock: Any = _plain_rlock()
    made._lock = lock
    made._is_owned = lock._is_owned
    made._waiters = deque()
    return made


if not vars(Unseen()).keys() <= _KEPT:
    of_future = Unseen  # in this Python a condition has more to it


class _SeenCondition(Seen):
    __slots__ = ("_lock",)
    _lock: Any

    def _size(self) -> int:
        lock = self._lock
        if not isinstance(lock, TracedLock):
            return 0
        lock._tell()
        return lock._id


def _init(original: Any) -> Any:
    def __init__(self: Any, lock: Any = None) -> None:  # noqa: N807
        asking = sys._getframe(1)
        # Each future makes one: a file that is known to make its own costs no call.
        known = asking.f_code.co_filename in never_seen
        frame = None if known else maker(self, asking)
        try:
            if lock is None and dressed.replaced():
                lock = threading.RLock()
            if frame is None:
                # What it would make itself, by way of a name that leads to us.
                original(self, _plain_rlock() if lock is None else lock)
                return
            seen = _SeenCondition(self, LockKind.CONDITION, frame)
            if lock is None:
                lock = dressed.RLock._of(frame)
                assert isinstance(seen._made, places.Birthplace)
                lock._made = places.Part("", seen._made, seen._word)
            original(self, lock)
        except BaseException as error:
            hide(error)
            raise
        seen._lock = lock
        self._poolscope = seen
        # Closures over the lock and not over the condition: that would keep itself alive.
        self._release_save = _letting_go(lock)
        self._acquire_restore = _taking_back(lock)

    return __init__


def _reduce_ex(self: Any, protocol: Any) -> Any:
    seen, lock = self._poolscope, vars(self).get("_lock")
    if seen is not None and type(self) is threading.Condition:
        # By its constructor: a pickler that can do locks may not be able to do our methods.
        own = ((name, value) for name, value in vars(self).items() if name not in _REMADE)
        return threading.Condition, (lock,), dict(own)
    reduced: Any = object.__reduce_ex__(self, protocol)
    if seen is None or lock is None or len(reduced) < 3 or not isinstance(reduced[2], dict):
        return reduced  # a string, too, where the class sees to it in its own way
    make, arguments, state, *more = reduced
    if state.get("_poolscope") is not seen or state.get("_lock") is not lock:
        return reduced  # not what we keep in it
    return make, arguments, _as_made(state), *more


def _as_made(state: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a condition as the library's constructor leaves them."""
    lock = state["_lock"]
    plain_type = getattr(type(lock), "_stands_for", type(lock))
    made = {name: value for name, value in state.items() if name != "_poolscope"}
    for name in ("_release_save", "_acquire_restore", "_is_owned"):
        if name in made and hasattr(plain_type, name):
            made[name] = getattr(lock, name)
        else:
            made.pop(name, None)
    return made


_REMADE: Final = {"_poolscope", *vars(Unseen())} - {"_waiters"}


def _letting_go(lock: Any) -> Any:
    let_go = lock._release_save if hasattr(lock, "_release_save") else lock.release
    traced = isinstance(lock, TracedLock)

    def _release_save() -> Any:
        try:
            note = call.waiting
            if note is None:
                return let_go()
            if traced:
                return let_go(lambda: lock_notes.signal_wanted(*note))
            lock_notes.signal_wanted(*note)
            return let_go()
        except BaseException as error:
            hide(error)
            raise

    return _release_save


def _taking_back(lock: Any) -> Any:
    if hasattr(lock, "_acquire_restore"):
        take_back = lock._acquire_restore
    else:

        def take_back(state: Any) -> None:  # noqa: ARG001
            lock.acquire()

    def _acquire_restore(state: Any) -> None:
        try:
            note, call.waiting = call.waiting, None
            if note is not None:
                number, what, _, timed = note
                # What the standard wait, whose frame is the caller's, knows of its sleep.
                if sys._getframe(1).f_locals.get("gotit"):
                    lock_notes.signal_got(number, what)
                else:
                    why = lock_notes.TIMEOUT if timed else lock_notes.ERROR
                    lock_notes.signal_gave_up(number, what, why)
            take_back(state)
        except BaseException as error:
            hide(error)
            raise

    return _acquire_restore


def _wait(original: Any) -> Any:
    def wait(self: Any, timeout: float | None = None) -> Any:
        seen = self._poolscope
        before = None if seen is None else call.waiting  # of the wait that a handler interrupts
        try:
            if seen is None or _recorder.emit is None:
                return original(self, timeout)
            call.waiting = None
            if timeout is None or timeout > 0:
                seen._tell()
                where = places.where(sys._getframe(1))
                what = lock_notes.CONDITION_WAIT
                call.waiting = seen._id, what, where, timeout is not None
            return original(self, timeout)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if seen is not None:
                call.waiting = before

    return wait


def _notify(original: Any) -> Any:
    def notify(self: Any, n: int = 1) -> None:
        try:
            seen = self._poolscope
            if seen is not None and _recorder.emit is not None and self._is_owned():
                seen._tell()
                where = places.where(sys._getframe(1))
                woken = min(n, len(self._waiters))
                lock_notes.signal_sent(seen._id, lock_notes.CONDITION_NOTIFY, woken, where)
            original(self, n)
        except BaseException as error:
            hide(error)
            raise

    return notify
