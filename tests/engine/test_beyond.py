"""What a watched program starts in ways that no hook is on is said."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_instrument import watched

PROGRAMS = """
import asyncio, os, pathlib, subprocess, sys
subprocess.run(["/bin/echo", "python"], stdout=subprocess.DEVNULL, check=True)
subprocess.run("python = 1", shell=True, stderr=subprocess.DEVNULL)
subprocess.run(iter([sys.executable, "-c", ""]), check=True)  # to look at it would use it up
try: subprocess.run(["nothing/that/is/there"])
except FileNotFoundError: pass
"""
PYTHONS = {
    "by its path": "subprocess.run([sys.executable, '-c', ''], check=True)",
    "by a path object": "subprocess.run(pathlib.Path('/bin/../bin/sh').with_name('true'))\n"
    "subprocess.run([pathlib.Path(sys.executable), '-c', ''], check=True)",
    "as an argument": "subprocess.Popen(('any', '-c', ''), executable=sys.executable).wait()",
    "by asyncio": "async def main():\n"
    "    await (await asyncio.create_subprocess_exec(sys.executable, '-c', '')).wait()\n"
    "asyncio.run(main())",
}
OWN_PROCESSES = """
from multiprocessing import get_context, popen_fork
class Own(get_context("fork").Process):
    @staticmethod
    def _Popen(process): return popen_fork.Popen(process)
for number in range(2):
    made = Own(target=abs, args=(number,)); made.start(); made.join()
"""
OWN_QUEUES = """
import multiprocessing, multiprocessing.pool
class Pool(multiprocessing.pool.Pool):
    def _setup_queues(self):  # as joblib does
        self._inqueue, self._outqueue = self._ctx.SimpleQueue(), self._ctx.SimpleQueue()
        self._quick_put, self._quick_get = self._inqueue._writer.send, self._outqueue._reader.recv
with Pool(2) as pool: assert pool.map(abs, range(4)) == [0, 1, 2, 3]
with multiprocessing.Pool(2) as pool: assert pool.map(abs, range(4)) == [0, 1, 2, 3]
"""


def unseen(report: dict[str, Any]) -> list[str]:
    """What it says of this program, besides what it says of each."""
    notes = [found["text"] for found in report["findings"] if found["kind"] == "unseen"]
    return [note for note in notes if "SimpleQueue" not in note]


def test_programs_that_are_no_python_are_nobodys_pools(tmp_path: Path) -> None:
    assert unseen(watched(tmp_path, PROGRAMS)) == []


@pytest.mark.parametrize("line", PYTHONS.values(), ids=PYTHONS)
def test_that_a_python_of_its_own_is_not_followed_is_said_once(line: str, tmp_path: Path) -> None:
    (said,) = unseen(watched(tmp_path, f"{PROGRAMS}{line}\n{line}\n"))
    assert said.startswith("Python programs that are started by subprocess are not followed")


def test_processes_that_start_in_a_way_of_their_own(tmp_path: Path) -> None:
    (said,) = unseen(watched(tmp_path, OWN_PROCESSES))
    assert said.startswith("__main__.Own starts processes in a way of its own")


def test_a_pool_with_queues_of_its_own(tmp_path: Path) -> None:
    report = watched(tmp_path, OWN_QUEUES)
    (said,) = unseen(report)
    assert said == "__main__.Pool has queues of its own: its tasks are not seen."
    (pool,) = report["pools"]
    assert {task["pool"] for task in report["tasks"]} == {pool["id"]}


def test_a_copy_of_multiprocessing(tmp_path: Path) -> None:
    copy = tmp_path / "billiard"
    copy.mkdir()
    (copy / "popen_fork.py").write_text(
        "import os\ndef begin():\n    return os.fork() or os._exit(0)\n"
    )
    program = "import multiprocessing, os\nfrom billiard import popen_fork\n"
    program += "made = multiprocessing.Process(target=abs, args=(1,)); made.start(); made.join()\n"
    program += "os.fork() or os._exit(0)\n"
    once = "os.waitpid(popen_fork.begin(), 0)\n"
    assert unseen(watched(tmp_path, program)) == []
    shutil.rmtree(tmp_path / "trace")
    (said,) = unseen(watched(tmp_path, program + once + once))
    assert said == "The pools of billiard, and who works for them, are not seen."


BECOMES = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
ThreadPoolExecutor(1).submit(pow, 2, 3).result()
assert os.execve in os.supports_fd
try: os.execlp("python-that-is-not-there", "any")
except FileNotFoundError: pass
how = sys.argv[-1]
if how == "keywords": os.execve(path=sys.executable, argv=["any", "-c", ""], env=os.environ)
elif how == "list": os.execl(sys.executable, "any", "-c", "")
elif how == "other": os.execlp("true", "true")
"""


@pytest.mark.parametrize(("how", "said"), [("keywords", 1), ("list", 1), ("other", 0), ("", 0)])
def test_that_a_program_becomes_another_python_is_said(how: str, said: int, tmp_path: Path) -> None:
    notes = unseen(watched(tmp_path, BECOMES.replace("sys.argv[-1]", repr(how))))
    assert [note.startswith("A process became another Python program") for note in notes] == (
        [True] * said
    )
