"""The engine against the standard library's pools, in the same run: throughput, latency, memory."""

from __future__ import annotations

import concurrent.futures
import statistics
import threading
import tracemalloc

import poolscope
from tests.bench import pools
from tests.bench.figure import Figure, ratio, seconds

TASKS = 20_000
PROCESS_TASKS = 8_000
ROUND_TRIPS = 2_000
MEGABYTE = 1_000_000


def traced(load: pools.MakePool, measure: str, *arguments: int) -> float:
    with pools.recording():
        return float(getattr(pools, measure)(load, *arguments))


def thread_throughput() -> float:
    return ratio(
        lambda: pools.throughput(pools.their_threads, TASKS),
        lambda: traced(pools.our_threads, "throughput", TASKS),
    )


def thread_throughput_untraced() -> float:
    return ratio(
        lambda: pools.throughput(pools.their_threads, TASKS),
        lambda: pools.throughput(pools.our_threads, TASKS),
    )


def thread_round_trip() -> float:
    return ratio(
        lambda: pools.round_trips(pools.their_threads, ROUND_TRIPS),
        lambda: traced(pools.our_threads, "round_trips", ROUND_TRIPS),
    )


def as_completed() -> float:
    def ours() -> float:
        with pools.recording():
            return pools.completed(pools.our_threads, poolscope.as_completed, TASKS)

    return ratio(
        lambda: pools.completed(pools.their_threads, concurrent.futures.as_completed, TASKS),
        ours,
    )


def process_throughput() -> float:
    return ratio(
        lambda: pools.throughput(pools.their_processes, PROCESS_TASKS),
        lambda: traced(pools.our_processes, "throughput", PROCESS_TASKS),
        rounds=3,
    )


def process_against_imap() -> float:
    return ratio(
        lambda: pools.imap(PROCESS_TASKS),
        lambda: traced(pools.our_processes, "throughput", PROCESS_TASKS),
        rounds=3,
    )


def process_round_trip() -> float:
    return ratio(
        lambda: pools.round_trips(pools.their_processes, ROUND_TRIPS),
        lambda: traced(pools.our_processes, "round_trips", ROUND_TRIPS),
    )


def process_large() -> float:
    return ratio(
        lambda: pools.large(pools.their_processes, 300, MEGABYTE),
        lambda: traced(pools.our_processes, "large", 300, MEGABYTE),
    )


def pending_bytes(make: pools.MakePool, tasks: int = 100_000) -> float:
    """Bytes of Python memory that one queued task costs while the only workers are busy."""
    gate = threading.Event()
    with make() as pool:
        busy = [pool.submit(gate.wait) for _ in range(pools.THREADS)]
        tracemalloc.start()
        try:
            futures = [pool.submit(pools.nothing) for _ in range(tasks)]
            used = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        for future in futures:
            future.cancel()
        gate.set()
        concurrent.futures.wait(busy)
    return used / tasks


def pending_memory() -> float:
    return pending_bytes(pools.our_threads) / pending_bytes(pools.their_threads)


def task_cost(make: pools.MakePool, queued: int) -> float:
    """Seconds a task costs when that many are queued before the first may run."""
    gate = threading.Event()
    with make() as pool:
        for _ in range(pools.THREADS):
            pool.submit(gate.wait)

        def load() -> None:
            futures = [pool.submit(pools.nothing) for _ in range(queued)]
            gate.set()
            for future in futures:
                future.result()

        return seconds(load) / queued


def short_queue(make: pools.MakePool) -> float:
    """Seconds a task costs with 1,000 queued.

    The mean of many queues: one is a millisecond, which fits between what else the machine does,
    and the million it is held against does not.
    """
    return statistics.mean(task_cost(make, 1_000) for _ in range(300))


def queue_growth() -> float:
    return ratio(
        lambda: task_cost(pools.our_threads, 1_000_000),
        lambda: short_queue(pools.our_threads),
        rounds=3,
    )


def queue_growth_traced() -> float:
    def long() -> float:
        with pools.recording():
            return task_cost(pools.our_threads, 1_000_000)

    def short() -> float:
        with pools.recording():
            return short_queue(pools.our_threads)

    return ratio(long, short, rounds=3)


def growth(make: pools.MakePool) -> float:
    return task_cost(make, 1_000_000) / short_queue(make)


def queue_growth_compared() -> float:
    """One round: the standard library takes 20 seconds for its million."""
    first = growth(pools.our_threads)
    return (first + growth(pools.our_threads)) / 2 / growth(pools.their_threads)


FIGURES = [
    Figure("thread-throughput", "thread pool, 20,000 empty tasks, traced : standard library",
           "x", ">=", 2.0, thread_throughput),
    Figure("thread-untraced", "the same untraced : standard library",
           "x", ">=", 4.0, thread_throughput_untraced),
    Figure("thread-round-trip", "thread pool, one task at a time, traced : standard library",
           "x", ">=", 1.0, thread_round_trip),
    Figure("as-completed", "as_completed over 20,000, traced : standard library",
           "x", ">=", 1.5, as_completed),
    Figure("process-throughput", "process pool, 8,000 empty tasks, traced : standard library",
           "x", ">=", 4.0, process_throughput),
    Figure("process-imap", "the same : multiprocessing.Pool.imap, chunksize 1",
           "x", ">=", 1.0, process_against_imap),
    Figure("process-round-trip", "process pool, one task at a time, traced : std. library",
           "x", ">=", 1.5, process_round_trip),
    Figure("process-large", "process pool, 300 of 1 MB there and back : std. library",
           "x", ">=", 1.0, process_large),
    Figure("pending-memory", "memory of a queued task (100,000) : standard library",
           "x", "<=", 1.0, pending_memory),
    Figure("queue-growth", "cost of a task, 1,000,000 queued : 1,000 queued",
           "x", "<=", 1.5, queue_growth),
    Figure("queue-growth-traced", "the same, traced",
           "x", "<=", 1.5, queue_growth_traced),
    Figure("queue-growth-std", "the growth, untraced : the standard library's",
           "x", "<=", 1.0, queue_growth_compared),
]  # fmt: skip
