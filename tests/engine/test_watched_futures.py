"""Futures that nobody submitted, that never ran, that are cancelled too late, of a broken pool."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolscope.trace.schema import Kind
from tests.engine.test_instrument import by_name, watched
from tests.harmless import runs
from tests.trace.everything import of_kind, read

BY_HAND = """
from concurrent.futures import Future, ThreadPoolExecutor, wait
promise, lived, failed, struck = Future(), Future(), Future(), Future()
def settle():
    promise.set_result(1)
    assert lived.set_running_or_notify_cancel()
    lived.set_result(2)
    failed.set_exception(ValueError("3"))
    struck.cancel()
    assert not struck.set_running_or_notify_cancel()
with ThreadPoolExecutor(1, "crew") as pool:
    pool.submit(settle)
    wait([promise, lived, failed, struck])
    assert promise.result() + lived.result() == 3 and str(failed.exception()) == "3"
"""


def test_a_worker_that_settles_a_future_made_by_hand_did_not_run_it(tmp_path: Path) -> None:
    """They were in no table, and tasks were said to have been dropped to keep the quota."""
    report = watched(tmp_path, BY_HAND)
    (worker,) = report["workers"]
    assert worker["tasks"] == 1
    tasks = [task for task in report["tasks"] if task["pool"] is None]
    assert [(task["state"], task["outcome"], task["worker"]) for task in tasks] == [
        ("FINISHED", "result", None),
        ("FINISHED", "result", None),
        ("FINISHED", "exception", None),
        ("CANCELLED_AND_NOTIFIED", "cancelled", None),
    ]
    assert [task["started_ns"] is not None for task in tasks] == [False, True, False, False]
    assert set(report["waits"][0]["futures"]) <= {task["id"] for task in tasks}
    assert {finding["kind"] for finding in report["findings"]} == {"unseen"}


NEVER_RAN = """
import logging
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
logging.disable()
def fail(): go.result(); raise ValueError
def work(): pass
go = ThreadPoolExecutor(1).submit(__import__("threading").Event().wait, 0.01)
pool = ThreadPoolExecutor(1, initializer=fail)
future = pool.submit(work)
try: future.result()
except BrokenExecutor: pass
"""


def test_no_worker_ran_what_failed_in_the_queue(tmp_path: Path) -> None:
    task = by_name(watched(tmp_path, NEVER_RAN)["tasks"])["work()"]
    assert (task["outcome"], task["started_ns"], task["worker"]) == ("exception", None, None)


CANCELLED_TOO_LATE = """
import threading
from concurrent.futures import Future
class Met(Future):
    looks = 0
    def begin(self): self.canceller = threading.get_ident()
    @property
    def _state(self):
        if threading.get_ident() == self.__dict__.get("canceller"):
            # Who has settled it gets to its callbacks just now.
            self.looks += 1
            settler = threading.Thread(target=self._invoke_callbacks)
            settler.start(); settler.join()
        return self.__dict__["state"]
    @_state.setter
    def _state(self, state): self.__dict__["state"] = state
for settle in (lambda future: future.set_result(1), Future.cancel):
    future, called = Met(), []
    settle(future)
    future._done_callbacks.append(called.append)
    future.begin()
    future.cancel()
    assert future.looks and len(called) >= future.looks, (future.looks, len(called))
"""


def test_a_cancel_that_comes_too_late_keeps_no_callback_from_being_called(tmp_path: Path) -> None:
    """Those of a future that had just been settled could be lost, and with them asyncio's."""
    watched(tmp_path, CANCELLED_TOO_LATE)


BROKEN = """
import os, signal, sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import Pipe
from multiprocessing import get_context
def number(): return 1
def stays(end): end.send(1); end.recv()
def dies(): os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    here, there = Pipe()
    pool = ProcessPoolExecutor(2, get_context("fork"))
    assert pool.submit(number).result() == 1
    future = pool.submit(stays, there)
    here.recv()
    try: pool.submit(dies).result()
    except BrokenProcessPool: pass
    pool.shutdown()
"""


def test_no_result_came_of_what_a_broken_pool_gave_up(tmp_path: Path) -> None:
    """Each was told to have come back, in as many bytes as the last that had."""
    report = watched(tmp_path, BROKEN)
    tasks = by_name(report["tasks"])
    came = {str(record.a) for record in of_kind(read(tmp_path / "trace"), Kind.RESULT_RECEIVED)}
    assert came == {tasks["number()"]["id"]}
    ends = {worker["id"]: worker["gone_ns"] for worker in report["workers"]}
    (stays,) = (task for task in report["tasks"] if task["name"].startswith("stays"))
    assert stays["outcome"] == "exception"
    assert stays["finished_ns"] == ends[stays["worker"]]  # it ran until it was ended


BREAKS_BESIDE_CANCELLED = """
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pipe, get_context
def dies(end): end.recv(); os._exit(1)
here, there = Pipe()
pool = ProcessPoolExecutor(1, get_context("fork"))
first = pool.submit(dies, there)
others = [pool.submit(int) for _ in range(9)]
others[-1].cancel()
manager = pool._executor_manager_thread
here.send(1)
manager.join()
os._exit(0)  # the standard library's thread has died of it, and nobody else goes on
"""


def test_what_a_broken_pools_thread_dies_of_shows_no_frame_of_ours(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(BREAKS_BESIDE_CANCELLED)
    plain, seen = runs.both(tmp_path, str(program))
    assert (seen.status, seen.err) == (plain.status, plain.err)


FORKS = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
def child(then):
    pid = os.fork()
    if pid == 0:
        try: then()
        finally: os._exit(0)
    os.waitpid(pid, 0)
def first():
    here.release()
    go.wait()
def leaves():
    assert queued.cancel()
    pool.shutdown(wait=False, cancel_futures=True)
def uses():
    pool.submit(abs, -3).result()
    pool.shutdown()
go, here = Event(), Semaphore(0)
pool = ThreadPoolExecutor(2, "crew")
for _ in range(2):
    pool.submit(first)
    here.acquire()
queued = pool.submit(len, "two")
queued.add_done_callback(id)
child(leaves)
go.set()
assert queued.result() == 3
one = ThreadPoolExecutor(2, "crew")
pool, go = one, Event()
pool.submit(first)
here.acquire()
child(uses)
go.set()
"""


@pytest.mark.parametrize("engine", ["stdlib", "poolscope"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_a_forked_child_does_to_its_copies_is_not_told_of_its_parents(
    engine: str, tmp_path: Path
) -> None:
    """Its cancel and its shutdown were; and its own use of the pool as the parent's."""
    report = watched(tmp_path, FORKS, "--engine", engine)
    ran = by_name(report["tasks"])["len('two')"]
    assert (ran["state"], ran["outcome"], ran["callbacks"]) == ("FINISHED", "result", 1)
    left, used, copy = report["pools"]
    mine = {
        pool["id"]: {t["name"] for t in report["tasks"] if t["pool"] == pool["id"]}
        for pool in (left, used, copy)
    }
    assert mine == {
        left["id"]: {"first()", "len('two')"},
        used["id"]: {"first()"},
        copy["id"]: {"abs(-3)"},
    }
    assert not (left["shutdown"] or {}).get("cancel_futures")
    assert copy["shutdown"] == {"wait": True, "cancel_futures": False}
    parent, child = (
        {w["pid"] for w in report["workers"] if w["pool"] == pool["id"]} for pool in (used, copy)
    )
    assert len(parent) == len(child) == 1
    assert parent != child
