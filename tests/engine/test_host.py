"""The host does what it is told, says what came of it in the trace, and never blocks."""

from __future__ import annotations

import multiprocessing
import re
from typing import Any

import pytest

from poolscope.analysis.store import NEVER, TaskState
from poolscope.trace.schema import Role, WaitKind
from tests.engine.far_end import FarEnd, until

METHODS = multiprocessing.get_all_start_methods()


def threads(host: FarEnd, workers: int = 2) -> str:
    return str(host.ask("create", kind="thread", max_workers=workers, name="t")["pool"])


def submit(host: FarEnd, pool: str, task: str, arguments: str = "", count: int = 1) -> list[str]:
    answer = host.ask("submit", pool=pool, task=task, arguments=arguments, count=count)
    assert answer["count"] == count
    return list(answer["tasks"])


def close_gate(host: FarEnd) -> None:
    """From now on ``hold_lock('gate', 0)`` blocks its worker, until ``open_gate``."""
    assert host.ask("lock", name="gate", action="acquire") == {"lock": "gate", "acquired": True}


def open_gate(host: FarEnd) -> None:
    host.ask("lock", name="gate", action="release")


def states(host: FarEnd) -> list[TaskState]:
    return [TaskState(code) for code in host.store.tasks.state()]


def test_tasks_run_in_a_thread_pool_and_are_named_by_number(host: FarEnd) -> None:
    pool = threads(host)
    first, second = submit(host, pool, "fib", "10", count=2)
    assert host.ask("result", task=first) == {"task": first, "result": "55"}
    (third,) = submit(host, pool, "wait_for", "#2, timeout=20")
    assert host.ask("result", task="#3") == {"task": third, "result": "55"}
    done = host.ask("wait", tasks=[first, second, third])
    assert (set(done["done"]), done["not_done"]) == ({first, second, third}, [])


@pytest.mark.parametrize("method", METHODS)
def test_typed_functions_run_in_processes_and_can_be_typed_anew(host: FarEnd, method: str) -> None:
    pool = host.ask("create", kind="process", max_workers=1, start_method=method)["pool"]
    assert host.ask("result", task=submit(host, pool, "fib", "7")[0])["result"] == "13"
    for factor in (2, 3):  # the worker that ran the first one must see the second
        source = f'def times(n: int) -> int:\n    """By {factor}."""\n    return {factor} * n\n'
        shown = host.ask("define", source=source)["functions"]
        assert shown == [{"name": "times", "signature": "(n: int) -> int", "doc": f"By {factor}."}]
        (task,) = submit(host, pool, "times", "n=7")
        assert host.ask("result", task=task)["result"] == str(7 * factor)
    listed = {each["name"]: each for each in host.ask("tasks")["functions"]}
    assert listed["times"]["typed"]
    assert not listed["fib"]["typed"]


def test_waiting_is_done_by_callers_and_the_host_obeys_meanwhile(host: FarEnd) -> None:
    close_gate(host)
    pool = threads(host, workers=1)
    blocked, pending = submit(host, pool, "hold_lock", "'gate', 0", count=2)
    asked = host.send("wait", tasks=[blocked, pending], return_when="FIRST_COMPLETED")
    reading = host.send("result", task=pending)
    until(lambda: len(host.store.waits) >= 2, "both waits")
    until(lambda: states(host)[0] is TaskState.RUNNING, "the first task to run")

    cancelled = host.ask("cancel", tasks=[blocked, pending])
    assert cancelled == {
        "results": {blocked: False, pending: True}, "cancelled": 1, "refused": 1
    }  # fmt: skip
    assert host.answer(reading) == ({"error": "CancelledError", "field": ""}, True)
    # wait() counts a cancelled future only when a worker has come across it; that one is blocked.
    assert host.ended(asked) is None
    open_gate(host)
    done, failed = host.answer(asked)
    assert (blocked in done["done"], failed) == (True, False)
    assert host.ask("wait", tasks="all")["not_done"] == []

    waits = {wait.kind: host.store.threads[wait.thread] for wait in host.store.waits}
    assert {WaitKind.WAIT, WaitKind.RESULT} <= set(waits)
    for kind in (WaitKind.WAIT, WaitKind.RESULT):
        assert waits[kind].role == Role.CALLER
        assert waits[kind].name.startswith("caller-")


