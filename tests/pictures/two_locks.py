"""What the picture of a deadlock shows: some work, then two tasks that take two locks crosswise."""

import threading
import time

from poolscope import Lock, ThreadPoolExecutor, wait

db_lock = Lock(name="db_lock")
log_lock = Lock(name="log_lock")
met = threading.Barrier(2)


def fetch(number: int) -> int:
    time.sleep(0.03 * (1 + number % 3))  # noqa: TID251 - the work
    with db_lock:
        time.sleep(0.02)  # noqa: TID251
    return number


def transfer() -> None:
    with db_lock:
        met.wait()
        with log_lock:
            pass


def report() -> None:
    with log_lock:
        met.wait()
        with db_lock:
            pass


with ThreadPoolExecutor(4, thread_name_prefix="io") as pool:
    wait([pool.submit(fetch, number) for number in range(24)])
    stuck = [pool.submit(transfer), pool.submit(report)]
    time.sleep(0.3)  # noqa: TID251 - the others come later
    wait([*stuck, pool.submit(fetch, 24)])
