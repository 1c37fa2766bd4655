"""The report: the contract, to the letter, on traces whose truth is known."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from poolscope.analysis.export import export
from poolscope.analysis.lanes_text import COLUMN_NS as MS
from poolscope.analysis.report import report
from poolscope.analysis.store import Store
from poolscope.trace.schema import (
    FORMAT_VERSION,
    Kind,
    LockKind,
    Outcome,
    PoolKind,
    ReturnWhen,
    Role,
    StartMethod,
    WaitKind,
    WaitOutcome,
    WorkerEnd,
)
from tests.analysis.drawing import Drawn
from tests.analysis.traces import ORIGIN, Trace

FAR = PoolKind.PROCESS | StartMethod.SPAWN << 8


class Story(Trace):
    """One task of each fate, one wait, one quarrel, on a process pool that broke."""

    def __init__(self) -> None:
        super().__init__()
        pinned = self.pinned()
        pinned.emit(0, Kind.PROCESS_STARTED, 1, 0, "script")
        self.pinned(2).emit(1, Kind.PROCESS_STARTED, 2, 1, "worker")
        self.main = self.thread("main", role=Role.MAIN)
        self.far = self.thread("far", pid=2)
        self.pool, self.worker, self.lock = self.id(), self.id(), self.id()
        pinned.emit(5, Kind.POOL_CREATED, self.pool, 4, "far pool", FAR)
        pinned.emit(10, Kind.WORKER_STARTED, self.worker, self.pool, "far_0")
        pinned.emit(6, Kind.LOCK_CREATED, self.lock, 0, "db", LockKind.RLOCK)
        self.pinned(2).emit(12, Kind.WORKER_READY, self.worker, self.far.thread)
        self.good, self.bad, self.gone, self.open = (self.id() for _ in range(4))
        for t, task in enumerate((self.good, self.bad, self.gone, self.open)):
            self.main.emit(20 + t, Kind.SUBMITTED, task, self.pool, f"f({t})")
        self._run()
        self._wait_and_quarrel()
        pinned.emit(90, Kind.WORKER_GONE, self.worker, -9, d=WorkerEnd.CRASHED)
        pinned.emit(95, Kind.POOL_BROKEN, self.pool, 0, "a worker died")
        pinned.emit(99, Kind.POOL_SHUTDOWN, self.pool, d=0b11)

    def _run(self) -> None:
        main, far = self.main, self.far
        main.emit(24, Kind.SENT, self.good)
        far.emit(30, Kind.STARTED, self.good, self.worker)
        far.emit(40, Kind.RETURNED, self.good, self.worker, d=Outcome.RESULT)
        main.emit(42, Kind.FINISHED, self.good, self.worker, "42", Outcome.RESULT)
        main.emit(43, Kind.CALLBACK_BEGAN, self.good, 0, "print")
        main.emit(44, Kind.CALLBACK_ENDED, self.good)
        main.emit(45, Kind.SENT, self.bad)
        far.emit(50, Kind.STARTED, self.bad, self.worker)
        main.emit(55, Kind.CANCELLED, self.gone)
        main.emit(56, Kind.NOTIFIED, self.gone)
        main.emit(57, Kind.SENT, self.open)
        main.emit(96, Kind.FINISHED, self.bad, self.worker, "BrokenProcessPool: gone", 1)

    def _wait_and_quarrel(self) -> None:
        main, wait = self.main, self.id()
        d = WaitKind.WAIT | ReturnWhen.FIRST_EXCEPTION << 8
        main.emit(60, Kind.WAIT_BEGAN, wait, 11, 2, d)
        main.emit(60, Kind.WAIT_ITEM, self.good, 2)
        main.emit(70, Kind.WAIT_ENDED, wait, 0, 1, WaitOutcome.TIMEOUT)
        main.emit(71, Kind.LOCK_ACQUIRED, self.lock, 0, "s.py:3")
        self.far.emit(72, Kind.LOCK_WANTED, self.lock, main.thread, "s.py:9")
        main.emit(73, Kind.LOCK_RELEASED, self.lock)

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.root_pid = 1
        store.account(lost=3, dropped=0, torn=1, exits={1: 7}, errors=[], finished=True)
        store.extend(self.batches())
        return store


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


@pytest.fixture(scope="module")
def facts(story: Story) -> dict[str, Any]:
    found = report(story.store())
    assert json.loads(json.dumps(found)) == found
    return found


def test_the_trace_itself(facts: dict[str, Any], story: Story) -> None:
    assert facts["schema"] == 1
    assert facts["trace"] == {
        "format": FORMAT_VERSION,
        "duration_ns": 99,
        "events": sum(len(stream.rows) for stream in story.streams),
        "lost": 3,
        "torn": 1,
        "processes": [
            {"pid": 1, "role": "script", "exit_code": 7},
            {"pid": 2, "role": "worker", "exit_code": -9},
        ],
    }


def test_the_pool(facts: dict[str, Any], story: Story) -> None:
    pools = [dict(each) for each in facts["pools"]]
    assert pools[0].pop("health")["verdict"] == "broken"
    assert pools == [
        {
            "id": str(story.pool),
            "kind": "process",
            "engine": "poolscope",
            "name": "far pool",
            "max_workers": 4,
            "start_method": "spawn",
            "created_ns": 5,
            "shutdown": {"wait": True, "cancel_futures": True},
            "broken": "a worker died",
            "utilisation": pytest.approx((40 - 30 + 90 - 50) / (90 - 10)),
            "peak_queue": 4,
            "queue_wait_ns": {"p50": 19, "p95": 28, "max": 29},
        }
    ]


def test_the_worker(facts: dict[str, Any], story: Story) -> None:
    assert facts["workers"] == [
        {
            "id": str(story.worker),
            "pool": str(story.pool),
            "name": "far_0",
            "pid": 2,
            "tid": story.far.info.native_id,
            "born_ns": 10,
            "gone_ns": 90,
            "end": "crashed",
            "exit_code": -9,
            "tasks": 2,
            "busy_ns": 50,
            "blocked_ns": 90 - 72,
        }
    ]


def test_each_task_has_its_fate(facts: dict[str, Any], story: Story) -> None:
    shared = {"pool": str(story.pool), "submitter": str(story.main.thread)}
    shared |= dict.fromkeys(("submitted_at", "submitted_in", "defined_at", "pickled_for_ns"))
    worker = str(story.worker)
    good: dict[str, Any] = {
        "id": str(story.good),
        "name": "f(0)",
        "state": "FINISHED",
        "outcome": "result",
    }
    good |= {"error": None, "worker": worker, "callbacks": 1}
    good |= {"submitted_ns": 20, "started_ns": 30, "finished_ns": 40}
    bad: dict[str, Any] = {
        "id": str(story.bad),
        "name": "f(1)",
        "state": "FINISHED",
        "outcome": "exception",
    }
    bad |= {"error": "BrokenProcessPool: gone", "worker": worker, "callbacks": 0}
    bad |= {"submitted_ns": 21, "started_ns": 50, "finished_ns": 90}
    gone: dict[str, Any] = {
        "id": str(story.gone),
        "name": "f(2)",
        "state": "CANCELLED_AND_NOTIFIED",
    }
    gone |= {"outcome": "cancelled", "error": None, "worker": None, "callbacks": 0}
    gone |= {"submitted_ns": 22, "started_ns": None, "finished_ns": 55}
    # Handed over but never started: RUNNING to its Future, and nothing more is known.
    sent: dict[str, Any] = {
        "id": str(story.open),
        "name": "f(3)",
        "state": "RUNNING",
        "outcome": None,
    }
    sent |= {"error": None, "worker": None, "callbacks": 0}
    sent |= {"submitted_ns": 23, "started_ns": None, "finished_ns": None}
    assert facts["tasks"] == [{**each, **shared} for each in (good, bad, gone, sent)]


def test_a_worker_is_in_one_task_at_once_and_busy_in_all_of_them(facts: dict[str, Any]) -> None:
    (worker,) = facts["workers"]
    ran = [task for task in facts["tasks"] if task["worker"] == worker["id"]]
    runs = sorted((task["started_ns"], task["finished_ns"]) for task in ran)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(runs))
    assert worker["busy_ns"] == sum(end - begin for begin, end in runs)


def test_a_call_that_ended_is_over_though_its_future_is_never_settled(tmp_path: Path) -> None:
    """A pool that is terminated forgets what came back: the chart's bar ends all the same."""
    trace = Trace()
    pool, worker, task, far = trace.id(), trace.id(), trace.id(), trace.thread("far", pid=2)
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "far pool", FAR)
    trace.pinned().emit(1, Kind.WORKER_STARTED, worker, pool, "far_0")
    trace.pinned(2).emit(2, Kind.WORKER_READY, worker, far.thread)
    trace.thread("main").emit(3, Kind.SUBMITTED, task, pool, "f()")
    far.emit(10, Kind.STARTED, task, worker)
    far.emit(40, Kind.RETURNED, task, worker, d=Outcome.RESULT)
    trace.pinned().emit(90, Kind.WORKER_GONE, worker, -15, d=WorkerEnd.FINISHED)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    found = report(store)
    (told,) = found["tasks"]
    assert (told["state"], told["outcome"], told["finished_ns"]) == ("RUNNING", None, 40)
    assert found["workers"][0]["busy_ns"] == 30
    export(store, tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["finished_ns"], row["returned_ns"], row["settled_ns"]) == ("40", "40", "")


