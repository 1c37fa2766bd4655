"""A failed future that is collected and was never looked at: told once, and only then."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import pytest

import poolscope
from poolscope.analysis.findings import findings
from poolscope.future import Future
from poolscope.trace.schema import Kind
from tests.analysis.test_real import read
from tests.engine import oracle


def fail(*_arguments: object) -> None:
    raise ValueError("no")


def dropped(folder: Path) -> list[int]:
    return [event.a for event in oracle.check(folder).all(Kind.EXCEPTION_DROPPED)]


def failed() -> Future[None]:
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    future.set_exception(ValueError("no"))
    return future


@pytest.mark.parametrize(
    "pool", [poolscope.ThreadPoolExecutor, poolscope.ProcessPoolExecutor], ids=["thread", "process"]
)
def test_it_is_told_when_it_goes_and_found_at_once(
    tmp_path: Path, pool: Callable[[int], Executor]
) -> None:
    with poolscope.record(tmp_path / "t"):
        with pool(1) as executor:
            kept = executor.submit(fail)
            lost = executor.submit(fail)
        number, left = lost._id, kept._id  # type: ignore[attr-defined]
        del lost
        gc.collect()
        unseen, *during = findings(read(tmp_path / "t"))
        assert unseen.kind == "unseen"  # the standard library's, in each recording from inside
        assert [(each.kind, each.subjects) for each in during] == [
            ("unread-exception", [str(number)])
        ]
        assert "collected" in during[0].text
    assert dropped(tmp_path / "t") == [number]
    _, *found = findings(read(tmp_path / "t"))
    assert sorted(each.subjects[0] for each in found) == sorted([str(left), str(number)])
    assert kept.done()


@pytest.mark.parametrize("look", ["result", "exception", "asyncio"])
def test_one_that_was_looked_at_goes_in_silence(tmp_path: Path, look: str) -> None:
    with poolscope.record(tmp_path / "t"):
        future = failed()
        if look == "asyncio":

            async def ask(theirs: Future[None]) -> None:
                with pytest.raises(ValueError, match="no"):
                    await asyncio.wrap_future(theirs)

            asyncio.run(ask(future))
        elif look == "exception":
            assert future.exception() is not None
        else:
            with pytest.raises(ValueError, match="no"):
                future.result()
        del future
        gc.collect()
    assert dropped(tmp_path / "t") == []


def test_in_a_cycle_with_its_exception_it_is_told_once(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "t"):
        future = failed()
        number = future._id
        assert future._exception is not None
        future._exception.future = future  # type: ignore[attr-defined]
        del future
        gc.collect()
    assert dropped(tmp_path / "t") == [number]


def test_the_next_recording_is_not_told_of_the_last_ones(tmp_path: Path) -> None:
    with poolscope.record(tmp_path / "first"):
        future = failed()
    with poolscope.record(tmp_path / "second"):
        del future
        gc.collect()
    assert dropped(tmp_path / "first") == dropped(tmp_path / "second") == []


def test_a_success_and_a_failure_unrecorded_keep_nothing(tmp_path: Path) -> None:
    assert failed()._unread is None
    with poolscope.record(tmp_path / "t"):
        future: Future[int] = Future()
        future.set_result(1)
        assert future._unread is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_copy_in_a_forked_child_is_not_the_future(tmp_path: Path) -> None:
    program = """
import gc, os, sys, poolscope
from poolscope.future import Future
with poolscope.record(sys.argv[1]):
    future = Future()
    future.set_exception(ValueError("no"))
    child = os.fork()
    if not child:
        del future
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    kept = future
"""
    run(program, tmp_path / "t")
    assert dropped(tmp_path / "t") == []


def test_the_end_of_the_interpreter_is_quiet(tmp_path: Path) -> None:
    program = """
import sys, poolscope
from poolscope.trace import recorder
recorder.start(sys.argv[1], role="script")
pool = poolscope.ThreadPoolExecutor(1)
kept = [pool.submit(lambda: 1 / 0) for _ in range(3)]
cycle = [kept]; cycle.append(cycle)
"""
    run(program, tmp_path / "t")
    assert dropped(tmp_path / "t") == []
    found = findings(read(tmp_path / "t"))
    assert [each.kind for each in found] == ["unread-exception"] * 3


def run(program: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
