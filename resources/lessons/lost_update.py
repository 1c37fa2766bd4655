"""A lost update: two threads add to one counter, and some of what they add is gone.

Adding one is three steps, also where it is written ``counter.value += 1``: read, add, write. When
both read before either writes, both write the same number, and one of the two additions is lost.
Here there is work between the read and the write, so that it happens again and again. On the chart
each lost update is marked with its two reads and its two writes. The second half does the three
steps while it holds a lock, in turn with the other, and loses nothing: look at the hatched
stretches, in which each waits for the other. It takes twice as long.

A ``Shared`` is read and written by calls, as an attribute, a file or a database is. A plain global
and ``counter += 1`` would lose nothing on this interpreter: since 3.10 CPython switches threads at
calls and at jumps backwards alone, and there is neither in the middle. No documentation promises
that it stays so.
"""

import time
from contextlib import nullcontext
from threading import Barrier

from poolscope import Lock, Shared, ThreadPoolExecutor

ROUNDS = 40
WORK_S = 0.005  # from the read to the write
account = Lock(name="account")
both_run = Barrier(2)  # so that neither is done before the other begins


def add(counter, guard):
    both_run.wait()
    for _ in range(ROUNDS):
        with guard:
            read = counter.value
            time.sleep(WORK_S)
            counter.value = read + 1


for name, guard in (("without a lock", nullcontext()), ("with the lock", account)):
    counter = Shared(f"counter {name}", 0)
    with ThreadPoolExecutor(2, thread_name_prefix=name) as pool:
        for future in [pool.submit(add, counter, guard) for _ in range(2)]:
            future.result()
    print(f"{name}: {2 * ROUNDS} additions, {2 * ROUNDS - counter.value} lost")
