"""What the trace is told of locks and of signals, one function for each fact.

For whoever records one: our own primitives, the process forms, the standard library's seen from
outside. Every function looks the recorder up anew, as a recording may end or begin while a
thread is blocked; all are safe without one. ``where`` is ``places.where(frame)``.

The rules of the trace: a thread *wants* at the moment when it begins to block and not before;
*acquired* and *got* are the first thing it does when it goes on; *released* and *sent* the last
thing before others can; *gave up* says why it went on without.
"""

from __future__ import annotations

from typing import Final

from poolscope.asking import must_not_wait
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import (
    ACQUIRED_AFTER_WAIT,
    SIGNAL_TIMED,
    WANTED_WITH_TIMEOUT,
    GaveUp,
    Kind,
    Signal,
)

_CREATED: Final = int(Kind.LOCK_CREATED)
_WANTED: Final = int(Kind.LOCK_WANTED)
_ACQUIRED: Final = int(Kind.LOCK_ACQUIRED)
_RELEASED: Final = int(Kind.LOCK_RELEASED)
_GAVE_UP: Final = int(Kind.LOCK_GAVE_UP)
_SIGNAL_WANTED: Final = int(Kind.SIGNAL_WANTED)
_SIGNAL_GOT: Final = int(Kind.SIGNAL_GOT)
_SIGNAL_GAVE_UP: Final = int(Kind.SIGNAL_GAVE_UP)
_SIGNAL_SENT: Final = int(Kind.SIGNAL_SENT)
_MOST: Final = 0xFFFF  # that ``d`` holds

# Plain integers: enum members cost more than the rest.
TIMEOUT: Final = int(GaveUp.TIMEOUT)
WOULD_BLOCK: Final = int(GaveUp.WOULD_BLOCK)
ERROR: Final = int(GaveUp.ERROR)
CONDITION_WAIT: Final = int(Signal.CONDITION_WAIT)
CONDITION_NOTIFY: Final = int(Signal.CONDITION_NOTIFY)
EVENT_WAIT: Final = int(Signal.EVENT_WAIT)
EVENT_SET: Final = int(Signal.EVENT_SET)
EVENT_CLEAR: Final = int(Signal.EVENT_CLEAR)
BARRIER_WAIT: Final = int(Signal.BARRIER_WAIT)
BARRIER_TRIP: Final = int(Signal.BARRIER_TRIP)
BARRIER_ABORT: Final = int(Signal.BARRIER_ABORT)
BARRIER_RESET: Final = int(Signal.BARRIER_RESET)
QUEUE_GET: Final = int(Signal.QUEUE_GET)
QUEUE_PUT: Final = int(Signal.QUEUE_PUT)
QUEUE_JOIN: Final = int(Signal.QUEUE_JOIN)
QUEUE_TASK_DONE: Final = int(Signal.QUEUE_TASK_DONE)


def created(lock: int, name: str, kind: int, size: int = 0) -> None:
    """It exists. ``kind`` is a ``LockKind``; ``size`` the permits, parties or maxsize, of a
    condition the id of its lock.
    """
    declare = _recorder.declare
    if declare is not None:
        declare(_CREATED, lock, size, name, kind)


def wanted(lock: int, owner: int, where: str, timed: bool) -> None:
    """This thread begins to block for a lock; ``owner`` is the thread that has it, 0: unknown.

    Raises ``asking.WouldWaitError`` where it must not.
    """
    must_not_wait()
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_WANTED, lock, owner, where, WANTED_WITH_TIMEOUT if timed else 0)


def acquired(lock: int, where: str, after_wait: bool) -> None:
    """This thread has the lock, or one permit more of the semaphore."""
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_ACQUIRED, lock, 0, where, ACQUIRED_AFTER_WAIT if after_wait else 0)


def released(lock: int, owner: int = 0, permits: int = 1) -> None:
    """This thread is about to let go, of so many ``permits``; ``owner``: for that thread."""
    emit = _recorder.emit
    if emit is not None:
        while permits > _MOST:
            emit(_RELEASED, lock, owner, 0, _MOST - 1)
            permits -= _MOST
        emit(_RELEASED, lock, owner, 0, permits - 1)


def gave_up(lock: int, why: int) -> None:
    """This thread goes on without the lock: ``TIMEOUT``, ``WOULD_BLOCK`` or ``ERROR``."""
    emit = _recorder.emit
    if emit is not None:
        emit(_GAVE_UP, lock, 0, 0, why)


def signal_wanted(source: int, what: int, where: str, timed: bool) -> None:
    """This thread begins to block until ``what``, a ``Signal``, of the object ``source``."""
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_SIGNAL_WANTED, source, 0, where, what | SIGNAL_TIMED if timed else what)


def signal_got(source: int, what: int) -> None:
    """This thread goes on: what it waited for has come."""
    emit = _recorder.emit
    if emit is not None:
        emit(_SIGNAL_GOT, source, 0, 0, what)


def signal_gave_up(source: int, what: int, why: int) -> None:
    """This thread goes on though it has not come. ``WOULD_BLOCK``: it did not block at all."""
    emit = _recorder.emit
    if emit is not None:
        emit(_SIGNAL_GAVE_UP, source, 0, 0, what | why << 8)


def signal_sent(source: int, what: int, count: int, where: str) -> None:
    """This thread is about to let others go on; ``count``: how many wake, or what it holds now."""
    emit_text = _recorder.emit_text
    if emit_text is not None:
        emit_text(_SIGNAL_SENT, source, count, where, what)
