"""``--engine poolscope``: the names of ``concurrent.futures`` lead to our pools."""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import concurrent.futures.thread
from typing import Any

__all__ = ["install"]


def install() -> None:
    """From here on a program that asks for the standard pools gets ours."""
    from poolscope.process_pool import ProcessPoolExecutor
    from poolscope.thread_pool import ThreadPoolExecutor
    from poolscope.waiting import as_completed, wait

    whole: Any = concurrent.futures
    threads: Any = concurrent.futures.thread
    processes: Any = concurrent.futures.process
    whole.ThreadPoolExecutor = threads.ThreadPoolExecutor = ThreadPoolExecutor
    whole.ProcessPoolExecutor = processes.ProcessPoolExecutor = ProcessPoolExecutor
    whole.wait, whole.as_completed = wait, as_completed
