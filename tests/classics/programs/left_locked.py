"""A process ends with a lock in its hands, and nobody can have it any more.

``left_locked.py killed spawn``: the process is killed. ``left_locked.py released fork``: it is
killed too, but has let the lock go.
"""

import os
import signal
import sys
from typing import Any

import poolscope


def work(till: Any, way: str) -> None:
    till.acquire()
    if way == "released":
        till.release()
    os.kill(os.getpid(), signal.SIGKILL)


def main(way: str, method: str) -> None:
    context = poolscope.get_context(method)
    till = context.Lock(name="till")
    clerk = context.Process(target=work, args=(till, way), name="clerk")
    clerk.start()
    clerk.join()
    with till:
        print("the till is open")


if __name__ == "__main__":
    main(*sys.argv[1:])
