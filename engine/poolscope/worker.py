"""What runs in a worker process: receive a task, call it, report; until no more tasks come.

One thread, the process's main thread, so that a task may do what a main thread may (signals,
``asyncio.run``) and a fork in a task is the fork of a single thread. Standard library alone.

What it guarantees:

- every task that is received is reported once, unless the process dies first: what cannot be
  unpickled, what raises anything at all, and what cannot be pickled each come back as the
  failure of that one task;
- nothing of a task (arguments, result, traceback) is referred to while the next is awaited;
- when the parent is gone, the next receive or report says so, and the process ends.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from poolscope import wire
from poolscope.channel import WorkerEnd
from poolscope.states import BUSY, IDLE, STARTING, move_worker
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind, Outcome, Role

_RECEIVED: Final = int(Kind.RECEIVED)
_STARTED: Final = int(Kind.STARTED)
_RETURNED: Final = int(Kind.RETURNED)
_RESULT_SENT: Final = int(Kind.RESULT_SENT)
_READY: Final = int(Kind.WORKER_READY)
_GAVE_RESULT: Final = int(Outcome.RESULT)
_RAISED: Final = int(Outcome.EXCEPTION)


@dataclass(frozen=True)
class Bootstrap:
    """All that a worker is told when it starts."""

    worker: int
    name: str
    end: WorkerEnd
    recording: bytes  # the folder to record into; empty for none
    initializer: Callable[..., object] | None
    initargs: tuple[Any, ...]
    max_tasks: int | None


class _Me:
    """This worker, as ``states`` knows workers."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        self.id = bootstrap.worker
        self.state = STARTING
        self.name = bootstrap.name
        self.recording = bootstrap.recording
        self.end = bootstrap.end

    def record(self, recording: bytes) -> None:
        """Record into the folder ``recording`` (empty: nowhere) from now on."""
        if self.recording != recording:
            _recorder.stop()
        self.recording = recording
        if not recording:
            return
        try:
            _recorder.start(os.fsdecode(recording), role="worker", create=False)
        except (OSError, RuntimeError, ValueError) as error:
            # The task matters more than its picture; but never in silence.
            print(f"{self.name} is not recorded: {error}", file=sys.stderr, flush=True)
            return
        _recorder.name_thread(self.name, Role.WORKER)
        declare = _recorder.declare
        if declare is not None and self.state is not STARTING:
            declare(_READY, self.id, ident.thread_id(), "", 0)


def main(bootstrap: Bootstrap) -> None:
    """Run the worker; returns when there is nothing more to do.

    Raises ``SystemExit`` when the initializer failed or the parent is gone.
    """
    me = _Me(bootstrap)
    me.end.open()
    me.record(bootstrap.recording)
    try:
        _initialize(me, bootstrap)
        move_worker(me, IDLE, ident.thread_id())
        me.end.send(wire.READY, 0, me.id, 0, 0, b"")
        if _serve(me, bootstrap.max_tasks):
            me.end.send(wire.BYE, 0, me.id, 0, 0, b"")
    except OSError as error:
        # Only the channel raises here. Nobody is left to report to.
        raise SystemExit(f"{me.name} lost its pool: {error}") from None
    finally:
        me.end.close()
        _recorder.stop()


def _initialize(me: _Me, bootstrap: Bootstrap) -> None:
    if bootstrap.initializer is None:
        return
    try:
        bootstrap.initializer(*bootstrap.initargs)
    except BaseException as error:  # reported whatever it is, then the process ends
        logging.getLogger("concurrent.futures").critical("Exception in initializer:", exc_info=True)
        text = _traceback_text(error).encode(errors="replace")
        me.end.send(wire.NOT_STARTED, 0, me.id, 0, 0, text)
        raise SystemExit(1) from None


