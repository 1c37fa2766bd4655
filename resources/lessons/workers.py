"""More tasks than workers: what a queue looks like, and what one more worker changes.

Twelve tasks of the same length, three workers: four rounds. Look at the queue depth under the
chart: it falls by three at a time. Then the same twelve on six workers.
"""

import time

from poolscope import ThreadPoolExecutor, wait

TASKS = 12
SECONDS = 0.25


def fetch(page: int) -> str:
    """Stands for anything that waits for somebody else: a server, a disk."""
    time.sleep(SECONDS)
    return f"page {page}"


for workers in (3, 6):
    began = time.perf_counter()
    with ThreadPoolExecutor(workers, thread_name_prefix=f"with-{workers}") as pool:
        wait([pool.submit(fetch, page) for page in range(TASKS)])
    print(f"{workers} workers: {TASKS} pages in {time.perf_counter() - began:.2f} s")
