"""The crew of a thread pool: its queue, its workers, and the end of both.

The rules it keeps are at the top of ``thread_pool.py``.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import InvalidStateError, _base
from concurrent.futures.thread import BrokenThreadPool
from contextlib import suppress
from typing import Any, Final

from poolscope import naming, wait_notes
from poolscope.executor import keep_declared
from poolscope.future import Future
from poolscope.named_call import NamedCalls, Recorded
from poolscope.states import GONE, STARTING, move_worker
from poolscope.thread_worker import Worker, work
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Engine, Kind, PoolKind, WorkerEnd
from poolscope.waiting import gate_opener

_SUBMITTED: Final = int(Kind.SUBMITTED)


class Crew:
    """A pool without its face."""

    def __init__(
        self,
        max_workers: int,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        self.max_workers = max_workers
        self.prefix = prefix
        self.initializer = initializer
        self.initargs = initargs
        self.owner: weakref.ref[Any] | None = None
        self.queue: deque[Future[Any]] = deque()
        self.idle: list[Any] = []  # the gates of those who sleep
        self.wake = gate_opener(self.idle)
        self.closed = _exiting
        self.broken = ""
        self.refuses = _exiting  # closed or broken: one test for submit
        self.dropped: list[int] = []  # how many each cancel_futures cancelled
        self.inherited = False  # a forked child's copy that it has not used
        self.begin()
        _crews.add(self)

    def begin(self) -> None:
        """Nobody is here yet. Also after a fork, which leaves all threads in the parent's pool."""
        self.id = ident.next_id()
        self.calls = NamedCalls(self.id)
        self.queue.clear()
        self.idle.clear()
        self.workers: list[Worker] = []  # all there ever were
        self.present: list[Worker] = []  # those not gone
        self.slots: Iterator[int] = iter(range(self.max_workers))
        self.spare: list[int] = []  # slots whose thread could not be started
        self._end = [None]  # popped by the one who records the end

    # -- tasks ----------------------------------------------------------------------------

    def put(self, task: Future[Any], recorded: Recorded, by_map: int) -> None:
        """Queue ``task``, with its call in it, and see that somebody comes for it."""
        if self.refuses:
            raise self.refusal()
        emit_as, what, text = recorded
        if emit_as is not None:
            emit_as(_SUBMITTED, task._id, what, text, by_map)
        self.queue.append(task)
        if self.refuses:
            self._put_too_late(task)
        if self.idle:
            try:  # not contextlib.suppress, which costs more than all of this
                self.wake()
            except IndexError:
                pass  # somebody else has woken the last one
            else:
                return
        slot = next(self.slots, None) if not self.spare else self._spare_slot()
        if slot is not None:
            self._start_worker(slot, task)

    def refusal(self) -> RuntimeError:
        """Why no task can be taken."""
        if self.broken:
            return BrokenThreadPool(self.broken)
        if _exiting:
            return RuntimeError("cannot schedule new futures after interpreter shutdown")
        return RuntimeError("cannot schedule new futures after shutdown")

    def _put_too_late(self, task: Future[Any]) -> None:
        """The pool was closed or broke while ``task`` was put: take it back if it is there."""
        try:
            self.queue.remove(task)
        except ValueError:
            return  # a worker has it, or whoever drains the queue
        task.cancel()
        task._start()
        raise self.refusal()

    def _drain(self) -> Iterator[Future[Any]]:
        """Take what is queued, one by one: it is nobody else's from then on."""
        while True:
            try:
                task = self.queue.popleft()
            except IndexError:
                return
            task._forget_call()
            yield task

    # -- workers --------------------------------------------------------------------------

    def _start_worker(self, slot: int, task: Future[Any] | None = None) -> None:
        if self.inherited:
            self._adopt()
        worker = Worker(f"{self.prefix}_{slot}")
        worker.thread = threading.Thread(target=work, args=(self, worker), name=worker.name)
        self.workers.append(worker)
        self.present.append(worker)
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.WORKER_STARTED, worker.id, self.id, worker.name, 0)
        try:
            worker.thread.start()
        except RuntimeError:
            self.workers.remove(worker)
            self.leave(worker, WorkerEnd.CRASHED)
            self.spare.append(slot)
            if self.present or task is None:
                # The others will come to it; fewer threads are no reason to refuse work.
                _base.LOGGER.warning("cannot start worker %s", worker.name, exc_info=True)
                return
            with suppress(ValueError):
                self.queue.remove(task)
                task.cancel()
                task._start()
            raise

    def _spare_slot(self) -> int | None:
        try:
            return self.spare.pop()
        except IndexError:
            return next(self.slots, None)

    def deputise(self) -> None:
        """Somebody counted on this worker and it cannot come: send another, if there is one."""
        try:
            self.wake()
        except IndexError:
            slot = self._spare_slot()
            if slot is not None:
                self._start_worker(slot)

    def leave(self, worker: Worker, end: WorkerEnd) -> None:
        move_worker(worker, GONE, 0, end)
        with suppress(ValueError):
            self.present.remove(worker)
        self._note_end()

    def fail(self, reason: str) -> None:
        """Break: every queued and later task gets ``BrokenThreadPool(reason)``."""
        self.broken = reason
        self.refuses = True
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.POOL_BROKEN, self.id, 0, reason, 0)
        for future in self._drain():
            error = BrokenThreadPool(reason)
            try:
                future._settle(None, error, text=naming.error_text(error))
            except InvalidStateError:
                future._start()  # it was cancelled: tell those who wait
            else:
                future._invoke_callbacks()

    # -- the end --------------------------------------------------------------------------

    def close(self, wait: bool, cancel: bool) -> None:
        """Take no more tasks; ``cancel`` what is queued."""
        self.refuses = True
        self.closed = True
        declare = _recorder.declare
        if declare is not None and not self.inherited:
            declare(Kind.POOL_SHUTDOWN, self.id, 0, "", wait | cancel << 1)
        if cancel:
            count = 0
            for future in self._drain():
                future.cancel()
                # wait() counts a cancelled future as done only when it is notified.
                count += not future._start()
            self.dropped.append(count)
        self.abandon()

    def abandon(self, _owner: object = None) -> None:
        """Do what is queued and go; the executor was dropped, or closed us."""
        self.refuses = True
        self.closed = True
        self.owner = None
        with suppress(IndexError):
            while True:
                self.wake()
        if not self.queue:
            self._note_end()

    def join(self) -> None:
        """Wait until everybody has left; a worker of ours does not wait for itself."""
        me = threading.get_ident()
        if any(worker.thread.ident == me for worker in list(self.workers)):
            return
        wait = 0
        if self.present:
            ids = [worker.task for worker in list(self.present) if worker.task]
            ids += [task._id for task in list(self.queue)]
            wait = wait_notes.began(wait_notes.SHUTDOWN, None, ids, len(ids))
        outcome = wait_notes.ERROR
        try:
            # By number: a worker may still start another one behind the last.
            for worker in self.workers:
                if worker.thread.ident is not None:
                    worker.thread.join()
            outcome = wait_notes.SATISFIED
        finally:
            wait_notes.ended(wait, outcome, len(ids) if wait else 0)

    def _note_end(self) -> None:
        if self.closed and not self.present and not self.inherited:
            with suppress(IndexError):
                self._end.pop()
                declare = _recorder.declare
                if declare is not None:
                    declare(Kind.POOL_ENDED, self.id, 0, "", 0)

    # -- declaring ------------------------------------------------------------------------

    def declare_pool(self) -> None:
        """Record that the pool exists."""
        declare = _recorder.declare
        if declare is not None:
            kinds = PoolKind.THREAD | Engine.POOLSCOPE << 4
            declare(Kind.POOL_CREATED, self.id, self.max_workers, self.prefix, kinds)

    def _adopt(self) -> None:
        """A forked child uses its copy of its parent's pool: one of its own, from now on."""
        self.inherited = False
        keep_declared(self)
        self.declare_pool()

    def _declare(self) -> None:
        """For a recording that has just started: the pool and who is there."""
        if self.closed and not self.present:
            return
        self.declare_pool()
        declare = _recorder.declare
        if declare is not None:
            for worker in list(self.present):
                declare(Kind.WORKER_STARTED, worker.id, self.id, worker.name, 0)
                if worker.state is not STARTING:
                    declare(Kind.WORKER_READY, worker.id, worker.thread_id, "", 0)


_exiting = False
_crews: weakref.WeakSet[Crew] = weakref.WeakSet()


def _at_exit() -> None:
    """Let every crew finish what it has, then go, before the interpreter does."""
    global _exiting
    _exiting = True
    crews = list(_crews)
    for crew in crews:
        crew.abandon()
    for crew in crews:
        crew.join()


def _after_fork_in_child() -> None:
    # The threads stayed in the parent, and what is queued is theirs to do. The pool is fresh:
    # the child may use it. Nothing here is a lock, so nothing can be held.
    for crew in list(_crews):
        for worker in crew.workers:
            worker.loan.forfeit()
        crew.inherited = True
        crew.begin()


# Before the interpreter joins its threads, which would wait for ours: as the standard library.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
