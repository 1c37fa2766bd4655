"""The worker processes of a pool as the parent knows them: started, watched, ended, reaped.

``Staff.lock`` guards the three groups (``present``, ``leaving``, ``processes``); starting is
serialised for all pools by ``_starting``, because a process forked while another is being
started would inherit that one's pipe ends and keep its sentinel from ever firing.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import Any, Final

from poolscope.channel import Channel
from poolscope.states import GONE, STARTING, move_worker
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Engine, Kind, PoolKind, StartMethod, WorkerEnd
from poolscope.worker import Bootstrap, main

_STARTED: Final = int(Kind.WORKER_STARTED)
_PROCESS_ENDED: Final = int(Kind.PROCESS_ENDED)
GRACE_S: Final = 2.0  # from terminate to kill

_starting = threading.RLock()


def _after_fork_in_child() -> None:
    global _starting
    _starting = threading.RLock()  # held by the very fork that made us


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


class WorkerProcess:
    """One worker process."""

    def __init__(self, name: str) -> None:
        self.id = ident.next_id()
        self.name = name
        self.state = STARTING  # here only STARTING or GONE: what it does in between it knows
        self.ready = False
        self.end: WorkerEnd | None = None  # why it will go, once it or we have said so
        self.reason = ""  # why it cannot work, in its own words
        self.detail = ""  # the traceback to that
        self.process: Any = None
        self.pid = 0
        self.watched: Any = None  # what the channel gave for the watch
        self._pidfd = -1

    def start(self, context: BaseContext, bootstrap: Bootstrap) -> None:
        """Start the process; raises what the start raises."""
        process = context.Process(target=main, args=(bootstrap,), name=self.name)  # type: ignore[attr-defined]
        with _starting:
            process.start()
        self.process = process
        self.pid = process.pid
        self._pidfd = _pidfd(process.pid)

    @property
    def sentinel(self) -> Any:
        """Readable when the process has ended.

        A process's own descriptor where the system has them: multiprocessing's sentinel is a
        pipe, which a grandchild that outlives the worker holds open.
        """
        return self.process.sentinel if self._pidfd < 0 else self._pidfd

    def signal(self, kill: bool) -> None:
        """Terminate or kill the process if it lives."""
        try:
            if self.process.is_alive():
                (self.process.kill if kill else self.process.terminate)()
        except ProcessLookupError:
            return  # it ended by itself meanwhile, which is what was wanted

    def reap(self) -> int | None:
        """Wait for the end of a process that is known to have ended; its exit code."""
        self.process.join()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
        code: int | None = self.process.exitcode
        return code

    def describe(self, code: int | None) -> str:
        """One sentence on how it ended, by name."""
        return f"Worker {self.name} (process {self.pid}) {_ending(code, self.ready)}."


def _pidfd(pid: int) -> int:
    if not hasattr(os, "pidfd_open"):
        return -1
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1  # an old kernel or a sandbox: the sentinel serves


def _ending(code: int | None, ready: bool) -> str:
    when = "" if ready else " before it was ready for a task"
    if code is None:
        return f"ended{when}; its exit code was taken by another waiter"
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"was killed by {name}{when}"
    return f"exited with code {code}{when}"


class Staff:
    """All worker processes of one pool."""

    def __init__(
        self,
        pool: int,
        name: str,
        context: BaseContext,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        max_tasks: int | None,
        max_workers: int,
    ) -> None:
        self.pid = os.getpid()
        self.pool = pool
        self.name = name
        self.max_workers = max_workers
        self.lock = threading.RLock()
        self.present: dict[int, WorkerProcess] = {}  # by worker id: those that take tasks
        self.leaving: dict[int, WorkerProcess] = {}  # those that have said they end
        self.processes: dict[int, Any] = {}  # by pid: what programs know as _processes
        self.unwatched: list[WorkerProcess] = []  # started, the keeper does not know yet
        self.gone = 0
        self.context = context
        self._channel: Channel
        self._duties = (initializer, initargs, max_tasks)
        self._number = 0

    def begin(self, channel: Channel) -> None:
        """Workers will talk through ``channel``; before the first is started."""
        self._channel = channel

    def start_one(self, recording: bytes) -> None:
        """Start a worker; raises what the start raises, with nothing changed."""
        with self.lock:
            worker = WorkerProcess(f"{self.name}_{self._number}")
            self._number += 1
        end = self._channel.worker_end(worker.id)
        bootstrap = Bootstrap(worker.id, worker.name, end, recording, *self._duties)
        declare_started(worker, self.pool)
        try:
            worker.start(self.context, bootstrap)
        except BaseException:
            self._channel.gone(worker.id)
            move_worker(worker, GONE, 0, WorkerEnd.CRASHED)
            raise
        self._channel.started(worker.id)
        with self.lock:
            self.present[worker.id] = worker
            self.processes[worker.pid] = worker.process
            self.unwatched.append(worker)

    def watch_new(self) -> None:
        """Watch those started since the last call; by the keeper."""
        with self.lock:
            new, self.unwatched = self.unwatched, []
        for worker in new:
            worker.watched = self._channel.watch(worker.sentinel)

    def leaves(self, worker_id: int, end: WorkerEnd) -> None:
        """``worker`` has said that it takes no more tasks and ends."""
        with self.lock:
            worker = self.present.pop(worker_id, None)
            if worker is None:
                return
            worker.end = end
            self.leaving[worker_id] = worker
            if end is WorkerEnd.RECYCLED:
                self.processes.pop(worker.pid, None)

    def among(self, found: set[Any]) -> list[WorkerProcess]:
        """The workers whose end ``found`` (of ``Channel.wait``) tells."""
        if not found:
            return []
        return [w for w in self._everyone() if w.watched is not None and w.watched in found]

    def reap(self, worker: WorkerProcess, end: WorkerEnd) -> int | None:
        """Take leave of a worker that has ended; returns its exit code."""
        if worker.watched is not None:
            self._channel.unwatch(worker.watched)
        code = worker.reap()
        with self.lock:
            self.present.pop(worker.id, None)
            self.leaving.pop(worker.id, None)
            self.gone += 1
        self._channel.gone(worker.id)
        move_worker(worker, GONE, code or 0, worker.end if worker.end is not None else end)
        declare = _recorder.declare
        if declare is not None:
            declare(_PROCESS_ENDED, worker.pid, code or 0, "", 0)
        return code

    @property
    def anyone(self) -> bool:
        """Whether a worker is left, or about to be watched."""
        with self.lock:
            return bool(self.present or self.leaving)

    def _everyone(self) -> list[WorkerProcess]:
        with self.lock:
            return [*self.present.values(), *self.leaving.values()]

    def terminate_all(self) -> None:
        """Have everyone go; does not wait."""
        for worker in self._everyone():
            if worker.end is None:
                worker.end = WorkerEnd.FINISHED  # by our order: it did not crash
            worker.signal(kill=False)

    def forget(self) -> None:
        """Let go of the processes, all reaped: each still holds a descriptor. A new table, as
        somebody may be going through the old one. Of a pool that broke early, some were never
        watched.
        """
        with self.lock:
            self.processes = {}
            self.unwatched = []

    def signal_all(self, kill: bool) -> None:
        """Terminate or kill everyone; does not wait, and what follows is as after a crash."""
        for worker in self._everyone():
            worker.signal(kill)

    def counts(self) -> tuple[int, int, int]:
        """How many workers take tasks, how many of them are ready, how many are gone."""
        with self.lock:
            ready = sum(worker.ready for worker in self.present.values())
            return len(self.present), ready, self.gone

    def reap_all(self) -> None:
        """Take leave of everyone; those who do not go within ``GRACE_S`` are killed."""
        end = time.monotonic() + GRACE_S
        for worker in self._everyone():
            worker.process.join(max(0.0, end - time.monotonic()))
            worker.signal(kill=True)
            self.reap(worker, WorkerEnd.FINISHED)

    def declare_pool(self) -> None:
        """Record that the pool exists."""
        declare = _recorder.declare
        if declare is not None:
            method = StartMethod[self.context.get_start_method().upper()]
            kinds = PoolKind.PROCESS | Engine.POOLSCOPE << 4 | method << 8
            declare(Kind.POOL_CREATED, self.pool, self.max_workers, self.name, kinds)

    def _declare(self) -> None:
        """For a recording that has just started: the pool and who is there."""
        if self.pid != os.getpid():
            return  # a copy in a forked child: the pool is its parent's
        self.declare_pool()
        for worker in self._everyone():
            declare_started(worker, self.pool)


def declare_started(worker: WorkerProcess, pool: int) -> None:
    """Record that the worker was started."""
    declare = _recorder.declare
    if declare is not None:
        declare(_STARTED, worker.id, pool, worker.name, 0)
