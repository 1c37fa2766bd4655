"""Shared: a variable whose reads and writes are recorded, so that a race can be seen.

Why it is needed: CPython switches threads at calls and at jumps backwards, and nowhere else.
``counter += 1`` on a plain global has neither between its read and its write, so from 3.10 on it
loses nothing any more, though nothing promises that. ``shared.value += 1`` reads and writes by
calls, as an attribute, a database or a file would: between the two any other thread may write,
and what it wrote is overwritten. Nothing here loses an update on purpose.

What is done for the trace:

- *One slot holds version and value together*; a read takes both with one load. The store takes
  the version of what it overwrites, adds one, and puts the new pair there, with no call and no
  jump in between, nothing that could make the interpreter switch: versions are the order of the
  stores, and who overwrote what can be told from them alone.
- *An access and its record are one*, under a lock of their own: a switch between them would give
  the record a time at which it did not happen. From the read to the write no lock is held.
- *After a recorded read the thread offers the interpreter to the others* (``time.sleep(0)``: no
  waiting, a point at which it may switch), so that a race is seen in the first hundred rounds
  and not once a month: after each of the first thousand reads, then after every hundredth.
  ``preempt=False`` leaves it at the switches that the interpreter makes anyway.

Without a recording there is neither lock nor offer, and an access costs one test of a variable.
"""

from __future__ import annotations

import os
import sys
import time
import weakref
from _thread import RLock as _RawRLock
from typing import Any, Final, Generic, TypeVar

from poolscope import naming, places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = ["Shared"]

places.pass_by()

_CREATED: Final = int(Kind.SHARED_CREATED)
_READ: Final = int(Kind.SHARED_READ)
_WRITTEN: Final = int(Kind.SHARED_WRITTEN)
_EACH_OF_FIRST: Final = 1000  # reads after which the interpreter is offered
_THEN_EVERY: Final = 100
T = TypeVar("T")


class _State(Generic[T]):
    """What a variable held at one time; it never changes once it is in the slot."""

    __slots__ = ("value", "version")

    def __init__(self, value: T) -> None:
        self.value = value
        self.version = 0


class Shared(Generic[T]):
    """A variable that threads share: ``counter = Shared("counter", 0)``, ``counter.value += 1``.

    Args:
        name: what it is called in the trace.
        value: what it holds at first.
        preempt: while recording, offer the interpreter to other threads after reads; see above.
    """

    __slots__ = ("__weakref__", "_gate", "_id", "_known", "_name", "_preempt", "_reads", "_state")

    def __init__(self, name: str, value: T, *, preempt: bool = True) -> None:
        self._name = name
        self._preempt = preempt
        self._reads = 0  # recorded ones
        self._state = _State(value)
        self._id = ident.next_id()
        self._known: object = None  # the recording that was told of it
        # Reentrant: a signal handler may come in the middle and use the variable.
        self._gate = _RawRLock()
        _all.add(self)

    @property
    def name(self) -> str:
        """What it is called in the trace."""
        return self._name

    @property
    def value(self) -> T:
        """What was written last."""
        emit = _recorder.emit
        if emit is None:
            return self._state.value
        with self._gate:
            state = self._state
            self._note(emit, _READ, state)
            self._reads = reads = self._reads + 1
        if self._preempt and (reads <= _EACH_OF_FIRST or not reads % _THEN_EVERY):
            time.sleep(0)  # noqa: TID251  waits for nothing: a point at which threads may switch
        return state.value

    @value.setter
    def value(self, value: T) -> None:
        state = _State(value)
        emit = _recorder.emit
        if emit is None:
            state.version = self._state.version + 1
            self._state = state
            return
        with self._gate:
            # No call and no jump from here to the store, and nothing that the garbage collector
            # could be started by.
            state.version = self._state.version + 1
            self._state = state
            self._note(emit, _WRITTEN, state)

    def _note(self, emit: object, kind: int, state: _State[T]) -> None:
        if emit is not self._known:
            self._known = emit
            declare = _recorder.declare
            if declare is not None:
                declare(_CREATED, self._id, 0, self._name, 0)
        emit_text = _recorder.emit_text
        if emit_text is not None:
            where = places.where(sys._getframe(1))
            text = f"{naming.short_repr(state.value)}\n{where}"
            emit_text(kind, self._id, state.version, text, 0)

    def __repr__(self) -> str:
        return f"<poolscope.Shared {self._name!r}: {self._state.value!r}>"


_all: Final[weakref.WeakSet[Shared[Any]]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    # Another thread of the parent may have been in the middle of an access. A child's copy is
    # another variable.
    for shared in list(_all):
        shared._gate = _RawRLock()
        shared._id = ident.next_id()
        shared._known = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
