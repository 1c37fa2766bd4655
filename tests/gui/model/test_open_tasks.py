"""What is known of tasks without looking at all of them again."""

from __future__ import annotations

import random

import numpy as np

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role
from poolscope_gui.model.open_tasks import OpenTasks
from poolscope_gui.model.palette import CANCELLED, SENT
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.tracks import NEVER
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


def mixed(seed: int) -> Trace:
    """A pool whose tasks wait, are on their way, are cancelled, or end."""
    choose = random.Random(seed)
    trace = Trace()
    main, child, pinned = trace.thread("main", role=Role.MAIN), trace.thread("w0"), trace.pinned()
    pool, worker, now = trace.id(), trace.id(), 0
    pinned.emit(0, Kind.POOL_CREATED, pool, 1, "cpu", PoolKind.PROCESS)
    pinned.emit(1, Kind.WORKER_STARTED, worker, pool, "cpu_0")
    pinned.emit(2, Kind.WORKER_READY, worker, child.thread)
    for _ in range(60):
        now += MS
        task = trace.id()
        main.emit(now, Kind.SUBMITTED, task, pool, "work()")
        fate = choose.choice(("waits", "sent", "cancelled", "ends"))
        if fate == "cancelled":
            main.emit(now + choose.randrange(9 * MS), Kind.CANCELLED, task)
        elif fate != "waits":
            main.emit(now + 1, Kind.SENT, task)
        if fate == "ends":
            child.emit(now + 2, Kind.STARTED, task, worker)
            main.emit(now + 3, Kind.FINISHED, task, worker, "1", Outcome.RESULT)
    return trace


def test_the_same_as_looking_at_all() -> None:
    for seed in range(5):
        store, kept = Store(ORIGIN), OpenTasks()
        for batch in mixed(seed).batches():
            for record in range(0, len(batch.records), 7):
                store.extend([batch._replace(records=batch.records[record : record + 7])])
                kept.update(store)
                tasks = store.tasks
                rows = np.flatnonzero((tasks.state() == CANCELLED) & (tasks.cancelled != NEVER))
                assert sorted(kept.cancel_tasks.tolist()) == rows.tolist()
                assert (np.diff(kept.cancel_times) >= 0).all()
                assert kept.cancel_times.tolist() == tasks.cancelled[kept.cancel_tasks].tolist()
                assert sum(kept.sent.values()) == int((tasks.state() == SENT).sum())
                known = tasks.submitted[tasks.submitted != NEVER]
                assert kept.first == (int(known.min()) if len(known) else NEVER)


def test_what_is_over_is_not_looked_at_again() -> None:
    store, kept = Store(ORIGIN), OpenTasks()
    store.extend(mixed(1).batches())
    kept.update(store)
    over = int((store.tasks.state() > SENT).sum())
    assert over > 10
    assert len(kept._rows) == len(store.tasks) - over


def test_a_pool_tells_how_many_are_on_their_way() -> None:
    store = Store(ORIGIN)
    store.extend(mixed(2).batches())
    sent = int((store.tasks.state() == SENT).sum())
    assert sent > 1
    detail = next(g.detail for g in ChartSource(store).groups if g.title == "cpu")
    assert f"{sent} sent" in detail
