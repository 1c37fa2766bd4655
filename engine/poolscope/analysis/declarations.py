"""The rare facts: which processes, threads, pools, workers, locks and commands there are.

They come on pinned streams, in any order relative to the records that mention them. They are
taken record by record: there are few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from poolscope.analysis.column import NEVER
from poolscope.analysis.entities import Command, Unseen
from poolscope.analysis.frame import Part
from poolscope.analysis.names import COUNTED, EXCLUSIVE, Names, place_key
from poolscope.trace.schema import EVENTS, Kind, LockKind
from poolscope.trace.values import MOST_PLACES, PLACE_DEFINED

_LINES: Final = (1 << PLACE_DEFINED) - 1


class Fact(NamedTuple):
    """One record of a rare kind."""

    t: int
    a: int
    b: int
    text: str
    d: int
    pid: int


class Declarations:
    """Writes the rare facts into the names."""

    def __init__(self, names: Names, text: Callable[[int], str]) -> None:
        self._names = names
        self._text = text
        self.commands: list[Command] = []
        self.unseen: list[Unseen] = []
        self._command_of: dict[int, Command] = {}

    def take(self, part: Part) -> bool:
        """Apply records of one kind; False when the kind is not one of these."""
        apply = _APPLY.get(part.key)
        if apply is None:
            return False
        self._names.changes += 1
        if part.key in _THEIR_OWN and (elsewhere := part.elsewhere).any():
            part = part.pick(~elsewhere)
        # Only where the kind has a text is c the number of one.
        names = part.c.tolist() if EVENTS[Kind(part.key)].text else [0] * len(part)
        columns = (part.t, part.a, part.b, part.d, part.pid)
        for name, (t, a, b, d, pid) in zip(
            names, zip(*(column.tolist() for column in columns), strict=True), strict=True
        ):
            apply(self, Fact(t, a, b, self._text(name) if name else "", d, pid))
        return True

    def _process_started(self, fact: Fact) -> None:
        process = self._names.process(fact.a)
        process.parent, process.role, process.started = fact.b, fact.text, fact.t

    def _process_ended(self, fact: Fact) -> None:
        process = self._names.process(fact.a)
        process.ended, process.exit_code = fact.t, fact.b
        self._names.mourn_process(fact.a)

    def _recording_ended(self, fact: Fact) -> None:
        self._names.process(fact.a).recording_ended = fact.t

    def _thread_started(self, fact: Fact) -> None:
        row = self._names.thread(fact.a)
        if row == NEVER:
            return
        self._names.thread_in(row, fact.pid)
        thread = self._names.threads[row]
        thread.started = fact.t if thread.started == NEVER else min(fact.t, thread.started)
        if fact.t >= thread.named_at:
            thread.named_at = fact.t
            thread.name, thread.role = fact.text, fact.d
            thread.native_id = fact.b or thread.native_id
            self._names.tell_worker(row)

    def _thread_ended(self, fact: Fact) -> None:
        row = self._names.thread(fact.a)
        if row != NEVER:
            self._names.threads[row].ended = fact.t
            self._names.mourn(row)

    def _pool_created(self, fact: Fact) -> None:
        row = self._names.pool(fact.a)
        if row == NEVER:
            return
        pool = self._names.pools[row]
        pool.name, pool.created = fact.text, fact.t
        pool.max_workers = max(0, fact.b)  # fewer than none are told by a damaged trace alone
        pool.kind, pool.engine = fact.d & 0xF, fact.d >> 4 & 0xF
        pool.start_method = fact.d >> 8 & 0xF
        for worker in pool.workers:
            self._names.mourn_worker(worker)

    def _pool_shutdown(self, fact: Fact) -> None:
        row = self._names.pool(fact.a)
        if row != NEVER and fact.t >= self._names.pools[row].shutdown_at:
            self._names.pools[row].shutdown = (bool(fact.d & 1), bool(fact.d & 2))
            self._names.pools[row].shutdown_at = fact.t

    def _pool_broken(self, fact: Fact) -> None:
        row = self._names.pool(fact.a)
        if row != NEVER:
            self._names.pools[row].broken, self._names.pools[row].broken_at = fact.text, fact.t

    def _pool_ended(self, fact: Fact) -> None:
        row = self._names.pool(fact.a)
        if row != NEVER:
            self._names.pools[row].ended = fact.t

    def _worker_started(self, fact: Fact) -> None:
        row = self._names.worker(fact.a)
        if row == NEVER:
            return
        worker = self._names.workers[row]
        worker.name, worker.born = fact.text, fact.t
        pool = self._names.pool(fact.b)
        if pool != NEVER and worker.pool == NEVER:
            worker.pool = pool
            self._names.pools[pool].workers.append(row)
        self._names.mourn_worker(row)

    def _worker_ready(self, fact: Fact) -> None:
        row = self._names.worker(fact.a)
        if row == NEVER:
            return
        worker = self._names.workers[row]
        worker.ready, worker.pid = fact.t, fact.pid
        thread = self._names.thread(fact.b)
        if thread != NEVER:
            worker.thread = thread
            self._names.threads[thread].worker = row
            self._names.thread_in(thread, fact.pid)
            self._names.tell_worker(thread)
        self._names.mourn_worker(row)

    def _initializer_raised(self, fact: Fact) -> None:
        row = self._names.worker(fact.a)
        if row != NEVER:
            self._names.workers[row].failed = fact.text
            self._names.workers[row].failed_at = fact.t

    def _worker_gone(self, fact: Fact) -> None:
        row = self._names.worker(fact.a)
        if row == NEVER:
            return
        worker = self._names.workers[row]
        worker.gone, worker.exit_code, worker.end = fact.t, fact.b, fact.d
        self._names.mourn_worker(row)

    def _lock_created(self, fact: Fact) -> None:
        row = self._names.lock(fact.a)
        if row != NEVER:
            lock = self._names.locks[row]
            lock.name, lock.kind, lock.created = fact.text, fact.d, fact.t
            if lock.kind == LockKind.CONDITION:
                lock.guard = self._names.lock(fact.b)
            else:
                lock.permits = fact.b
            self._names.lock_form[row] = COUNTED if lock.counted else EXCLUSIVE

    def _shared_created(self, fact: Fact) -> None:
        row = self._names.variable(fact.a)
        if row != NEVER:
            variable = self._names.variables[row]
            variable.name, variable.created = fact.text, fact.t

    def _place_numbered(self, fact: Fact) -> None:
        if not 0 < fact.a <= MOST_PLACES or fact.b < 0:
            return
        row = self._names.place(place_key(fact.pid, fact.a))
        file, function, defined = [*fact.text.split("\n"), "", ""][:3]
        place = self._names.places[row]
        place.file, place.line = file, fact.b & _LINES
        place.function = function
        place.defined_file, place.defined_line = defined, fact.b >> PLACE_DEFINED

    def _unseen(self, fact: Fact) -> None:
        self.unseen.append(Unseen(fact.t, fact.pid, fact.a, fact.text))

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


# What a forked child says of its copy of its parent's pool is nothing that the pool did.
_THEIR_OWN: Final = frozenset(
    {Kind.POOL_SHUTDOWN, Kind.POOL_BROKEN, Kind.POOL_ENDED, Kind.WORKER_GONE}
)
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
    Kind.INITIALIZER_RAISED: Declarations._initializer_raised,
    Kind.LOCK_CREATED: Declarations._lock_created,
    Kind.SHARED_CREATED: Declarations._shared_created,
    Kind.PLACE_NUMBERED: Declarations._place_numbered,
    Kind.UNSEEN: Declarations._unseen,
    Kind.COMMAND_BEGAN: Declarations._command_began,
    Kind.COMMAND_ENDED: Declarations._command_ended,
}
