"""Hooks on ``ThreadPoolExecutor``."""

from __future__ import annotations

from concurrent.futures import thread
from typing import Any

from poolscope.instrument.context import workers
from poolscope.instrument.executors import shutdown_hook, submit_hook
from poolscope.instrument.faces import hook
from poolscope.instrument.initializer import Initializer
from poolscope.instrument.permits import PlainSemaphore
from poolscope.instrument.pools import Pool, Worker
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import PoolKind

__all__ = ["hired", "install"]


def install() -> None:
    """Put the hooks in place."""
    pool: Any = thread.ThreadPoolExecutor
    pool._poolscope = None
    hook(pool, "__init__", _init)
    hook(pool, "submit", submit_hook(_introduce))
    hook(pool, "shutdown", shutdown_hook)
    hook(pool, "_initializer_failed", _initializer_failed)


def _init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        idle = self._idle_semaphore
        if idle._poolscope is None:
            # Asked at each submit: without hooks, which would look at it. Another object, as one
            # whose class is changed becomes slow.
            self._idle_semaphore = PlainSemaphore(idle)
        if _recorder.emit is not None:
            _introduce(self)

    return __init__


def _introduce(executor: Any) -> Pool:
    """The pool, also of an executor made before the hooks, or before a fork that made this one;
    its threads, those that are here, are met as they work."""
    pool = Pool(executor._thread_name_prefix, PoolKind.THREAD, executor._max_workers, of=executor)
    executor._poolscope = pool
    for standing in [each for each in list(executor._threads) if each.is_alive()]:
        workers[standing.ident] = -Worker(pool, standing.name).id
    pool.had_before(executor._work_queue.qsize())
    return pool


def _initializer_failed(original: Any) -> Any:
    def _initializer_failed(self: Any) -> None:
        pool = self._poolscope
        if pool is not None and _recorder.emit is not None:
            pool.broken("A thread initializer failed, the thread pool is not usable anymore")
        original(self)

    return _initializer_failed


# Its threads, for ``threads.py``


def hired(started: Any) -> Worker | None:
    """The worker that a thread about to be started is, if it is one of a pool."""
    if started._target is not thread._worker:
        return None
    reference, queue, initializer, initargs = started._args
    executor = reference()
    if executor is None:
        return None
    worker = Worker(executor._poolscope or _introduce(executor), started._name)
    if initializer is not None:
        worker.waits = True
        made = Initializer(initializer, worker.id, worker.ready)
        started._args = (reference, queue, made, initargs)
    return worker
