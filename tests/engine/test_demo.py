"""The demo is what it says: real pools, a queue, an exception, a cancellation, two fights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from poolscope.analysis import spans
from poolscope.analysis.findings import findings
from poolscope.analysis.store import Store, TaskState
from poolscope.trace.reader import Reader
from poolscope.trace.schema import PoolKind, ReturnWhen, Role, WaitKind
from tests.engine.far_end import FarEnd

WORKERS = 4
LIMIT_S = 50.0  # for a demo, whose workers give way to all others; exists only to fail


class Played(NamedTuple):
    """A host on which the demo was played once, what it answered, and what the trace then said."""

    host: FarEnd
    answer: dict[str, Any]
    store: Store


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    host = FarEnd(tmp_path_factory.mktemp("demo") / "trace")
    try:
        answer = host.ask("demo", limit_s=LIMIT_S)
        with Reader(host.folder) as reader:
            store = Store.of(reader)
            while store.take(reader):
                pass
        yield Played(host, answer, store)
    finally:
        host.close()


@pytest.fixture(autouse=True)
def _no_process_left() -> None:
    """Not after each test here: the pools stay. ``played`` looks at the end of the host."""


def test_the_demo_shows_what_it_promises_and_stays(played: Played) -> None:
    answer, store = played.answer, played.store
    assert {(pool.name, pool.kind) for pool in store.pools} == {
        ("io-pool", PoolKind.THREAD),
        ("cpu-pool", PoolKind.PROCESS),
    }
    for row in range(len(store.pools)):
        _, depth = spans.queue_depth(store, row)
        assert depth.max() > WORKERS, "more tasks than workers"
        assert depth[-1] == 0

    states = store.tasks.state()
    counts = {state: int(np.count_nonzero(states == state)) for state in TaskState}
    assert counts[TaskState.FINISHED] == answer["finished"] > 300
    assert counts[TaskState.EXCEPTION] == answer["raised"] >= 2
    assert counts[TaskState.CANCELLED] == answer["cancelled"] >= 1
    assert sum(counts.values()) == answer["tasks"] == len(store.tasks)
    names = {store.text(int(label)).split("(")[0] for label in store.tasks.label}
    assert names == {
        "fetch", "parse", "store", "fib", "sort", "resize", "upload", "hash_file", "log"
    }  # fmt: skip

    assert {lock.name.split(" ")[0] for lock in store.locks} == {"db_lock", "print_lock"}
    fought_over = {int(lock) for lock in spans.blocks(store).lock}
    assert fought_over == {0, 1}

    found = {each.kind for each in findings(store) if each.severity != "note"}
    assert found <= {"unread-exception"}, "the demo is healthy"

    callers = {thread.name for thread in store.threads if thread.role == Role.CALLER}
    assert callers == {"caller-1", "fetcher", "analyst", "archivist"}
    waits = {(wait.kind, wait.return_when) for wait in store.waits}
    assert (WaitKind.WAIT, ReturnWhen.FIRST_COMPLETED) in waits
    assert WaitKind.AS_COMPLETED in {kind for kind, _ in waits}


def test_after_the_demo_its_pools_take_tasks_and_it_can_be_played_again(played: Played) -> None:
    host, first = played.host, played.answer
    for pool in first["pools"]:
        (task,) = host.ask("submit", pool=pool, task="fib", arguments="5")["tasks"]
        assert host.ask("result", task=task)["result"] == "5"
    second = host.ask("demo", limit_s=LIMIT_S)
    assert not set(first["pools"]) & set(second["pools"])
    assert [pool.name for pool in host.store.pools][2:] == ["io-pool-2", "cpu-pool-2"]
