"""Threads of a program that has a trace function of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.harmless import runs

PROGRAM = """
import threading
from concurrent.futures import ThreadPoolExecutor
def work(number): return number
with ThreadPoolExecutor(2) as pool: print(sorted(pool.map(work, range(3))))
thread = threading.Thread(target=work, args=(1,), name="alone")
thread.start()
thread.join()
"""


def test_one_that_looks_for_every_caller_finds_one(tmp_path: Path) -> None:
    script, trace = tmp_path / "program.py", tmp_path / "trace"
    script.write_text(PROGRAM)
    program = ["-m", "trace", "--trackcalls", str(script)]
    plain = runs.outcome([sys.executable, *program])
    watched = runs.outcome([*runs.record(trace), *program])
    assert (watched.status, watched.err) == (plain.status, plain.err) == (0, b"")
    threads = {each["name"]: each["end_ns"] for each in runs.report(trace)["threads"]}
    assert threads["alone"] is not None
