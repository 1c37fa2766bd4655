"""Which lanes belong together, and what is to be said of each pool in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from poolscope.analysis.spans import Lane as Source
from poolscope.trace.schema import PoolKind, StartMethod
from poolscope_gui.model import quantities
from poolscope_gui.model.chart import Group, Lane

if TYPE_CHECKING:
    from poolscope.analysis.entities import Pool, Worker
    from poolscope.analysis.store import Store

NO_POOL = -1
CALLERS = -2
THREADS = -3


def arranged(
    store: Store, sources: Sequence[Source], lanes: Sequence[Lane], sent: Mapping[int, int]
) -> list[Group]:
    """The groups from top to bottom; writes into each lane the number of its own.

    ``sent``: for the row of a pool, how many tasks are on their way to a worker.
    """
    found: dict[int, Group] = {}
    numbers: dict[int, int] = {}
    pools = 0  # among those found
    for number, source in enumerate(sources):
        key = _key(source)
        group = found.get(key)
        if group is None:
            numbers[key] = len(found)
            group = found[key] = _group(store, key, pools, sent.get(key, 0))
            pools += key >= 0
        group.lanes.append(number)
        lanes[number].group = numbers[key]
    return list(found.values())


def _key(source: Source) -> int:
    if source.kind == "worker":
        return source.pool if source.pool >= 0 else NO_POOL
    return CALLERS if source.kind == "caller" else THREADS


def _group(store: Store, key: int, colour: int, sent: int) -> Group:
    if key == CALLERS:
        return Group("callers", "threads that submit and wait", -1)
    if key == THREADS:
        return Group("threads", "other threads that use locks or name spans", -1)
    if key == NO_POOL:
        return Group("workers", "their pool is not in the trace", -1)
    pool = store.pools[key]
    alarm = f"broken: {pool.broken}" if pool.broken else ""
    return Group(
        pool.name or f"pool {key + 1}",
        _words(store, pool, sent),
        colour,
        alarm,
        key=f"pool {pool.id}",
    )


def lives(store: Store, worker: Worker) -> bool:
    """Whether a worker is neither gone nor of a process that has ended without a word of it."""
    return worker.gone < 0 and worker.pid not in store.exits


def _words(store: Store, pool: Pool, sent: int) -> str:
    kind = "thread pool"
    if pool.kind == PoolKind.PROCESS:
        method = pool.start_method
        known = method in set(StartMethod) and method != StartMethod.NONE
        kind = f"process pool, {StartMethod(method).name.lower()}" if known else "process pool"
    alive = sum(lives(store, store.workers[row]) for row in pool.workers)
    total = len(pool.workers)
    of = f"{alive} of {quantities.plural(total, 'worker')} alive" if alive < total else ""
    parts = [kind, of or quantities.plural(total, "worker")]
    if pool.max_workers > total:
        parts.append(f"at most {pool.max_workers}")
    if sent:  # no lane to draw them on: which worker takes one is not known until it starts
        parts.append(f"{sent} sent")
    if pool.shutdown is not None:
        wait, cancel = pool.shutdown
        parts.append(f"shut down(wait={wait}, cancel_futures={cancel})")
    return "  ·  ".join(parts)
