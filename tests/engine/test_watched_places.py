"""Whose line a watched program submits and waits from: its own, never ours nor the library's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harmless import runs

THREADS = """
from concurrent.futures import ThreadPoolExecutor, wait, as_completed
import threading
def hold(gate): gate.wait()
def free(): pass
def run(pool):
    gate = threading.Event()
    futures = [pool.submit(hold, gate) for _ in range(2)]
    later = pool.submit(gate.set)
    wait(futures)
    later.result()
    free()
    pool.submit(lambda: 1)
    for future in as_completed(futures): pass
    list(pool.map(abs, range(2)))
with ThreadPoolExecutor(3) as pool:
    run(pool)
"""


def watched(tmp_path: Path, source: str) -> dict[str, Any]:
    """The report on a program that must succeed."""
    program = tmp_path / "program.py"
    program.write_text(source)
    run = runs.outcome([*runs.record(tmp_path / "trace"), str(program)])
    assert (run.status, run.err) == (0, b"")
    return runs.report(tmp_path / "trace")


def short(where: str | None) -> str | None:
    return where and where.rpartition("/")[2]


def submitted(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (short(task["submitted_at"]), task["submitted_in"], short(task["defined_at"]))
        for task in report["tasks"]
    ]


def waits(report: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {(wait["kind"], short(wait["called_at"])) for wait in report["waits"]}


def test_a_thread_pool(tmp_path: Path) -> None:
    report = watched(tmp_path, THREADS)
    held = ("program.py:8", "run", "program.py:4")
    opened = submitted(report)[2]
    assert opened[:2] == ("program.py:9", "run")
    assert opened[2].startswith("threading.py:")
    assert submitted(report) == [
        held,
        held,
        opened,
        ("program.py:13", "run", "program.py:13"),
        ("program.py:15", "run", None),
        ("program.py:15", "run", None),
    ]
    told = waits(report)
    assert ("wait", "program.py:10") in told
    assert ("as_completed", "program.py:14") in told
    assert ("shutdown", "program.py:16") in told
    assert {where for _, where in told} <= {f"program.py:{n}" for n in (10, 11, 14, 15, 16)}


PROCESSES = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
def work(number=0): return number
def run():
    with ProcessPoolExecutor(1) as pool:
        pool.submit(work).result()
        list(pool.map(work, range(4), chunksize=2))
    with multiprocessing.Pool(1) as pool:
        pool.apply(work)
        pool.map(work, range(2), chunksize=1)
        list(pool.imap(work, range(1)))
        list(pool.imap_unordered(work, range(2), chunksize=2))
        pool.apply_async(work).get()
        pool.close()
        pool.join()
if __name__ == "__main__":
    run()
"""


def test_pools_of_processes(tmp_path: Path) -> None:
    report = watched(tmp_path, PROCESSES)
    lines = [7, 8, 8, 10, 11, 11, 12, 13, 14]
    defined = ["program.py:4"] * 9
    defined[7:8] = [None]  # type: ignore[list-item]  # in a chunk that is not made yet
    assert submitted(report) == [
        (f"program.py:{line}", "run", where) for line, where in zip(lines, defined, strict=True)
    ]
    told = waits(report)
    assert {("result", "program.py:7"), ("shutdown", "program.py:6")} <= told
    assert {where for _, where in told} <= {f"program.py:{n}" for n in (6, 7, 8, *range(10, 17))}


ASYNC = """
import asyncio
def work(number): return number
async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, work, 1)
    await asyncio.to_thread(work, 2)
    await asyncio.gather(loop.run_in_executor(None, work, 3), asyncio.to_thread(work, 4))
asyncio.run(main())
"""


def test_asyncio(tmp_path: Path) -> None:
    tasks = {task["name"]: task for task in watched(tmp_path, ASYNC)["tasks"]}
    told = {name: short(task["submitted_at"]) for name, task in tasks.items()}
    assert told == {
        "work(1)": "program.py:6",
        "work(2)": "program.py:7",
        "work(3)": "program.py:8",
        "work(4)": None,  # a task of the loop's own submits it: above it is nobody's line
    }
    assert {short(task["defined_at"]) for task in tasks.values()} == {"program.py:3"}


@pytest.mark.parametrize("make", ["ThreadPoolExecutor", "ProcessPoolExecutor"])
def test_our_own_engine_under_record(make: str, tmp_path: Path) -> None:
    source = f"""
import poolscope
def work(): pass
if __name__ == "__main__":
    with poolscope.{make}(1) as pool:
        pool.submit(work)
"""
    assert submitted(watched(tmp_path, source)) == [("program.py:6", "<module>", "program.py:3")]


def test_a_program_of_the_library_has_no_line_of_ours(tmp_path: Path) -> None:
    """It told the line of our command line, which is what runs the program."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for number in range(3):
        (modules / f"module{number}.py").write_text("x = 1\n")
    compiling = ["-m", "compileall", "-q", "-f", "-j", "2", str(modules)]
    run = runs.outcome([*runs.record(tmp_path / "trace"), *compiling])
    assert (run.status, run.err) == (0, b"")
    told = submitted(runs.report(tmp_path / "trace"))
    # From Python 3.13 on four files are one task.
    assert len(told) == (1 if sys.version_info >= (3, 13) else 3)
    assert {where for where, _, _ in told} == {None}
