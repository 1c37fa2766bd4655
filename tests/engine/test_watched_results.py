"""What is told of who waits for the results of a ``multiprocessing`` pool that we look on at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_instrument import watched

ITERATORS = """
import multiprocessing.pool
def same(n): return n
def numbers():
    for n in range(3):
        # The next one is made when somebody waits for it.
        while results is None or len(got) < n or not results._cond._waiters: pass
        yield n
pool = multiprocessing.pool.ThreadPool(2)
results, got = None, []
results = pool.{name}(same, numbers())
for result in results: got.append(result)
pool.close(); pool.join()
"""


def waits(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Those for results, with the names of their tasks in the place of ids."""
    names = {task["id"]: task["name"] for task in report["tasks"]}
    return [
        {
            **wait,
            "futures": [names.get(task) for task in wait["futures"]],
            "released_by": names.get(wait["released_by"]),
        }
        for wait in report["waits"]
        if wait["kind"] == "result"
    ]


def test_who_waits_for_the_next_of_imap_does_so_before_there_is_a_task(tmp_path: Path) -> None:
    report = watched(tmp_path, ITERATORS.format(name="imap"))
    told = waits(report)[:3]
    assert [wait["futures"] for wait in told] == [[f"same({n})"] for n in range(3)]
    assert [wait["released_by"] for wait in told] == [f"same({n})" for n in range(3)]
    submitted = {task["name"]: task["submitted_ns"] for task in report["tasks"]}
    for wait in told:
        (name,) = wait["futures"]
        assert wait["begin_ns"] < submitted[name] < wait["end_ns"]


def test_who_waits_for_any_of_imap_unordered_is_seen(tmp_path: Path) -> None:
    report = watched(tmp_path, ITERATORS.format(name="imap_unordered"))
    told = waits(report)[:3]
    assert [wait["return_when"] for wait in told] == ["FIRST_COMPLETED"] * 3
    assert [wait["futures"] for wait in told] == [[f"same({n})"] for n in range(3)]
    assert {wait["outcome"] for wait in told} == {"satisfied"}


SEVERAL = """
import multiprocessing.pool, threading
go = threading.Event()
def wait(n):
    go.wait()
    return n
pool = multiprocessing.pool.ThreadPool(3)
results = pool.imap_unordered(wait, range(3))
while results._length is None: pass
class Opener(threading.Thread):
    def run(self):
        while not results._cond._waiters: pass
        go.set()
Opener().start()
for result in results: pass
pool.close(); pool.join()
"""


def test_any_of_several_is_all_that_are_not_done(tmp_path: Path) -> None:
    told = waits(watched(tmp_path, SEVERAL))
    assert told[0]["futures"] == ["wait(0)", "wait(1)", "wait(2)"]
    assert told[0]["return_when"] == "FIRST_COMPLETED"


LATE = """
import multiprocessing.pool, threading
go = threading.Event()
def wait(n):
    go.wait()
    raise {error}("its own")
pool = multiprocessing.pool.ThreadPool(1)
results = pool.{name}(wait, [1])
try: results.next(0.001)
except multiprocessing.TimeoutError: pass
class Opener(threading.Thread):
    def run(self):
        while not results._cond._waiters: pass
        go.set()
Opener().start()
try: results.next(60)
except {error}: pass
pool.close(); pool.join()
"""


@pytest.mark.parametrize("error", ["TimeoutError", "multiprocessing.TimeoutError"])
@pytest.mark.parametrize("name", ["imap", "imap_unordered"])
def test_out_of_time_is_told_from_a_task_that_was(name: str, error: str, tmp_path: Path) -> None:
    told = waits(watched(tmp_path, LATE.format(error=error, name=name)))
    assert [wait["outcome"] for wait in told] == ["timeout", "satisfied"]


MAP = """
import multiprocessing.pool, threading
go = threading.Event()
def wait(n):
    go.wait()
    return n
pool = multiprocessing.pool.ThreadPool(1)
results = pool.map_async(wait, range(3), chunksize=1)
class Opener(threading.Thread):
    def run(self):
        while not results._event._cond._waiters: pass
        go.set()
Opener().start()
results.get()
pool.close(); pool.join()
"""


def test_the_last_part_lets_go_on_who_waits_for_a_map(tmp_path: Path) -> None:
    (told,) = waits(watched(tmp_path, MAP))
    assert len(told["futures"]) == 3
    assert told["released_by"] == "wait(part 3 of 3)"


ENDS = """
import multiprocessing, os
def work(n): return n
def end(n): os._exit(n)
if __name__ == "__main__":
    pool = multiprocessing.Pool(1, maxtasksperchild=1)
    for n in range(2): pool.apply(work, [n])
    result = pool.apply_async(end, [3])
    pool.apply(work, [3])
    try: result.get(0.01)
    except multiprocessing.TimeoutError: pass
    pool.terminate()
    pool.join()
"""


def test_a_process_that_is_recycled_and_one_that_went_with_its_task(tmp_path: Path) -> None:
    report = watched(tmp_path, ENDS)
    # The last but one was still there, or had gone as planned, when the pool was ended.
    assert [worker["end"] for worker in report["workers"]][:3] == ["recycled"] * 2 + ["crashed"]
    (lost,) = [each for each in report["findings"] if each["kind"] == "lost-task"]
    assert "exited with status 3 while it ran end(3)" in lost["text"]


CALLBACKS = """
import multiprocessing.pool
def same(n): return n
def fail(n):
    if n: raise ValueError(n)
got = []
pool = multiprocessing.pool.ThreadPool(1)
one = pool.apply_async(same, [1], callback=got.append, error_callback=got.clear)
two = pool.map_async(same, [2, 3], chunksize=1, callback=got.extend)
three = pool.apply_async(fail, [4], callback=got.append, error_callback=got.append)
four = pool.map_async(fail, [5, 6, 0], chunksize=1, error_callback=got.append)
for result in one, two, three, four: result.wait()
pool.close(); pool.join()
assert got[:3] == [1, 2, 3] and [str(error) for error in got[3:]] == ["4", "5"], got
"""


def test_callbacks_are_told(tmp_path: Path) -> None:
    report = watched(tmp_path, CALLBACKS)
    assert {task["name"]: task["callbacks"] for task in report["tasks"]} == {
        "same(1)": 1,
        "same(part 1 of 2)": 0,
        "same(part 2 of 2)": 1,
        "fail(4)": 1,
        "fail(part 1 of 3)": 1,
        "fail(part 2 of 3)": 0,
        "fail(part 3 of 3)": 0,
    }
