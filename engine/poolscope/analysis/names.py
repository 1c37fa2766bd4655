"""What a trace names, found by id: made on first mention, filled in when it is declared.

Here too: when each thread died. A thread says so itself, or dies with the worker it is, or with
its process; whatever it held or waited for ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.entities import (
    NOWHERE,
    Lock,
    Place,
    Pool,
    Process,
    Thread,
    Variable,
    Worker,
)
from poolscope.analysis.idmap import IdMap
from poolscope.trace.schema import PoolKind
from poolscope.trace.values import MOST_PLACES

if TYPE_CHECKING:
    from poolscope.trace.reader import StreamInfo

_PLACE_BITS: Final = MOST_PLACES.bit_length()
UNDECLARED: Final = 0  # of Names.lock_form
EXCLUSIVE: Final = 1
COUNTED: Final = 2  # may have several holders


class Names:
    """Processes, threads, pools, workers and locks, by row and by id. Id 0 is none."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self.threads: list[Thread] = []
        self.pools: list[Pool] = []
        self.workers: list[Worker] = []
        self.locks: list[Lock] = []
        self.variables: list[Variable] = []
        self.places: list[Place] = []
        self._process_of: dict[int, Process] = {}
        self._thread_rows = IdMap()
        self._pool_rows = IdMap()
        self._worker_rows = IdMap()
        self._lock_rows = IdMap()
        self._variable_rows = IdMap()
        self._place_rows = IdMap()
        self._threads_of_pid: dict[int, list[int]] = {}
        # By row; there is always a cell more than rows, for those who index it with NEVER.
        self.thread_death: Ints = np.full(64, NEVER, np.int64)
        self.thread_acts: Ints = np.zeros(64, np.int64)
        self.worker_gone: Ints = np.full(64, NEVER, np.int64)
        self.lock_form: Ints = np.full(64, UNDECLARED, np.int64)
        self.exit_ns: Mapping[int, int] = {}  # by when processes had ended, as others noted it
        self.deaths = 0  # grows when a time of death changes
        self.changes = 0  # grows when what is known of anything here may have changed

    def process(self, pid: int) -> Process:
        found = self._process_of.get(pid)
        if found is None:
            found = self._process_of[pid] = Process(pid)
            self.processes.append(found)
            self.changes += 1
        return found

    def silent_end(self, pid: int) -> int:
        """When a process had ended that recorded until it was killed; else ``NEVER``.

        What it did last it did until then. One that ended its recording, or whose end another
        saw, may have gone on with something else.
        """
        process = self._process_of.get(pid)
        if process is None or process.started == NEVER:
            return NEVER
        if process.ended != NEVER or process.recording_ended != NEVER:
            return NEVER
        return self.exit_ns.get(pid, NEVER)

    def thread(self, key: int) -> int:
        """The row of a thread."""
        row = self._thread_rows.get(key)
        if row == NEVER and key:
            row = len(self.threads)
            self.threads.append(Thread(key))
            self.changes += 1
            self._thread_rows.put(key, row)
            self.thread_death = _with_room(self.thread_death, row, NEVER)
            self.thread_acts = _with_room(self.thread_acts, row, 0)
        return row

    def row_of_thread(self, key: int) -> int:
        """The row of a thread that is known, or ``NEVER``."""
        return self._thread_rows.get(key)

    def worker(self, key: int) -> int:
        """The row of a worker."""
        row = self._worker_rows.get(key)
        if row == NEVER and key:
            row = len(self.workers)
            self.workers.append(Worker(key))
            self.changes += 1
            self._worker_rows.put(key, row)
            self.worker_gone = _with_room(self.worker_gone, row, NEVER)
        return row

    def pool(self, key: int) -> int:
        """The row of a pool."""
        row = self._pool_rows.get(key)
        if row == NEVER and key:
            row = len(self.pools)
            self.pools.append(Pool(key))
            self.changes += 1
            self._pool_rows.put(key, row)
        return row

    def lock(self, key: int) -> int:
        """The row of a lock."""
        row = self._lock_rows.get(key)
        if row == NEVER and key:
            row = len(self.locks)
            self.locks.append(Lock(key))
            self.changes += 1
            self._lock_rows.put(key, row)
            self.lock_form = _with_room(self.lock_form, row, UNDECLARED)
        return row

    def variable(self, key: int) -> int:
        """The row of a shared variable."""
        row = self._variable_rows.get(key)
        if row == NEVER and key:
            row = len(self.variables)
            self.variables.append(Variable(key))
            self.changes += 1
            self._variable_rows.put(key, row)
        return row

    def place(self, key: int) -> int:
        """The row of a place, by its ``place_key``."""
        row = self._place_rows.get(key)
        if row == NEVER and key:
            row = len(self.places)
            self.places.append(Place())
            self._place_rows.put(key, row)
        return row

    def place_at(self, row: int) -> Place:
        """A place by its row; ``NEVER`` is nowhere."""
        return self.places[row] if row >= 0 else NOWHERE

    def many_places(self, pids: Ints, numbers: Ints) -> Ints:
        """The rows of places by their numbers, which are each process's own; number 0 is none."""
        some = (numbers > 0) & (numbers <= MOST_PLACES)
        keys = np.where(some, pids << _PLACE_BITS | numbers, 0)
        return _many(keys, self._place_rows, self.place)

    def many_pools(self, keys: Ints) -> Ints:
        return _many(keys, self._pool_rows, self.pool)

    def many_workers(self, keys: Ints) -> Ints:
        return _many(keys, self._worker_rows, self.worker)

    def many_threads(self, keys: Ints) -> Ints:
        return _many(keys, self._thread_rows, self.thread)

    def many_locks(self, keys: Ints) -> Ints:
        return _many(keys, self._lock_rows, self.lock)

    def many_variables(self, keys: Ints) -> Ints:
        return _many(keys, self._variable_rows, self.variable)

    def saw(self, threads: Ints, act: int) -> None:
        """Threads (rows) did something a lane is for."""
        if not (self.thread_acts[threads] & act).all():
            self.thread_acts[threads] |= act
            self.changes += 1

    def thread_of_stream(self, stream: StreamInfo, began: int) -> int:
        """The row of the thread whose stream this is; its header tells what is not declared."""
        self.changes += 1
        row = self.thread(stream.thread)
        self.thread_in(row, stream.pid)
        thread = self.threads[row]
        thread.stream = stream.index
        thread.started = began if thread.started == NEVER else min(began, thread.started)
        if thread.named_at == NEVER:
            thread.name, thread.role = stream.name, stream.role
        thread.native_id = thread.native_id or stream.native_id
        self.tell_worker(row)
        return row

    def thread_in(self, row: int, pid: int) -> None:
        """Thread ``row`` lives in process ``pid``."""
        thread = self.threads[row]
        if not thread.pid and pid:
            thread.pid = pid
            self._threads_of_pid.setdefault(pid, []).append(row)
            self.mourn(row)

    def tell_worker(self, row: int) -> None:
        """Have the worker that a thread is know the thread's native id."""
        thread = self.threads[row]
        if thread.worker != NEVER:
            self.workers[thread.worker].native_id = thread.native_id

    # -- deaths -------------------------------------------------------------------------

    def mourn_process(self, pid: int) -> None:
        """A process ended, or it became known which threads were in it."""
        for row in self._threads_of_pid.get(pid, ()):
            self.mourn(row)

    def mourn_worker(self, row: int) -> None:
        """A worker was gone, or more became known about one that was."""
        worker = self.workers[row]
        if worker.gone == NEVER:
            return
        self.worker_gone[row] = worker.gone
        pool = self.pools[worker.pool] if worker.pid and worker.pool != NEVER else None
        if pool is not None and pool.kind == PoolKind.PROCESS:
            process = self.process(worker.pid)
            if process.ended == NEVER:  # nobody else may have seen its end
                process.ended, process.exit_code = worker.gone, worker.exit_code
                self.mourn_process(worker.pid)
        if worker.thread != NEVER:
            self.mourn(worker.thread)

    def mourn(self, row: int) -> None:
        """Find when a thread died: by its own word, else with its worker, else its process."""
        thread = self.threads[row]
        worker = self.workers[thread.worker] if thread.worker != NEVER else None
        death = thread.ended
        if death == NEVER and worker is not None:
            death = worker.gone
        if death == NEVER and thread.pid:
            death = self.process(thread.pid).ended
        if death != self.thread_death[row]:
            self.thread_death[row] = death
            self.deaths += 1
            self.changes += 1
        if worker is not None and worker.gone == NEVER:
            self.worker_gone[thread.worker] = death


def place_key(pid: int, number: int) -> int:
    """A key for a place: whose process it is, and its number there."""
    return pid << _PLACE_BITS | number


def _many(keys: Ints, rows_of: IdMap, one: Callable[[int], int]) -> Ints:
    rows = rows_of.find(keys)
    if (rows == NEVER).any():
        for key in np.unique(keys[rows == NEVER]).tolist():
            one(key)
        rows = rows_of.find(keys)
    return rows


def _with_room(column: Ints, row: int, default: int) -> Ints:
    if row + 1 < len(column):
        return column
    return np.concatenate((column, np.full(len(column), default, np.int64)))
