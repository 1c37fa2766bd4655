"""The state of a store by ids alone, so that two stores filled in different orders compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poolscope.analysis.column import NEVER, Table
from poolscope.analysis.spans import SpanIndex, blocks, holds, queue_depth
from poolscope.analysis.store import Store

_TEXTS = ("label", "result", "traceback")


def canonical(store: Store) -> dict[str, Any]:
    """Everything the store says."""

    def thread(row: int) -> int:
        return store.threads[row].id if row != NEVER else 0

    def worker(row: int) -> int:
        return store.workers[row].id if row != NEVER else 0

    def pool(row: int) -> int:
        return store.pools[row].id if row != NEVER else 0

    tasks: dict[int, dict[str, Any]] = {}
    for row in range(len(store.tasks)):
        cells = {name: getattr(store.tasks, name)[row].item() for name in store.tasks.columns}
        cells.update({name: store.text(cells[name]) for name in _TEXTS})
        cells["pool"], cells["worker"] = pool(cells["pool"]), worker(cells["worker"])
        cells["submitter"] = thread(cells["submitter"])
        tasks[cells["id"]] = cells
    seen = blocks(store)
    block = {
        (thread(t), store.locks[k].id, b, e, thread(o), c)
        for t, k, b, e, o, c in zip(*(column.tolist() for column in seen), strict=True)
    }
    held = {
        (thread(t), store.locks[k].id, b, e, thread(r))
        for t, k, b, e, r in zip(*(column.tolist() for column in holds(store)), strict=True)
    }
    callbacks = {
        (task, thread(who), store.text(name), *rest)
        for task, who, name, *rest in _rows(store.callback_table)
    }
    spans = {
        (key, thread(who), store.text(name), *rest)
        for key, who, name, *rest in _rows(store.span_table)
    }
    waits = {each.id: (thread(each.thread), *_plain(each)) for each in store.waits}
    return {
        "tasks": tasks,
        "blocks": block,
        "holds": held,
        "callbacks": callbacks,
        "spans": spans,
        "waits": waits,
        "pools": {each.id: (each.name, each.created, each.broken) for each in store.pools},
        "workers": {
            each.id: (
                *(each.name, pool(each.pool), thread(each.thread), each.pid, each.native_id),
                *(each.born, each.ready, each.gone, each.end, each.exit_code),
            )
            for each in store.workers
        },
        "threads": {
            each.id: (
                *(each.name, each.pid, each.role, each.started, each.ended),
                *(store.death_of_thread(row), store.acts_of_thread(row), worker(each.worker)),
            )
            for row, each in enumerate(store.threads)
        },
        "processes": {each.pid: (each.ended, each.exit_code) for each in store.processes},
        "locks": {
            each.id: (
                *(each.name, thread(each.owner), sorted(thread(row) for row in each.holders)),
                *(each.kind, each.permits, each.handed, each.returned),
            )
            for each in store.locks
        },
        "signals": signals(store),
        "shared": shared(store),
        "unseen": store.unseen,
        "now": store.now_ns,
        "events": store.events,
        "hidden": store.hidden_tasks,
        "lanes": lane_state(store, SpanIndex(store)),
        "depth": [(t.tolist(), n.tolist()) for t, n in [queue_depth(store)]],
    }


def signals(store: Store) -> list[Any]:
    """Waits for signals, and what let each go on."""
    threads, table = [each.id for each in store.threads], store.signals.blocks
    found = []
    for row, (lock, thread, *rest, where, timed) in enumerate(_rows(table)):
        sent = store.signals.let_through(row)
        by = int(store.signals.sent.time[sent]) if sent != NEVER else NEVER
        found.append((store.locks[lock].id, threads[thread], *rest, store.text(where), timed, by))
    return sorted(found)


def shared(store: Store) -> list[Any]:
    """Reads and writes of shared variables, and the updates that were lost."""
    table = store.shared.accesses

    def access(row: int) -> tuple[int, ...]:
        if row == NEVER:
            return ()
        return (store.threads[table.thread[row]].id, int(table.time[row]), int(table.version[row]))

    every = [(*access(row), access(int(table.base[row]))) for row in range(len(table))]
    lost = [
        tuple(access(row) for row in store.shared.update(variable, *pair)[1:])
        for variable in range(len(store.variables))
        for pair in store.shared.lost(variable).items()
    ]
    return [sorted(every), sorted(lost)]


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(getattr(table, name).tolist() for name in table.columns), strict=True)


def _plain(wait: Any) -> tuple[Any, ...]:
    return (
        wait.kind,
        wait.timeout_ns,
        wait.futures,
        wait.begin,
        wait.end,
        wait.outcome,
        wait.released_by,
        wait.done,
        wait.yields,
    )


def lane_state(store: Store, index: SpanIndex) -> dict[Any, Any]:
    """What the index says of every lane, by ids; equal starts in any order."""
    ids = store.tasks.id
    found: dict[Any, Any] = {}
    for lane in index.lanes():
        tasks = index.lane_tasks(lane)
        assert (tasks.start[1:] >= tasks.start[:-1]).all(), f"{lane.title} is not sorted"
        rows = [tasks.start.tolist(), tasks.end.tolist(), ids[tasks.task_row].tolist()]
        found[lane.key] = [sorted(zip(*rows, tasks.state.tolist(), strict=True))]
        for segments in (
            index.lane_blocks(lane),
            index.lane_holds(lane),
            index.lane_waits(lane),
            index.lane_signals(lane),
            index.lane_spans(lane),
        ):
            assert (segments.start[1:] >= segments.start[:-1]).all(), f"{lane.title}: unsorted"
            both = (segments.start.tolist(), segments.end.tolist())
            found[lane.key].append(sorted(zip(*both, strict=True)))
    found["busy"] = [column.tolist() for column in index.busy()]
    return found
