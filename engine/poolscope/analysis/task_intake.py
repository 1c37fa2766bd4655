"""From records of tasks to cells of the table of tasks.

A row is made by SUBMITTED, or by the first act of a future made by hand. A record of a task
whose submission has not been seen yet is parked: streams are read one after another, so a
worker's records can be read before the submitter's. What stays parked was cut off by the quota,
or lost, and is counted, never shown by halves. What a forked child does to its copies of futures
that its parent made, as when it leaves a ``with`` of a pool, is none of the tasks' own life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Column, Ints
from poolscope.analysis.frame import Part
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.names import Names
from poolscope.analysis.task_table import Tasks, TaskState
from poolscope.trace.ident import COUNTER_BITS
from poolscope.trace.schema import SUBMITTED_BY_MAP, Kind, Outcome
from poolscope.trace.values import PICKLED_TOGETHER, PICKLED_TOOK, SUBMITTED_PLACE

_FIRST_CAPACITY: Final = 1024

# A moment comes once in a task's life and states are only raised: so no order matters.
_MOMENT: Final[dict[int, tuple[str, int]]] = {
    Kind.PICKLED: ("pickled", TaskState.PENDING),
    Kind.SENT: ("sent", TaskState.SENT),
    Kind.RECEIVED: ("received", TaskState.SENT),
    Kind.STARTED: ("started", TaskState.RUNNING),
    Kind.RETURNED: ("returned", TaskState.RUNNING),
    Kind.RESULT_SENT: ("result_sent", TaskState.RUNNING),
    Kind.RESULT_RECEIVED: ("result_received", TaskState.RUNNING),
    Kind.FINISHED: ("finished", TaskState.FINISHED),
    Kind.CANCELLED: ("cancelled", TaskState.CANCELLED),
    Kind.NOTIFIED: ("notified", TaskState.CANCELLED),
}
_NAMES_WORKER: Final = frozenset({Kind.RECEIVED, Kind.STARTED, Kind.RETURNED, Kind.FINISHED})
_BY_ANY_WORKER: Final = frozenset({Kind.RESULT_SENT})  # which it does not name
_LEAVES_QUEUE: Final = frozenset({Kind.SENT, Kind.STARTED, Kind.FINISHED, Kind.CANCELLED})
_SIZE: Final[dict[int, str]] = {Kind.PICKLED: "pickled_bytes", Kind.RESULT_RECEIVED: "result_bytes"}
_FACTS: Final = frozenset(
    {
        Kind.SUBMITTED,
        *_MOMENT,
        Kind.CANCEL_REFUSED,
        Kind.TRACEBACK,
        Kind.EXCEPTION_READ,
        Kind.EXCEPTION_DROPPED,
    }
)

QueueListener = Callable[[Array, Ints, int], None]


class TaskIntake:
    """Fills a table of tasks."""

    def __init__(self, names: Names) -> None:
        self.tasks = Tasks()
        self._names = names
        self.rows = IdMap()
        self._parked: list[Part] = []
        self._parked_ids = IdMap()
        self._started_order = Column(np.int32, 0, _FIRST_CAPACITY)
        self._started_count = 0
        # Called with (pool rows, times, +1 or -1) as tasks enter and leave the queue.
        self.queue_listeners: list[QueueListener] = []
        self.whole_history = True  # False once a quota has dropped something, or events were lost

    @property
    def started_order(self) -> Array:
        """Rows of tasks in the order in which their starts were read; only ever appended to."""
        return self._started_order.view(self._started_count)

    @property
    def hidden(self) -> int:
        """Tasks known only by halves, their submission not read: dropped, lost or yet to come."""
        if not self._parked:
            return 0
        ids = np.unique(np.concatenate([part.a for part in self._parked]))
        return int((self.rows.find(ids) == NEVER).sum())

    def take(self, part: Part) -> bool:
        """Apply records of one kind; False when the kind is not a task's."""
        if part.key not in _FACTS:
            return False
        if not part.a.all():  # id 0 is no task
            part = part.pick(part.a != 0)
        copies = _of_copies(part)
        if copies.any():
            part = part.pick(~copies)
        if part.key == Kind.SUBMITTED:
            self._submitted(part)
        else:
            self._apply(part)
        return True

    def release_parked(self) -> None:
        """Apply what was parked and has a row by now."""
        parked, self._parked = self._parked, []
        for part in parked:
            self._apply(part)

    def _submitted(self, part: Part) -> None:
        rows = self._rows_made(part.a)
        tasks = self.tasks
        pools = self._names.many_pools(part.b)
        where = _stretch(rows)
        tasks.put("pool", where, pools)
        tasks.put("label", where, part.c)
        tasks.put("submitter", where, part.thread)
        tasks.put("submitted", where, part.t)
        by_map = (part.d & SUBMITTED_BY_MAP) != 0
        if by_map.any():
            tasks.put("by_map", rows, by_map)
        places = part.d >> SUBMITTED_PLACE
        if places.any():
            tasks.put("place", where, self._names.many_places(part.pid, places))
        early = tasks.dequeued[where] != NEVER
        self._tell(rows, part.t, 1)
        if early.any():  # a future that acted before its submission was read
            self._tell(rows[early], tasks.dequeued[rows[early]], -1)
        if self._parked and (self._parked_ids.find(part.a) != NEVER).any():
            self.release_parked()

    def _apply(self, part: Part) -> None:
        rows = self.rows.find(part.a)
        unknown = rows == NEVER
        if unknown.any():
            made = unknown & self._by_hand(part)
            if made.any():
                self._rows_made(part.a[made])
                rows = self.rows.find(part.a)
                unknown = rows == NEVER
            if unknown.any():
                self._park(part.pick(unknown))
                part, rows = part.pick(~unknown), rows[~unknown]
                if not len(part):
                    return
        if part.key in _MOMENT:
            self._moment(part, rows)
        elif part.key == Kind.CANCEL_REFUSED:
            refused = np.asarray(self.tasks.cancel_refused[rows])
            self.tasks.put("cancel_refused", rows, refused)  # makes the column exist
            np.add.at(self.tasks.columns["cancel_refused"].writable(len(self.tasks)), rows, 1)
        elif part.key == Kind.TRACEBACK:
            self.tasks.put("traceback", rows, part.c)
        elif part.key == Kind.EXCEPTION_READ:
            self.tasks.put("exception_read", rows, 1)
        elif part.key == Kind.EXCEPTION_DROPPED:
            self.tasks.put("exception_dropped", rows, part.t)

    def _moment(self, part: Part, rows: Ints) -> None:
        tasks, kind = self.tasks, part.key
        name, state = _MOMENT[kind]
        tasks.put(name, rows, part.t)
        if kind in _NAMES_WORKER:
            known = part.b != 0
            if known.all():
                tasks.put("worker", rows, self._names.many_workers(part.b))
            elif known.any():
                tasks.put("worker", rows[known], self._names.many_workers(part.b[known]))
        if kind in _SIZE:
            tasks.put(_SIZE[kind], rows, part.b)
        if kind == Kind.PICKLED:
            self._took(part, rows)
        if kind == Kind.RETURNED and (raised := part.d == Outcome.EXCEPTION).any():
            tasks.put("raised", rows[raised], 1)
        if kind == Kind.FINISHED:
            tasks.put("outcome", rows, np.minimum(part.d, Outcome.CANCELLED))
            tasks.put("result", rows, part.c)
            raised = part.d == Outcome.EXCEPTION
            tasks.raise_state(rows, np.where(raised, TaskState.EXCEPTION, state).astype(np.uint8))
        elif state:
            tasks.raise_state(rows, state)
        if kind == Kind.CANCELLED:
            tasks.put("outcome", rows, Outcome.CANCELLED)
        if kind == Kind.STARTED:
            self._log_started(rows)
        if kind in _LEAVES_QUEUE:
            self._dequeue(rows, part.t)

    def _took(self, part: Part, rows: Ints) -> None:
        """When the pickling began, where that is said."""
        high = part.d & ~PICKLED_TOGETHER
        took = high << PICKLED_TOOK | part.c
        said = took > 0
        if said.any():
            self.tasks.put("pickling", rows[said], np.maximum(part.t[said] - took[said], 0))
        together = (part.d & PICKLED_TOGETHER) != 0
        if together.any():
            self.tasks.put("pickled_together", rows, together)

    def _dequeue(self, rows: Ints, times: Ints) -> None:
        """The earliest of handed over, started and settled is when a task left the queue."""
        before = self.tasks.dequeued[rows]
        first = before == NEVER
        earlier = first | (times < before)
        if not earlier.any():
            return
        if not earlier.all():
            rows, times = rows[earlier], times[earlier]
            before, first = before[earlier], first[earlier]
        self.tasks.put("dequeued", rows, times)
        if self.queue_listeners:
            queued = self.tasks.submitted[rows] != NEVER
            self._tell(rows[queued], times[queued], -1)
            moved = queued & ~first
            if moved.any():  # it had been told to leave later than it did
                self._tell(rows[moved], before[moved], 1)

    def _tell(self, rows: Ints, times: Ints, step: int) -> None:
        for listener in self.queue_listeners:
            listener(self.tasks.pool[rows], times, step)

    def _log_started(self, rows: Ints) -> None:
        first, last = self._started_count, self._started_count + len(rows)
        self._started_order.writable(first)
        self._started_order.grow(first, last)
        self._started_order.writable(last)[first:] = rows
        self._started_count = last

    def _rows_made(self, ids: Ints) -> Ints:
        """The rows of ids, new ones made for those not seen before."""
        rows = self.rows.find(ids)
        fresh = rows == NEVER
        if not fresh.any():
            return rows
        new = ids[fresh]
        in_order = bool((new[1:] > new[:-1]).all())
        if not in_order:  # several submitters; or a damaged trace that names a task twice
            new = np.unique(new)
        made = self.tasks.append(len(new), id=new)
        self.rows.put_many(new, made)
        return made if in_order and len(made) == len(ids) else self.rows.find(ids)

    def _by_hand(self, part: Part) -> Bools:
        """Which records may be the first of a future that no pool ever had.

        A start without a worker is certain. A settlement without one is the same, unless the
        task's submission may have been dropped by a quota, or lost.
        """
        if part.key == Kind.STARTED:
            return np.asarray(part.b == 0)
        if part.key in (Kind.FINISHED, Kind.CANCELLED) and self.whole_history:
            return np.asarray(part.b == 0)
        return np.zeros(len(part), np.bool_)

    def _park(self, part: Part) -> None:
        self._parked.append(part)
        self._parked_ids.put_many(part.a, np.zeros(len(part), np.int32))


def _of_copies(part: Part) -> Bools:
    """Which records are of a copy that a fork made: neither by the process that made the future
    nor by a worker of its pool, which has its number from there too."""
    copies = part.elsewhere
    if not copies.any() or part.key in _BY_ANY_WORKER:
        return copies & False
    if part.key in _NAMES_WORKER and part.key != Kind.FINISHED:
        copies &= (part.b != 0) & (part.b >> COUNTER_BITS != part.a >> COUNTER_BITS)
    return copies


def _stretch(rows: Ints) -> Ints | slice:
    """The rows as a slice where they follow one another: writing there is a copy, not a search."""
    if not len(rows):
        return rows
    first, last = int(rows[0]), int(rows[-1])
    if last - first == len(rows) - 1 and (len(rows) == 1 or (rows[1:] > rows[:-1]).all()):
        return slice(first, last + 1)
    return rows
