"""The legal lives of a future and of a worker: the only place that knows them.

ARCHITECTURE.md has them as a diagram, drawn from the tables here (``tests/engine/test_lives.py``).

What this file guarantees: a future's state changes in ``transition`` and nowhere else, a
worker's in ``move_worker`` and nowhere else; a change that the table does not hold raises and
leaves the state as it was; a change that it holds is recorded by the function that made it, so
the trace cannot differ from what happened. What it may not know: locks, queues, threads. The
caller holds the lock that guards the object.
"""

from __future__ import annotations

from concurrent.futures import InvalidStateError
from concurrent.futures._base import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    FINISHED,
    PENDING,
    RUNNING,
)
from typing import Any, Final, Protocol

from poolscope.trace import recorder as _recorder
from poolscope.trace.literal import shown
from poolscope.trace.schema import Kind, Outcome

__all__ = [
    "BUSY",
    "CANCELLED",
    "CANCELLED_AND_NOTIFIED",
    "DONE",
    "FINISHED",
    "FUTURE_LIVES",
    "GONE",
    "IDLE",
    "NOTIFIED",
    "OPEN",
    "PENDING",
    "RUNNING",
    "STARTING",
    "WORKER_LIVES",
    "UnexpectedStateError",
    "move_worker",
    "transition",
]

FUTURE_LIVES: Final[dict[str, frozenset[str]]] = {
    PENDING: frozenset({RUNNING, CANCELLED, FINISHED}),
    RUNNING: frozenset({FINISHED}),
    CANCELLED: frozenset({CANCELLED_AND_NOTIFIED}),
    CANCELLED_AND_NOTIFIED: frozenset(),
    FINISHED: frozenset(),
}

OPEN: Final = frozenset({PENDING, RUNNING})  # a result may still come
DONE: Final = frozenset({CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED})  # Future.done()
NOTIFIED: Final = frozenset({CANCELLED_AND_NOTIFIED, FINISHED})  # done for wait(), as_completed()

STARTING: Final = "STARTING"
IDLE: Final = "IDLE"
BUSY: Final = "BUSY"
GONE: Final = "GONE"

WORKER_LIVES: Final[dict[str, frozenset[str]]] = {
    STARTING: frozenset({IDLE, GONE}),
    IDLE: frozenset({BUSY, GONE}),
    BUSY: frozenset({IDLE, GONE}),
    GONE: frozenset(),
}

# Plain integers: an IntEnum member costs the recorder a call of __index__ for each event.
STARTED_EVENT: Final = int(Kind.STARTED)
SENT_EVENT: Final = int(Kind.SENT)
EVENT_OF: Final[dict[str, int]] = {
    RUNNING: STARTED_EVENT,
    FINISHED: int(Kind.FINISHED),
    CANCELLED: int(Kind.CANCELLED),
    CANCELLED_AND_NOTIFIED: int(Kind.NOTIFIED),
}
# The table of lives and the events in one, so that a change costs one look: from -> to -> event.
_EVENT: Final[dict[str, dict[str, int]]] = {
    state: {to: EVENT_OF[to] for to in following} for state, following in FUTURE_LIVES.items()
}
_READY: Final = int(Kind.WORKER_READY)
_GONE: Final = int(Kind.WORKER_GONE)
_FINISHED: Final = int(Kind.FINISHED)
_RESULT: Final = int(Outcome.RESULT)
# The changes of a worker's state that are recorded; idle and busy can be told from the tasks.
WORKER_EVENT_OF: Final[dict[tuple[str, str], int]] = {
    (STARTING, IDLE): _READY,
    **{(state, GONE): _GONE for state, following in WORKER_LIVES.items() if GONE in following},
}


class UnexpectedStateError(InvalidStateError, RuntimeError):
    """An illegal transition.

    Also a ``RuntimeError``: that is what ``concurrent.futures`` raises for a future that is
    started twice.
    """


class _Future(Protocol):
    _id: int
    _state: str


class _Worker(Protocol):
    id: int
    state: str


def transition(
    future: _Future,
    to: str,
    worker: int = 0,
    text: str | None = "",
    d: int = 0,
    event: int = 0,
    result: Any = None,
) -> None:
    """Move ``future`` to the state ``to`` and record it. The caller holds the future's lock.

    ``worker``, ``text`` and ``d`` are what the event's record holds (see ``schema.EVENTS``); where
    ``text`` is None it is the ``result`` as it is, given by the worker that this thread is.
    ``event`` is for a pool that reaches RUNNING by handing over (``SENT_EVENT``).
    Raises ``InvalidStateError`` when the table does not hold the change.
    """
    kind = _EVENT[future._state].get(to)
    if kind is None:
        raise UnexpectedStateError(f"{future._state}: {future!r} cannot become {to}")
    # Recorded before it can be seen: whoever sees the state and records something of its own,
    # that the exception was read for one, does so later.
    emit = _recorder.emit
    if emit is not None:
        if event:
            kind = event
        if text is None:
            _gave(future._id, worker, result)
        elif text and (emit_text := _recorder.emit_text) is not None:
            emit_text(kind, future._id, worker, text, d)
        else:
            emit(kind, future._id, worker, 0, d)
    future._state = to


def _gave(task: int, worker: int, result: Any) -> None:
    tell = _recorder.emit_number if type(result) is int else _recorder.emit_string
    if tell is None or not tell(task, result):
        work_as, emit_text = _recorder.work_as, _recorder.emit_text
        if work_as is not None and emit_text is not None:
            work_as(worker)  # which is not known yet, or there is no room
            emit_text(_FINISHED, task, worker, shown(result), _RESULT)


def move_worker(worker: _Worker, to: str, b: int = 0, d: int = 0) -> None:
    """Move ``worker`` to the state ``to``; being ready and going are recorded.

    ``b`` and ``d`` go into the record: for the first IDLE the thread's id, for GONE the exit
    code and the ``WorkerEnd``. Raises ``InvalidStateError`` when the table does not hold it.
    """
    state = worker.state
    if to not in WORKER_LIVES[state]:
        raise UnexpectedStateError(f"worker {worker.id} is {state} and cannot become {to}")
    worker.state = to
    if state is STARTING or to is GONE:
        declare = _recorder.declare
        if declare is not None:
            declare(WORKER_EVENT_OF[state, to], worker.id, b, "", d)