def test_the_wait(facts: dict[str, Any], story: Story) -> None:
    assert facts["waits"] == [
        {
            "thread": str(story.main.thread),
            "kind": "wait",
            "return_when": "FIRST_EXCEPTION",
            "timeout_ns": 10,
            "futures": [str(story.good), str(story.bad)],
            "begin_ns": 60,
            "end_ns": 70,
            "outcome": "timeout",
            "released_by": None,
            "called_at": None,
            "called_in": None,
        }
    ]


def test_the_lock(facts: dict[str, Any], story: Story) -> None:
    main, far = str(story.main.thread), str(story.far.thread)
    assert facts["locks"] == [
        {
            "id": str(story.lock),
            "name": "db",
            "kind": "rlock",
            "acquisitions": 1,
            "contended": 1,
            "wait_ns": 90 - 72,
            "hold_ns": 2,
            "holds": [
                {
                    "thread": main,
                    "begin_ns": 71,
                    "end_ns": 73,
                    "where": "s.py:3",
                    "released_by": main,
                }
            ],
            "blocks": [
                {
                    "thread": far,
                    "begin_ns": 72,
                    "end_ns": 90,  # its process was killed: the block ends there
                    "owner": main,
                    "on": "rlock",
                    "where": "s.py:9",
                    "timed": False,
                    "outcome": None,
                    "released_by": None,
                }
            ],
        }
    ]


