"""What the report says of a program that has never heard of us: who did what, and when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from poolscope.trace.schema import SUBMITTED_BY_MAP, Kind
from tests.engine import oracle
from tests.harmless import runs
from tests.trace.everything import of_kind, read


def watched(tmp_path: Path, source: str, *options: str) -> dict[str, Any]:
    """The report on a program that must succeed."""
    program = tmp_path / "program.py"
    program.write_text(source)
    run = runs.outcome([*runs.record(tmp_path / "trace", *options), str(program)])
    assert (run.status, run.err) == (0, b"")
    return runs.report(tmp_path / "trace")


def by_name(things: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {thing["name"]: thing for thing in things}


THREADS = """
from concurrent.futures import ThreadPoolExecutor, wait, as_completed
import threading
go, arrived = threading.Event(), threading.Event()
def first(n):
    arrived.set()
    go.wait()
    return n
def second(n): raise ValueError(n)
def done(future): pass
pool = ThreadPoolExecutor(1, "crew")
one = pool.submit(first, 1)
arrived.wait()
two, three = pool.submit(second, 2), pool.submit(first, n=3)
three.cancel()
one.cancel()
two.add_done_callback(done)
go.set()
wait([one, two, three])
for future in as_completed([one, two]): pass
try: two.result()
except ValueError: pass
list(pool.map(str, "ab"))
pool.shutdown()
"""


def test_a_thread_pool(tmp_path: Path) -> None:
    report = watched(tmp_path, THREADS)
    (pool,) = report["pools"]
    assert (pool["name"], pool["engine"], pool["max_workers"]) == ("crew", "stdlib", 1)
    assert pool["shutdown"] == {"wait": True, "cancel_futures": False}
    (worker,) = report["workers"]
    assert (worker["name"], worker["end"], worker["tasks"]) == ("crew_0", "finished", 4)
    tasks = by_name(report["tasks"])
    assert {name: task["outcome"] for name, task in tasks.items()} == {
        "first(1)": "result",
        "second(2)": "exception",
        "first(n=3)": "cancelled",
        "str('a')": "result",
        "str('b')": "result",
    }
    assert tasks["second(2)"]["error"] == "ValueError: 2"
    assert tasks["second(2)"]["callbacks"] == 1
    for task in report["tasks"]:
        if task["outcome"] != "cancelled":
            assert task["worker"] == worker["id"]
            assert task["submitted_ns"] < task["started_ns"] < task["finished_ns"]
    main = next(thread for thread in report["threads"] if thread["role"] == "main")
    assert {task["submitter"] for task in report["tasks"]} == {main["id"]}
    kinds = [wait["kind"] for wait in report["waits"] if wait["thread"] == main["id"]]
    assert kinds[:2] == ["wait", "as_completed"]
    assert len(report["waits"][0]["futures"]) == 3


ARGUMENTS = """
from concurrent.futures import ThreadPoolExecutor
def same(value): return value
values = [0, -5, 1000, 2**32 - 1, 2**32, 10**18 - 1, 10**18, -10**18, 10**30, True, 1.5, "a"]
with ThreadPoolExecutor(2) as pool:
    for _ in range(2):
        list(pool.map(same, values))
        for value in values: pool.submit(same, value)
"""


def test_each_argument_and_result_has_its_text(tmp_path: Path) -> None:
    """Numbers small and large, which are written in ways of their own, each time they come."""
    watched(tmp_path, ARGUMENTS)
    names: dict[str, Any] = {}
    exec(ARGUMENTS.splitlines()[3], names)
    said = [repr(value) for value in names["values"]]
    rows = read(tmp_path / "trace")
    labels = [row.text for row in sorted(of_kind(rows, Kind.SUBMITTED))]
    assert labels == [f"same({text})" for text in 4 * said]
    task_text = {row.a: row.text for row in of_kind(rows, Kind.SUBMITTED)}
    results = of_kind(rows, Kind.FINISHED)
    assert len(results) == len(labels)
    assert all(task_text[row.a] == f"same({row.text})" for row in results)


NESTED = """
from concurrent.futures import ThreadPoolExecutor
def same(n): return n
def numbers(pool):
    for n in range(3):
        list(pool.map(same, [10 + n]))
        yield n
with ThreadPoolExecutor(2) as pool:
    list(pool.map(same, numbers(pool)))
    pool.submit(same, 30)
