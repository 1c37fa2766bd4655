"""The rare facts: which processes, threads, pools, workers, locks and commands there are.

They come on pinned streams, in any order relative to the records that mention them, so each
is made on first mention and filled in when its declaration arrives. Record by record: there
are few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.entities import Command, Lock, Pool, Process, Thread, Worker
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.trace.schema import Kind, PoolKind

if TYPE_CHECKING:
    from poolscope.trace.reader import StreamInfo


class Fact(NamedTuple):
    """One record of a rare kind."""

    t: int
    a: int
    b: int
    text: str
    d: int
    pid: int


class Declarations:
    """Everything the trace names, by row and by id."""

    def __init__(self, text: Callable[[int], str]) -> None:
        self._text = text
        self.processes: list[Process] = []
        self.threads: list[Thread] = []
        self.pools: list[Pool] = []
        self.workers: list[Worker] = []
        self.locks: list[Lock] = []
        self.commands: list[Command] = []
        self._process_of: dict[int, Process] = {}
        self._thread_rows = IdMap()
        self._pool_rows = IdMap()
        self._worker_rows = IdMap()
        self._lock_rows = IdMap()
        self._command_of: dict[int, Command] = {}
        self._threads_of_pid: dict[int, list[int]] = {}
        self.thread_death = np.full(64, NEVER, np.int64)  # by thread row; see _mourn
        self.worker_gone = np.full(64, NEVER, np.int64)  # by worker row
        self.deaths = 0  # grows when a time of death changes

    # -- by id, made on first mention ---------------------------------------------------

    def process(self, pid: int) -> Process:
        found = self._process_of.get(pid)
        if found is None:
            found = self._process_of[pid] = Process(pid)
            self.processes.append(found)
        return found

    def thread(self, key: int) -> int:
        """The row of a thread; id 0 is no thread."""
        row = self._thread_rows.get(key)
        if row == NEVER and key:
            row = len(self.threads)
            self.threads.append(Thread(key))
            self._thread_rows.put(key, row)
            self.thread_death = _with_room(self.thread_death, row)
        return row

    def worker(self, key: int) -> int:
        row = self._worker_rows.get(key)
        if row == NEVER and key:
            row = len(self.workers)
            self.workers.append(Worker(key))
            self._worker_rows.put(key, row)
            self.worker_gone = _with_room(self.worker_gone, row)
        return row

    def pool(self, key: int) -> int:
        row = self._pool_rows.get(key)
        if row == NEVER and key:
            row = len(self.pools)
            self.pools.append(Pool(key))
            self._pool_rows.put(key, row)
        return row

    def lock(self, key: int) -> int:
        row = self._lock_rows.get(key)
        if row == NEVER and key:
            row = len(self.locks)
            self.locks.append(Lock(key))
            self._lock_rows.put(key, row)
        return row

    def many_pools(self, keys: Ints) -> Ints:
        return _many(keys, self._pool_rows, self.pool)

    def many_workers(self, keys: Ints) -> Ints:
        return _many(keys, self._worker_rows, self.worker)

    def many_threads(self, keys: Ints) -> Ints:
        return _many(keys, self._thread_rows, self.thread)

    def many_locks(self, keys: Ints) -> Ints:
        return _many(keys, self._lock_rows, self.lock)

    def thread_in(self, row: int, pid: int) -> None:
        """Thread ``row`` lives in process ``pid``."""
        thread = self.threads[row]
        if not thread.pid and pid:
            thread.pid = pid
            self._threads_of_pid.setdefault(pid, []).append(row)
            self._mourn(row)

    def thread_of_stream(self, stream: StreamInfo, began: int) -> int:
        """The row of the thread whose stream this is; its header tells what is not declared."""
        row = self.thread(stream.thread)
        self.thread_in(row, stream.pid)
        thread = self.threads[row]
        thread.stream = stream.index
        thread.started = began if thread.started == NEVER else min(began, thread.started)
        if thread.named_at == NEVER:
            thread.name, thread.role = stream.name, stream.role
        thread.native_id = thread.native_id or stream.native_id
        self._copy_to_worker(row)
        return row

    # -- facts --------------------------------------------------------------------------

    def take(self, part: Part) -> bool:
        """Apply records of one kind; False when the kind is not one of these."""
        apply = _APPLY.get(part.key)
        if apply is None:
            return False
        names = part.c.tolist()
        columns = (part.t, part.a, part.b, part.d, part.pid)
        for name, (t, a, b, d, pid) in zip(
            names, zip(*(column.tolist() for column in columns), strict=True), strict=True
        ):
            apply(self, Fact(t, a, b, self._text(name) if name else "", d, pid))
        return True

    def _process_started(self, fact: Fact) -> None:
        process = self.process(fact.a)
        process.parent, process.role, process.started = fact.b, fact.text, fact.t

    def _process_ended(self, fact: Fact) -> None:
        process = self.process(fact.a)
        process.ended, process.exit_code = fact.t, fact.b
        self._mourn_process(fact.a)

    def _recording_ended(self, fact: Fact) -> None:
        self.process(fact.a).recording_ended = fact.t

    def _thread_started(self, fact: Fact) -> None:
        row = self.thread(fact.a)
        if row == NEVER:
            return
        self.thread_in(row, fact.pid)
        thread = self.threads[row]
        thread.started = fact.t if thread.started == NEVER else min(fact.t, thread.started)
        if fact.t >= thread.named_at:
            thread.named_at = fact.t
            thread.name, thread.role = fact.text, fact.d
            thread.native_id = fact.b or thread.native_id
            self._copy_to_worker(row)

    def _thread_ended(self, fact: Fact) -> None:
        row = self.thread(fact.a)
        if row != NEVER:
            self.threads[row].ended = fact.t
            self._mourn(row)

    def _pool_created(self, fact: Fact) -> None:
        row = self.pool(fact.a)
        if row == NEVER:
            return
        pool = self.pools[row]
        pool.name, pool.max_workers, pool.created = fact.text, fact.b, fact.t
        pool.kind, pool.engine = fact.d & 0xF, fact.d >> 4 & 0xF
        pool.start_method = fact.d >> 8 & 0xF
        for worker in pool.workers:
            self._mourn_worker(worker)

    def _pool_shutdown(self, fact: Fact) -> None:
        row = self.pool(fact.a)
        if row != NEVER and fact.t >= self.pools[row].shutdown_at:
            self.pools[row].shutdown = (bool(fact.d & 1), bool(fact.d & 2))
            self.pools[row].shutdown_at = fact.t

    def _pool_broken(self, fact: Fact) -> None:
        row = self.pool(fact.a)
        if row != NEVER:
            self.pools[row].broken, self.pools[row].broken_at = fact.text, fact.t

    def _pool_ended(self, fact: Fact) -> None:
        row = self.pool(fact.a)
        if row != NEVER:
            self.pools[row].ended = fact.t

    def _worker_started(self, fact: Fact) -> None:
        row = self.worker(fact.a)
        if row == NEVER:
            return
        worker = self.workers[row]
        worker.name, worker.born = fact.text, fact.t
        pool = self.pool(fact.b)
        if pool != NEVER and worker.pool == NEVER:
            worker.pool = pool
            self.pools[pool].workers.append(row)
        self._mourn_worker(row)

    def _worker_ready(self, fact: Fact) -> None:
        row = self.worker(fact.a)
        if row == NEVER:
            return
        worker = self.workers[row]
        worker.ready, worker.pid = fact.t, fact.pid
        thread = self.thread(fact.b)
        if thread != NEVER:
            worker.thread = thread
            self.threads[thread].worker = row
            self.thread_in(thread, fact.pid)
            self._copy_to_worker(thread)
        self._mourn_worker(row)

    def _worker_gone(self, fact: Fact) -> None:
        row = self.worker(fact.a)
        if row == NEVER:
            return
        worker = self.workers[row]
        worker.gone, worker.exit_code, worker.end = fact.t, fact.b, fact.d
        self.worker_gone[row] = fact.t
        self._mourn_worker(row)

    def _lock_created(self, fact: Fact) -> None:
        row = self.lock(fact.a)
        if row != NEVER:
            lock = self.locks[row]
            lock.name, lock.kind, lock.created = fact.text, fact.d, fact.t

    def _command(self, key: int) -> Command:
        found = self._command_of.get(key)
        if found is None:
            found = self._command_of[key] = Command(key)
            self.commands.append(found)
        return found

    def _command_began(self, fact: Fact) -> None:
        command = self._command(fact.a)
        command.text, command.begin = fact.text, fact.t

    def _command_ended(self, fact: Fact) -> None:
        command = self._command(fact.a)
        command.answer, command.end, command.failed = fact.text, fact.t, bool(fact.d)

    # -- deaths -------------------------------------------------------------------------

    def _copy_to_worker(self, row: int) -> None:
        thread = self.threads[row]
        if thread.worker != NEVER:
            self.workers[thread.worker].native_id = thread.native_id

    def _mourn_process(self, pid: int) -> None:
        for row in self._threads_of_pid.get(pid, ()):
            self._mourn(row)

    def _mourn_worker(self, row: int) -> None:
        worker = self.workers[row]
        if worker.gone == NEVER:
            return
        if worker.pool != NEVER and self.pools[worker.pool].kind == PoolKind.PROCESS:
            process = self.process(worker.pid) if worker.pid else None
            if process is not None and process.ended == NEVER:
                process.ended, process.exit_code = worker.gone, worker.exit_code
            self._mourn_process(worker.pid)
        if worker.thread != NEVER:
            self._mourn(worker.thread)

    def _mourn(self, row: int) -> None:
        """Find when a thread died: by its own word, else with its worker, else its process."""
        thread = self.threads[row]
        death = thread.ended
        if death == NEVER and thread.worker != NEVER:
            death = self.workers[thread.worker].gone
        if death == NEVER and thread.pid:
            death = self.process(thread.pid).ended
        if death != self.thread_death[row]:
            self.thread_death[row] = death
            self.deaths += 1


def _many(keys: Ints, rows_of: IdMap, one: Callable[[int], int]) -> Ints:
    rows = rows_of.find(keys)
    if (rows == NEVER).any():
        for key in np.unique(keys[rows == NEVER]).tolist():
            one(key)
        rows = rows_of.find(keys)
    return rows


def _with_room(column: Ints, row: int) -> Ints:
    if row < len(column):
        return column
    return np.concatenate((column, np.full(len(column), NEVER, np.int64)))


_APPLY: Final[dict[int, Callable[[Declarations, Fact], None]]] = {
    Kind.PROCESS_STARTED: Declarations._process_started,
    Kind.PROCESS_ENDED: Declarations._process_ended,
    Kind.RECORDING_ENDED: Declarations._recording_ended,
    Kind.THREAD_STARTED: Declarations._thread_started,
    Kind.THREAD_ENDED: Declarations._thread_ended,
    Kind.POOL_CREATED: Declarations._pool_created,
    Kind.POOL_SHUTDOWN: Declarations._pool_shutdown,
    Kind.POOL_BROKEN: Declarations._pool_broken,
    Kind.POOL_ENDED: Declarations._pool_ended,
    Kind.WORKER_STARTED: Declarations._worker_started,
    Kind.WORKER_READY: Declarations._worker_ready,
    Kind.WORKER_GONE: Declarations._worker_gone,
    Kind.LOCK_CREATED: Declarations._lock_created,
    Kind.COMMAND_BEGAN: Declarations._command_began,
    Kind.COMMAND_ENDED: Declarations._command_ended,
}
