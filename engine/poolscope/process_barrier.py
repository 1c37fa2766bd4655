"""Barrier between processes: ``multiprocessing``'s, traced.

Made by a context of ``poolscope.get_context``; passed on as ``process_locks``' are. What it is
made of is ``multiprocessing``'s plain own. As in ``process_signals``, a wait is recorded when it
begins and a signal before it lets anybody go on: both under the barrier's own lock.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from multiprocessing import synchronize
from multiprocessing.context import BaseContext
from types import FrameType
from typing import Any

from poolscope import lock_notes, places
from poolscope.process_signals import sleepers
from poolscope.process_traced import ProcessTraced
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import LockKind

__all__ = ["ProcessBarrier"]

places.pass_by()


class ProcessBarrier(ProcessTraced, synchronize.Barrier):
    """``multiprocessing.Barrier``, traced. Made by a context of ``get_context``."""

    _kind = LockKind.BARRIER
    _id = 0  # until it is made: its first state is no signal
    _array: Any
    _cond: Any

    def __init__(
        self,
        parties: int,
        action: Callable[[], object] | None,
        timeout: float | None,
        name: str,
        made: FrameType,
        *,
        ctx: BaseContext,
    ) -> None:
        synchronize.Barrier.__init__(self, parties, action, timeout, ctx=ctx)
        self._begin(self._called(name, made))

    def _size(self) -> int:
        return self.parties

    # Every signal is a change of the state, made under the barrier's lock before it notifies.

    @property
    def _state(self) -> int:
        """0 filling, 1 draining, -1 resetting, -2 broken."""
        return self._array[0]  # type: ignore[no-any-return]

    @_state.setter
    def _state(self, value: int) -> None:
        before = self._array[0]
        if self._id and _recorder.emit is not None and value != before:
            self._note(before, value, sys._getframe(1))
        self._array[0] = value

    def _note(self, before: int, value: int, frame: FrameType) -> None:
        if value == 1:
            what, woken = lock_notes.BARRIER_TRIP, self.parties - 1
        elif value == -2:
            what, woken = lock_notes.BARRIER_ABORT, sleepers(self._cond)
        elif value == -1 or before == -2:
            what, woken = lock_notes.BARRIER_RESET, sleepers(self._cond)
        else:
            return  # the last one has left: it fills again
        lock_notes.signal_sent(self._id, what, woken, places.where(frame))

    def _enter(self) -> None:
        """Wait until those of the last round have left."""
        if _recorder.emit is None or self._state not in (-1, 1):
            super()._enter()  # type: ignore[misc]
            return
        where = places.where(sys._getframe(1))
        lock_notes.signal_wanted(self._id, lock_notes.BARRIER_WAIT, where, timed=False)
        got = False
        try:
            super()._enter()  # type: ignore[misc]
            got = True
        finally:
            self._waited(got, lock_notes.ERROR)

    def _wait(self, timeout: float | None) -> None:
        """Wait until the others are here. ``BrokenBarrierError`` if they will not come."""
        if _recorder.emit is None:
            super()._wait(timeout)  # type: ignore[misc]
            return
        asleep = timeout is None or timeout > 0
        if asleep:
            where = places.where(sys._getframe(1))
            timed = timeout is not None
            lock_notes.signal_wanted(self._id, lock_notes.BARRIER_WAIT, where, timed)
        came = got = False
        why = lock_notes.ERROR
        try:
            came = self._cond.wait_for(lambda: self._state != 0, timeout)
            got = came and self._state > 0
            if not came:
                why = lock_notes.TIMEOUT if asleep else lock_notes.WOULD_BLOCK
        finally:
            self._waited(got, why)
        if not came:
            self._break()  # type: ignore[attr-defined]
        if not got:
            raise threading.BrokenBarrierError

    def _waited(self, got: bool, why: int) -> None:
        if got:
            lock_notes.signal_got(self._id, lock_notes.BARRIER_WAIT)
        else:
            lock_notes.signal_gave_up(self._id, lock_notes.BARRIER_WAIT, why)

    def __getstate__(self) -> Any:
        return super().__getstate__(), self._identity()

    def __setstate__(self, state: Any) -> None:
        if len(state) == 2:
            state, identity = state
            self._identify(identity)
        super().__setstate__(state)  # type: ignore[misc]
