"""A lock held for too long: four workers that take turns are as fast as one.

Each task needs the lock for its whole length. The hatched stretches are workers that are running,
and yet do nothing but wait for the one that owns the lock. The second half holds the lock only
for as long as it is needed.
"""

import time

from poolscope import Lock, ThreadPoolExecutor, wait

account = Lock(name="account")


def greedy(number: int) -> int:
    with account:
        time.sleep(0.15)  # the work ...
        return number  # ... and the moment for which the lock is really needed


def modest(number: int) -> int:
    time.sleep(0.15)
    with account:
        return number


for task in (greedy, modest):
    began = time.perf_counter()
    with ThreadPoolExecutor(4, thread_name_prefix=task.__name__) as pool:
        wait([pool.submit(task, number) for number in range(8)])
    print(f"{task.__name__}: {time.perf_counter() - began:.2f} s")
