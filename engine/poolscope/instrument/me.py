"""What this process is to the pool that started it."""

from __future__ import annotations

import os
from typing import Final

from poolscope.instrument.context import call, workers
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome
from poolscope.trace.working import pack_tail

__all__ = ["GAVE_RESULT", "RAISED", "Me", "begin", "returned", "sent", "started"]

_RECEIVED: Final = int(Kind.RECEIVED)
_STARTED: Final = int(Kind.STARTED)
_RETURNED: Final = int(Kind.RETURNED)
_RESULT_SENT: Final = int(Kind.RESULT_SENT)
_READY: Final = int(Kind.WORKER_READY)
GAVE_RESULT: Final = int(Outcome.RESULT)
RAISED: Final = int(Outcome.EXCEPTION)


class Me:
    """Of this process as a worker.

    ``worker``: its number, 0 if it is no worker. ``ready``: whether that has been declared.
    ``received``, ``started``, ``gave_result``: what it records of each task, but for that.
    """

    worker = 0
    ready = False
    received = started = gave_result = b""


def begin(worker: int) -> None:
    """This process is the worker ``worker``; before it does anything."""
    Me.worker = worker
    Me.ready = False
    Me.received = pack_tail(worker, 0, 0, _RECEIVED)
    Me.started = pack_tail(worker, 0, 0, _STARTED)
    Me.gave_result = pack_tail(worker, 0, GAVE_RESULT, _RETURNED)
    workers.clear()


def ready() -> None:
    """It is about to ask for its first task."""
    if Me.worker and not Me.ready:
        Me.ready = True
        declare = _recorder.declare
        if declare is not None:
            declare(_READY, Me.worker, ident.thread_id(), "", 0)


def started(number: int) -> None:
    """It has the task ``number`` (0: one that is not in the trace), and runs it next."""
    call.__dict__["task"] = number  # as call.task, at half the cost
    emit, emit_twice = _recorder.emit, _recorder.emit_twice
    if emit is None or emit_twice is None or not number:
        return
    worker = Me.worker
    if not worker or not emit_twice(number, Me.received, Me.started):
        emit(_RECEIVED, number, worker, 0, 0)
        emit(_STARTED, number, worker, 0, 0)


def returned(outcome: int) -> None:
    """The task's call has come to its end; what comes second is not heard."""
    emit, emit_packed = _recorder.emit, _recorder.emit_packed
    own = call.__dict__
    number = own.get("task", 0)
    if emit is None or emit_packed is None or number <= 0:
        return
    own["task"] = -number  # its result is still to be sent
    if outcome != GAVE_RESULT or not Me.worker or not emit_packed(number, Me.gave_result):
        emit(_RETURNED, number, Me.worker, 0, outcome)


def sent(thing: object, size: int, since: int) -> None:  # noqa: ARG001  as all notices
    """Its result, pickled in ``size`` bytes, is sent next."""
    emit = _recorder.emit
    own = call.__dict__
    number = own.get("task", 0)
    if emit is not None and number < 0:
        own["task"] = 0
        emit(_RESULT_SENT, -number, size, 0, 0)


def _after_fork_in_child() -> None:
    Me.worker = 0
    call.task = 0


os.register_at_fork(after_in_child=_after_fork_in_child)
