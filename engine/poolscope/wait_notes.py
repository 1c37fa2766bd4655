"""What the trace is told of a wait: who waits, for what, until when, and what ended it.

Shared by everything that blocks on futures. Every function here is for a caller that has seen
a recorder; all are safe without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import _getframe
from typing import Final

from poolscope import numbered_places
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, ReturnWhen, WaitKind, WaitOutcome
from poolscope.trace.values import WAIT_PLACE, WAIT_PLACED

_BEGAN: Final = int(Kind.WAIT_BEGAN)
_ITEM: Final = int(Kind.WAIT_ITEM)
_RELEASED: Final = int(Kind.WAIT_RELEASED)
_RESUMED: Final = int(Kind.WAIT_RESUMED)
_DONE: Final = int(Kind.WAIT_DONE)
_ENDED: Final = int(Kind.WAIT_ENDED)
_WANTED: Final = int(Kind.RESULT_WANTED)
_READ: Final = int(Kind.EXCEPTION_READ)
_MAX_FIELD: Final = 2**63 - 1

# Plain integers, here and for what a caller passes: enum members cost more than the rest.
FOR_RESULT: Final = int(WaitKind.RESULT)
FOR_EXCEPTION: Final = int(WaitKind.EXCEPTION)
AS_COMPLETED: Final = int(WaitKind.AS_COMPLETED)
SHUTDOWN: Final = int(WaitKind.SHUTDOWN)
JOIN: Final = int(WaitKind.JOIN)
WAIT: Final[dict[str, int]] = {
    # The names are the values, in concurrent.futures, whose import is dear and not needed here.
    when.name: WaitKind.WAIT | when << 8
    for when in (
        ReturnWhen.ALL_COMPLETED,
        ReturnWhen.FIRST_COMPLETED,
        ReturnWhen.FIRST_EXCEPTION,
    )
}
SATISFIED: Final = int(WaitOutcome.SATISFIED)
TIMEOUT: Final = int(WaitOutcome.TIMEOUT)
ERROR: Final = int(WaitOutcome.ERROR)


def began(what: int, timeout: float | None, ids: Sequence[int], count: int, depth: int = 2) -> int:
    """Record that this thread begins to wait for ``count`` futures, ``ids`` those that have one.

    ``what`` is one of the constants above, ``timeout`` in seconds; ``depth`` says how many calls
    above this function the place is that waits. Returns the wait's id, 0 when nothing records.
    """
    emit = _recorder.emit
    if emit is None:
        return 0
    wait = ident.next_id()
    limit = 0 if timeout is None else min(max(int(timeout * 1e9), 0) + 1, _MAX_FIELD)
    # A limit of more than three days leaves no room for the place.
    if (place := numbered_places.waiting(depth)) and limit < 1 << WAIT_PLACE:
        limit, what = limit | place << WAIT_PLACE, what | WAIT_PLACED
    emit(_BEGAN, wait, limit, count, what)
    _ranges(_ITEM, ids)
    return wait


def wanted(what: int, timeout: float | None, task: int, depth: int) -> int:
    """``began`` for a thread that waits for one future's result or exception."""
    if timeout is not None:
        return began(what, timeout, (task,), 1, depth + 1)
    emit = _recorder.emit
    if emit is None:
        return 0
    try:
        frame = _getframe(depth)
    except ValueError:
        place = 0
    else:
        # As numbered_places says, without a further call where it is the same line again.
        instruction, code, place = numbered_places.last_wait
        if frame.f_lasti != instruction or frame.f_code is not code:
            place = numbered_places.waiting_at(frame)
    wait = ident.next_id()
    emit(_WANTED, wait, task, place, what)
    return wait


def released(wait: int, task: int) -> None:
    """Record that the waiting thread goes on for a moment, with the future ``task``.

    Also when it came back since the last one and found the next one done: it did not wait.
    """
    emit = _recorder.emit
    if emit is not None:
        emit(_RELEASED, wait, task, 0, 0)


def resumed(wait: int) -> None:
    """Record that the thread is back, and waits."""
    emit = _recorder.emit
    if emit is not None:
        emit(_RESUMED, wait, 0, 0, 0)


def ended(
    wait: int, outcome: int, done: int, released_by: int = 0, ids: Sequence[int] = ()
) -> None:
    """Record the end of ``wait`` (0: it was not recorded): ``done`` futures, ``ids`` of them."""
    emit = _recorder.emit
    if emit is not None and wait:
        if ids:
            _ranges(_DONE, ids)
        emit(_ENDED, wait, released_by, done, outcome)


def exception_read(task: int) -> None:
    """Record that somebody was given the exception of ``task``."""
    emit = _recorder.emit
    if emit is not None:
        emit(_READ, task, 0, 0, 0)


def _ranges(kind: int, ids: Sequence[int]) -> None:
    """Record ids as ranges: the first, and how many in a row. A batch is one record."""
    emit = _recorder.emit
    if emit is None:
        return
    ordered = sorted(ids)
    if ordered and ordered[-1] - ordered[0] == len(ordered) - 1:  # no id is there twice
        emit(kind, ordered[0], len(ordered), 0, 0)
        return
    first = count = 0
    for number in ordered:
        if count and number == first + count:
            count += 1
            continue
        if count:
            emit(kind, first, count, 0, 0)
        first, count = number, 1
    if count:
        emit(kind, first, count, 0, 0)
