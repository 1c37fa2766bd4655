"""The pools of the standard library that have been seen, and who works in them."""

from __future__ import annotations

import weakref
from threading import get_ident
from typing import Any, Final

from poolscope.instrument.context import workers
from poolscope.instrument.faces import in_no_copy
from poolscope.named_call import NamedCalls
from poolscope.trace import ident
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Engine, Kind, PoolKind, StartMethod, WorkerEnd

__all__ = ["Pool", "Worker", "pool_of", "ready"]

_START_METHODS: Final = {
    "": StartMethod.NONE,
    "fork": StartMethod.FORK,
    "spawn": StartMethod.SPAWN,
    "forkserver": StartMethod.FORKSERVER,
}
_living: weakref.WeakSet[Pool] = weakref.WeakSet()
_by_worker: Final[dict[int, Worker]] = {}  # those that have not gone


class Worker:
    """A thread or a process of a pool.

    ``thread``: its id once it is ready, else 0; ``waits``: an initializer will say that it is.
    """

    __slots__ = ("id", "name", "pool", "thread", "waits")

    def __init__(self, pool: Pool, name: str, number: int = 0) -> None:
        self.id = number or ident.next_id()
        self.name = name
        self.pool = pool
        self.thread = 0
        self.waits = False
        pool.workers[self.id] = self
        _by_worker[self.id] = self
        self.declare()

    def declare(self) -> None:
        """Record that it was started, and that it is ready if it is."""
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.WORKER_STARTED, self.id, self.pool.id, self.name, 0)
            if self.thread:
                declare(Kind.WORKER_READY, self.id, self.thread, "", 0)

    def ready(self) -> None:
        """Record, on its own thread, that it is ready."""
        self.thread = ident.thread_id()
        workers[get_ident()] = self.id
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.WORKER_READY, self.id, self.thread, "", 0)

    def gone(self, end: WorkerEnd, code: int = 0) -> None:
        """Record its end, and the pool's if it was the last."""
        if self.pool.workers.pop(self.id, None) is None:
            return
        _by_worker.pop(self.id, None)
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.WORKER_GONE, self.id, code, "", int(end))
        self.pool.end_if_empty()


class Pool:
    """A pool, as the trace knows it; ``of``: the executor that it is, if that can be told anew."""

    __slots__ = (
        "__weakref__",
        "broke",
        "calls",
        "ended",
        "id",
        "kinds",
        "max_workers",
        "name",
        "of",
        "recycles",
        "shut",
        "terminates",
        "workers",
    )

    def __init__(
        self, name: str, kind: PoolKind, max_workers: int, start_method: str = "", of: Any = None
    ) -> None:
        self.id = ident.next_id()
        self.name = name
        self.of = None if of is None else weakref.ref(of)
        self.max_workers = max_workers
        method = _START_METHODS.get(start_method, StartMethod.NONE)
        self.kinds = int(kind | Engine.STDLIB << 4 | method << 8)
        self.workers: dict[int, Worker] = {}
        self.calls = NamedCalls(self.id)
        self.recycles = False  # whether a worker goes after so many tasks
        self.shut = False
        self.terminates = False  # whether it has ended its workers itself
        self.broke = False
        self.ended = False
        _living.add(self)
        self.declare()

    def declare(self) -> None:
        """Record that it exists, and who works there."""
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.POOL_CREATED, self.id, self.max_workers, self.name, self.kinds)
            for worker in list(self.workers.values()):
                worker.declare()

    def had_before(self, tasks: int) -> None:
        """Record that so many tasks were there when it was met, whose submission was not seen."""
        declare = _recorder.declare
        if tasks and declare is not None:
            text = (
                f"{tasks} tasks were in {self.name} before it was seen, or are copies of such from "
                "before a fork: nothing of them is seen."
            )
            declare(Kind.UNSEEN, tasks, 0, text, 0)

    def shutdown(self, wait: bool, cancel_futures: bool) -> None:
        """Record that it takes no more tasks."""
        self.shut = True
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.POOL_SHUTDOWN, self.id, 0, "", bool(wait) | bool(cancel_futures) << 1)

    def broken(self, cause: str) -> None:
        """Record that it is of no more use."""
        self.shut = self.broke = True
        declare = _recorder.declare
        if declare is not None:
            declare(Kind.POOL_BROKEN, self.id, 0, cause, 0)

    def end_if_empty(self) -> None:
        """Record its end when it takes no more and nobody is left."""
        if self.shut and not self.workers and not self.ended:
            self.ended = True
            _living.discard(self)
            declare = _recorder.declare
            if declare is not None:
                declare(Kind.POOL_ENDED, self.id, 0, "", 0)

    __reduce_ex__ = in_no_copy


def pool_of(target: Any, arguments: Any) -> Pool | None:
    """The pool that starts a process or a thread with this target, if one does.

    The pools of processes, and ``multiprocessing``'s of threads, give their workers a queue
    first; the pool lies in it.
    """
    if getattr(target, "__name__", "") not in ("_process_worker", "worker") or not arguments:
        return None
    found = getattr(arguments[0], "_poolscope", None)
    return found if isinstance(found, Pool) else None


def ready(number: int) -> int:
    """Record that the worker ``number``, this thread, is ready: it was met in the middle."""
    worker = _by_worker.get(number)
    if worker is None:
        workers[get_ident()] = 0
        return 0
    worker.ready()
    return number


def left(number: int) -> None:
    """This thread, the worker ``number`` whose start was not seen, is at its end."""
    worker = _by_worker.get(number)
    if worker is not None:
        worker.gone(WorkerEnd.FINISHED)


def _declare_living() -> None:
    for pool in list(_living):
        pool.declare()


def _after_fork_in_child() -> None:
    # They are the parent's, and so is everybody in them. A copy that is used here is another pool.
    for pool in _living:
        if pool.of is not None and (copy := pool.of()) is not None:
            copy._poolscope = None
    _living.clear()
    _by_worker.clear()
    workers.clear()


_recorder.at_start.append(_declare_living)


def forget_after_fork(register: Any) -> None:
    """Have a forked child forget its parent's pools; ``register`` is ``os.register_at_fork``."""
    register(after_in_child=_after_fork_in_child)
