"""Real runs of the real engine, read back: the store against what the program itself saw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from poolscope.analysis.lanes_text import draw
from poolscope.analysis.report import report
from poolscope.analysis.spans import SpanIndex, holds
from poolscope.analysis.store import NEVER, Store, TaskState
from poolscope.trace.reader import Reader
from tests.analysis.canonical import canonical

# Every event is arranged: nothing here depends on how fast anything is.
SCRIPT = """
import json, os, signal, sys, threading
from concurrent.futures import BrokenExecutor
import poolscope
from poolscope import ThreadPoolExecutor, ProcessPoolExecutor, wait, as_completed, span

def square(x):
    return x * x

def fail():
    raise LookupError("nobody home")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def main(folder):
    truth = {}
    with poolscope.record(folder):
        db, arrived, go = poolscope.Lock(name="db"), threading.Event(), threading.Event()

        def holder():
            with db:
                arrived.set()
                go.wait()

        def wanter():
            go.set()
            with db:
                return "got it"

        with ThreadPoolExecutor(2, thread_name_prefix="near") as pool, span("near"):
            held = pool.submit(holder)
            arrived.wait()
            with_block = pool.submit(wanter)
            wait([held, with_block])
            futures = [pool.submit(square, x) for x in range(50)]
            truth["squares"] = sorted(f.result() for f in as_completed(futures))
            pool.submit(fail)
            started, stop = threading.Event(), threading.Event()
            blockers = [pool.submit(lambda: (started.set(), stop.wait())) for _ in range(2)]
            started.wait()
            late = pool.submit(square, 3)
            truth["cancelled"] = late.cancel()
            stop.set()
        with ProcessPoolExecutor(2) as pool:
            truth["far"] = list(pool.map(square, range(8)))
            try:
                pool.submit(die).result()
            except BrokenExecutor as error:
                truth["broken"] = type(error).__name__
    print(json.dumps(truth))

if __name__ == "__main__":
    main(sys.argv[1])
"""


class Run(NamedTuple):
    """What a recorded program said itself, and its trace."""

    truth: dict[str, Any]
    folder: Path
    store: Store


def read(folder: Path, limit: int | None = None) -> Store:
    with Reader(folder) as reader:
        store = Store.of(reader)
        while store.take(reader, limit):
            pass
    return store


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Run:
    folder = tmp_path_factory.mktemp("real")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script), str(folder / "trace")],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return Run(json.loads(done.stdout), folder / "trace", read(folder / "trace"))


def labelled(store: Store, start: str) -> list[int]:
    labels = store.tasks.label.tolist()
    return [row for row, text in enumerate(labels) if store.text(text).startswith(start)]


def test_nothing_is_missing_and_nothing_complained(run: Run) -> None:
    store = run.store
    assert (store.lost, store.dropped, store.torn, store.hidden_tasks) == (0, 0, 0, 0)
    assert store.errors == []
    assert store.finished


def test_each_call_is_a_task_with_its_result(run: Run) -> None:
    store = run.store
    rows = labelled(store, "square(")
    ran = [row for row in rows if store.tasks.state()[row] == TaskState.FINISHED]
    results = Counter(int(store.text(int(store.tasks.result[row]))) for row in ran)
    assert results == Counter(run.truth["squares"]) + Counter(run.truth["far"])
    assert run.truth["cancelled"]
    states = Counter(TaskState(code).name for code in store.tasks.state())
    assert states == {"FINISHED": 50 + 8 + 2 + 2, "EXCEPTION": 2, "CANCELLED": 1}


def test_time_never_runs_backwards_in_a_life(run: Run) -> None:
    tasks = run.store.tasks
    moments = ["submitted", "pickled", "sent", "received", "started", "returned"]
    moments += ["result_sent", "result_received", "finished"]
    for row in range(len(tasks)):
        times = [int(getattr(tasks, name)[row]) for name in moments]
        known = [time for time in times if time != NEVER]
        assert known == sorted(known), dict(zip(moments, times, strict=True))


def test_no_worker_has_two_tasks_at_once(run: Run) -> None:
    index = SpanIndex(run.store)
    ran = 0
    for lane in index.lanes():
        tasks = index.lane_tasks(lane)
        assert (tasks.end != NEVER).all(), draw(run.store)
        assert (tasks.end >= tasks.start).all(), draw(run.store)
        assert (tasks.start[1:] >= tasks.end[:-1]).all(), draw(run.store)
        ran += len(tasks.start)
    assert ran == len(run.store.tasks) - 1  # the cancelled one never ran


def test_the_quarrel_over_the_lock_is_seen(run: Run) -> None:
    store = run.store
    (lock,) = report(store)["locks"]
    assert (lock["name"], lock["acquisitions"]) == ("db", 2)
    assert store.locks[0].owner == NEVER
    ordered = sorted(zip(*(c.tolist() for c in holds(store)[2:4]), strict=True))
    assert ordered[0][1] <= ordered[1][0]
    for block in lock["blocks"]:  # whether it had to wait is the schedulers' choice
        assert block["owner"] == lock["holds"][0]["thread"]
        assert block["end_ns"] >= lock["holds"][0]["end_ns"]


def test_the_killed_worker_and_the_pool_it_broke(run: Run) -> None:
    facts = report(run.store)
    near, far = facts["pools"]
    assert (near["kind"], near["broken"], near["name"]) == ("thread", None, "near")
    assert (far["kind"], far["start_method"]) == ("process", "fork")
    assert far["broken"]
    crashed = [worker for worker in facts["workers"] if worker["end"] == "crashed"]
    assert [worker["exit_code"] for worker in crashed] == [-9]
    (death,) = [task for task in facts["tasks"] if task["name"].startswith("die(")]
    assert death["worker"] == crashed[0]["id"]
    assert death["error"].startswith(run.truth["broken"])
    kinds = {each["kind"]: each for each in facts["findings"]}
    assert kinds.keys() == {"broken-pool", "unread-exception", "unseen"}
    assert death["id"] in kinds["broken-pool"]["subjects"]
    assert "SIGKILL" in kinds["broken-pool"]["text"]


def test_the_waits_of_the_caller_are_told(run: Run) -> None:
    facts = report(run.store)
    (main,) = [each["id"] for each in facts["threads"] if each["role"] == "main"]
    waits = [each for each in facts["waits"] if each["thread"] == main]
    assert Counter(each["kind"] for each in waits)["as_completed"] == 1
    (completed,) = [each for each in run.store.waits if each.kind == 1]
    assert len(completed.yields) == 50
    assert len(completed.future_ids()) == 50
    assert {key for _, key, _ in completed.yields} == set(completed.future_ids())
    assert all(each["outcome"] == "satisfied" for each in waits)


def test_read_in_small_bites_it_is_the_same(run: Run) -> None:
    assert canonical(read(run.folder, limit=7)) == canonical(run.store)
