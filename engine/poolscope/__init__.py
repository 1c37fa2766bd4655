"""Poolscope's engine: a drop-in for ``concurrent.futures`` that records what happens.

``from poolscope import ThreadPoolExecutor, wait`` in place of the standard library's names;
inside ``with poolscope.record(folder):`` every step of every task goes into a trace. Without a
recording, tracing costs one test of a variable. Needs the standard library alone.
"""

from __future__ import annotations

from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    CancelledError,
    InvalidStateError,
    TimeoutError,
)
from concurrent.futures.thread import BrokenThreadPool
from typing import TYPE_CHECKING, Any

from poolscope.barrier import Barrier
from poolscope.condition import Condition
from poolscope.event import Event
from poolscope.executor import Executor, Statistics
from poolscope.future import Future
from poolscope.locks import Lock, RLock
from poolscope.queues import LifoQueue, PriorityQueue, Queue
from poolscope.record import record, span
from poolscope.semaphore import BoundedSemaphore, Semaphore
from poolscope.shared import Shared
from poolscope.thread_pool import ThreadPoolExecutor
from poolscope.threads import Thread
from poolscope.version import __version__
from poolscope.waiting import as_completed, wait

if TYPE_CHECKING:
    from concurrent.futures.process import BrokenProcessPool

    from poolscope.process_context import get_context
    from poolscope.process_pool import ProcessPoolExecutor, TransferError

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "Barrier",
    "BoundedSemaphore",
    "BrokenExecutor",
    "BrokenProcessPool",
    "BrokenThreadPool",
    "CancelledError",
    "Condition",
    "Event",
    "Executor",
    "Future",
    "InvalidStateError",
    "LifoQueue",
    "Lock",
    "PriorityQueue",
    "ProcessPoolExecutor",
    "Queue",
    "RLock",
    "Semaphore",
    "Shared",
    "Statistics",
    "Thread",
    "ThreadPoolExecutor",
    "TimeoutError",
    "TransferError",
    "__version__",
    "as_completed",
    "get_context",
    "record",
    "span",
    "wait",
]


def __getattr__(name: str) -> Any:
    # Late, as in concurrent.futures: what a process pool needs (multiprocessing, sockets) is
    # a third of the import time, and most programs use threads alone.
    if name in ("ProcessPoolExecutor", "TransferError"):
        from poolscope import process_pool

        found = globals()[name] = getattr(process_pool, name)
        return found
    if name == "BrokenProcessPool":
        from concurrent.futures.process import BrokenProcessPool

        globals()[name] = BrokenProcessPool
        return BrokenProcessPool
    if name == "get_context":
        from poolscope.process_context import get_context

        globals()[name] = get_context
        return get_context
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
