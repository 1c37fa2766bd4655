"""Nothing outlives a host, however it ends and whatever its tasks do; and its trace stays good."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

import pytest

from poolscope.analysis.store import TaskState
from tests.engine.far_end import FarEnd, group, until


def running(host: FarEnd, count: int) -> bool:
    states = host.store.tasks.state()
    return sum(state == TaskState.RUNNING for state in states) >= count


@pytest.fixture
def busy(host: FarEnd) -> FarEnd:
    """A host whose thread and process workers never end; two of each want a lock they hold."""
    for kind in ("thread", "process"):
        pool = host.ask("create", kind=kind, max_workers=3)["pool"]
        host.ask("submit", pool=pool, task="run_for_ever")
        for arguments in ("'A', 'A', 0", "'B', 'B', 0"):
            host.ask("submit", pool=pool, task="hold_two", arguments=arguments)
    until(lambda: running(host, 6), "all tasks to run")
    assert len(group(host.process.pid)) >= 5  # the host, its guard, three workers
    return host


def nothing_left(host: FarEnd) -> None:
    until(lambda: not group(host.process.pid), "the end of the host's group")


def test_the_end_of_its_input_ends_the_host_and_all_its_workers(busy: FarEnd) -> None:
    assert busy.hang_up() == 0
    nothing_left(busy)
    until(lambda: busy.store.finished, "the end of the trace")
    assert not busy.store.errors


def test_quit_ends_the_host(busy: FarEnd) -> None:
    busy.send("quit")
    assert busy.process.wait(20) == 0
    nothing_left(busy)


def test_a_killed_host_takes_its_workers_with_it(busy: FarEnd) -> None:
    busy.process.send_signal(signal.SIGKILL)
    assert busy.process.wait(20) == -signal.SIGKILL
    nothing_left(busy)
    assert len(busy.store.tasks) == 6
    assert not busy.store.errors


def test_a_terminated_host_closes_its_trace(busy: FarEnd) -> None:
    busy.process.terminate()
    assert busy.process.wait(20) == -signal.SIGTERM
    nothing_left(busy)
    until(lambda: busy.store.finished, "the end of the trace")


@pytest.mark.skipif(sys.platform != "linux", reason="signals one thread of another process")
def test_a_signal_that_does_not_wake_the_main_thread_ends_the_host(host: FarEnd) -> None:
    host.ask("create", kind="thread", max_workers=1)  # it obeys, so it handles the signal
    threads = {int(each.name) for each in Path(f"/proc/{host.process.pid}/task").iterdir()}
    other = min(threads - {host.process.pid})  # who reads the commands
    assert ctypes.CDLL(None).tgkill(host.process.pid, other, int(signal.SIGTERM)) == 0
    assert host.process.wait(20) == -signal.SIGTERM
    nothing_left(host)
    until(lambda: host.store.finished, "the end of the trace")


def test_a_host_stuck_in_c_code_ends_when_the_viewer_goes(host: FarEnd) -> None:
    pool = host.ask("create", kind="thread", max_workers=1)["pool"]
    # It holds the interpreter lock before the host can answer, so nothing is asked for.
    host.send("submit", pool=pool, task="stuck_in_c")
    until(lambda: running(host, 1), "the task to run")
    assert host.hang_up() == -signal.SIGKILL
    nothing_left(host)


def test_a_task_that_kills_the_host_is_seen_as_that(host: FarEnd) -> None:
    pool = host.ask("create", kind="thread", max_workers=1)["pool"]
    host.send("submit", pool=pool, task="exit_worker", arguments="3")
    assert host.process.wait(20) == 3
    nothing_left(host)
    assert running(host, 1)


def test_ctrl_c_in_the_terminal_is_not_for_the_host(host: FarEnd) -> None:
    host.ask("tasks")
    os.killpg(host.process.pid, signal.SIGINT)
    assert host.ask("tasks")["functions"]


def test_a_user_who_waits_for_children_never_meets_the_guard(host: FarEnd) -> None:
    host.ask("define", source="import os\ndef reap():\n    return os.wait()\n")
    pool = host.ask("create", kind="thread", max_workers=1)["pool"]
    (task,) = host.ask("submit", pool=pool, task="reap")["tasks"]
    assert "ChildProcessError" in host.refused("result", task=task)["error"]


def semaphores(pid: int) -> set[Path]:
    """The named semaphores that a process has, where the system tells."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except FileNotFoundError:
        pytest.skip("this system does not list what a process has mapped")
    # By their inode: the C library gives them their names only after it has mapped them.
    mapped = {int(line.split()[4]) for line in lines if "/sem." in line}
    return {path for path in Path("/dev/shm").glob("sem.mp-*") if inode(path) in mapped}


def inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return -1  # another test's, gone since


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
def test_no_semaphore_is_left_in_the_system(host: FarEnd, end: signal.Signals | None) -> None:
    pool = host.ask("create", kind="process", start_method="spawn", max_workers=1)["pool"]
    host.ask("submit", pool=pool, task="run_for_ever")
    until(lambda: running(host, 1), "the task to run")
    left = semaphores(host.process.pid)
    assert left
    if end is None:
        host.hang_up()
    else:
        host.process.send_signal(end)
        host.process.wait(20)
    nothing_left(host)
    assert not [path for path in left if path.exists()]
    assert "leaked" not in host.printed
    assert "lost its pool" not in host.printed or end == signal.SIGKILL
