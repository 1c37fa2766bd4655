"""A lost update: two threads add to one counter, and some of what they add is gone.

``counter.value += 1`` is three steps: read, add, write. When both read before either writes, both
write the same number, and one of the two additions is lost. On the chart each lost update is
marked with its two reads and its two writes. The second half does the three steps while it holds
a lock, in turn with the other, and loses nothing: look at the hatched stretches, in which each
waits for the other.

A ``Shared`` is read and written by calls, as an attribute, a file or a database is. A plain global
in its place would lose nothing on this interpreter: since 3.10 CPython switches threads at calls
and at jumps backwards alone, and ``counter += 1`` has neither in the middle. No documentation
promises that it stays so. (Run without a recording, the two seldom meet in so few rounds.)
"""

from contextlib import nullcontext
from threading import Barrier

from poolscope import Lock, Shared, ThreadPoolExecutor

ROUNDS = 40
account = Lock(name="account")
both_run = Barrier(2)  # so that neither is done before the other begins


def add(counter, guard):
    both_run.wait()
    for _ in range(ROUNDS):
        with guard:
            counter.value += 1


for name, guard in (("without a lock", nullcontext()), ("with the lock", account)):
    counter = Shared(f"counter {name}", 0)
    with ThreadPoolExecutor(2, thread_name_prefix=name) as pool:
        for future in [pool.submit(add, counter, guard) for _ in range(2)]:
            future.result()
    print(f"{name}: {2 * ROUNDS} additions, {2 * ROUNDS - counter.value} lost")
