"""What tracing adds to an uncontended acquire and release between processes."""

from __future__ import annotations

import multiprocessing
from typing import Any

import poolscope
from tests.bench.figure import Figure
from tests.bench.locking import added


def _added(kind: str) -> float:
    ours: Any = poolscope.get_context("fork")
    theirs: Any = multiprocessing.get_context("fork")
    return added(getattr(ours, kind), getattr(theirs, kind))


FIGURES = [
    Figure("process-lock-cost", "added to an acquire and release of a process Lock, traced",
           "us", "<=", 1.5, lambda: _added("Lock")),
    Figure("process-rlock-cost", "the same of a process RLock",
           "us", "<=", 1.5, lambda: _added("RLock")),
    Figure("process-semaphore-cost", "the same of a process Semaphore",
           "us", "<=", 1.5, lambda: _added("Semaphore")),
]  # fmt: skip
