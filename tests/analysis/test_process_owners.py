"""A lock between processes whose owner was killed: what the analysis derives of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poolscope
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.reader import Reader
from poolscope.trace.schema import GaveUp
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)
LOCKS: list[Any] = []


def keep(lock: Any) -> None:
    LOCKS[:] = [lock]


def die_with_it() -> None:
    LOCKS[0].acquire()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_an_owner_that_was_killed(method: str, tmp_path: Path) -> None:
    context = poolscope.get_context(method)
    with poolscope.record(tmp_path):
        ledger = context.Lock(name="ledger")
        with poolscope.ProcessPoolExecutor(1, context, keep, (ledger,)) as pool:
            failed = pool.submit(die_with_it).exception(LIMIT_S)
        assert isinstance(failed, poolscope.BrokenProcessPool)
        assert not ledger.acquire(timeout=0.01)
    reader, store = Reader(tmp_path), Store()
    while batches := reader.poll():
        store.extend(batches)
    reader.close()

    (lock,) = store.locks
    (worker,) = store.workers
    owner = worker.thread
    assert lock.name == "ledger"
    assert (worker.crashed, worker.exit_code) == (True, -signal.SIGKILL)
    # Held from its acquire to the death of its process; released by nobody.
    store.lock_table.settle()
    holds = store.lock_table.holds
    assert (len(holds), holds.thread[0], holds.releaser[0]) == (1, owner, NEVER)
    assert holds.end[0] == worker.gone >= holds.begin[0]
    # It is still the one that others wait for, and they say so.
    assert lock.owner == owner
    blocks = store.lock_table.blocks
    (row,) = np.flatnonzero(blocks.outcome == GaveUp.TIMEOUT)
    assert blocks.begin[row] > holds.end[0]
    assert blocks.told_owner[row] == store.lock_table.block_owners()[row] == owner