def test_as_completed_gives_the_order_and_what_came_before_a_timeout(host: FarEnd) -> None:
    close_gate(host)
    pool = threads(host)
    slow, fast = *submit(host, pool, "hold_lock", "'gate', 0"), *submit(host, pool, "fib", "3")
    assert host.ask("result", task=fast)["result"] == "2"
    answer = host.refused("as_completed", tasks=[slow, fast], timeout=0.2)
    assert answer["order"] == [fast]
    assert answer["error"] == "TimeoutError: 1 (of 2) futures unfinished"
    open_gate(host)
    both = host.ask("as_completed", tasks=[slow, fast])
    assert (set(both["order"]), both["count"]) == ({slow, fast}, 2)


def test_exceptions_are_answers_of_exception_and_failures_of_result(host: FarEnd) -> None:
    pool = threads(host)
    (task,) = submit(host, pool, "fail", "'no', 0")
    assert host.ask("exception", task=task) == {"task": task, "exception": "ValueError('no')"}
    assert host.refused("result", task=task)["error"] == "ValueError: no"
    (good,) = submit(host, pool, "fib", "1")
    assert host.ask("exception", task=good) == {"task": good, "exception": None}


def test_map_submits_and_consumes(host: FarEnd) -> None:
    pool = threads(host)
    mapped = host.ask("map", pool=pool, task="fib", iterables="range(8)", buffersize=2)
    assert mapped == {"results": ["0", "1", "1", "2", "3", "5", "8", "13"], "count": 8}
    assert host.store.tasks.by_map.all()
    assert host.ask("result", task="#8")["result"] == "13"
    close_gate(host)
    late = host.refused("map", pool=pool, task="hold_lock", iterables="['gate'], [0]", timeout=0.05)
    took = re.fullmatch(r"TimeoutError after ([0-9.]+) s", late["error"])
    assert took is not None
    assert float(took[1]) >= 0.05
    assert (late["field"], late["results"]) == ("timeout", [])
    open_gate(host)


def test_map_gives_what_came_before_it_failed(host: FarEnd) -> None:
    """And puts no traceback of the host's own among what tasks print."""
    pool = threads(host)
    asked = {"pool": pool, "task": "is_prime"}
    failed = host.refused("map", **asked, iterables="[5, 6, None]")
    assert failed["error"].startswith("TypeError: ")
    assert (failed["field"], failed["results"], failed["count"]) == ("", ["True", "False"], 2)
    assert "Traceback" not in "".join(host.printed)


def test_shutdown_waits_on_a_caller_and_cancels_what_is_queued(host: FarEnd) -> None:
    close_gate(host)
    pool = threads(host, workers=1)
    running, queued = submit(host, pool, "hold_lock", "'gate', 0", count=2)
    until(lambda: states(host)[0] is TaskState.RUNNING, "the first task to run")
    asked = host.send("shutdown", pool=pool, wait=True, cancel_futures=True)
    assert host.refused("result", task=queued)["error"] == "CancelledError"
    refused = host.refused("submit", pool=pool, task="fib", arguments="1")
    assert "takes no more tasks" in refused["error"]
    assert refused["field"] == "pool"
    assert host.ended(asked) is None
    open_gate(host)
    assert host.answer(asked) == ({"pool": pool}, False)
    assert host.ask("result", task=running)["result"] == "'gate'"


def test_a_lock_is_held_by_a_caller_until_released(host: FarEnd) -> None:
    assert host.ask("lock", name="R", action="create", kind="RLock") == {"lock": "R"}
    assert (
        "exists already, as RLock"
        in host.refused("lock", name="R", action="create", kind="Lock")["error"]
    )
    assert host.ask("lock", name="R", action="acquire", for_s=0)["acquired"]
    host.ask("lock", name="R", action="acquire")
    late = host.refused("lock", name="R", action="acquire", timeout=0.05)
    assert late["field"] == "timeout"
    host.ask("lock", name="R", action="release")
    assert host.ask("lock", name="R", action="acquire", for_s=3600)["acquired"]
    host.ask("lock", name="R", action="release")  # it need not be held for all of the hour
    assert host.ask("lock", name="R", action="acquire", for_s=0)["acquired"]
    until(lambda: host.store.lock_table.holds.end[-1] != NEVER, "it to let go by itself")
    assert "no caller holds 'R'" in host.refused("lock", name="R", action="release")["error"]


