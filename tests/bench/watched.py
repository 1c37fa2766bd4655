"""A program to be measured: ``watched.py LOAD COUNT`` prints how many seconds the load took.

It knows nothing of Poolscope, and is run with and without it. What it does is what a user's
program does; the time is taken inside, so that no start-up is in it. Of threads and locks it is the
processor's time, the best of several rounds: a busy machine adds nothing to that.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

ROUNDS = 5


def nothing() -> None:
    pass


def burn(microseconds: int) -> int:
    """Something that takes about that long, as a task of a process pool does."""
    end = time.perf_counter_ns() + microseconds * 1000
    turns = 0
    while time.perf_counter_ns() < end:
        turns += 1
    return turns


def best(work: Callable[[], object]) -> float:
    """Processor seconds."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def threads(count: int) -> float:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(len, ["warm"] * 8))
        return best(lambda: [f.result() for f in [pool.submit(nothing) for _ in range(count)]])


def one(number: int) -> int:
    return number


def mapped(count: int) -> float:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(len, ["warm"] * 8))
        return best(lambda: list(pool.map(one, range(count))))


def processes(count: int) -> float:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(burn, [10] * 8))
        began = time.perf_counter()
        for future in [pool.submit(burn, 500) for _ in range(count)]:
            future.result()
        return time.perf_counter() - began


def locks(count: int) -> float:
    lock = threading.Lock()
    with lock:
        pass

    def turns() -> None:
        for _ in range(count):
            lock.acquire()
            lock.release()

    return best(turns)


if __name__ == "__main__":
    load = {"threads": threads, "map": mapped, "processes": processes, "locks": locks}[sys.argv[1]]
    print(load(int(sys.argv[2])))
