"""How workers came to their ends, in words."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from poolscope.analysis.lanes import worker_title

if TYPE_CHECKING:
    from poolscope.analysis.entities import Pool
    from poolscope.analysis.store import Store

__all__ = ["exit_words", "failed_workers", "initializer_words", "why_broken"]


def exit_words(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "ended in an unknown way"
    if code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"exited with status {code}"


def failed_workers(store: Store, pool: Pool) -> list[int]:
    """Its workers whose initializer raised, the first to do so first."""
    rows = [row for row in pool.workers if store.workers[row].failed is not None]
    return sorted(rows, key=lambda row: store.workers[row].failed_at)


def initializer_words(store: Store, row: int) -> str:
    """What the initializer of a worker (row) raised."""
    worker = store.workers[row]
    name, _, raised = (worker.failed or "").partition("\n")
    what = f"the initializer {name}" if name else "the initializer"
    return f"{what} of worker {worker_title(worker)} raised {raised.rstrip('.') or 'an exception'}"


def why_broken(store: Store, pool: Pool) -> str:
    """What broke a pool, as far as the pool itself and its initializer tell."""
    failed = failed_workers(store, pool)
    if failed:
        return initializer_words(store, failed[0])
    return (pool.broken or "").rstrip(".") or "no cause was recorded"