@pytest.mark.parametrize("method", METHODS)
def test_workers_of_a_process_pool_share_its_locks(host: FarEnd, method: str) -> None:
    pool = host.ask("create", kind="process", max_workers=2, start_method=method, name="p")["pool"]
    tasks = submit(host, pool, "hold_lock", "'A', 0.15", count=2)
    assert host.ask("wait", tasks=tasks, timeout=20)["not_done"] == []
    (unknown,) = submit(host, pool, "hold_lock", "'Z'")
    assert "no lock 'Z'" in host.refused("result", task=unknown)["error"]
    # The threads' lock of that name is another; this one they know by the name of the pool.
    host.ask("lock", name="A", action="acquire")
    host.ask("lock", name="p B", action="acquire")
    (free,) = submit(host, pool, "hold_lock", "'A', 0")
    (blocked,) = submit(host, pool, "hold_lock", "'B', 0")
    assert host.ask("wait", tasks=[free], timeout=20)["not_done"] == []
    until(lambda: "p B" in {host.store.locks[row].name for row in blocked_on(host)}, "a wait")
    assert "as Lock" in host.refused("lock", name="p B", kind="RLock", action="create")["error"]
    host.ask("lock", name="p B", action="release")
    assert host.ask("wait", tasks=[blocked], timeout=20)["not_done"] == []
    host.ask("lock", name="A", action="release")
    assert {"A", "p A", "p B"} <= {lock.name for lock in host.store.locks}


def blocked_on(host: FarEnd) -> list[int]:
    blocks = host.store.lock_table.blocks
    found: list[int] = blocks.lock[blocks.end == NEVER].tolist()
    return found


def test_a_killed_worker_breaks_its_pool_with_a_sentence(host: FarEnd) -> None:
    pool = host.ask("create", kind="process", max_workers=1)["pool"]
    (task,) = submit(host, pool, "die")
    assert "BrokenProcessPool" in host.refused("result", task=task)["error"]
    refused = host.refused("submit", pool=pool, task="fib", arguments="1")
    assert "is broken" in refused["error"]
    assert host.ask("create", kind="thread", max_workers=1)["pool"]


def test_what_tasks_print_appears_and_what_they_read_is_empty(host: FarEnd) -> None:
    source = "def ask():\n    print('who?')\n    return input()\n"
    host.ask("define", source=source)
    kinds: list[dict[str, Any]] = [{"kind": "thread"}]
    kinds += [{"kind": "process", "start_method": method} for method in METHODS]
    for number, kind in enumerate(kinds, 1):
        pool = host.ask("create", max_workers=1, **kind)["pool"]
        (task,) = submit(host, pool, "ask")
        assert "EOFError" in host.refused("result", task=task)["error"]
        assert host.printed.count("who?\n") == number


def test_a_viewer_may_number_the_tasks_its_own_way(host: FarEnd) -> None:
    pool = threads(host)
    first, second = submit(host, pool, "fib", "1") + submit(host, pool, "fib", "10")
    fields = {"pool": pool, "task": "wait_for", "arguments": "#1"}
    (task,) = host.ask("submit", **fields, named={"1": second})["tasks"]
    assert host.ask("result", task=task)["result"] == "55"
    (task,) = host.ask("submit", **fields)["tasks"]
    assert host.ask("result", task=task)["result"] == "1"
    assert host.ask("result", task=first)["result"] == "1"
    refused = host.refused("submit", **fields, named={"1": "99999999"})
    assert "no task #1;" in refused["error"]


def test_what_a_window_asked_for_has_no_line_of_a_program(host: FarEnd) -> None:
    pool = threads(host)
    (task,) = submit(host, pool, "fib", "1")
    assert host.ask("wait", tasks=[task])["not_done"] == []
    place = host.store.place(int(host.store.tasks.place[0]))
    assert (place.file, place.line) == ("", 0)
    assert place.defined_file.endswith("tasks.py")
    assert host.store.place(int(host.store.waits.place[0])).file == ""
