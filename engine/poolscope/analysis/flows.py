"""What let what happen: the edges between lanes, as the arrows of trace viewers.

From each submission to the task's start; from a task's end to the wait it released, or to the
moment ``as_completed`` handed it out; from the release of a lock to the acquire it let through;
from a signal (notify, set, put ...) to who had waited for it; from a thread's end to its join.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.lanes import thread_title
from poolscope.analysis.spans import SpanIndex, blocks, holds
from poolscope.trace.schema import Signal, WaitKind

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_ACQUIRED: Final = 0  # Blocks.outcome
_SENT: Final[dict[int, str]] = {  # by Signal; of a damaged trace it may be any
    Signal.CONDITION_NOTIFY: "notify",
    Signal.EVENT_SET: "set",
    Signal.BARRIER_TRIP: "trip",
    Signal.BARRIER_ABORT: "abort",
    Signal.BARRIER_RESET: "reset",
    Signal.QUEUE_PUT: "put",
    Signal.QUEUE_GET: "get",
    Signal.QUEUE_TASK_DONE: "task_done",
}


class Flow(NamedTuple):
    """From ``cause`` on thread ``source`` at ``begin`` to ``effect`` on ``target`` at ``end``.

    Threads are rows, times ns; ``id`` is unique among the flows of a trace.
    """

    id: int
    kind: str  # "submit", "result", "lock", "signal" or "join"
    source: int
    begin: int
    cause: str
    target: int
    end: int
    effect: str


def flows(store: Store) -> Iterator[Flow]:
    """All edges of which both ends were seen."""
    number = 0
    for make in (_submissions, _releases, _results, _handed, _signals, _joins):
        for flow in make(store):
            number += 1
            yield flow._replace(id=number)


def _label(store: Store, row: int) -> str:
    return store.text(int(store.tasks.label[row])) or "task"


def _submissions(store: Store) -> Iterator[Flow]:
    tasks = store.tasks
    rows = np.flatnonzero(
        (tasks.submitted != NEVER)
        & (tasks.submitter != NEVER)
        & (tasks.started != NEVER)
        & (tasks.worker != NEVER)
    )
    for row in rows.tolist():
        thread, name = store.workers[int(tasks.worker[row])].thread, _label(store, row)
        source, begin = int(tasks.submitter[row]), int(tasks.submitted[row])
        end = int(tasks.started[row])
        yield Flow(0, "submit", source, begin, f"submit {name}", thread, end, f"start {name}")


def _results(store: Store) -> Iterator[Flow]:
    """From the end of a task to the end of the wait it released."""
    waits, tasks = store.waits, store.tasks
    ended = np.flatnonzero((waits.end != NEVER) & (waits.released_by != 0))
    released = store.rows_of_tasks(waits.released_by[ended])
    index = SpanIndex(store)
    for wait, task in zip(ended.tolist(), released.tolist(), strict=True):
        if task == NEVER or tasks.worker[task] == NEVER:
            continue
        over = int(index.ends(np.array([task]))[0])
        end = int(waits.end[wait])
        if not NEVER < over <= end:
            continue  # it was done before anyone waited, or never ended
        source, name = store.workers[int(tasks.worker[task])].thread, _label(store, task)
        target = int(waits.thread[wait])
        yield Flow(0, "result", source, over, f"end {name}", target, end, f"got {name}")


def _handed(store: Store) -> Iterator[Flow]:
    """From the end of a task to the moment ``as_completed`` handed it to a thread that waited."""
    waits, tasks, index = store.waits, store.tasks, SpanIndex(store)
    for wait in np.flatnonzero(waits.kind == WaitKind.AS_COMPLETED).tolist():
        since, target = int(waits.begin[wait]), int(waits.thread[wait])
        for handed, key, back in waits.yields.of(wait):
            task = store.row_of_task(key)
            if task != NEVER and tasks.worker[task] != NEVER:
                over = int(index.ends(np.array([task]))[0])
                if since <= over <= handed:
                    source, name = (
                        store.workers[int(tasks.worker[task])].thread,
                        _label(store, task),
                    )
                    yield Flow(
                        0, "result", source, over, f"end {name}", target, handed, f"got {name}"
                    )
            since = back


def _signals(store: Store) -> Iterator[Flow]:
    """From a signal to who had waited for it."""
    blocks, sent = store.signals.blocks, store.signals.sent
    for row in np.flatnonzero(blocks.outcome == _ACQUIRED).tolist():
        cause = store.signals.let_through(row)
        if cause == NEVER:
            continue
        name = store.locks[int(blocks.lock[row])].name
        source, begin = int(sent.thread[cause]), int(sent.time[cause])
        target, end = int(blocks.thread[row]), int(blocks.end[row])
        verb = _SENT.get(int(sent.signal[cause]), "signal")
        yield Flow(0, "signal", source, begin, f"{verb} {name}", target, end, f"woken by {name}")


def _joins(store: Store) -> Iterator[Flow]:
    """From the end of a thread to the end of the join that waited for it."""
    waits = store.waits
    joins = (waits.kind == WaitKind.JOIN) & (waits.end != NEVER) & (waits.future_count > 0)
    for row in np.flatnonzero(joins).tolist():
        source = store.row_of_thread(int(waits.first_future[row]))
        if source == NEVER or not waits.begin[row] <= store.threads[source].ended <= waits.end[row]:
            continue
        name, ended = thread_title(store.threads[source]), store.threads[source].ended
        target, end = int(waits.thread[row]), int(waits.end[row])
        yield Flow(0, "join", source, ended, f"end {name}", target, end, f"joined {name}")


def _releases(store: Store) -> Iterator[Flow]:
    """From the release of a lock to the acquire it let through: the last before it."""
    held, waited = holds(store), blocks(store)
    order = np.lexsort((held.end, held.lock))
    order = order[held.end[order] != NEVER]
    locks, ends = held.lock[order], held.end[order]
    for row in np.flatnonzero(waited.outcome == _ACQUIRED).tolist():
        lock, end = int(waited.lock[row]), int(waited.end[row])
        first, last = np.searchsorted(locks, (lock, lock + 1))
        place = first + int(np.searchsorted(ends[first:last], end, "right")) - 1
        if place < first or ends[place] < waited.begin[row]:
            continue
        hold = int(order[place])
        source = int(held.releaser[hold])
        if source == NEVER:
            continue  # its owner died holding it
        name, begin = store.locks[lock].name, int(held.end[hold])
        target = int(waited.thread[row])
        yield Flow(0, "lock", source, begin, f"release {name}", target, end, f"acquire {name}")
