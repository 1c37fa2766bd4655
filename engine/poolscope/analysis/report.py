"""The report: what happened, as data by the contract of ``report --json``.

Times are ns from the start of the trace, ids are strings, what is not known is None. Nothing is
invented: an interval still open has no end; figures that sum intervals count it up to the
newest event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from poolscope.analysis.column import NEVER, Array
from poolscope.analysis.findings import findings
from poolscope.analysis.health import health
from poolscope.analysis.health_facts import health_facts
from poolscope.analysis.measures import Measures
from poolscope.analysis.report_cells import by_time, known, word
from poolscope.analysis.report_locks import report_locks, report_shared
from poolscope.analysis.task_table import TaskState
from poolscope.trace.ident import COUNTER_BITS
from poolscope.trace.schema import (
    Engine,
    Outcome,
    PoolKind,
    ReturnWhen,
    Role,
    StartMethod,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

__all__ = ["SCHEMA", "Each", "facts", "report"]

SCHEMA: Final = 1
_TOGETHER: Final = 10_000  # tasks whose cells are read at once
Json = dict[str, Any]

# The standard library's words. What was handed to a process is RUNNING to its Future.
_STATES: Final = {
    TaskState.PENDING: "PENDING",
    TaskState.SENT: "RUNNING",
    TaskState.RUNNING: "RUNNING",
    TaskState.FINISHED: "FINISHED",
    TaskState.EXCEPTION: "FINISHED",
    TaskState.CANCELLED: "CANCELLED",
}


def report(store: Store) -> Json:
    """Everything the contract names, ready for ``json.dump``."""
    found = facts(store)
    return {**found, "tasks": list(found["tasks"]), "waits": list(found["waits"])}


class Each:
    """Facts of each task, or wait, told one by one, as often as they are asked for: of millions
    there is never more than one in memory."""

    def __init__(self, tell: Callable[[], Iterator[Json]]) -> None:
        self._tell = tell

    def __iter__(self) -> Iterator[Json]:
        return self._tell()


def facts(store: Store) -> Json:
    """As ``report``, but tasks and waits are told one by one (``Each``)."""
    names = _Ids(store)
    measures = Measures(store)
    return {
        "schema": SCHEMA,
        "trace": _trace(store),
        "pools": [_pool(store, row, measures) for row in by_time(store.pools, "created")],
        "workers": [_worker(store, row, measures, names) for row in by_time(store.workers, "born")],
        "tasks": Each(lambda: _tasks(store, measures, names)),
        "waits": Each(lambda: _waits(store, names)),
        "locks": report_locks(store, names.threads),
        "shared": report_shared(store),
        "threads": [_thread(store, row) for row in by_time(store.threads, "started")],
        "findings": [
            {
                "kind": each.kind,
                "severity": each.severity,
                "text": each.text,
                "subjects": each.subjects,
                "at_ns": each.at_ns,
                "end_ns": each.end_ns,
                "lines": list(each.lines),
            }
            for each in findings(store)
        ],
    }


class _Ids:
    """Ids as strings, by row; row ``NEVER`` is None."""

    def __init__(self, store: Store) -> None:
        self.pools = self._of(store.pools)
        self.workers = self._of(store.workers)
        self.threads = self._of(store.threads)

    @staticmethod
    def _of(entities: list[Any]) -> list[str | None]:
        # One more at the end, where NEVER (-1) looks.
        return [*(str(each.id) for each in entities), None]


def _trace(store: Store) -> Json:
    processes = [
        {
            "pid": each.pid,
            "role": each.role or None,
            "exit_code": store.exits.get(each.pid, each.exit_code),
        }
        for each in store.processes
    ]
    return {
        "format": store.format,
        "duration_ns": store.now_ns,
        "events": store.events,
        "lost": store.lost,
        "torn": store.torn,
        "processes": processes,
    }


def _pool(store: Store, row: int, measures: Measures) -> Json:
    pool = store.pools[row]
    wait = measures.queue_wait(row)
    method = None if pool.kind == PoolKind.THREAD else word(StartMethod, pool.start_method)
    shutdown = pool.shutdown
    return {
        "id": str(pool.id),
        "kind": word(PoolKind, pool.kind),
        "engine": word(Engine, pool.engine),
        "name": pool.name,
        "max_workers": pool.max_workers or None,
        "start_method": None if method == "none" else method,
        "created_ns": known(pool.created),
        "shutdown": shutdown and {"wait": shutdown[0], "cancel_futures": shutdown[1]},
        "broken": pool.broken,
        "utilisation": measures.utilisation(row),
        "peak_queue": measures.peak_queue(row),
        "queue_wait_ns": wait and {"p50": wait.p50, "p95": wait.p95, "max": wait.longest},
        "health": health_facts(health(store, row)),
    }


def _worker(store: Store, row: int, measures: Measures, names: _Ids) -> Json:
    worker = store.workers[row]
    thread = worker.thread
    return {
        "id": str(worker.id),
        "pool": names.pools[worker.pool],
        "name": worker.name,
        "pid": worker.pid or None,
        "tid": worker.native_id or None,
        "born_ns": known(worker.born),
        "gone_ns": known(worker.gone),
        "end": word(WorkerEnd, worker.end),
        "exit_code": worker.exit_code,
        "tasks": int(measures.tasks_run[row]),
        "busy_ns": int(measures.busy_ns[row]),
        "blocked_ns": int(measures.blocked_ns[thread]) if thread != NEVER else None,
    }


def _tasks(store: Store, measures: Measures, names: _Ids) -> Iterator[Json]:
    tasks, text = store.tasks, store.text
    order = np.lexsort((tasks.id, tasks.submitted))
    callbacks = _callbacks_by_task(store)
    columns: list[Array] = [
        *(tasks.id, tasks.pool, tasks.label, tasks.state(), tasks.notified, tasks.outcome),
        *(tasks.result, tasks.submitter, tasks.worker, tasks.submitted, tasks.started),
        *(measures.ended(), tasks.place, tasks.pickling, tasks.pickled),
    ]
    cells = (
        cell
        for first in range(0, len(order), _TOGETHER)
        for cell in zip(
            *(column[order[first : first + _TOGETHER]].tolist() for column in columns), strict=True
        )
    )
    for key, pool, label, state, notified, outcome, result, submitter, worker, *rest in cells:
        submitted, started, finished, row, pickling, pickled = rest
        place = store.place(row)
        name = _STATES[state]
        yield {
            "id": str(key),
            "pool": names.pools[pool],
            "name": text(label) or None,
            "state": "CANCELLED_AND_NOTIFIED" if name == "CANCELLED" and notified >= 0 else name,
            "outcome": word(Outcome, outcome),
            "error": text(result) if outcome == Outcome.EXCEPTION else None,
            "submitter": names.threads[submitter],
            "worker": names.workers[worker],
            "submitted_ns": known(submitted),
            "started_ns": known(started),
            "finished_ns": known(finished),
            "callbacks": callbacks.get(key, 0),
            "submitted_at": place.where or None,
            "submitted_in": place.function or None,
            "defined_at": place.defined or None,
            "pickled_for_ns": pickled - pickling if pickling >= 0 else None,
        }


def _callbacks_by_task(store: Store) -> dict[int, int]:
    table = store.callback_table
    # Not those of the copy that a forked child has; one more at the end, where NEVER looks.
    pids = np.array([*(thread.pid for thread in store.threads), 0], np.int64)[table.thread]
    owner = table.task >> COUNTER_BITS
    own = (owner == pids) | (owner == 0) | (pids == 0)
    keys, counts = np.unique(table.task[own], return_counts=True)
    return dict(zip(keys.tolist(), counts.tolist(), strict=True))


def _waits(store: Store, names: _Ids) -> Iterator[Json]:
    for row in np.argsort(store.waits.begin, kind="stable").tolist():
        wait = store.waits[row]
        when = word(ReturnWhen, wait.return_when)
        place = store.place(wait.place)
        yield {
            "thread": names.threads[wait.thread],
            "kind": word(WaitKind, wait.kind),
            "return_when": None if when in (None, "none") else when.upper(),
            "timeout_ns": wait.timeout_ns,
            "futures": [str(key) for key in wait.future_ids()],
            "begin_ns": known(wait.begin),
            "end_ns": known(wait.end),
            "outcome": word(WaitOutcome, wait.outcome),
            "released_by": str(wait.released_by) if wait.released_by else None,
            "called_at": place.where or None,
            "called_in": place.function or None,
        }


def _thread(store: Store, row: int) -> Json:
    thread = store.threads[row]
    role = Role.WORKER if thread.worker != NEVER else thread.role
    return {
        "id": str(thread.id),
        "name": thread.name,
        "pid": thread.pid or None,
        "tid": thread.native_id or None,
        "role": word(Role, role),
        "start_ns": known(thread.started),
        "end_ns": known(store.death_of_thread(row)),
    }
