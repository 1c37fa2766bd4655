"""Threads or processes: why a thread pool does not make Python calculate faster.

The same eight sums on two threads and on two processes. Threads take turns at the one interpreter
lock, so that each task takes twice as long as alone; processes have one each. What it costs is seen
too: the gap at the beginning, until the workers are up, and in each bar the moment between *sent*
and *running*, for which the arguments are on their way.
"""

import time

from poolscope import ProcessPoolExecutor, ThreadPoolExecutor, wait

TASKS = 8
SIZE = 600_000


def sum_of_squares(size):
    return sum(number * number for number in range(size))


# The processes import this file to find the function; only the first one may run what follows.
if __name__ == "__main__":
    for kind, pool in (
        ("threads", ThreadPoolExecutor(2, thread_name_prefix="threads")),
        ("processes", ProcessPoolExecutor(2, name="processes")),
    ):
        with pool:
            began = time.perf_counter()
            wait([pool.submit(sum_of_squares, SIZE) for _ in range(TASKS)])
            print(f"{kind}: {time.perf_counter() - began:.2f} s")
