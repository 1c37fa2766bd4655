"""wait() three ways, and as_completed(): what each of them waits for.

Four tasks of different lengths, one of which fails. The caller's lane shows how long each kind of
waiting blocks, and which future let it go.
"""

import time

from poolscope import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    ThreadPoolExecutor,
    as_completed,
    wait,
)

LENGTHS = (0.2, 0.4, 0.6, 0.8)


def work(seconds: float) -> float:
    time.sleep(seconds)
    if seconds == 0.4:
        raise ValueError("the task of 0.4 s always fails")
    return seconds


for return_when in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
    with ThreadPoolExecutor(len(LENGTHS), thread_name_prefix=return_when.lower()) as pool:
        futures = [pool.submit(work, seconds) for seconds in LENGTHS]
        done, not_done = wait(futures, return_when=return_when)
        print(f"{return_when}: {len(done)} done, {len(not_done)} not done")

with ThreadPoolExecutor(len(LENGTHS), thread_name_prefix="as_completed") as pool:
    for future in as_completed([pool.submit(work, seconds) for seconds in LENGTHS]):
        # exception() says what went wrong without raising it; None if nothing did.
        print("as_completed:", future.exception() or future.result())
