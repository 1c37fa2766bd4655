"""Whole programs that do little but wait: run some at a time, once for all tests of a file.

Meanwhile no test can look whether it left a process behind, so such a file has a
``_no_process_left`` of its own that does nothing; it is looked here, when all have ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil

GRACE_S = 10.0  # exists only to fail


@contextmanager
def some_at_a_time(most: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that run programs, ``most`` at one time; in the end none of these may be left."""
    before = set(psutil.Process().children(recursive=True))
    with ThreadPoolExecutor(most) as pool:
        yield pool
    left = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs(left, timeout=GRACE_S)
    assert not alive
