"""A task asks its own pool for another task, and waits for that.

``nested_submit.py 1``: the pool's one worker waits for what only it could do.
``nested_submit.py 2``: there is a second worker.
"""

import sys

import poolscope

workers = int(sys.argv[1])
pool = poolscope.ThreadPoolExecutor(workers, thread_name_prefix="kitchen")


def chop(what: str) -> str:
    return f"chopped {what}"


def soup() -> str:
    return f"soup of {pool.submit(chop, 'leek').result()}"


with pool:
    print(pool.submit(soup).result())
