"""A lock that is held when its process is forked: who waits for the child's copy, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_instrument import by_name, watched

FORK = """
import os, threading, warnings
warnings.simplefilter("ignore")  # of a fork beside threads: that is what is tried here
lock = threading.{kind}()
held, go = threading.Event(), threading.Event()
def hold():
    with lock:
        held.set()
        go.wait()
def ask(): lock.acquire(True, 0.01)
holder = threading.Thread(target=hold, name="holder")
{first}
pid = os.fork()
if not pid:
    {child}
    os._exit(0)
os.waitpid(pid, 0)
{last}
"""
BY_ANOTHER = {
    "first": "holder.start(); held.wait()",
    # Not in a new thread: it may get the identity of the one that holds, and with it an RLock.
    "child": "ask()",
    "last": "go.set(); holder.join()",
}
BY_ITSELF = {
    "first": "lock.acquire()",
    "child": "one = threading.Thread(target=ask); one.start(); one.join()",
    "last": "lock.release()",
}


def forked(tmp_path: Path, kind: str, how: dict[str, str], *options: str) -> dict[str, Any]:
    return watched(tmp_path, FORK.format(kind=kind, **how), *options)


def told(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in report["findings"] if each["kind"] == "forked-lock"]


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_what_another_thread_held_at_the_fork_nobody_lets_go(kind: str, tmp_path: Path) -> None:
    report = forked(tmp_path, kind, BY_ANOTHER)
    (found,) = told(report)
    assert "waited for lock (program.py:4), which holder held in process" in found["text"]
    assert found["text"].startswith("MainThread of process ")
    blocks = [block for lock in report["locks"] for block in lock["blocks"]]
    (block,) = (block for block in blocks if block["timed"])
    assert block["owner"] == by_name(report["threads"])["holder"]["id"]


def test_what_the_thread_that_forked_held_its_copy_holds(tmp_path: Path) -> None:
    report = forked(tmp_path, "Lock", BY_ITSELF)
    assert told(report) == []
    (block,) = (block for lock in report["locks"] for block in lock["blocks"])
    assert block["owner"] is None, "which it does not tell"


BETWEEN = """
import poolscope
def wait(lock): lock.acquire(timeout=0.01)
if __name__ == "__main__":
    context = poolscope.get_context("fork")
    lock = context.Lock()
    with lock:
        child = context.Process(target=wait, args=(lock,))
        child.start()
        child.join()
"""


def test_a_lock_between_processes_is_let_go_by_the_other(tmp_path: Path) -> None:
    report = watched(tmp_path, BETWEEN)
    (block,) = (block for lock in report["locks"] for block in lock["blocks"])
    assert block["owner"] == next(
        each["id"] for each in report["threads"] if each["role"] == "main"
    )
    assert told(report) == []
