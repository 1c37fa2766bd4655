"""What a process pool may be asked for; refused with the standard library's words."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import Final

MAX_WINDOWS_WORKERS: Final = 61  # it can wait for 63 things: these, reports and the wake-up


def checked_workers(max_workers: int | None) -> int:
    """How many workers there may be; ``ValueError`` for a number that cannot be."""
    most = MAX_WINDOWS_WORKERS if sys.platform == "win32" else None
    if max_workers is None:
        count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
        return min(count() or 1, most or sys.maxsize)
    if max_workers <= 0:
        raise ValueError("max_workers must be greater than 0")
    if most is not None and max_workers > most:
        raise ValueError(f"max_workers must be <= {most}")
    return max_workers


def checked_context(mp_context: BaseContext | None, max_tasks: int | None) -> BaseContext:
    """The context to start workers by; ``TypeError`` and ``ValueError`` for a ``max_tasks``
    that cannot be, or not with it.
    """
    if mp_context is None:
        mp_context = multiprocessing.get_context("spawn" if max_tasks is not None else None)
    if max_tasks is None:
        return mp_context
    if not isinstance(max_tasks, int):
        raise TypeError("max_tasks_per_child must be an integer")
    if max_tasks <= 0:
        raise ValueError("max_tasks_per_child must be >= 1")
    if forks(mp_context):
        # Replacing a worker would mean to fork beside the keeper.
        raise ValueError(
            "max_tasks_per_child is incompatible with the 'fork' start method; "
            "supply a different mp_context."
        )
    return mp_context


def forks(mp_context: BaseContext) -> bool:
    """Whether a worker is a fork of this process."""
    return mp_context.get_start_method(allow_none=False) == "fork"


class NoFeeder:
    """In place of the standard pool's call queue, which has a thread that feeds it."""

    def join_thread(self) -> None:
        """Return at once: whatever was handed over is in the channel."""