"""


def test_a_map_in_what_another_maps_over_ends_that_for_none(tmp_path: Path) -> None:
    watched(tmp_path, NESTED)
    rows = of_kind(read(tmp_path / "trace"), Kind.SUBMITTED)
    by_map = {row.text for row in rows if row.d & SUBMITTED_BY_MAP}
    assert by_map == {f"same({n})" for n in (0, 1, 2, 10, 11, 12)}
    assert {row.text for row in rows} - by_map == {"same(30)"}


PROCESSES = """
import multiprocessing, os, select
from concurrent.futures import ProcessPoolExecutor
def work(n): return n
def end(n): os._exit(3)
def linger(n): select.select([], [], [], n)  # until its parent waits for it
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    with ProcessPoolExecutor(2, context) as pool:
        list(pool.map(work, range(4)))
        list(pool.map(work, range(10, 14), chunksize=2))
    with ProcessPoolExecutor(1, context) as pool:
        try: pool.submit(end, 1).result()
        except Exception as error: assert "terminated" in str(error)
    child = context.Process(target=linger, args=(0.5,), name="alone")
    child.start()
    child.join()
"""


DEFAULT = """
import multiprocessing, threading
lock = threading.Lock()
def work(n):
    with lock: print("worked", n, flush=True)
if __name__ == "__main__":
    multiprocessing.set_start_method({method!r})
    with multiprocessing.Pool(1) as pool:
        pool.map(work, [1])
    child = multiprocessing.Process(target=work, args=(2,), name="plain")
    child.start()
    child.join()
    assert child.exitcode == 0, child.exitcode
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_of_no_named_context_runs_and_is_seen(method: str, tmp_path: Path) -> None:
    """``multiprocessing.Process`` calls the first step of its start method's as a static one."""
    report = watched(tmp_path, DEFAULT.format(method=method))
    plain = by_name(report["threads"])["plain"]
    held = [hold["thread"] for lock in report["locks"] for hold in lock["holds"]]
    assert plain["id"] in held, "what it did was recorded"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_pool_and_a_process(method: str, tmp_path: Path) -> None:
    report = watched(tmp_path, PROCESSES.format(method=method))
    good, bad = report["pools"]
    assert (good["kind"], good["start_method"], good["broken"]) == ("process", method, None)
    assert bad["broken"]
    tasks = by_name(report["tasks"])
    assert set(tasks) == {
        *(f"work({n})" for n in range(4)),
        "work(10, 11)",
        "work(12, 13)",
        "end(1)",
    }
    workers = {worker["id"]: worker for worker in report["workers"]}
    for task in report["tasks"]:
        worker = workers[task["worker"]]
        assert worker["pool"] == task["pool"]
        assert task["submitted_ns"] < task["started_ns"] < task["finished_ns"]
        # Its own process says when it ran, in the time that it was there.
        assert worker["born_ns"] <= task["started_ns"]
    assert tasks["end(1)"]["outcome"] == "exception"
    ends = {(w["end"], w["exit_code"]) for w in report["workers"] if w["pool"] == bad["id"]}
    assert ends == {("crashed", 3)}
    alone = by_name(report["threads"])["alone"]
    joins = [wait for wait in report["waits"] if wait["kind"] == "join"]
    assert [join["futures"] for join in joins] == [[alone["id"]]]


LOCKS = """
import threading, queue, logging, multiprocessing.pool
class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition()
        self.box = queue.Queue()
account = Account()
logging.getLogger("x").addHandler(logging.NullHandler())
def hold(arrived, go):
    with account.lock:
        arrived.set()
        go.wait()
arrived = threading.Event()
go = threading.Event()
holder = threading.Thread(target=hold, args=(arrived, go), name="holder")
holder.start()
arrived.wait()
class Opener:  # seen to be wanted, then let go
    def __init__(self): threading.Timer(0.02, go.set).start()
Opener()
with account.lock: pass
holder.join()
account.box.put(1); account.box.get()
"""


def test_locks_are_named_and_their_owners_known(tmp_path: Path) -> None:
    report = watched(tmp_path, LOCKS)
    locks = by_name(report["locks"])
    lock = locks["lock (program.py:5)"]
    (block,) = lock["blocks"]
    assert block["owner"] == by_name(report["threads"])["holder"]["id"]
    assert lock["acquisitions"] == 2
    assert locks["box (program.py:7)"]["kind"] == "queue"
    # Nothing that logging, queue or threading made for itself.
    assert all("(program.py:" in name for name in locks)
    everything = tmp_path / "everything"
    everything.mkdir()
    assert len(watched(everything, LOCKS, "--all-locks")["locks"]) > len(locks) + 3


