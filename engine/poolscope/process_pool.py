"""ProcessPoolExecutor: the pool of processes.

::

    PARENT                                                         WORKER (a process each)

    submit --> queue --hand_over--> out ==== tasks (one channel) ====> receive
      any thread   pickle, RUNNING, SENT      whoever is idle takes       call
                                                                          pickle
    future <--settle-- keeper <==== reports (one channel) ============ report
      callbacks         |  ^
                        |  '-- a worker has ended (its descriptor); somebody calls (wake-up)
                        '----> hand_over, replace recycled workers, break, end

Who does what:

- ``submit``, on the caller's thread, makes the future, starts a worker if none is idle and
  there may be more, queues the job, and hands over what there is room for. So a task that finds
  an idle worker is on its way with no other thread involved. Under ``fork`` all workers are
  started by the first ``submit``, before the keeper: a fork beside running threads may deadlock.
- The *keeper*, one thread a pool (``process_keeper``), takes reports, settles futures, calls
  their callbacks, hands over what there is room for now, and takes leave of workers.
- A *worker* (``worker``) has one thread; it receives, calls and reports, one task at a time.
- The *crew* (``process_crew``) is the pool without its face, the *staff* (``process_workers``)
  its processes. Neither they nor the keeper know the executor: one that is dropped is
  collected, and its keeper then does what is queued, and ends.

Which lock guards what:

- ``Crew.lock``: queue, jobs that are out, flags, counts. Short; nothing blocks under it.
- ``Staff.lock``: who is there. Never held together with another.
- ``ProcessPoolExecutor._start_lock``: the first start of workers and keeper; before the others.
- A future's own lock decides between ``cancel`` and the hand-over.

What is promised:

- A job is in ``queue`` or in ``out`` until its future is settled or cancelled, so whatever
  breaks the pool finds and fails every one. A worker that ends without having said so breaks it.
- No more is handed over than the workers can begin at once and one more, unless tasks are
  measured to be far shorter than a hop between processes (``process_crew.AHEAD_NS``).
- No lock is shared between processes: a worker may be killed at any moment.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.context import BaseContext
from types import MappingProxyType
from typing import Any, Final, TypeVar

from poolscope import naming, wait_notes
from poolscope.channel import open_channel
from poolscope.executor import (
    Executor,
    Statistics,
    check_buffersize,
    keep_declared,
    results_in_order,
)
from poolscope.future import Future
from poolscope.process_crew import Crew, Job
from poolscope.process_keeper import Keeper, Wakeup, exiting, start_keeper, start_worker
from poolscope.process_results import TransferError
from poolscope.process_workers import Staff
from poolscope.states import BUSY, GONE, IDLE, STARTING
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import SUBMITTED_BY_MAP, Kind, WaitKind, WaitOutcome
from poolscope.worker import Chunk

T = TypeVar("T")

__all__ = ["BrokenProcessPool", "ProcessPoolExecutor", "TransferError"]

_MAX_WINDOWS_WORKERS: Final = 61  # it can wait for 63 things: these, reports and the wake-up
_number: Final = itertools.count(1)


class ProcessPoolExecutor(Executor):
    """Calls functions on at most ``max_workers`` processes; the same face as the standard one."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: BaseContext | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        name: str | None = None,
    ) -> None:
        """Nothing is started before the first ``submit``.

        ``max_workers``: by default the processors this process may use. ``mp_context``: by
        default ``multiprocessing``'s own, or ``spawn`` with ``max_tasks_per_child``, after so
        many tasks a worker is replaced. ``initializer(*initargs)`` is called first in each
        worker; if it raises, the pool is broken. ``name`` is what lanes are called, by default
        ``Process-pool-1`` and so on. Raises ``ValueError`` and ``TypeError`` for what cannot
        be, as the standard library does.
        """
        self._max_workers = _checked_workers(max_workers)
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if mp_context is None:
            method = "spawn" if max_tasks_per_child is not None else None
            mp_context = multiprocessing.get_context(method)
        self._mp_context = mp_context
        forks = mp_context.get_start_method(allow_none=False) == "fork"
        _check_max_tasks(max_tasks_per_child, forks)
        self._starts_all_at_once = forks
        self._id = ident.next_id()
        self.name: Final = name or f"Process-pool-{next(_number)}"
        self._start_lock = threading.RLock()
        self._executor_manager_thread: Keeper | None = None
        self._crew = Crew(self._id, self._max_workers)
        self._staff = Staff(
            self._id,
            self.name,
            mp_context,
            initializer,
            initargs,
            max_tasks_per_child,
            self._max_workers,
        )
        keep_declared(self._staff)
        self._staff.declare_pool()

    # -- tasks ----------------------------------------------------------------------------

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` called by a worker; returns its ``Future``.

        Raises ``RuntimeError`` after a shutdown, ``BrokenProcessPool`` for a broken pool, and
        whatever starting a process raises.
        """
        text = naming.label(fn, args, kwargs) if _recorder.emit is not None else ""
        return self._take(fn, args, kwargs, text, 0)

    def _submit_for_map(self, fn: Callable[..., T], args: tuple[Any, ...]) -> Future[T]:
        text = naming.label(fn, args, None) if _recorder.emit is not None else ""
        return self._take(fn, args, {}, text, SUBMITTED_BY_MAP)

    def _take(
        self,
        fn: Callable[..., T],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        text: str,
        by_map: int,
    ) -> Future[T]:
        crew = self._crew
        self._check_open()
        if self._executor_manager_thread is None:
            self._begin()
        # Before the job is queued: if no process can be started, nothing has happened.
        if crew.claim_worker():
            start_worker(crew, self._staff)
            crew.wake()
        future: Future[T] = Future()
        with crew.lock:
            self._check_open()
            crew.put(Job(future, fn, args, kwargs), text, by_map)
        crew.hand_over_if_idle()
        return future

    def _check_open(self) -> None:
        crew = self._crew
        if crew.broken:
            raise BrokenProcessPool(crew.broken)
        if crew.closing:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if exiting():
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    def _begin(self) -> None:
        """Open the channel and start the keeper; under ``fork`` all workers before it."""
        crew, staff = self._crew, self._staff
        with self._start_lock:
            if self._executor_manager_thread is not None:
                return
            channel = open_channel()
            wakeup = Wakeup()
            crew.begin(channel, wakeup.wakeup)
            staff.begin(channel)
            keeper = Keeper(self, crew, staff, wakeup)
            try:
                if self._starts_all_at_once:
                    while crew.claim_worker():
                        start_worker(crew, staff)
                    crew.idle = 0
                start_keeper(keeper)
            except BaseException:
                crew.broken = "The pool could not be started."
                keeper.clear_away()
                raise
            self._executor_manager_thread = keeper

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """The results of ``fn`` over ``zip(*iterables)``, in order, as ``map`` gives them.

        With a ``chunksize`` above 1 a task is that many calls, and ``buffersize`` counts such
        tasks. ``timeout`` is in seconds and counts from this call; past it the iterator raises
        ``TimeoutError``. Raises ``ValueError`` and ``TypeError`` for a wrong number.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        check_buffersize(buffersize)
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout, buffersize=buffersize)
        end = None if timeout is None else timeout + time.monotonic()
        chunks = _chunks(zip(*iterables, strict=False), chunksize)
        lists = results_in_order(self, Chunk(fn), chunks, end, buffersize)
        return _flattened(lists)

    # -- the end --------------------------------------------------------------------------

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; ``wait`` until those taken are done and the workers are gone.

        ``cancel_futures`` cancels what was not handed over. May be called again, from any
        thread. A callback of this very pool would wait for itself: there ``wait`` is ignored.
        """
        crew = self._crew
        declare = _recorder.declare
        if declare is not None:
            flags = bool(wait) | bool(cancel_futures) << 1
            declare(Kind.POOL_SHUTDOWN, self._id, 0, "", flags)
        with crew.lock:
            never_begun = not crew.closing and not crew.begun
            crew.closing = True
        if never_begun and declare is not None:
            declare(Kind.POOL_ENDED, self._id, 0, "", 0)
        if cancel_futures:
            crew.cancel_queued()
        keeper = self._executor_manager_thread
        if keeper is not None:
            keeper.wakeup.wakeup()
            if wait and keeper is not threading.current_thread():
                self._await(keeper)

    def _await(self, keeper: Keeper) -> None:
        note = 0
        if keeper.is_alive():
            ids = self._crew.unsettled()
            note = wait_notes.began(WaitKind.SHUTDOWN, None, ids, len(ids))
        outcome = WaitOutcome.ERROR
        try:
            keeper.join()
            outcome = WaitOutcome.SATISFIED
        finally:
            wait_notes.ended(note, outcome, len(ids) if note else 0)

    def terminate_workers(self) -> None:
        """Terminate every worker now; what runs fails, what is queued is cancelled."""
        self._end_workers(kill=False)

    def kill_workers(self) -> None:
        """Kill every worker now; what runs fails, what is queued is cancelled."""
        self._end_workers(kill=True)

    def _end_workers(self, kill: bool) -> None:
        with self._crew.lock:
            if self._crew.begun and not self._crew.broken:
                word = "kill_workers()" if kill else "terminate_workers()"
                self._crew.ended_by = f"{word} ended the workers."
        self.shutdown(wait=False, cancel_futures=True)
        self._staff.signal_all(kill)

    # -- asking ---------------------------------------------------------------------------

    def statistics(self) -> Statistics:
        """What the pool is doing at this moment, as a snapshot that no longer changes."""
        crew, staff = self._crew, self._staff
        queued, oldest = crew.queued()
        present, ready, gone = staff.counts()
        with crew.lock:
            out, done = len(crew.out), crew.done
            cancelled = crew.cancelled + len(crew.queue) - queued
        busy = min(out, ready)
        workers = {STARTING: present - ready, IDLE: ready - busy, BUSY: busy, GONE: gone}
        return Statistics(
            max_workers=self._max_workers,
            workers=MappingProxyType(workers),
            queued=queued,
            running=out,
            done=done,
            cancelled=max(0, cancelled),
            oldest_queued_ns=None if oldest is None else time.perf_counter_ns() - oldest,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} max_workers={self._max_workers}>"

    # Names that programs written for the standard library look at.
    @property
    def _processes(self) -> dict[int, Any]:
        return self._staff.processes

    @property
    def _broken(self) -> str:
        return self._crew.broken

    @property
    def _shutdown_thread(self) -> bool:
        return self._crew.closing

    @property
    def _call_queue(self) -> _NoFeeder:
        return _NoFeeder()


class _NoFeeder:
    """What stands for the standard pool's call queue: ours has no thread that feeds it."""

    def join_thread(self) -> None:
        """Return at once: whatever was handed over is in the channel."""


def _checked_workers(max_workers: int | None) -> int:
    most = _MAX_WINDOWS_WORKERS if sys.platform == "win32" else None
    if max_workers is None:
        count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
        return min(count() or 1, most or sys.maxsize)
    if max_workers <= 0:
        raise ValueError("max_workers must be greater than 0")
    if most is not None and max_workers > most:
        raise ValueError(f"max_workers must be <= {most}")
    return max_workers


def _check_max_tasks(max_tasks: int | None, forks: bool) -> None:
    if max_tasks is None:
        return
    if not isinstance(max_tasks, int):
        raise TypeError("max_tasks_per_child must be an integer")
    if max_tasks <= 0:
        raise ValueError("max_tasks_per_child must be >= 1")
    if forks:
        # Replacing a worker would mean to fork beside the keeper.
        raise ValueError(
            "max_tasks_per_child is incompatible with the 'fork' start method; "
            "supply a different mp_context."
        )


def _chunks(calls: Iterator[tuple[Any, ...]], size: int) -> Iterator[tuple[Any, ...]]:
    while chunk := list(islice(calls, size)):
        yield (chunk,)


def _flattened(lists: Iterator[list[T]]) -> Iterator[T]:
    for results in lists:
        results.reverse()
        # Popped: nothing here may refer to a result that was handed out.
        while results:
            yield results.pop()
