"""Hooks on ``threading.Event`` and ``Barrier``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from poolscope import lock_notes, places
from poolscope.instrument.conditions import Unseen
from poolscope.instrument.faces import hook
from poolscope.instrument.seen import Seen, see
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["install"]


def install() -> None:
    """Put the hooks in place."""
    event, barrier = threading.Event, threading.Barrier
    see(event, LockKind.EVENT)
    hook(event, "__init__", _init)
    hook(event, "clear", _sending(lock_notes.EVENT_CLEAR))
    hook(event, "wait", _wait_for_event)
    see(barrier, LockKind.BARRIER, lambda barrier: barrier._parties)
    # The steps of the standard wait, each under the barrier's lock.
    hook(barrier, "_enter", _enter)
    hook(barrier, "_wait", _wait_at_barrier)
    hook(barrier, "_release", _release)
    hook(barrier, "_break", _sending(lock_notes.BARRIER_ABORT, _sleepers))
    hook(barrier, "reset", _sending(lock_notes.BARRIER_RESET, _sleepers))
    places.pass_by()


def _sleepers(thing: Any) -> int:
    return len(thing._cond._waiters)


def _sending(what: int, count: Callable[[Any], int] | None = None) -> Callable[[Any], Any]:
    """A hook for what lets others go on; recorded before it can."""

    def make(original: Any) -> Any:
        def send(self: Any) -> None:
            try:
                seen = self._poolscope
                if seen is not None and _recorder.emit is not None:
                    seen._tell()
                    where = places.where(sys._getframe(1))
                    lock_notes.signal_sent(seen._id, what, count(self) if count else 0, where)
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return send

    return make


class _Set(Unseen):
    """The condition of an event: what happens there is recorded under the event's own lock, so
    that who begins to wait does so before the ``set`` that lets it go on, or does not wait."""

    _waiters: Any

    def __init__(self, lock: Any, seen: Seen) -> None:
        super().__init__(lock)
        self._seen = seen

    def wait(self, timeout: float | None = None) -> bool:
        if _recorder.emit is None or (timeout is not None and timeout <= 0):
            return super().wait(timeout)
        self._seen._tell()
        number, what = self._seen._id, lock_notes.EVENT_WAIT
        where = places.where(sys._getframe(1))
        lock_notes.signal_wanted(number, what, where, timeout is not None)
        try:
            got = super().wait(timeout)
        except BaseException as error:
            lock_notes.signal_gave_up(number, what, lock_notes.ERROR)
            hide(error)
            raise
        if got:
            lock_notes.signal_got(number, what)
        else:
            lock_notes.signal_gave_up(number, what, lock_notes.TIMEOUT)
        return got

    def notify_all(self) -> None:
        if _recorder.emit is not None:
            self._seen._tell()
            where = places.where(sys._getframe(1))
            what = lock_notes.EVENT_SET
            lock_notes.signal_sent(self._seen._id, what, len(self._waiters), where)
        super().notify_all()


_Set.__name__ = _Set.__qualname__ = "Condition"
_Set.__module__ = "threading"


def _init(original: Any) -> Any:
    def __init__(self: Any) -> None:  # noqa: N807
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        seen = self._poolscope
        if seen is not None:
            self._cond = _Set(self._cond._lock, seen)

    return __init__


def _wait_for_event(original: Any) -> Any:
    def wait(self: Any, timeout: float | None = None) -> Any:
        seen = self._poolscope
        try:
            got = original(self, timeout)
        except BaseException as error:
            hide(error)
            raise
        if not got and seen is not None and timeout is not None and timeout <= 0:
            seen._tell()
            lock_notes.signal_gave_up(seen._id, lock_notes.EVENT_WAIT, lock_notes.WOULD_BLOCK)
        return got

    return wait


def _enter(original: Any) -> Any:
    def _enter(self: Any) -> None:
        seen = self._poolscope
        wanted = False
        what = lock_notes.BARRIER_WAIT
        try:
            if seen is not None and self._state in (-1, 1) and _recorder.emit is not None:
                # Those of the last time have not all gone.
                seen._tell()
                lock_notes.signal_wanted(seen._id, what, places.where(sys._getframe(1)), False)
                wanted = True
            original(self)
            if wanted:
                lock_notes.signal_got(seen._id, what)
        except BaseException as error:
            if wanted:
                lock_notes.signal_gave_up(seen._id, what, lock_notes.ERROR)
            hide(error)
            raise

    return _enter


def _wait_at_barrier(original: Any) -> Any:
    def _wait(self: Any, timeout: float | None) -> None:
        seen = self._poolscope
        wanted = False
        what = lock_notes.BARRIER_WAIT
        try:
            if seen is not None and _recorder.emit is not None:
                seen._tell()
                where = places.where(sys._getframe(1))
                lock_notes.signal_wanted(seen._id, what, where, timeout is not None)
                wanted = True
            filling = self._state == 0
            original(self, timeout)
            if wanted:
                lock_notes.signal_got(seen._id, what)
        except BaseException as error:
            if wanted:
                # Broken by this very wait, or by somebody else.
                own = filling and timeout is not None and isinstance(error, RuntimeError)
                why = lock_notes.TIMEOUT if own and self._state == -2 else lock_notes.ERROR
                lock_notes.signal_gave_up(seen._id, what, why)
            hide(error)
            raise

    return _wait


def _release(original: Any) -> Any:
    def _release(self: Any) -> None:
        try:
            original(self)
        except BaseException as error:
            hide(error)
            raise
        seen = self._poolscope
        if seen is not None and _recorder.emit is not None:
            # Under the lock that those who wait need to go on.
            seen._tell()
            where = places.where(sys._getframe(1))
            lock_notes.signal_sent(seen._id, lock_notes.BARRIER_TRIP, self._count - 1, where)

    return _release
