"""Which rows the chart has: workers by pool, callers, other threads that do something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.entities import Thread, Worker
from poolscope.trace.schema import Kind, PoolKind, Role

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

SUBMITS = 1  # what a thread was seen to do, as bits
WAITS = 2
LOCKS = 4
SPANS = 8

ACTS: Final[dict[int, int]] = {  # by what a record's part is kept under
    Kind.SUBMITTED: SUBMITS,
    Kind.WAIT_BEGAN: WAITS,
    Kind.LOCK_WANTED: LOCKS,
    Kind.SIGNAL_WANTED: LOCKS,
    Kind.SHARED_READ: LOCKS,
    Kind.SPAN_BEGAN: SPANS,
}

_LATE = 1 << 63  # sorts what has no time after all that has


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the chart. ``pool``, ``thread`` and ``worker`` are rows, or ``NEVER``."""

    key: tuple[str, int]  # ("worker" | "thread", id): stays the same however lanes move
    kind: str  # "worker", "caller" or "thread"
    title: str
    subtitle: str
    pool: int
    thread: int
    worker: int
    born: int
    gone: int


def lanes(store: Store) -> list[Lane]:
    """The lanes of a trace, from top to bottom.

    Workers first, grouped by pool in the order in which pools were made, idle and dead ones
    too; then callers (threads that submit or wait, and the main and caller threads that did
    anything); then other threads that used locks or named spans.
    """
    found = []
    pools = range(len(store.pools))
    for pool in sorted(pools, key=lambda row: _order(store.pools[row].created, row)):
        rows = store.pools[pool].workers
        for row in sorted(rows, key=lambda row: _order(store.workers[row].born, row)):
            found.append(_worker_lane(store, row))
    found += [
        _worker_lane(store, row) for row, worker in enumerate(store.workers) if worker.pool == NEVER
    ]
    kinds = {row: _thread_kind(store, row) for row in range(len(store.threads))}
    for kind in ("caller", "thread"):
        rows = [row for row, each in kinds.items() if each == kind]
        for row in sorted(rows, key=lambda row: _order(store.threads[row].started, row)):
            found.append(_thread_lane(store, row, kind))
    return found


def thread_title(thread: Thread) -> str:
    """What to call a thread that may have no name."""
    return thread.name or f"thread {thread.native_id or thread.id}"


def worker_title(worker: Worker) -> str:
    """What to call a worker that may have no name."""
    return worker.name or f"worker {worker.id}"


def _order(time: int, row: int) -> tuple[int, int]:
    return (time if time != NEVER else _LATE, row)


def _thread_kind(store: Store, row: int) -> str | None:
    thread, acts = store.threads[row], store.acts_of_thread(row)
    if thread.worker != NEVER or not acts:
        return None
    if acts & (SUBMITS | WAITS) or thread.role in (Role.MAIN, Role.CALLER):
        return "caller"
    return "thread"


def _worker_lane(store: Store, row: int) -> Lane:
    worker = store.workers[row]
    by_process = worker.pool != NEVER and store.pools[worker.pool].kind == PoolKind.PROCESS
    if by_process:
        subtitle = f"pid {worker.pid}" if worker.pid else "process"
    else:
        subtitle = f"tid {worker.native_id}" if worker.native_id else "thread"
    return Lane(
        ("worker", worker.id),
        "worker",
        worker_title(worker),
        subtitle,
        worker.pool,
        worker.thread,
        row,
        worker.born,
        worker.gone,
    )


def _thread_lane(store: Store, row: int, kind: str) -> Lane:
    thread = store.threads[row]
    return Lane(
        ("thread", thread.id),
        kind,
        thread_title(thread),
        f"pid {thread.pid}",
        NEVER,
        row,
        NEVER,
        thread.started,
        store.death_of_thread(row),
    )
