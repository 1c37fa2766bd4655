"""Real programs that get stuck: seen while they are, by one who follows their trace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from poolscope.analysis.findings import findings
from tests.analysis.test_real import read

# The main thread follows its own trace until it sees a ring, and ends without waiting.
FOLLOW = """
import json, os, sys, threading, time
import poolscope
from poolscope import Lock, RLock, Semaphore, Thread, ThreadPoolExecutor
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.analysis.waitgraph import Watch
from poolscope.trace.reader import Reader

def follow(folder):
    with Reader(folder) as reader:
        store = Store.of(reader)
        index = SpanIndex(store)
        watch = Watch(store, index)
        end = time.monotonic() + 20
        while not (rings := watch.cycles()) and time.monotonic() < end:
            store.take(reader)
            index.refresh()
        print(json.dumps([[ring.text, ring.timed] for ring in rings]), flush=True)
    os._exit(0)

with poolscope.record(sys.argv[1]):
{body}
    follow(sys.argv[1])
"""

LOCKS = """
    a, b, both = Lock(name="A"), RLock(name="B"), threading.Barrier(2)
    def take(first, second):
        with first:
            both.wait()
            with second:
                pass
    pool = ThreadPoolExecutor(2, thread_name_prefix="io")
    for pair in ((a, b), (b, a)):
        pool.submit(take, *pair)
"""
NESTED = """
    pool = ThreadPoolExecutor(1, thread_name_prefix="only")
    def inner():
        pass
    def outer():
        pool.submit(inner).result()
    pool.submit(outer)
"""
JOIN = """
    lock = Lock(name="A")
    def want():
        both.wait()
        with lock:
            pass
    both = threading.Barrier(2)
    def hold():
        with lock:
            both.wait()
            other.join()
    other = Thread(target=want, name="other", daemon=True)
    other.start()
    Thread(target=hold, name="holder", daemon=True).start()
"""
TIMED = LOCKS.replace("with second:\n                pass", "second.acquire(timeout=60)")


@pytest.mark.parametrize(
    ("body", "expected", "kind"),
    [
        (
            LOCKS,
            "worker io_0 holds A and waits for B; worker io_1 holds B and waits for A",
            "deadlock",
        ),
        (
            NESTED,
            "worker only_0 runs outer() and waits for inner(), which is queued in "
            "thread pool only, whose only worker is only_0",
            "self-starvation",
        ),
        (JOIN, "holder holds A and waits for the end of other; other waits for A", "deadlock"),
        (
            TIMED,
            "worker io_0 holds A and waits for B; worker io_1 holds B and waits for A",
            "near-deadlock",
        ),
    ],
    ids=["locks", "nested", "join", "timed"],
)
def test_a_ring_is_seen_while_it_lasts_and_in_what_is_left_of_it(
    body: str, expected: str, kind: str, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(FOLLOW.replace("{body}", body))
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "trace")],
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    seen: list[Any] = json.loads(done.stdout)
    assert [(_turned(text), timed) for text, timed in seen] == [
        (_turned(expected), kind == "near-deadlock")
    ]
    found = {each.kind: each for each in findings(read(tmp_path / "trace"))}
    assert kind in found
    if kind == "deadlock" and body is LOCKS:
        assert len(found[kind].lines) == 4
        assert all("script.py:" in line for line in found[kind].lines)


def _turned(text: str) -> list[str]:
    """The clauses of a ring, wherever it begins."""
    return sorted(text.split("; "))
