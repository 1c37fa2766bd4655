"""Tasks of multiprocessing's pools that fail, and how one may come to know of it."""

import multiprocessing
import traceback
from multiprocessing.pool import ThreadPool


def fails(number):
    raise ValueError(number)


def fetched(get):
    try:
        print(get())
    except ValueError:
        print(traceback.format_exc())


def every_way(pool):
    fetched(lambda: pool.apply(fails, (1,)))
    fetched(lambda: pool.map(fails, [2]))
    fetched(lambda: list(pool.imap(fails, [3])))
    fetched(lambda: next(pool.imap_unordered(fails, [4])))
    pool.apply_async(fails, (5,), error_callback=print).wait()
    pool.map_async(fails, [6], error_callback=print).wait()
    asked = pool.apply_async(fails, (7,))
    asked.wait()
    print(asked.successful())
    pool.apply_async(fails, ("unseen",)).wait()


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as processes:
        every_way(processes)
    with ThreadPool(1) as threads:
        every_way(threads)
