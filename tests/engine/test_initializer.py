"""Pools whose initializer raises: which, and what, is told of every kind of pool."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harmless import runs

PROGRAM = """
import multiprocessing, sys
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
def connect(address): raise ConnectionError(f"no route to {address}")
def main(kind, method):
    context = multiprocessing.get_context(method)
    if kind == "threads": pool = ThreadPoolExecutor(2, "io", connect, ("b",))
    else: pool = ProcessPoolExecutor(1, context, connect, ("b",))
    with pool:
        try: pool.submit(abs, 1).result()
        except BrokenExecutor as error: print(repr(error))
if __name__ == "__main__":
    main(*sys.argv[1:])
"""
# One of a pool of ``multiprocessing``'s fails; those after it wait.
OF_MULTIPROCESSING = """
import multiprocessing, os, sys, threading
from multiprocessing.pool import ThreadPool
def connect(permits):
    permits.acquire()
    raise ConnectionError("no route")
def main(kind, method):
    context = multiprocessing.get_context(method)
    permits = context.Semaphore(1)
    failed = threading.Event()
    threading.excepthook = lambda told: failed.set()
    pool = (ThreadPool if kind == "threads" else context.Pool)(2, connect, (permits,))
    pool.apply_async(abs, (1,))
    if kind == "threads":
        failed.wait()
        os._exit(0)
    seen = set()
    while len(seen) < 3: seen |= {worker.name for worker in pool._pool}
    pool.terminate()
if __name__ == "__main__":
    main(*sys.argv[1:])
"""
KINDS = [("threads", "fork"), *(("processes", how) for how in ("fork", "spawn", "forkserver"))]


def found(report: dict[str, Any], kind: str) -> str:
    (finding,) = [each for each in report["findings"] if each["kind"] == kind]
    return str(finding["text"])


@pytest.mark.parametrize(("kind", "method"), KINDS)
def test_a_broken_pool_names_it_and_the_program_prints_the_same(
    tmp_path: Path, kind: str, method: str
) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    text = found(runs.same(tmp_path, str(script), kind, method), "broken-pool")
    assert "broke: the initializer connect of worker " in text
    assert text.endswith(" raised ConnectionError: no route to b.")


# Not by ``fork``: Python may hang there, with and without us, as the pool is terminated.
@pytest.mark.parametrize(("kind", "method"), [KINDS[0], *KINDS[2:]])
def test_a_pool_that_starts_others_without_end_is_told(
    tmp_path: Path, kind: str, method: str
) -> None:
    script, trace = tmp_path / "program.py", tmp_path / "trace"
    script.write_text(OF_MULTIPROCESSING)
    ran = runs.outcome([*runs.record(trace), str(script), kind, method])
    assert ran.status == 0
    text = found(runs.report(trace), "failing-workers")
    assert text.startswith("1 worker of ")
    assert "the pool put another in its place" in text or kind == "threads"
    assert "the initializer connect of worker " in text
    assert text.endswith(" raised ConnectionError: no route. 1 task waits.")


@pytest.mark.parametrize(("kind", "method"), KINDS)
def test_poolscopes_own_pools_tell_it_too(tmp_path: Path, kind: str, method: str) -> None:
    script, trace = tmp_path / "program.py", tmp_path / "trace"
    script.write_text(PROGRAM)
    ran = runs.outcome([*runs.record(trace, "--engine", "poolscope"), str(script), kind, method])
    assert (ran.status, ran.out[:6]) == (0, b"Broken")
    text = found(runs.report(trace), "broken-pool")
    assert "broke: the initializer connect of worker " in text
    assert " raised ConnectionError: no route to b." in text


DIES = """
import multiprocessing, os, signal, sys
from concurrent.futures import ProcessPoolExecutor
def keep(all_there):
    global barrier
    barrier = all_there
def die():
    barrier.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
def stay():
    barrier.wait()
    signal.pause()
def main(method):
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(3, context, keep, (context.Barrier(3),)) as pool:
        futures = [pool.submit(stay), pool.submit(stay), pool.submit(die)]
        print([repr(future.exception()) for future in futures])
if __name__ == "__main__":
    main(sys.argv[1])
"""


# By ``fork``: by the others Python 3.11 may wait without end, with and without us, for a worker
# that is still starting as another one breaks the pool.
@pytest.mark.skipif(sys.platform != "linux", reason="processes are waited for by pidfd")
def test_whose_end_broke_a_pool_is_told_from_those_that_it_then_ended(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(DIES)
    report = runs.same(tmp_path, str(script), "fork")
    text = found(report, "broken-pool")
    assert text.count("killed by SIGTERM while it ran die()") == 1
    assert "stay()" not in text
    assert text.endswith(" It then ended its 2 other workers by SIGTERM.")
    ends = [worker["end"] for worker in report["workers"]]
    assert sorted(ends) == ["crashed", "finished", "finished"]