SHUT_DOWN = """
import queue, threading
jobs = queue.Queue(1)
jobs.put(1)
def put():
    try: jobs.put(2)
    except queue.ShutDown: pass
thread = threading.Thread(target=put)
thread.start()
while not jobs.not_full._waiters: pass
jobs.shutdown(immediate=True)
thread.join()
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="queues can be shut down from 3.13 on")
def test_a_shutdown_makes_no_room(tmp_path: Path) -> None:
    watched(tmp_path, SHUT_DOWN)
    kinds = [event.kind for event in oracle.read(tmp_path / "trace").events]
    assert (kinds.count(Kind.SIGNAL_WANTED), kinds.count(Kind.SIGNAL_GOT)) == (1, 0)
    assert kinds.count(Kind.SIGNAL_GAVE_UP) == 1


@pytest.mark.parametrize("first", ["import poolscope.queues", "from poolscope import Queue"])
def test_our_queues_may_come_before_the_librarys(first: str, tmp_path: Path) -> None:
    program = f"""{first}
import poolscope, queue
ours = poolscope.Queue()
theirs = queue.Queue()
for box in ours, theirs:
    box.put(1); box.get()
"""
    report = watched(tmp_path, program)
    assert {lock["name"] for lock in report["locks"]} == {
        "ours (program.py:3)",
        "theirs (program.py:4)",
    }


def test_what_is_made_in_c_is_said(tmp_path: Path) -> None:
    report = watched(tmp_path, "import _thread; _thread.allocate_lock().acquire()")
    (said,) = [finding for finding in report["findings"] if finding["kind"] == "unseen"]
    assert "SimpleQueue" in said["text"]


ASYNC = """
import asyncio, functools, time
def work(n, m=0): return n
async def main():
    await asyncio.to_thread(work, 1, m=2)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, work, 3)
    await loop.run_in_executor(None, functools.partial(work, 4, m=5))
    await asyncio.to_thread(functools.partial(work, 6), m=7)
asyncio.run(main())
"""


@pytest.mark.parametrize("engine", ["stdlib", "poolscope"])
def test_asyncio_and_either_engine(engine: str, tmp_path: Path) -> None:
    report = watched(tmp_path, ASYNC, "--engine", engine)
    (pool,) = report["pools"]
    assert (pool["engine"], pool["name"]) == (engine, "asyncio")
    assert [task["outcome"] for task in report["tasks"]] == ["result"] * 4
    names = ["work(1, m=2)", "work(3)", "work(4, m=5)", "work(6, m=7)"]
    assert [task["name"] for task in report["tasks"]] == names


BOTH = """
import poolscope, sys, threading
from concurrent.futures import ThreadPoolExecutor
lock = poolscope.Lock("ours")
def work(n):
    with lock: return n
with poolscope.record("elsewhere") as folder:
    with poolscope.ThreadPoolExecutor(1) as ours, ThreadPoolExecutor(1) as theirs:
        assert [p.submit(work, 1).result() for p in (ours, theirs)] == [1, 1]
main = threading.get_ident()
def work_until_joined(n):
    joins = False
    while not joins:
        frame = sys._current_frames()[main]
        names, here = [], frame.f_code.co_filename == threading.__file__
        while frame is not None:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        joins = here and "join" in names and "is_alive" not in names
    work(n)
thread = poolscope.Thread(target=work_until_joined, args=(1,)); thread.start(); thread.join()
event = poolscope.Event("told"); event.set(); event.wait()
"""


def test_a_program_that_uses_poolscope_itself_is_seen_once(tmp_path: Path) -> None:
    report = watched(tmp_path, BOTH)
    assert [pool["engine"] for pool in report["pools"]] == ["poolscope", "stdlib"]
    assert [task["name"] for task in report["tasks"]] == ["work(1)", "work(1)"]
    locks = by_name(report["locks"])
    assert locks["ours"]["acquisitions"] == 3
    assert sorted(locks) == ["ours", "told"]
    assert len([wait for wait in report["waits"] if wait["kind"] == "join"]) == 1
    # record() joined the recording of the whole.
    assert not (tmp_path / "elsewhere").exists()
