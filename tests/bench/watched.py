"""A program to be measured: ``watched.py LOAD COUNT`` runs the load once for each line it reads.

It knows nothing of Poolscope, and is run with and without it. What it does is what a user's
program does. The time is taken inside, so that no start-up is in it: for each line that comes in,
one goes out, with how many seconds the load took: the processor's, of all threads and processes
and with what the system did for them. A busy machine adds little to that.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

Load = Callable[[int], object]


def nothing() -> None:
    pass


def one(number: int) -> int:
    return number


def same(text: str) -> str:
    return text


def burn(microseconds: int) -> int:
    """Something that takes the processor that long, as a task of a process pool does."""
    end = time.thread_time_ns() + microseconds * 1000
    turns = 0
    while time.thread_time_ns() < end:
        turns += 1
    return turns


@contextmanager
def threads() -> Iterator[Load]:
    with ThreadPoolExecutor(4) as pool:
        yield lambda count: [f.result() for f in [pool.submit(nothing) for _ in range(count)]]


@contextmanager
def mapped() -> Iterator[Load]:
    seen = 0  # a program that maps over the same numbers again and again is a rare one

    def load(count: int) -> None:
        nonlocal seen
        seen += count
        list(pool.map(one, range(seen - count, seen)))

    with ThreadPoolExecutor(4) as pool:
        yield load


@contextmanager
def strings() -> Iterator[Load]:
    seen = 0

    def load(count: int) -> None:
        nonlocal seen
        seen += count
        paths = [f"photos/{number}.jpg" for number in range(seen - count, seen)]
        [future.result() for future in [pool.submit(same, path) for path in paths]]

    with ThreadPoolExecutor(4) as pool:
        yield load


class Shop:
    def sell(self, number: int) -> int:
        return number


@contextmanager
def methods() -> Iterator[Load]:
    seen, shop = 0, Shop()

    def load(count: int) -> None:
        nonlocal seen
        seen += count
        numbers = range(seen - count, seen)
        [future.result() for future in [pool.submit(shop.sell, number) for number in numbers]]

    with ThreadPoolExecutor(4) as pool:
        yield load


@contextmanager
def processes() -> Iterator[Load]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        yield lambda count: [f.result() for f in [pool.submit(burn, 500) for _ in range(count)]]


@contextmanager
def locks() -> Iterator[Load]:
    lock = threading.Lock()

    def load(count: int) -> None:
        for _ in range(count):
            lock.acquire()
            lock.release()

    yield load


@contextmanager
def with_locks() -> Iterator[Load]:
    lock = threading.Lock()

    def load(count: int) -> None:
        for _ in range(count):
            with lock:
                pass

    yield load


def clock() -> float:
    """Seconds of the processor that this process and its children have had."""
    own = time.process_time()
    pids = [child.pid for child in multiprocessing.active_children()]
    # As clock_getcpuclockid(3) makes it.
    return own + sum(time.clock_gettime(~pid << 3 | 2) for pid in pids if pid is not None)


LOADS = {
    "threads": threads,
    "map": mapped,
    "strings": strings,
    "methods": methods,
    "processes": processes,
    "locks": locks,
    "with": with_locks,
}


def main(name: str, count: int) -> None:
    with LOADS[name]() as load:
        load(count)  # threads, processes and caches are there when it counts
        for _ in sys.stdin:
            began = clock()
            load(count)
            print(clock() - began, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
