"""multiprocessing: Process, Pool, ThreadPool, under each start method."""

import multiprocessing
import pickle
import sys
import threading
import traceback
from multiprocessing.pool import ThreadPool


def square(n):
    if n == 3:
        raise ValueError("three")
    return n * n


def add(a, b=1):
    return a + b


def ready(word):
    assert word == "word"


def child(number):
    print("child", number, __name__, sys.argv, multiprocessing.current_process().name, flush=True)
    if number == 2:
        raise KeyError("two")
    sys.exit(number)


def failed(function):
    try:
        print("no error:", function())
    except BaseException:
        traceback.print_exc(file=sys.stdout)


def use(pool):
    print(pool.apply(square, (5,)), pool.map(square, [0, 1, 2, 4, 5, 6, 7]))
    print(list(pool.imap(square, range(3))), sorted(pool.imap_unordered(square, range(3), 2)))
    print(pool.starmap(add, [(1, 2), (3,)]), pool.apply_async(add, (1,), {"b": 5}).get())
    failed(lambda: pool.apply(square, (3,)))
    failed(lambda: pool.map(square, [1, 3]))
    failed(lambda: list(pool.imap(square, [3])))
    failed(lambda: pool.map(square, 5))
    pool.close()
    pool.join()
    failed(lambda: pool.apply(square, (1,)))


def manage(context):
    with context.Manager() as manager:
        lock, event, items = manager.Lock(), manager.Event(), manager.Queue()
        with lock:
            event.set()
            items.put(event.wait())
        print(items.get(), pickle.loads(pickle.dumps(threading.Lock))().locked())


def main():
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2, ready, ("word",)) as pool:
        use(pool)
    with ThreadPool(2) as pool:
        use(pool)
    manage(context)
    multiprocessing.set_start_method(sys.argv[1], force=True)
    for number, kind in enumerate((context.Process, context.Process, multiprocessing.Process)):
        process = kind(target=child, args=(number,), name=f"mine-{number}")
        process.start()
        process.join()
        print(process.exitcode, process.name, process.is_alive())


if __name__ == "__main__":
    main()
