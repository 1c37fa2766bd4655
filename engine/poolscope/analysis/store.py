"""Everything a trace says, as tables: the one thing between the reader and all that looks.

Guarantees: ``extend(a + b)`` equals ``extend(a); extend(b)``; it does not matter in which order
the streams arrive, nor where batches are cut (rows are numbered by arrival, so compare by id).
A record that makes no sense changes nothing else. Nothing here touches a file.

Times are ``int64`` ns since the origin of the trace. ``NEVER`` (-1) stands for "has not
happened or is not known" in every column of times, rows and outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from poolscope.analysis.column import NEVER, Array, Ints
from poolscope.analysis.declarations import Declarations
from poolscope.analysis.entities import (
    Command,
    Lock,
    Pool,
    Process,
    Thread,
    Unseen,
    Variable,
    Worker,
)
from poolscope.analysis.frame import Frame, Part
from poolscope.analysis.lanes import ACTS
from poolscope.analysis.lock_table import LockTable
from poolscope.analysis.names import Names
from poolscope.analysis.shared_table import SharedTable
from poolscope.analysis.signal_table import SignalTable
from poolscope.analysis.span_table import CallbackTable, SpanTable
from poolscope.analysis.steps import QueueDepths
from poolscope.analysis.streams import Streams
from poolscope.analysis.task_intake import TaskIntake
from poolscope.analysis.task_table import Tasks, TaskState
from poolscope.analysis.texts import Texts
from poolscope.analysis.wait_table import Wait, WaitTable
from poolscope.trace.schema import FORMAT_VERSION, Kind

if TYPE_CHECKING:
    from poolscope.trace.reader import Batch, Reader

__all__ = [
    "NEVER",
    "Command",
    "Lock",
    "Pool",
    "Process",
    "Store",
    "TaskState",
    "Tasks",
    "Thread",
    "Wait",
    "Worker",
]


class Store:
    """The tables of one trace.

    ``origin_ns`` is the clock's time that counts as 0, ``origin_wall_ns`` the wall clock's
    time at that moment (ns since the epoch).
    """

    def __init__(self, origin_ns: int = 0, origin_wall_ns: int = 0) -> None:
        self.origin_ns, self.origin_wall_ns = origin_ns, origin_wall_ns
        self.root_pid = 0  # the process that began the recording
        self.format = FORMAT_VERSION
        self.version = 0  # grows with every change
        self.settled_ns = NEVER  # up to then every stream has been read
        self.now_ns = 0  # the newest event's time; in the end, that of a silent process's end
        self.events = 0  # records taken in
        self.lost = 0  # events the recorder could not write
        self.lost_of: dict[int, int] = {}  # the same by thread (id), as far as that is known
        self.lost_since = NEVER  # up to then nothing is missing
        self.dropped = 0  # tasks whose submission was dropped to keep the quota
        self.torn = 0  # records begun and never completed, their writer being killed
        self.finished = False
        self.breaks_off = False  # its program is gone, and nobody noted how it ended
        self.exits: dict[int, int] = {}  # pid -> exit code, -signal if killed
        self.cpu_ns: Mapping[int, int] = {}  # by pid: what it took of processors in all
        self.errors: list[str] = []
        self.attached: dict[type, object] = {}  # what was worked out of it, kept as long as it
        self.texts, self._names = Texts(), Names()
        self.row_of_thread, self.silent_end = self._names.row_of_thread, self._names.silent_end
        self.place = self._names.place_at  # a line of the program, by its row
        self._facts = Declarations(self._names, self.text)
        self._intake = TaskIntake(self._names)
        self._waits = WaitTable(self._names, self._intake.tasks)
        self._locks = LockTable(self._names)
        self._signals, self._shared = SignalTable(self._names), SharedTable(self._names)
        self._spans, self._callbacks = SpanTable(), CallbackTable()
        self.queues = QueueDepths(self._intake)  # how many tasks were queued over time
        self._streams = Streams(self._names, origin_ns)
        self._tables: dict[int, Callable[[Part], None]] = {
            Kind.WAIT_BEGAN: self._waits.take,
            Kind.LOCK_WANTED: self._locks.take,
            Kind.SIGNAL_WANTED: self._signals.take,
            Kind.SHARED_READ: self._shared.take,
            Kind.SPAN_BEGAN: self._spans.take,
            Kind.CALLBACK_BEGAN: self._callbacks.take,
        }

    @classmethod
    def of(cls, reader: Reader) -> Store:
        """An empty store with a reader's origin; ``take`` fills it."""
        store = cls(reader.origin_ns, int(reader.meta["created_wall_ns"]))
        store.root_pid, store.format = int(reader.meta["pid"]), int(reader.meta["format"])
        return store

    # -- intake -------------------------------------------------------------------------

    def take(self, reader: Reader, limit: int | None = None) -> bool:
        """Poll a reader once and extend by what it gives; True when anything changed."""
        batches, self.cpu_ns = reader.poll(limit), reader.cpu_ns
        told = self.account(
            lost=reader.lost,
            dropped=reader.dropped,
            torn=reader.torn,
            exits=reader.exits,
            exit_ns=reader.exit_ns,
            errors=reader.errors,
            finished=reader.finished,
        )
        self.lost_of, self.lost_since = reader.lost_of, reader.lost_since
        return self.extend(batches, whole=limit is None or reader.read_cells < limit) or told

    def account(
        self,
        *,
        lost: int,
        dropped: int,
        torn: int,
        exits: Mapping[int, int],
        errors: Sequence[str],
        finished: bool,
        exit_ns: Mapping[int, int] | None = None,
    ) -> bool:
        """Take over what the reader knows beside the records; True when it changed."""
        before = (self.lost, self.dropped, self.torn, self.finished, len(self.errors), self.exits)
        self.lost, self.dropped, self.torn, self.finished = lost, dropped, torn, finished
        self._intake.whole_history &= not (dropped or lost)
        after = (lost, dropped, torn, finished, len(errors), dict(exits))
        if before == after:
            return False
        self.errors, self.exits, self._names.exit_ns = list(errors), dict(exits), exit_ns or {}
        self._names.changes += 1
        if finished:
            self._locks.settle(ended=True)
            self.now_ns = max([self.now_ns, *map(self.silent_end, self._names.exit_ns)])
        self.version += 1
        return True

    def extend(self, batches: Sequence[Batch], *, whole: bool = True) -> bool:
        """Take in records, ``whole``: all there were. True when anything changed."""
        if whole:
            self.settled_ns = self.now_ns  # all of it was there before the streams were read now
        learned = self.texts.define(batches)
        full = [batch for batch in batches if len(batch.records)]
        for batch in full:
            self._streams.meet(batch)
        if not full:
            # Texts alone change nothing to be seen, but who reads on while there is more must.
            return learned
        frame = Frame(full, self.origin_ns, self.texts, self._streams.threads, self._streams.pids)
        for part in frame.parts():
            self._dispatch(part)
        self._waits.settle()
        self._locks.settle()
        self._signals.settle()
        self.events += len(frame.keys)
        self.now_ns = max(self.now_ns, frame.newest)
        self.version += 1
        return True

    def _dispatch(self, part: Part) -> None:
        if act := ACTS.get(part.key):
            self._names.saw(part.thread, act)
        if self._intake.take(part) or self._facts.take(part):
            return
        table = self._tables.get(part.key)
        if table is not None:
            table(part)

    # -- tables -------------------------------------------------------------------------

    @property
    def tasks(self) -> Tasks:
        """One row a task whose submission was seen, or future made by hand."""
        return self._intake.tasks

    @property
    def hidden_tasks(self) -> int:
        """Tasks left out: their submission was not read yet, was dropped by the quota or lost."""
        return self._intake.hidden

    @property
    def started_order(self) -> Array:
        """Task rows in the order in which their starts were read; only ever appended to."""
        return self._intake.started_order

    @property
    def names_version(self) -> int:
        """Grows when anything known of processes ... locks may have changed, but for holders."""
        return self._names.changes

    @property
    def processes(self) -> list[Process]:
        return self._names.processes

    @property
    def threads(self) -> list[Thread]:
        return self._names.threads

    @property
    def pools(self) -> list[Pool]:
        return self._names.pools

    @property
    def workers(self) -> list[Worker]:
        return self._names.workers

    @property
    def locks(self) -> list[Lock]:
        return self._names.locks

    @property
    def commands(self) -> list[Command]:
        return self._facts.commands

    @property
    def waits(self) -> WaitTable:
        """All waits: a sequence of ``Wait``, and the same as columns."""
        return self._waits

    @property
    def lock_table(self) -> LockTable:
        """Blocked stretches and holds, as columns; see ``spans.blocks`` and ``spans.holds``."""
        return self._locks

    @property
    def signals(self) -> SignalTable:
        """Waits for conditions, events, barriers and queues, and the signals sent."""
        return self._signals

    @property
    def shared(self) -> SharedTable:
        """Reads and writes of shared variables, and the updates that were lost."""
        return self._shared

    @property
    def variables(self) -> list[Variable]:
        """The shared variables."""
        return self._names.variables

    @property
    def unseen(self) -> list[Unseen]:
        """What the recording says that it could not see."""
        return self._facts.unseen

    @property
    def span_table(self) -> SpanTable:
        """The spans users named."""
        return self._spans

    @property
    def callback_table(self) -> CallbackTable:
        """The callbacks of futures, when each ran."""
        return self._callbacks

    @property
    def worker_gone(self) -> Ints:
        """When each worker (by row) was gone, or its process was, with or without a word."""
        return self._names.worker_gone[: len(self.workers)]

    # -- look-ups -----------------------------------------------------------------------

    def text(self, number: int) -> str:
        """The text a column refers to; 0 is the empty one."""
        return self.texts[number]

    def row_of_task(self, key: int) -> int:
        """The row of a task's id, ``NEVER`` when there is none."""
        return self._intake.rows.get(key)

    def rows_of_tasks(self, keys: Ints) -> Ints:
        """The rows of many ids, ``NEVER`` for those there are not."""
        return self._intake.rows.find(keys)

    def death_of_thread(self, row: int) -> int:
        """When a thread ended, by its own word, its worker's or its process's."""
        return int(self._names.thread_death[row])

    def acts_of_thread(self, row: int) -> int:
        """What a thread was seen to do: bits ``SUBMITS``, ``WAITS``, ``LOCKS``, ``SPANS``."""
        return int(self._names.thread_acts[row])
