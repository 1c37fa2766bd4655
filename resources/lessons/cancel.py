"""cancel(): only what has not begun can be called off.

One worker, four tasks. Watch the states in the table: the first is running when it is cancelled,
so cancel() returns False and it runs to its end; the others are pending, and are struck through at
once. The worker comes across them only later: until then a wait() for them goes on. The last part
does the same to a whole pool, with shutdown(cancel_futures=True).
"""

import threading
import time

from poolscope import CancelledError, ThreadPoolExecutor

LOOK_S = 0.4  # between one step and the next

first_runs = threading.Event()
may_end = threading.Event()


def work():
    first_runs.set()
    may_end.wait()
    return "ran to its end"


with ThreadPoolExecutor(1, thread_name_prefix="one") as pool:
    futures = [pool.submit(work) for _ in range(4)]
    first_runs.wait()
    time.sleep(LOOK_S)
    for number, future in enumerate(futures, 1):
        print(f"task {number}: cancel() returned {future.cancel()}, running: {future.running()}")
    time.sleep(LOOK_S)
    may_end.set()
    for number, future in enumerate(futures, 1):
        try:
            print(f"task {number}: {future.result()}")
        except CancelledError:
            print(f"task {number}: result() raised CancelledError")

first_runs.clear()
may_end.clear()
pool = ThreadPoolExecutor(1, thread_name_prefix="closing")
futures = [pool.submit(work) for _ in range(4)]
first_runs.wait()
time.sleep(LOOK_S)
pool.shutdown(wait=False, cancel_futures=True)
time.sleep(LOOK_S)
may_end.set()
print("after shutdown:", [future.cancelled() for future in futures])
try:
    pool.submit(work)
except RuntimeError as error:
    print("submit() raised RuntimeError:", error)
