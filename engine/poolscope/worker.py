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
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from poolscope import initializing, wire
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
            with suppress(OSError):  # the end of tasks may have been the end of the parent
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
        initializing.raised(me.id, bootstrap.initializer, error)
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
        left -= 1
        move_worker(me, BUSY)
        if received.kind == wire.GROUP:
            _do_group(me, received)
        else:
            _note_received(me, received.task)
            _do(me, received.task, received.body, wire.LAST if left == 0 else 0)
        # The body lies in the buffer of the channel, or is an open file: let go of it now.
        del received
        move_worker(me, IDLE)
        if left == 0:
            return False


def _note_received(me: _Me, task: int) -> None:
    emit = _recorder.emit
    if emit is not None:
        emit(_RECEIVED, task, me.id, 0, 0)


def _do_group(me: _Me, received: wire.Task) -> None:
    """Run the tasks of a group, as long as they are ours, and say how many that were."""
    board, body = me.end.board, received.body
    assert board is not None
    assert isinstance(body, memoryview)
    slot, count = wire.GROUP_HEAD.unpack_from(body)
    start = wire.GROUP_HEAD.size
    ids = body[start : start + 8 * count].cast("Q").tolist()
    try:
        calls = wire.loads(body[start + 8 * count :])
    except BaseException:  # noqa: BLE001  each will come by itself, and show what is wrong
        me.end.send(wire.GROUP_UNREADABLE, 0, me.id, received.task, 0, b"")
        return
    board.take_up(slot, me.id)
    begun = at = slowest = 0
    for task, (function, args) in zip(ids, calls, strict=True):
        if not board.may_begin(slot, begun):
            break
        begun += 1
        at, ran_ns = _do_one_of(me, task, function, args, slot, begun, count, at)
        slowest = max(slowest, ran_ns)
    word = wire.GROUP_BEGUN.pack(begun)
    me.end.send(wire.GROUP_DONE, 0, me.id, received.task, slowest, word)


def _do_one_of(
    me: _Me, task: int, function: Any, args: Any, slot: int, number: int, count: int, at: int
) -> tuple[int, int]:
    """Run task ``number`` (from 1) of a group and show its result, or send it if it is large or
    an exception. Returns where the next result goes, and how long the call took.
    """
    board = me.end.board
    assert board is not None
    emit = _recorder.emit
    if emit is not None:
        emit(_RECEIVED, task, me.id, 0, 0)
        emit(_STARTED, task, me.id, 0, 0)
    began = time.perf_counter_ns()
    try:
        result = function(*args)
    except BaseException as error:  # noqa: BLE001  as in _do
        ran_ns = time.perf_counter_ns() - began
        if emit is not None:
            emit(_RETURNED, task, me.id, 0, _RAISED)
        _report_error(me, task, error, 0, ran_ns)
        return board.show(slot, number - 1, at, None), ran_ns
    ran_ns = time.perf_counter_ns() - began
    if emit is not None:
        emit(_RETURNED, task, me.id, 0, _GAVE_RESULT)
    pickled = wire.NONE if result is None else _pickled(me, task, result, 0, ran_ns)
    if pickled is not None and board.has_room(slot, at, len(pickled), count - number):
        if emit is not None:
            emit(_RESULT_SENT, task, len(pickled), 0, 0)
        return board.show(slot, number - 1, at, pickled), ran_ns
    if pickled is not None:
        _report_result(me, task, 0, ran_ns, pickled)
    return board.show(slot, number - 1, at, None), ran_ns


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
    except BaseException as error:  # noqa: BLE001  SystemExit too is the caller's to see
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
    pickled = _pickled(me, task, result, flags, ran_ns)
    del result
    if pickled is not None:
        _report_result(me, task, flags, ran_ns, pickled)


def _pickled(me: _Me, task: int, result: object, flags: int, ran_ns: int) -> wire.Body | None:
    """``result`` pickled; ``None`` if it cannot be, which is reported as the task's failure."""
    try:
        return wire.dumps(result)
    except BaseException as error:  # noqa: BLE001  a user's __reduce__ may raise anything
        _report_error(me, task, error, flags, ran_ns)
        return None


def _report_result(me: _Me, task: int, flags: int, ran_ns: int, pickled: wire.Body) -> None:
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
