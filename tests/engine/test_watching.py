"""``poolscope.watch()``: from inside a program that runs already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harmless import runs

PROGRAM = """
import sys
sys.path.append({engine!r})
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock
old = threading.Event()
pool = ThreadPoolExecutor(1, "early")
pool.submit(int).result()
import poolscope, poolscope.launch, poolscope.watching
show = "import os, sys; os.write(1, b'window on ' + sys.argv[1].encode() + bytes([10]))"
poolscope.launch.viewer = lambda folder: ["-c", show, str(folder)]
{before}
folder = poolscope.watch()
assert poolscope.watch() == folder
lock = Lock()
def work(n):
    with lock: return n
wait([pool.submit(work, n) for n in range(3)])
pool.shutdown()
import os  # three processes write to one pipe: each line at once
os.write(1, bytes(folder) + bytes([10]))
"""


def run(tmp_path: Path, before: str, display: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(engine=str(runs.ROOT / "engine"), before=before))
    environment = {**os.environ, "QT_QPA_PLATFORM": "", "DISPLAY": display, "TMPDIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


def test_sees_what_there_is_and_says_what_it_does_not(tmp_path: Path) -> None:
    ran = run(tmp_path, "", ":99")
    assert ran.stderr == ""
    said = ran.stdout.splitlines()
    (folder,) = [line for line in said if not line.startswith("window on ")]
    assert said.count(f"window on {folder}") == 2
    report = runs.report(Path(folder))
    # The pool was there before, and so was its thread; the name Lock had been imported already.
    (pool,) = report["pools"]
    assert pool["name"] == "early"
    assert [task["name"] for task in report["tasks"]] == ["work(0)", "work(1)", "work(2)"]
    (worker,) = report["workers"]
    assert (worker["name"], worker["tasks"]) == ("early_0", 3)
    assert [lock["acquisitions"] for lock in report["locks"]] == [3]
    assert next(wait["kind"] for wait in report["waits"]) == "wait"
    unseen = " ".join(f["text"] for f in report["findings"] if f["kind"] == "unseen")
    assert "made before the recording began" in unseen
    assert "subprocess" not in unseen  # as our window is started


def test_without_a_window_it_says_so_and_records_nothing(tmp_path: Path) -> None:
    ran = run(tmp_path, "", "")
    assert "there is no display" in ran.stderr.splitlines()[-1]
    lacking = "poolscope.watching._NEEDED = ('poolscope_gui_of_nobody',)"
    ran = run(tmp_path, lacking, ":99")
    assert "is not installed" in ran.stderr.splitlines()[-1]
    assert "poolscope_gui_of_nobody" in ran.stderr.splitlines()[-1]
    assert not list(tmp_path.glob("poolscope-watch-*"))


CHILDREN = """
import sys
sys.path.append({engine!r})
import multiprocessing, os
import poolscope, poolscope.launch, poolscope.watching
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
def say(words):  # a window, too, writes to this pipe, and print may write a line's end by itself
    os.write(1, str(words).encode() + bytes([10]))
def work(n):
    return n * n
def alone(n):
    with ThreadPoolExecutor(1, "in child") as pool: pool.submit(work, n).result()
def main(method):
    before = dict(os.environ), list(sys.path)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool: say(list(pool.map(work, range(4))))
    with context.Pool(2) as pool: say(pool.map(work, range(4), 1))
    process = context.Process(target=alone, args=(3,), name="Alone")
    process.start()
    process.join()
    assert before == (dict(os.environ), list(sys.path))
"""
# As in a module, or a script, in which only what must be is kept from children that import it.
UNGUARDED = """
poolscope.launch.viewer = lambda folder: ["-c", "import os; os.write(1, b'a window' + bytes([10]))"]
poolscope.watching._check = lambda: None
poolscope.watch(sys.argv[2])
if __name__ == "__main__":
    main(sys.argv[1])
