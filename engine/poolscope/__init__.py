"""Poolscope's engine: a drop-in for ``concurrent.futures`` that records what happens.

``from poolscope import ThreadPoolExecutor, wait`` in place of the standard library's names;
inside ``with poolscope.record(folder):`` every step of every task goes into a trace. Without a
recording, tracing costs one test of a variable. Needs the standard library alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from poolscope.version import __version__

if TYPE_CHECKING:
    from concurrent.futures import (
        ALL_COMPLETED,
        FIRST_COMPLETED,
        FIRST_EXCEPTION,
        BrokenExecutor,
        CancelledError,
        InvalidStateError,
        TimeoutError,
    )
    from concurrent.futures.process import BrokenProcessPool
    from concurrent.futures.thread import BrokenThreadPool

    from poolscope.barrier import Barrier
    from poolscope.condition import Condition
    from poolscope.event import Event
    from poolscope.executor import Executor, Statistics
    from poolscope.future import Future
    from poolscope.locks import Lock, RLock
    from poolscope.process_context import get_context
    from poolscope.process_pool import ProcessPoolExecutor, TransferError
    from poolscope.queues import LifoQueue, PriorityQueue, Queue
    from poolscope.recordings import record, span
    from poolscope.semaphore import BoundedSemaphore, Semaphore
    from poolscope.shared import Shared
    from poolscope.thread_pool import ThreadPoolExecutor
    from poolscope.threads import Thread
    from poolscope.waiting import as_completed, wait
    from poolscope.watching import watch

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
    "watch",
]


# Late, as in concurrent.futures: a program that is only watched, a host, a child that comes up to
# record pay for what they use. None of these names may be a module's: its import would replace it.
_FROM: Final = {
    "poolscope.barrier": ("Barrier",),
    "poolscope.condition": ("Condition",),
    "poolscope.event": ("Event",),
    "poolscope.executor": ("Executor", "Statistics"),
    "poolscope.future": ("Future",),
    "poolscope.locks": ("Lock", "RLock"),
    "poolscope.process_context": ("get_context",),
    "poolscope.process_pool": ("ProcessPoolExecutor", "TransferError"),
    "poolscope.queues": ("LifoQueue", "PriorityQueue", "Queue"),
    "poolscope.recordings": ("record", "span"),
    "poolscope.semaphore": ("BoundedSemaphore", "Semaphore"),
    "poolscope.shared": ("Shared",),
    "poolscope.thread_pool": ("ThreadPoolExecutor",),
    "poolscope.threads": ("Thread",),
    "poolscope.waiting": ("as_completed", "wait"),
    "poolscope.watching": ("watch",),
    "concurrent.futures.process": ("BrokenProcessPool",),
    "concurrent.futures.thread": ("BrokenThreadPool",),
    "concurrent.futures": (
        "ALL_COMPLETED",
        "FIRST_COMPLETED",
        "FIRST_EXCEPTION",
        "BrokenExecutor",
        "CancelledError",
        "InvalidStateError",
        "TimeoutError",
    ),
}
_MODULE_OF: Final = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
