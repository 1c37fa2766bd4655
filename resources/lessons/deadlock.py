"""A deadlock: two tasks, two locks, taken in opposite order.

Both workers turn hatched at the same moment, each in the colour of the lock that the other one
owns, and stay so: neither can go on before the other does. Only that they lose patience after two
seconds ends it here: the first to give up lets go of what it has, and mostly that is just in time
for the other. The third task takes the locks in the same order as the first, and nothing can go
wrong.
"""

import threading

from poolscope import Lock, ThreadPoolExecutor, wait

flour = Lock(name="flour")
sugar = Lock(name="sugar")
PATIENCE_S = 2.0

# So that it happens each time, and not only on the day of the exam: both have the first one.
both_hold_one = threading.Barrier(2)


def bake(first, second):
    with first:
        both_hold_one.wait()
        if not second.acquire(timeout=PATIENCE_S):
            return f"has {first.name}, gave up on {second.name}"
        second.release()
        return f"has {first.name} and {second.name}"


def bake_in_order():
    with flour, sugar:
        return "has flour and sugar"


with ThreadPoolExecutor(2, thread_name_prefix="cook") as pool:
    cooks = [pool.submit(bake, flour, sugar), pool.submit(bake, sugar, flour)]
    wait(cooks)
    for cook in cooks:
        print(cook.result())
    print(pool.submit(bake_in_order).result())