def _serve(me: _Me, max_tasks: int | None) -> bool:
    """Do tasks until they end (``True``) or this worker's share is done (``False``)."""
    receive = me.end.receive
    left = max_tasks or -1
    while True:
        received = receive()
        if received is None:
            return True
        if received.recording != me.recording:
            me.record(received.recording)
        emit = _recorder.emit
        if emit is not None:
            emit(_RECEIVED, received.task, me.id, 0, 0)
        left -= 1
        move_worker(me, BUSY)
        _do(me, received.task, received.body, wire.LAST if left == 0 else 0)
        # The body lies in the buffer of the channel, or is an open file: let go of it now.
        del received
        move_worker(me, IDLE)
        if left == 0:
            return False


def _do(me: _Me, task: int, body: wire.Body | None, flags: int) -> None:
    """Run one task and report it."""
    emit = _recorder.emit
    try:
        if body is None:
            raise OSError("the arguments were lost on the way: too many open files")
        function, args, kwargs = wire.loads(body)
    except BaseException as error:  # noqa: BLE001  whatever a user's class raises, SystemExit too
        _report_error(me, task, error, flags | wire.UNREADABLE, 0)
        return
    finally:
        del body
    if emit is not None:
        emit(_STARTED, task, me.id, 0, 0)
    began = time.perf_counter_ns()
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001  SystemExit and KeyboardInterrupt are the caller's to see
        ran_ns = time.perf_counter_ns() - began
        if emit is not None:
            emit(_RETURNED, task, me.id, 0, _RAISED)
        del function, args, kwargs
        _report_error(me, task, error, flags, ran_ns)
        return
    ran_ns = time.perf_counter_ns() - began
    if emit is not None:
        emit(_RETURNED, task, me.id, 0, _GAVE_RESULT)
    # What the caller dropped is freed here, before the result is known to anybody.
    del function, args, kwargs
    try:
        pickled = wire.dumps(result)
    except BaseException as error:  # noqa: BLE001  as above: the failure of this task alone
        _report_error(me, task, error, flags, ran_ns)
        return
    finally:
        del result
    try:
        _report(me, wire.RESULT, task, flags, ran_ns, pickled)
    except wire.SpillError as error:
        _report_error(me, task, error, flags, ran_ns)


def _report(me: _Me, kind: int, task: int, flags: int, ran_ns: int, body: wire.Body) -> None:
    # Recorded before the call: afterwards the parent may have received it already.
    emit = _recorder.emit
    if emit is not None:
        emit(_RESULT_SENT, task, len(body), 0, 0)
    me.end.send(kind, flags, me.id, task, ran_ns, body)


def _report_error(me: _Me, task: int, error: BaseException, flags: int, ran_ns: int) -> None:
    """Send an exception: its traceback as text, then the exception pickled.

    One that cannot be pickled is replaced by the reason, under the original's traceback.
    """
    text = _traceback_text(error)
    error.__traceback__ = None  # its frames hold on to everything the task had
    try:
        pickled = wire.dumps(error)
    except BaseException as reason:  # noqa: BLE001  a user's __reduce__ may raise anything
        text += "\nThe exception itself cannot be sent back:\n\n" + _traceback_text(reason)
        reason.__traceback__ = reason.__context__ = None
        try:
            pickled = wire.dumps(reason)
        except BaseException as second:  # noqa: BLE001  nor the reason: what it says will have to do
            pickled = wire.dumps(RuntimeError(f"{type(reason).__name__}; {type(second).__name__}"))
    _report(me, wire.RAISED, task, flags, ran_ns, wire.with_text(text, pickled))


def _traceback_text(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except BaseException as second:  # noqa: BLE001  formatting calls the user's __str__
        return f"{type(error).__name__} (its traceback raised {type(second).__name__})\n"


class Chunk:
    """Several calls of one function as one task, for ``map`` with a ``chunksize``."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        # What the task is called in a trace.
        self.__qualname__ = getattr(fn, "__qualname__", type(fn).__name__)

    def __call__(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        return [self.fn(*args) for args in calls]

    def __reduce__(self) -> tuple[Any, ...]:
        return Chunk, (self.fn,)
