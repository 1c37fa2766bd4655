"""The loads that the figures of the engine are measured under: empty tasks, big ones, queues."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

import poolscope
from tests.bench.figure import seconds

MakePool = Callable[[], Executor]
THREADS = 4
PROCESSES = 2


def nothing(argument: object = None) -> object:
    """The empty task; it gives back what it was given."""
    return argument


@contextlib.contextmanager
def recording() -> Iterator[None]:
    """Tracing on, as a user would have it."""
    with tempfile.TemporaryDirectory(prefix="poolscope-bench-") as home, poolscope.record(home):
        yield


def our_threads() -> Executor:
    return poolscope.ThreadPoolExecutor(THREADS)


def their_threads() -> Executor:
    return concurrent.futures.ThreadPoolExecutor(THREADS)


def our_processes() -> Executor:
    return poolscope.ProcessPoolExecutor(PROCESSES)


def their_processes() -> Executor:
    return concurrent.futures.ProcessPoolExecutor(PROCESSES)


def throughput(make: MakePool, tasks: int) -> float:
    """Seconds to submit that many empty tasks and then collect all results. Pool already warm."""
    with make() as pool:
        pool.submit(nothing).result()
        return seconds(lambda: [f.result() for f in [pool.submit(nothing) for _ in range(tasks)]])


def round_trips(make: MakePool, tasks: int) -> float:
    """Seconds to submit and wait for one empty task at a time."""
    with make() as pool:
        pool.submit(nothing).result()
        return seconds(lambda: [pool.submit(nothing).result() for _ in range(tasks)])


def completed(make: MakePool, as_completed: Callable[..., Iterator[Any]], tasks: int) -> float:
    """Seconds to go through ``as_completed`` over that many empty tasks."""
    with make() as pool:
        futures = [pool.submit(nothing) for _ in range(tasks)]
        return seconds(lambda: sum(1 for _ in as_completed(futures)))


def large(make: MakePool, tasks: int, size: int) -> float:
    """Seconds for that many arguments and results of ``size`` bytes."""
    argument = bytes(size)
    with make() as pool:
        pool.submit(nothing).result()
        return seconds(
            lambda: [f.result() for f in [pool.submit(nothing, argument) for _ in range(tasks)]]
        )


def imap(tasks: int) -> float:
    """Seconds for that many empty tasks through ``multiprocessing.Pool.imap``, one at a time."""
    with multiprocessing.Pool(PROCESSES) as pool:
        pool.apply(nothing)
        return seconds(lambda: sum(1 for _ in pool.imap(nothing, range(tasks), chunksize=1)))