"""
BLOCK = """
if __name__ == "__main__":
    with poolscope.record(sys.argv[2], watch=True):
        main(sys.argv[1])
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("how", [UNGUARDED, BLOCK])
def test_children_are_seen_and_open_no_window(tmp_path: Path, method: str, how: str) -> None:
    script, folder = tmp_path / "program.py", tmp_path / "t"
    script.write_text(CHILDREN.format(engine=str(runs.ROOT / "engine")) + how)
    ran = runs.outcome([sys.executable, str(script), method, str(folder)])
    assert (ran.status, ran.err) == (0, b"")
    said = ran.out.splitlines()
    assert said.count(b"[0, 1, 4, 9]") == 2
    assert said.count(b"a window") == (1 if how is UNGUARDED else 0)
    report = runs.report(folder)
    pools = {pool["id"]: pool["name"].partition("-")[0] for pool in report["pools"]}
    tasks = [pools[task["pool"]] for task in report["tasks"] if task["started_ns"] is not None]
    assert sorted(tasks) == ["Pool"] * 4 + ["ProcessPoolExecutor"] * 4 + ["in child"]
    assert all(task["worker"] for task in report["tasks"])
    assert "Alone" in {thread["name"] for thread in report["threads"]}


def test_says_that_it_does_not_see_the_tasks_of_a_pool_from_before(tmp_path: Path) -> None:
    before = "from multiprocessing import pool as p; theirs = p.ThreadPool(1)\n"
    before += "class StandIn: __class__ = property(lambda self: exit('it was asked what it is'))\n"
    before += "stands = StandIn()"
    ran = run(tmp_path, before, ":99")
    (folder,) = [line for line in ran.stdout.splitlines() if not line.startswith("window on ")]
    found = " ".join(finding["text"] for finding in runs.report(Path(folder))["findings"])
    assert "A multiprocessing.Pool was made before the recording began" in found


def test_says_that_it_does_not_find_what_was_frozen(tmp_path: Path) -> None:
    said = []
    for freeze in "", "import gc, queue, threading; early = queue.Queue(); gc.freeze()":
        folder = tmp_path / f"trace{len(said)}"
        program = "import sys, threading\nsys.path.append({!r})\n{}\nimport poolscope\n"
        program += "with poolscope.record({!r}, watch=True): pass\n"
        script = tmp_path / "program.py"
        script.write_text(program.format(str(runs.ROOT / "engine"), freeze, str(folder)))
        ran = runs.outcome([sys.executable, str(script)])
        assert (ran.status, ran.err) == (0, b"")
        said.append(" ".join(finding["text"] for finding in runs.report(folder)["findings"]))
    assert ["gc.freeze()" in text for text in said] == [False, True]


QUEUED_BEFORE = """
import sys
sys.path.append({engine!r})
from concurrent.futures import ThreadPoolExecutor
from threading import Event
import poolscope
here, go = Event(), Event()
def first():
    here.set()
    go.wait()
pool = ThreadPoolExecutor(1, "early")
pool.submit(first)
here.wait()
for _ in range(2): pool.submit(int)
with poolscope.record({folder!r}, watch=True):
    last = pool.submit(abs, -1)
    go.set()
    last.result()
"""


def test_says_how_many_tasks_were_in_a_pool_from_before(tmp_path: Path) -> None:
    """A worker did them as well, and seemed idle."""
    folder, script = tmp_path / "trace", tmp_path / "program.py"
    script.write_text(QUEUED_BEFORE.format(engine=str(runs.ROOT / "engine"), folder=str(folder)))
    ran = runs.outcome([sys.executable, str(script)])
    assert (ran.status, ran.err) == (0, b"")
    report = runs.report(folder)
    assert [task["name"] for task in report["tasks"]] == ["abs(-1)"]
    found = [finding["text"] for finding in report["findings"] if finding["kind"] == "unseen"]
    assert sum(text.startswith("2 tasks were in early before it was seen") for text in found) == 1
