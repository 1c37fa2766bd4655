"""Money is moved between two accounts, in both directions at once; each has a lock.

``two_locks.py deadlock``: the giver's lock first. ``two_locks.py ordered``: always in one order.
``two_locks.py patient``: the giver's first, but nobody waits for the other's for ever.
"""

import sys
import threading

import poolscope


def main(way: str) -> None:
    checking = poolscope.Lock(name="checking")
    savings = poolscope.Lock(name="savings")
    both = threading.Barrier(2)

    def move(giver: poolscope.Lock, taker: poolscope.Lock) -> bool:
        if way == "ordered":
            giver, taker = sorted((giver, taker), key=lambda lock: lock.name)
            with giver, taker:
                return True
        with giver:
            both.wait()
            if way == "deadlock":
                taker.acquire()
                got = True
            else:
                got = taker.acquire(timeout=1)  # long enough for both to wait, however busy
            if got:
                taker.release()
            return got

    with poolscope.ThreadPoolExecutor(2, thread_name_prefix="teller") as pool:
        there = pool.submit(move, checking, savings)
        back = pool.submit(move, savings, checking)
        print(there.result(), back.result())


main(sys.argv[1])