def test_the_threads(facts: dict[str, Any], story: Story) -> None:
    told = {each["id"]: each for each in facts["threads"]}
    assert told[str(story.main.thread)] == {
        "id": str(story.main.thread),
        "name": "main",
        "pid": 1,
        "tid": story.main.info.native_id,
        "role": "main",
        "start_ns": 0,
        "end_ns": None,
    }
    far = told[str(story.far.thread)]
    assert (far["role"], far["end_ns"]) == ("worker", 90)


def test_an_empty_trace_has_an_empty_report() -> None:
    facts = report(Store())
    tables = ("pools", "workers", "tasks", "waits", "locks", "shared", "threads", "findings")
    assert [facts[name] for name in tables] == [[]] * 8


def test_a_pool_nothing_ran_in_has_no_figures() -> None:
    trace = Trace()
    trace.pinned().emit(1, Kind.POOL_CREATED, trace.id(), 2, "idle")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    (pool,) = report(store)["pools"]
    assert (pool["utilisation"], pool["queue_wait_ns"], pool["peak_queue"]) == (None, None, 0)
    assert (pool["shutdown"], pool["broken"], pool["start_method"]) == (None, None, None)


def test_a_pool_of_fewer_workers_than_none_is_one_of_which_it_is_not_known() -> None:
    """A damaged trace, or another program's: a replay with so many had been an error."""
    trace = Trace()
    pool, task, stream = trace.id(), trace.id(), trace.thread("w")
    trace.pinned().emit(1, Kind.POOL_CREATED, pool, -5, "odd")
    trace.thread("main").emit(2, Kind.SUBMITTED, task, pool, "f()")
    stream.emit(3, Kind.STARTED, task, trace.id())
    stream.emit(9, Kind.FINISHED, task, 0, "1")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    (told,) = report(store)["pools"]
    assert (told["max_workers"], told["health"]["replays"]) == (None, [])


def test_that_a_quota_dropped_tasks_makes_no_pool_idle() -> None:
    """A second's worth, of which the last fifth is there: in that its one worker was busy."""
    trace = Trace()
    pool, worker, stream = trace.id(), trace.id(), trace.thread("w")
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "p")
    trace.pinned().emit(0, Kind.WORKER_STARTED, worker, pool, "w")
    trace.pinned().emit(0, Kind.WORKER_READY, worker, stream.thread)
    for at in range(800, 1000, 10):
        task = trace.id()
        trace.thread("main").emit(at * 10**6, Kind.SUBMITTED, task, pool, "f()")
        stream.emit(at * 10**6, Kind.STARTED, task, worker)
        stream.emit((at + 10) * 10**6, Kind.FINISHED, task, worker, "1")
    store = Store(ORIGIN)
    store.extend(trace.batches())
    for dropped, busy in ((0, 0.2), (80, 1.0)):
        store.account(lost=0, dropped=dropped, torn=0, exits={}, errors=[], finished=False)
        (told,) = report(store)["pools"]
        health = told["health"]
        assert told["utilisation"] == pytest.approx(busy)
        assert health["capacity_used"] == pytest.approx(busy)
        assert health["arrivals_per_s"] == pytest.approx(100 * busy)
        said = "The quota has dropped 80 tasks: this is of what came later."
        assert (said in health["evidence"]) == bool(dropped)


def test_what_is_still_open_counts_up_to_now() -> None:
    drawing = Drawn("w0 |..AAAA######|")
    (worker,) = report(drawing.store())["workers"]
    assert worker["busy_ns"] == pytest.approx(10 * MS, abs=2)
    assert worker["blocked_ns"] == pytest.approx(6 * MS, abs=2)
    assert worker["gone_ns"] is None
