"""What has been used is gone once nobody has it: no ring waits for the garbage collector."""

import concurrent.futures as cf
import gc
import multiprocessing
import queue
import threading
import weakref

gc.disable()


class Thing:
    pass


def raises(thing):
    raise ValueError


def told(held, name, *arguments):
    """What a method of the one that is held raised, by its name, or gave."""
    try:
        return getattr(held[0], name)(*arguments)
    except Exception as error:
        return type(error).__name__


def let_go(held):
    """Say whether the one that is held is gone once it is let go."""
    what, kept = type(held[0]).__name__, weakref.ref(held[0])
    held.clear()
    print(what, "still there" if kept() is not None else "gone")


def of_pool(pool):
    things = [Thing()]
    held = [pool.submit(raises, things[0])]
    print(told(held, "result"), told(held, "result"))
    try:
        print(list(pool.map(raises, things)))
    except ValueError:
        print("as the future")
    for future in cf.as_completed(held):
        print(future is held[0])
        del future
    let_go(held)
    for _ in range(3):  # what a process is sent is let go when the next one comes
        pool.submit(int).result()
    let_go(things)


def of_futures():
    for settle in ("cancel", (), "result"), ("set_exception", (ValueError(),), "exception"):
        held = [cf.Future()]
        print(told(held, "result", 0.01), told(held, settle[0], *settle[1]))
        print(told(held, "result"), told(held, settle[2], 0.01))
        let_go(held)


def of_primitives():
    for make, use in (
        (threading.Lock, "release"),
        (threading.RLock, "release"),
        (threading.Condition, "notify"),
        (threading.Thread, "join"),
        (queue.Queue, "get_nowait"),
        (lambda: threading.BoundedSemaphore(1), "release"),
    ):
        held = [make()]
        print(told(held, use))
        let_go(held)


def main():
    with cf.ThreadPoolExecutor(1) as pool:
        of_pool(pool)
    with cf.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        of_pool(pool)
    of_futures()
    of_primitives()


main()
