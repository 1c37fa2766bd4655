"""Both pools of concurrent.futures, by every face that they have; and what they raise."""

import concurrent.futures as cf
import copy
import multiprocessing
import pickle
import sys
import threading
import traceback


def work(n):
    if n == 3:
        raise ValueError("three")
    return n * n


def failed(function):
    try:
        print("no error:", function())
    except BaseException:
        traceback.print_exc(file=sys.stdout)


def use(pool):
    futures = [pool.submit(work, n) for n in range(6)]
    done, not_done = cf.wait(futures)
    print(len(done), len(not_done), [future.done() for future in futures])
    print(sorted(f.result() for f in cf.as_completed(futures) if f.exception() is None))
    failed(futures[3].result)
    print(repr(futures[3].exception()), futures[3].cancel(), futures[3].running())
    print(list(pool.map(work, [0, 1, 2, 4, 5, 6], chunksize=2)))
    failed(lambda: list(pool.map(work, range(5))))
    failed(lambda: pool.submit())
    failed(lambda: cf.wait(futures[:1], return_when="never"))
    failed(lambda: cf.wait(5))
    failed(lambda: futures[0].set_result(1))


class Sent(cf.ThreadPoolExecutor):
    """It can be sent, as those do it whose state has locks in it."""

    def __getstate__(self):
        left = {"_work_queue", "_idle_semaphore", "_shutdown_lock", "_threads"}
        return {name: value for name, value in vars(self).items() if name not in left}

    def __setstate__(self, state):
        self.__init__(state["_max_workers"])


def copies():
    with Sent(2) as pool:
        print(pool.submit(work, 2).result())
        with pickle.loads(pickle.dumps(pool)) as other, copy.deepcopy(pool) as another:
            print(other.submit(work, 4).result(), another.submit(work, 5).result())
    failed(lambda: pickle.dumps(cf.Future()))


def threads():
    started, go = threading.Event(), threading.Event()

    def block():
        started.set()
        go.wait()

    called = []
    with cf.ThreadPoolExecutor(1, thread_name_prefix="one") as pool:
        first = pool.submit(block)
        started.wait()
        later = pool.submit(work, 1)
        later.add_done_callback(lambda f: called.append(f.cancelled()))
        first.add_done_callback(lambda f: 1 / 0)
        print(later.cancel(), first.cancel(), called, repr(first)[:8], first.running())
        failed(lambda: first.result(timeout=0.01))
        failed(lambda: next(cf.as_completed([first], timeout=0.01)))
        failed(later.result)
        go.set()
    failed(lambda: pool.submit(work, 1))
    with cf.ThreadPoolExecutor(2) as pool:
        use(pool)
        print(sorted(t.name for t in threading.enumerate()))


def bad_start():
    raise OSError("no start")


def broken():
    with cf.ThreadPoolExecutor(1, initializer=bad_start) as pool:
        failed(lambda: pool.submit(work, 1).result())


def main():
    print(__name__, __file__, sys.argv, sys.path, sys.orig_argv[1:])
    if sys.argv[1] == "threads":
        threads()
        broken()
        copies()
    else:
        context = multiprocessing.get_context(sys.argv[1])
        with cf.ProcessPoolExecutor(2, mp_context=context) as pool:
            use(pool)
            failed(lambda: pool.submit(lambda: 1).result())


if __name__ == "__main__":
    main()
