"""Two tasks of a pool of two: each wants the other's result before it gives its own.

``futures_in_a_ring.py ring``, and ``futures_in_a_ring.py line``, where one of them does not.
"""

import sys
import threading

import poolscope

ring = sys.argv[1] == "ring"
known = threading.Event()
futures: dict[str, poolscope.Future[int]] = {}


def buyer() -> int:
    known.wait()
    return 1 + futures["seller"].result()


def seller() -> int:
    known.wait()
    return 2 + futures["buyer"].result() if ring else 2


with poolscope.ThreadPoolExecutor(2, thread_name_prefix="market") as pool:
    futures["buyer"] = pool.submit(buyer)
    futures["seller"] = pool.submit(seller)
    known.set()
    print(futures["buyer"].result())
