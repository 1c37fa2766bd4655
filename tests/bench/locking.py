"""What tracing adds to an uncontended acquire and release."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import poolscope
from tests.bench import pools
from tests.bench.figure import Figure

TIMES = 50_000
ROUNDS = 9


def pairs(lock: Any) -> float:
    """Seconds of this thread's own time for that many: a busy machine is not the lock's doing."""
    acquire, release = lock.acquire, lock.release
    began = time.thread_time()
    for _ in range(TIMES):
        acquire()
        release()
    return time.thread_time() - began


def added(ours: Callable[[], Any], theirs: Callable[[], Any]) -> float:
    """Microseconds that ours, recorded, takes longer for a pair; median of rounds in turn."""
    found = []
    for turn in range(ROUNDS):
        plain = pairs(theirs()) if turn % 2 else None
        with pools.recording():
            traced = pairs(ours())
        if plain is None:
            plain = pairs(theirs())
        found.append((traced - plain) * 1e6 / TIMES)
    return statistics.median(found)


FIGURES = [
    Figure("lock-cost", "added to an acquire and release of a Lock, traced",
           "us", "<=", 1.5, lambda: added(poolscope.Lock, threading.Lock)),
    Figure("rlock-cost", "the same of an RLock",
           "us", "<=", 1.5, lambda: added(poolscope.RLock, threading.RLock)),
    Figure("semaphore-cost", "the same of a Semaphore",
           "us", "<=", 1.5, lambda: added(poolscope.Semaphore, threading.Semaphore)),
]  # fmt: skip
