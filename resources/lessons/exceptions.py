"""Exceptions: a task that raises hurts nobody, and nobody notices.

Three tasks raise. The pool goes on; the exception waits in the future until somebody asks. One is
asked with exception(), one with result(), which raises it here; the third is never asked, and a
program without a chart would never know. In the second half a worker process is killed: that is no
exception of one task, it breaks the whole pool.
"""

import os
import signal
import time

from poolscope import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor

SECONDS = 0.3


def divide(number, by):
    time.sleep(SECONDS)
    return number / by


def die():
    time.sleep(SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with ThreadPoolExecutor(4, thread_name_prefix="calculators") as pool:
        asked, taken, forgotten = (pool.submit(divide, number, 0) for number in (1, 2, 3))
        fine = pool.submit(divide, 4, 2)
        print("fine:", fine.result())
        print("asked:", repr(asked.exception()))
        try:
            taken.result()
        except ZeroDivisionError as error:
            print("taken: raised here:", error)

    with ProcessPoolExecutor(1, name="victims") as pool:
        killed, queued = pool.submit(die), pool.submit(divide, 6, 3)
        for name, future in (("killed", killed), ("queued", queued)):
            try:
                print(f"{name}:", future.result())
            except BrokenExecutor as error:
                print(f"{name}: {type(error).__name__}: {error}")
