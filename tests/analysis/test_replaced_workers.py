"""Tasks that went with the process that ran them, and workers that were replaced."""

from __future__ import annotations

import pytest

from poolscope.analysis.findings import findings
from poolscope.analysis.health import health
from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    Kind,
    Outcome,
    PoolKind,
    Role,
    StartMethod,
    WaitKind,
    WorkerEnd,
)
from tests.analysis.test_waits import began
from tests.analysis.traces import ORIGIN, Trace

MS = 1_000_000


class Processes(Trace):
    """``Pool-0``, whose workers come and go; times are in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.main = self.thread("MainThread", role=Role.MAIN)
        self.pool = self.id()
        kinds = PoolKind.PROCESS | StartMethod.FORK << 8
        self.pinned().emit(0, Kind.POOL_CREATED, self.pool, 2, "Pool-0", kinds)

    def worker(self, born: int, pid: int) -> int:
        worker = self.id()
        self.pinned().emit(born * MS, Kind.WORKER_STARTED, worker, self.pool, f"Fork-{pid}")
        stream = self.thread(f"Fork-{pid}", pid=pid, role=Role.WORKER, declare=False)
        self.pinned(pid).emit(born * MS, Kind.WORKER_READY, worker, stream.thread)
        return worker

    def gone(self, at: int, worker: int, code: int, end: WorkerEnd = WorkerEnd.CRASHED) -> None:
        self.pinned().emit(at * MS, Kind.WORKER_GONE, worker, code, 0, end)

    def run(self, worker: int, began: int, ended: int | None) -> int:
        task = self.id()
        self.main.emit(began * MS, Kind.SUBMITTED, task, self.pool, f"work({began})")
        (stream,) = (each for each in self.streams if each.info.name == self.names[worker])
        stream.emit(began * MS, Kind.STARTED, task, worker)
        if ended is not None:
            stream.emit(ended * MS, Kind.RETURNED, task, worker, 0, Outcome.RESULT)
            self.main.emit(ended * MS, Kind.FINISHED, task, 0, "1", Outcome.RESULT)
        return task

    @property
    def names(self) -> dict[int, str]:
        started = (row for row in self.pinned().rows if row[5] == Kind.WORKER_STARTED)
        texts = {number: text for text, number in self.pinned().texts.items()}
        return {row[1]: texts[row[3]] for row in started}

    def store(self, until: int = 3_000) -> Store:
        self.main.emit(until * MS, Kind.SPAN_BEGAN, self.id(), 0, "now")
        store = Store(ORIGIN)
        store.extend(self.batches())
        return store

    def found(self, kind: str) -> list[str]:
        return [each.text for each in findings(self.store()) if each.kind == kind]


def test_a_task_that_went_with_its_worker_is_told_with_who_waits_for_it() -> None:
    pool = Processes()
    first = pool.worker(0, 11)
    pool.run(first, 10, 20)
    task = pool.run(first, 30, None)
    began(pool.main, 35 * MS, pool.id(), WaitKind.RESULT, [task])
    pool.gone(50, first, -9)
    pool.worker(60, 12)
    assert pool.found("lost-task") == [
        "Worker Fork-11 (pid 11) was killed by SIGKILL while it ran work(30): Pool-0 went on with "
        "another in its place, and the result of that task never comes; MainThread waits for it."
    ]
    load = health(pool.store(), 0).load
    assert (load.arrived, load.completed) == (2, 1)


@pytest.mark.parametrize("code", [0, -15])
def test_a_pool_that_is_ended_loses_what_it_should(code: int) -> None:
    pool = Processes()
    first = pool.worker(0, 11)
    pool.run(first, 30, None)
    pool.gone(50, first, code)
    assert pool.found("lost-task") == []


def test_workers_that_were_replaced_are_not_counted_as_idle() -> None:
    pool = Processes()
    for number in range(6):
        worker = pool.worker(number * 100, 11 + number)
        for step in range(3):
            begin = number * 100 + 10 + step * 20
            pool.run(worker, begin, begin + 15)
        pool.gone(number * 100 + 90, worker, 0, WorkerEnd.RECYCLED)
    assert pool.found("idle-workers") == []
    assert pool.found("lost-task") == []


@pytest.mark.parametrize(("queued", "idle"), [(0, True), (2, False)])
def test_processes_for_which_there_was_work_that_did_not_reach_them_are_not_idle(
    queued: int, idle: bool
) -> None:
    pool = Processes()
    workers = [pool.worker(0, 11 + number) for number in range(3)]
    for step in range(8):
        pool.run(workers[0], step * 100, step * 100 + 50)
    for _ in range(queued):
        pool.main.emit(900 * MS, Kind.SUBMITTED, pool.id(), pool.pool, "late()")
    assert bool(pool.found("idle-workers")) is idle
