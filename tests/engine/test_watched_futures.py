"""Futures that nobody submitted, and those that never ran: whose are they?"""

from __future__ import annotations

from pathlib import Path

from tests.engine.test_instrument import by_name, watched

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
