"""What a thread of a pool does all day.

The rules it keeps are at the top of ``thread_pool.py``.
"""

from __future__ import annotations

import threading
from _thread import allocate_lock, get_ident
from concurrent.futures import InvalidStateError, _base
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from poolscope import initializing, naming
from poolscope.loan import Loan
from poolscope.states import BUSY, IDLE, STARTING, UnexpectedStateError, move_worker
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.call import NUMBERS
from poolscope.trace.literal import SHORT
from poolscope.trace.schema import Role, WorkerEnd

if TYPE_CHECKING:
    from poolscope.crew import Crew
    from poolscope.future import Future


class Worker:
    """One thread of a crew."""

    __slots__ = (
        "announced",
        "done",
        "gate",
        "id",
        "loan",
        "name",
        "skipped",
        "state",
        "task",
        "thread",
        "thread_id",
    )

    def __init__(self, name: str) -> None:
        self.id = ident.next_id()
        self.name = name
        self.state = STARTING
        self.task = 0  # the id of the task it runs
        # Each is counted by the worker's own thread alone.
        self.done = 0  # tasks run to their end
        self.skipped = 0  # cancelled ones met in the queue
        self.announced = False  # whether its gate is among the crew's idle, or was taken there
        self.loan = Loan()
        self.gate = allocate_lock()  # it sleeps here
        self.gate.acquire()
        self.thread: threading.Thread
        self.thread_id = 0


def work(crew: Crew, worker: Worker) -> None:
    """The life of a worker, on its own thread."""
    _recorder.name_thread(worker.name, Role.WORKER)
    worker.thread_id = ident.thread_id()
    worker.loan.thread = get_ident()
    if not _initialized(crew, worker):
        crew.leave(worker, WorkerEnd.CRASHED)
        return
    move_worker(worker, IDLE, worker.thread_id)
    queue = crew.queue
    while True:
        if not queue:
            if not _sleep(crew, worker):
                break
            continue
        try:
            task = queue.popleft()
        except IndexError:
            continue  # another was quicker
        if worker.announced:
            _withdraw(crew, worker)
        if worker.state is IDLE:
            move_worker(worker, BUSY)
        try:
            _do(crew, worker, task)
        except BaseException as error:  # noqa: BLE001  logged; a worker must not die of a task
            _base.LOGGER.critical("Exception in worker", exc_info=True)
            worker.task = 0
            # Out of memory, say, between the start and the end: nobody may wait for ever. One
            # that was started by somebody else is theirs to settle.
            if not isinstance(error, UnexpectedStateError):
                with suppress(InvalidStateError):
                    task.set_exception(error)
        # This thread may sleep long: no reference to the task may stay with it.
        del task
    crew.leave(worker, WorkerEnd.FINISHED)


def _announce(crew: Crew, worker: Worker) -> None:
    """Let ``worker`` be counted on: it will look at the queue, at once or when woken."""
    worker.announced = True
    crew.idle.append(worker.gate)


def _withdraw(crew: Crew, worker: Worker) -> bool:
    """End the announcement; ``False`` when somebody has counted on it already."""
    worker.announced = False
    try:
        crew.idle.remove(worker.gate)
    except ValueError:
        worker.gate.acquire()  # it was opened: shut it for the next time
        return False
    return True


def _sleep(crew: Crew, worker: Worker) -> bool:
    """Sleep until there may be something to do; ``False``: leave."""
    if worker.state is BUSY:
        move_worker(worker, IDLE)
    if not worker.announced:
        _announce(crew, worker)
    closed = crew.closed  # read before the queue: then an empty queue stays empty
    if closed or crew.queue:
        _withdraw(crew, worker)
        return bool(crew.queue) or not closed
    worker.gate.acquire()
    worker.announced = False
    return True


def _initialized(crew: Crew, worker: Worker) -> bool:
    if crew.initializer is None:
        return True
    try:
        crew.initializer(*crew.initargs)
    except BaseException as error:  # noqa: BLE001  logged, and every task gets BrokenThreadPool
        initializing.raised(worker.id, crew.initializer, error)
        _base.LOGGER.critical("Exception in initializer:", exc_info=True)
        crew.fail("A thread initializer failed, the thread pool is not usable anymore")
        return False
    return True


def _text(result: Any) -> str | None:
    """What is recorded of a result; None: itself, which is short."""
    kind = type(result)
    if (kind is int and 0 <= result < NUMBERS) or (kind is str and len(result) < SHORT):
        return None
    return naming.short_repr(result)


def _do(crew: Crew, worker: Worker, future: Future[Any]) -> None:
    """Run one task."""
    fn: Any = future._fn
    args, kwargs = future._args, future._kwargs
    # Whoever keeps the future must not keep what was called.
    future._fn = future._kwargs = None
    future._args = ()
    try:
        if not future._start(worker.id, 0, worker.loan):
            worker.skipped += 1
            return
        worker.task = future._id
        text: str | None = ""
        trace = ""
        error = None
        try:
            result = fn(*args, **kwargs) if kwargs else fn(*args)
        except BaseException as raised:  # noqa: BLE001  whatever a task raises is its future's
            result, error = None, raised
            if _recorder.emit is not None:
                text, trace = naming.error_text(error), naming.traceback_text(error, skip=1)
        else:
            if _recorder.emit is not None:
                text = "None" if result is None else _text(result)
        worker.task = 0
        worker.done += 1
        # Announced before the result can be seen: who waits for it and then submits finds this
        # worker free and starts no other. With callbacks still to run it is not free.
        if not crew.queue and not (future._awaited and future._callbacks):
            worker.announced = True
            crew.idle.append(worker.gate)
        try:
            future._settle(result, error, worker.id, text, trace, worker.loan)
        except InvalidStateError:
            # Somebody settled it by hand while it ran: the first word stands.
            _base.LOGGER.critical("%r was settled while it ran", future, exc_info=True)
            return
        if future._awaited and future._callbacks:
            if worker.announced and not _withdraw(crew, worker):
                crew.deputise()
            future._invoke_callbacks()
    finally:
        # The exception's traceback keeps the frames it went through, this one as the caller
        # of the first: it must not lead back to the future that holds the exception.
        result = error = None
        del future, fn, args, kwargs
