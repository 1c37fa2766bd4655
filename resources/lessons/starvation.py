"""Starvation: a pool whose tasks wait for tasks of the same pool.

Each parent submits a child and waits for it. With three workers and two parents there is a worker
left for the children. With two workers both are taken by parents: the children stay in the queue
(look at the queue depth), the parents wait for ever. There is no lock in it, and no worker is
calculating; a longer timeout would only make it last longer. Here they give up after two seconds.
"""

from threading import Barrier

from poolscope import ThreadPoolExecutor

PATIENCE_S = 2.0
both_run = Barrier(2)  # so that no child is done before both parents have their workers


def child(number):
    return number * number


def parent(pool, number):
    both_run.wait()
    return pool.submit(child, number).result(timeout=PATIENCE_S)


for workers in (3, 2):
    with ThreadPoolExecutor(workers, thread_name_prefix=f"{workers}-workers") as pool:
        parents = [pool.submit(parent, pool, number) for number in range(2)]
        for future in parents:
            # exception() waits as result() does, and gives back what result() would raise.
            answer = repr(future.exception()) if future.exception() else future.result()
            print(f"{workers} workers: {answer}")
