"""Hooks on ``threading.Event`` and ``Barrier``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from poolscope import lock_notes, places
from poolscope.instrument.faces import hide, hook
from poolscope.instrument.seen import see
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["install"]


def install() -> None:
    """Put the hooks in place."""
    event, barrier = threading.Event, threading.Barrier
    see(event, LockKind.EVENT)
    hook(event, "set", _sending(lock_notes.EVENT_SET, _sleepers))
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


def _wait_for_event(original: Any) -> Any:
    def wait(self: Any, timeout: float | None = None) -> Any:
        seen = self._poolscope
        wanted = False
        what = lock_notes.EVENT_WAIT
        try:
            if seen is None or self._flag or _recorder.emit is None:
                return original(self, timeout)
            seen._tell()
            if timeout is None or timeout > 0:
                where = places.where(sys._getframe(1))
                lock_notes.signal_wanted(seen._id, what, where, timeout is not None)
                wanted = True
            got = original(self, timeout)
            if got and wanted:
                lock_notes.signal_got(seen._id, what)
            elif not got:
                why = lock_notes.TIMEOUT if wanted else lock_notes.WOULD_BLOCK
                lock_notes.signal_gave_up(seen._id, what, why)
            return got
        except BaseException as error:
            if wanted:
                lock_notes.signal_gave_up(seen._id, what, lock_notes.ERROR)
            hide(error)
            raise

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
