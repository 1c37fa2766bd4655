"""What our primitives build on: the standard ones, with no hooks."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import poolscope
from poolscope.trace.schema import Kind
from poolscope.traced import plain
from tests.engine import oracle

HOOKED = """
import functools, sys, threading, queue

sys.path.insert(0, sys.argv[1])
hooked = []
for owner, names in (
    (threading.Condition, ("wait", "wait_for", "notify", "notify_all")),
    (threading.Event, ("set", "clear", "wait")),
    (threading.Semaphore, ("acquire", "release")),
    (threading.Barrier, ("wait", "abort", "reset")),
    (threading.Thread, ("start", "join")),
    (queue.Queue, ("get", "put", "join", "task_done")),
):
    for name in names:
        def make(original):
            @functools.wraps(original)
            def hook(self, *args, **kwargs):
                hooked.append((type(self).__module__, original.__qualname__))
                return original(self, *args, **kwargs)
            return hook
        setattr(owner, name, make(getattr(owner, name)))

import poolscope
from poolscope.trace import recorder


def use():
    ready, start, slots = poolscope.Condition(), poolscope.Event(), poolscope.Semaphore(0)
    jobs, meeting = poolscope.Queue(), poolscope.Barrier(1)
    with ready:
        ready.wait(0.001)
        ready.notify_all()
    start.wait(0.001)
    start.set()
    start.clear()
    slots.acquire(timeout=0.001)
    slots.release()
    jobs.put(1)
    jobs.get()
    jobs.task_done()
    jobs.join()
    meeting.wait()
    meeting.reset()
    thread = poolscope.Thread(target=meeting.abort)
    thread.start()
    thread.join()


use()
with poolscope.record(sys.argv[2]):
    use()
# Of the threads that are the standard library's own affair nothing is ours.
left = [what for what in hooked if what[0].startswith("poolscope")]
assert not left, left
"""


def test_what_is_hooked_onto_the_standard_library_is_not_met(root: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", HOOKED, str(root / "engine"), str(tmp_path / "t")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    told = oracle.check(tmp_path / "t")
    assert told.all(Kind.SIGNAL_SENT)


def test_plain_takes_every_hook_off() -> None:
    original = threading.Event.set
    once = functools.wraps(original)(lambda event: original(event))
    twice = functools.wraps(once)(lambda event: once(event))
    assert plain(twice) is original
    assert plain(original) is original


def test_a_source_that_cannot_be_read_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for one without the right to read the library: linecache imports what it needs."""

    def refused(*_: object) -> str:
        raise ModuleNotFoundError("No module named 'tokenize'")

    monkeypatch.setattr("linecache.getline", refused)
    assert re.fullmatch(r"Lock \(test_traced\.py:\d+\)", poolscope.Lock().name)
