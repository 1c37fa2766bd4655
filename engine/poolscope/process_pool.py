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
  their callbacks, hands over what there is room for now, and takes leave of workers. While tasks
  come one at a time, whoever waits for one reads its report instead (``process_leading``).
- A *worker* (``worker``) has one thread; it receives, calls and reports, one task at a time.
- The *crew* (``process_crew``, ``process_sending``) is the pool without its face, the *staff*
  (``process_workers``) its processes. Neither they nor the keeper know the executor: one that
  is dropped is collected; its keeper does what is queued, and ends.

Which lock guards what:

- ``Crew.lock``: queue, jobs that are out, flags, counts. Short; nothing blocks under it.
- ``Staff.lock``: who is there. Never held together with another.
- ``ProcessPoolExecutor._start_lock``: the first start of workers and keeper; before the others.
- A future's own lock decides between ``cancel`` and the hand-over.

What is promised:

- A job is in ``queue`` or ``out`` until its future is settled or cancelled, so a break finds and
  fails every one. A worker that ends without having said so breaks the pool.
- No more is handed over than the workers can begin at once and one more, unless tasks are
  measured to be far shorter than a hop between processes; those may travel in groups, of which
  a worker that proves slow is relieved (``process_groups``).
- No lock is shared between processes: a worker may be killed at any moment.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any, Final, TypeVar

from poolscope import naming, wait_notes
from poolscope.channel import open_channel
from poolscope.chunks import Chunk, chunked, flattened
from poolscope.executor import (
    Executor,
    Statistics,
    check_buffersize,
    keep_declared,
    results_in_order,
)
from poolscope.future import Future
from poolscope.numbered_places import submitting
from poolscope.process_crew import Crew
from poolscope.process_jobs import Job
from poolscope.process_keeper import Keeper, Wakeup, exiting, start_keeper, start_worker
from poolscope.process_options import NoFeeder, checked_context, checked_workers, forks
from poolscope.process_results import TransferError
from poolscope.process_workers import Staff
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import SUBMITTED_BY_MAP, Kind, WaitKind, WaitOutcome

T = TypeVar("T")

__all__ = ["BrokenProcessPool", "ProcessPoolExecutor", "TransferError"]

_SUBMITTED: Final = int(Kind.SUBMITTED)
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
        self._max_workers = checked_workers(max_workers)
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._mp_context = checked_context(mp_context, max_tasks_per_child)
        self._max_tasks_per_child = max_tasks_per_child
        self._id = ident.next_id()
        self.name: Final = name or f"Process-pool-{next(_number)}"
        self._start_lock = threading.RLock()
        self._executor_manager_thread: Keeper | None = None
        self._crew = Crew(self._id, self._max_workers)
        self._staff = Staff(
            self._id,
            self.name,
            self._mp_context,
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

        Raises ``RuntimeError`` after a shutdown, ``BrokenProcessPool``, and what a start raises.
        """
        text = naming.label(fn, args, kwargs) if _recorder.emit is not None else ""
        return self._take(fn, args, kwargs, text, submitting(fn, 1) if text else 0)

    def _submit_for_map(self, fn: Callable[..., T], args: tuple[Any, ...], place: int) -> Future[T]:
        text = naming.label(fn, args, None) if _recorder.emit is not None else ""
        return self._take(fn, args, {}, text, SUBMITTED_BY_MAP | place)

    def _take(
        self,
        fn: Callable[..., T],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        text: str,
        where: int,
    ) -> Future[T]:
        crew = self._crew
        if crew.shut:
            crew.refuse()
        if self._executor_manager_thread is None:
            self._begin()
        # Before the job is queued: if no process can be started, nothing has happened.
        if crew.workers < crew.max_workers and crew.claim_worker():
            start_worker(crew, self._staff)
            crew.wake()
        future: Future[T] = Future()
        job = Job(future, fn, args, kwargs)
        with crew.lock:
            if crew.shut:
                crew.refuse()
            emit_text = _recorder.emit_text
            if emit_text is not None:
                emit_text(_SUBMITTED, future._id, crew.pool, text, where)
            crew.queue.append(job)
        # Else the keeper will, after a report; both would pass the interpreter lock to and fro.
        if len(crew.out) <= crew.workers:
            crew.hand_over()
        return future

    def _begin(self) -> None:
        """Open the channel and start the keeper; under ``fork`` all workers before it."""
        crew, staff = self._crew, self._staff
        with self._start_lock:
            if self._executor_manager_thread is not None:
                return
            if exiting():
                crew.shut = True
                crew.refuse()
            channel = open_channel(self._max_workers)
            wakeup = Wakeup()
            crew.begin(channel, wakeup.wakeup, grouped=self._max_tasks_per_child is None)
            staff.begin(channel)
            keeper = Keeper(self, crew, staff, wakeup)
            try:
                if forks(self._mp_context):
                    while crew.claim_worker():
                        start_worker(crew, staff)
                    crew.idle = 0
                start_keeper(keeper)
            except BaseException:
                crew.shut, crew.broken = True, "The pool could not be started."
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
        calls = chunked(zip(*iterables, strict=False), chunksize)
        return flattened(results_in_order(self, Chunk(fn), calls, end, buffersize))

    # -- the end --------------------------------------------------------------------------

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; ``wait`` until those taken are done and the workers are gone.

        ``cancel_futures`` cancels what was not handed over. May be called again, from any
        thread. A callback of this very pool would wait for itself: there ``wait`` is ignored.
        """
        crew = self._crew
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.POOL_SHUTDOWN, self._id, 0, "", bool(wait) | bool(cancel_futures) << 1)
        with crew.lock:
            never_begun = not crew.closing and not crew.begun
            crew.closing = crew.shut = True
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
        ids = self._crew.unsettled()
        note = wait_notes.began(WaitKind.SHUTDOWN, None, ids, len(ids)) if keeper.is_alive() else 0
        outcome = WaitOutcome.ERROR
        try:
            keeper.join()
            outcome = WaitOutcome.SATISFIED
        finally:
            wait_notes.ended(note, outcome, len(ids))

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
        return self._crew.statistics(*self._staff.counts())

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
    def _call_queue(self) -> NoFeeder:
        return NoFeeder()
