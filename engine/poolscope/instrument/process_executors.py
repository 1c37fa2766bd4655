"""Hooks on ``ProcessPoolExecutor``, in the parent and in its workers.

The number of a task goes with it to the worker as one more attribute of the library's own
``_CallItem``, which a worker without hooks does not look at. Where each fact is recorded::

    parent   submit -> SUBMITTED, set_running -> SENT, the feeder's pickler -> PICKLED
    worker   _SafeQueue.get -> RECEIVED, STARTED; the call has returned -> RETURNED; the result's
             pickler -> RESULT_SENT
    parent   the result is set -> RESULT_RECEIVED, FINISHED

RECEIVED and STARTED are one moment to the hook, and so are RESULT_RECEIVED and FINISHED.
"""

from __future__ import annotations

import itertools
import queue
import threading
from concurrent.futures import process
from typing import Any, Final

from poolscope import pickle_notes
from poolscope.instrument import me
from poolscope.instrument.conditions import Unseen
from poolscope.instrument.context import call
from poolscope.instrument.executors import shutdown_hook, submit_hook
from poolscope.instrument.faces import hook, missing
from poolscope.instrument.permits import PlainSemaphore
from poolscope.instrument.pools import Pool
from poolscope.instrument.processes import notice_ends
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import PoolKind
from poolscope.traced import plain

__all__ = ["install"]

_number: Final = itertools.count()


def install() -> None:
    """Put the hooks in place."""
    pool = process.ProcessPoolExecutor
    pool._poolscope = None  # type: ignore[attr-defined]
    hook(pool, "__init__", _init)
    hook(pool, "submit", submit_hook(_introduce))
    hook(pool, "shutdown", shutdown_hook)
    manager = process._ExecutorManagerThread
    hook(manager, "terminate_broken", _terminate_broken)
    calls = process._SafeQueue
    calls._poolscope = None  # type: ignore[attr-defined]
    # Inherited there, so there is none of its own to wrap.
    for name, make in (("put", _put), ("get", _get)):
        if name not in vars(calls):
            setattr(calls, name, getattr(calls, name))
        hook(calls, name, make)
    hook(process, "_sendback_result", _sendback_result)
    hook(process._ExceptionWithTraceback, "__init__", _exception_with_traceback)
    from poolscope.instrument import pickling

    if not pickling.install():
        missing.append("multiprocessing's _ForkingPickler")
    pickling.notices[process._CallItem] = _pickled
    pickling.notices[process._ResultItem] = me.sent


# The parent


def _init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        _plain_inside(self)
        if _recorder.emit is not None:
            _introduce(self)

    return __init__


class _PlainQueue(queue.Queue):  # type: ignore[type-arg]
    """One without hooks: the numbers of tasks, on their way to the thread that hands them over."""

    _make: Any = plain(queue.Queue.__init__)
    get = plain(queue.Queue.get)
    put = plain(queue.Queue.put)

    def __init__(self, maxsize: int) -> None:
        self._make(maxsize)
        self.not_empty = Unseen(self.mutex)
        self.not_full = Unseen(self.mutex)


def _plain_inside(executor: Any) -> None:
    """Take the hooks off what a pool has for itself, which each task passes, before its threads."""
    ids = getattr(executor, "_work_ids", None)
    if type(ids) is queue.Queue and _left_out(ids) and ids.empty():
        executor._work_ids = _PlainQueue(ids.maxsize)
    idle = getattr(executor, "_idle_worker_semaphore", None)
    if type(idle) is threading.Semaphore and _left_out(idle) and not idle._value:
        executor._idle_worker_semaphore = PlainSemaphore(idle)
    calls = executor._call_queue
    filled: Any = getattr(calls, "_notempty", None)
    bare = type(filled) is threading.Condition and _left_out(filled)
    if bare and calls._thread is None:
        calls._notempty = Unseen(filled._lock)


def _left_out(thing: Any) -> bool:
    return thing._poolscope is None  # else all locks are to be seen


def _introduce(executor: Any) -> Pool:
    method = executor._mp_context.get_start_method(allow_none=False)
    name = f"ProcessPoolExecutor-{next(_number)}"
    pool = Pool(name, PoolKind.PROCESS, executor._max_workers, method, executor)
    pool.recycles = executor._max_tasks_per_child is not None
    executor._poolscope = pool
    executor._call_queue._poolscope = pool
    pool.had_before(len(executor._pending_work_items))
    return pool


def _put(original: Any) -> Any:
    def put(self: Any, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        try:
            if obj is not None and _recorder.emit is not None:
                item = self.pending_work_items.get(obj.work_id)
                if item is not None:
                    obj._poolscope = item.future._poolscope
            original(self, obj, block, timeout)
        except BaseException as error:
            hide(error)
            raise

    return put


def _pickled(item: Any, size: int, since: int) -> None:
    number = item.__dict__.get("_poolscope")
    if number:
        pickle_notes.pickled(number, size, since)


def _terminate_broken(original: Any) -> Any:
    def terminate_broken(self: Any, cause: Any) -> None:
        try:
            pool = self.call_queue._poolscope
            if pool is not None and _recorder.emit is not None:
                notice_ends(list(self.processes.values()))
                last = cause[-1].strip() if cause else ""
                broken = "a worker process ended abruptly while tasks were running or sent"
                pool.broken(last or broken)
            call.received = 0  # what this thread settles now is no result that came
            original(self, cause)
        except BaseException as error:
            hide(error)
            raise

    return terminate_broken


# A worker


def _get(original: Any) -> Any:
    def get(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        try:
            if not me.Me.ready:
                me.ready()
            item = original(self, block, timeout)
        except BaseException as error:
            hide(error)
            raise
        if item is not None:
            me.started(item.__dict__.get("_poolscope", 0))
        return item

    return get


def _exception_with_traceback(original: Any) -> Any:
    def __init__(self: Any, exc: Any, tb: Any) -> None:  # noqa: N807
        me.returned(me.RAISED)
        original(self, exc, tb)

    return __init__


def _sendback_result(original: Any) -> Any:
    def _sendback_result(
        result_queue: Any,
        work_id: Any,
        result: Any = None,
        exception: Any = None,
        exit_pid: Any = None,
    ) -> None:
        try:
            me.returned(me.GAVE_RESULT)
            original(result_queue, work_id, result, exception, exit_pid)
        except BaseException as error:
            hide(error)
            raise

    return _sendback_result
