"""Whether the program of an opened trace still runs: in doubt it does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from poolscope_gui.program import Program


def meta(**other: int) -> dict[str, Any]:
    """What a trace says that this process has begun just now."""
    began = {"created_ns": time.perf_counter_ns(), "created_wall_ns": time.time_ns()}
    return {"pid": os.getpid(), **began, **other}


def test_it_runs() -> None:
    assert Program(meta()).runs()


@pytest.mark.parametrize(
    "other",
    [
        {"created_ns": time.perf_counter_ns() - 3_600_000_000_000},
        {"created_wall_ns": time.time_ns() - 3_600_000_000_000},
    ],
    ids=["another start of the machine", "another machine"],
)
def test_a_trace_by_other_clocks_is_over(other: dict[str, int]) -> None:
    assert not Program(meta(**other)).runs()


def test_a_number_that_is_another_processs_by_now_is_not_it() -> None:
    """The trace was begun an hour before the process that has its number."""
    hour = 3_600_000_000_000
    old = meta(created_ns=time.perf_counter_ns() - hour, created_wall_ns=time.time_ns() - hour)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not Program({**old, "pid": child.pid}).runs()
    finally:
        child.communicate()


def test_one_that_has_ended_is_over_also_before_anybody_has_asked_how() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    here = meta(pid=child.pid)
    before, program = time.perf_counter_ns(), Program(here)
    assert program.seen_ns == 0
    assert program.runs()
    assert before < program.seen_ns < time.perf_counter_ns()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert not Program(here).runs()
    child.communicate()
    assert not Program(here).runs()
