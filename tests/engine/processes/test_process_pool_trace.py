"""What a process pool and its workers record: the anatomy of a task, pools, workers."""

from __future__ import annotations

import os
import signal
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from poolscope.trace import recorder
from poolscope.trace.schema import Kind, Outcome, PoolKind, Role, StartMethod, WorkerEnd
from tests.engine.processes import tasks
from tests.engine.processes.seen import Seen, events
from tests.engine.processes.tasks import FORK_WARNS, LIMIT_S, MakePool

pytestmark = pytest.mark.filterwarnings(FORK_WARNS)


def of_task(seen: list[Seen], task: int) -> list[Seen]:
    kinds = [*range(Kind.SUBMITTED, Kind.FINISHED + 1)]
    return [event for event in seen if event.a == task and event.kind in kinds]


WHOLE_LIFE = [
    Kind.SUBMITTED,
    Kind.PICKLED,
    Kind.SENT,
    Kind.RECEIVED,
    Kind.STARTED,
    Kind.RETURNED,
    Kind.RESULT_SENT,
    Kind.RESULT_RECEIVED,
    Kind.FINISHED,
]


def test_the_anatomy_of_a_task(make: MakePool, folder: Path) -> None:
    recorder.start(folder, role="script")
    pool = make(1, name="anatomy")
    good = pool.submit(tasks.echo, 7)
    good.result(LIMIT_S)
    bad = pool.submit(tasks.fail, "no")
    bad.exception(LIMIT_S)
    pool.shutdown()
    recorder.stop()
    seen = events(folder)
    for future, outcome in ((good, Outcome.RESULT), (bad, Outcome.EXCEPTION)):
        life = of_task(seen, future._id)
        assert [event.kind for event in life] == WHOLE_LIFE
        here = [event.pid == os.getpid() for event in life]
        assert here == [True] * 3 + [False] * 4 + [True] * 2
        assert {event.role for event in life if event.pid != os.getpid()} == {Role.WORKER}
        assert {event.thread for event in life if event.pid != os.getpid()} == {"anatomy_0"}
        assert life[-1].d == outcome
        workers = {event.b for event in life[3:6]} | {life[-1].b}
        (worker,) = workers
        assert any(e.kind == Kind.WORKER_READY and e.a == worker for e in seen)
    assert of_task(seen, good._id)[0].text == "echo(7)"
    assert of_task(seen, good._id)[-1].text == "7"


def test_pool_and_workers(make: MakePool, context: BaseContext, folder: Path) -> None:
    recorder.start(folder, role="script")
    pool = make(1, name="staffed")
    pid = pool.submit(tasks.pid).result(LIMIT_S)
    pool.shutdown()
    recorder.stop()
    seen = events(folder)
    (created,) = [event for event in seen if event.kind == Kind.POOL_CREATED]
    method = StartMethod[context.get_start_method().upper()]
    assert (created.a, created.b, created.text) == (pool._id, 1, "staffed")
    assert created.d == PoolKind.PROCESS | method << 8
    ours = [event.kind for event in seen if Kind.POOL_CREATED <= event.kind <= Kind.WORKER_GONE]
    assert ours == [
        Kind.POOL_CREATED,
        Kind.WORKER_STARTED,
        Kind.WORKER_READY,
        Kind.POOL_SHUTDOWN,
        Kind.WORKER_GONE,
        Kind.POOL_ENDED,
    ]
    (gone,) = [event for event in seen if event.kind == Kind.WORKER_GONE]
    assert (gone.b, gone.d) == (0, WorkerEnd.FINISHED)
    assert any(e.kind == Kind.PROCESS_ENDED and (e.a, e.b) == (pid, 0) for e in seen)
    ended = [event.pid for event in seen if event.kind == Kind.RECORDING_ENDED]
    assert sorted(ended) == sorted([pid, os.getpid()])


def test_a_crash_is_told_by_name(make: MakePool, folder: Path) -> None:
    recorder.start(folder, role="script")
    pool = make(1, name="doomed")
    pid = pool.submit(tasks.pid).result(LIMIT_S)
    os.kill(pid, signal.SIGKILL)
    pool._executor_manager_thread.join(LIMIT_S)  # type: ignore[union-attr]
    recorder.stop()
    seen = events(folder)
    (gone,) = [event for event in seen if event.kind == Kind.WORKER_GONE]
    assert (gone.b, gone.d) == (-signal.SIGKILL, WorkerEnd.CRASHED)
    (broken,) = [event for event in seen if event.kind == Kind.POOL_BROKEN]
    assert broken.text == f"Worker doomed_0 (process {pid}) was killed by SIGKILL."


def test_a_recycled_worker(make: MakePool, context: BaseContext, folder: Path) -> None:
    if context.get_start_method() == "fork":
        pytest.skip("fork has no max_tasks_per_child")
    recorder.start(folder, role="script")
    pool = make(1, max_tasks_per_child=1)
    for _ in range(2):
        pool.submit(tasks.nothing).result(LIMIT_S)
    pool.shutdown()
    recorder.stop()
    ends = [event.d for event in events(folder) if event.kind == Kind.WORKER_GONE]
    assert ends[:2] == [WorkerEnd.RECYCLED, WorkerEnd.RECYCLED]


def test_workers_follow_a_recording_that_begins_late_and_ends(make: MakePool, folder: Path) -> None:
    pool = make(1, name="late")
    pool.submit(tasks.nothing).result(LIMIT_S)
    recorder.start(folder, role="script")
    inside = pool.submit(tasks.echo, 1)
    inside.result(LIMIT_S)
    recorder.stop()
    after = pool.submit(tasks.echo, 2)
    after.result(LIMIT_S)
    second = folder.with_name("second")
    recorder.start(second, role="script")
    again = pool.submit(tasks.echo, 3)
    again.result(LIMIT_S)
    recorder.stop()
    pool.shutdown()
    for where, future in ((folder, inside), (second, again)):
        seen = events(where)
        assert [event.kind for event in of_task(seen, future._id)] == WHOLE_LIFE
        assert of_task(seen, after._id) == []
        (ready,) = [event for event in seen if event.kind == Kind.WORKER_READY]
        (started,) = [event for event in seen if event.kind == Kind.WORKER_STARTED]
        assert ready.a == started.a


def test_cancelled_and_unpicklable_tasks(make: MakePool, folder: Path, gate: tasks.Gate) -> None:
    recorder.start(folder, role="script")
    pool = make(1)
    held = pool.submit(gate.pass_through)
    gate.arrived()
    futures = [pool.submit(tasks.nothing) for _ in range(4)]
    assert futures[-1].cancel()
    gate.open()
    held.result(LIMIT_S)
    failed = pool.submit(tasks.echo, lambda: None)
    failed.exception(LIMIT_S)
    pool.shutdown()
    recorder.stop()
    seen = events(folder)
    gone = [event.kind for event in seen if event.a == futures[-1]._id]
    assert gone == [Kind.SUBMITTED, Kind.CANCELLED, Kind.NOTIFIED]
    life = [event.kind for event in of_task(seen, failed._id)]
    assert life == [Kind.SUBMITTED, Kind.FINISHED]
