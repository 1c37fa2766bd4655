"""threading's and queue's own, used well and badly, and what they look like."""

import copy
import inspect
import pickle
import queue
import sys
import threading
import traceback

lock = threading.Lock()
rlock = threading.RLock()
condition = threading.Condition()
event = threading.Event()
semaphore = threading.Semaphore(2)
bounded = threading.BoundedSemaphore(1)
barrier = threading.Barrier(2)
items = queue.Queue(maxsize=1)


class Named(threading.Thread):
    def __init__(self, name):
        super().__init__(name=name)

    def run(self):
        with semaphore, bounded, lock, rlock, rlock:
            pass
        barrier.wait()
        with condition:
            condition.wait_for(event.is_set)
        while (item := items.get()) is not None:
            print(item)
            items.task_done()


class Event(threading.Event):
    def __init__(self, number):
        super().__init__()
        self.number = number


class Box(queue.Queue):
    """It can be sent, as those do it whose state has locks in it."""

    def __getstate__(self):
        own = ("mutex", "not_empty", "not_full", "all_tasks_done")
        return {name: value for name, value in vars(self).items() if name not in own}

    def __setstate__(self, state):
        self.__init__(state["maxsize"])
        vars(self).update(state)


def failed(function):
    try:
        print("no error:", function())
    except BaseException:
        traceback.print_exc(file=sys.stdout)


def wrong():
    failed(lock.release)
    failed(rlock.release)
    failed(condition.wait)
    failed(condition.notify)
    failed(bounded.release)
    failed(lambda: lock.acquire(False, 1))
    failed(lambda: lock.acquire(timeout=-5))
    failed(lambda: semaphore.acquire(False, 1))
    failed(lambda: threading.Lock(1))
    failed(lambda: threading.Semaphore(-1))
    failed(lambda: barrier.wait(0.01))
    failed(barrier.wait)
    failed(lambda: items.get(timeout=0.01))
    failed(items.get_nowait)
    failed(lambda: items.get(timeout=-1))
    failed(items.task_done)
    failed(lambda: pickle.dumps(lock))
    failed(lambda: copy.copy(rlock))
    for thing in (condition, event, semaphore, barrier, items):
        failed(lambda thing=thing: pickle.dumps(thing))
    failed(lambda: copy.deepcopy(event))
    failed(lambda: type("Mine", (type(lock),), {}))


def copies():
    box = Box(3)
    box.put("sent")
    for copied in (pickle.loads(pickle.dumps(box)), copy.deepcopy(box)):
        print(copied.get(), copied.maxsize, copied.empty())
        failed(copied.get_nowait)
    print(copy.copy(event).is_set(), copy.copy(semaphore).acquire())


def looks():
    for thing in (lock, rlock, condition, event, semaphore, bounded, items):
        print(repr(thing), isinstance(thing, type(thing)), bool(thing))
    for made in (threading.Condition, threading.Event, threading.Barrier, queue.Queue):
        print(made, made.__module__, inspect.signature(made), made.__mro__)
    print(inspect.signature(queue.Queue.get), inspect.signature(threading.Thread.join))
    print(type(threading.Lock()) is type(lock), isinstance(threading.Lock(), type(lock)))
    print(threading.Lock().__doc__, threading.RLock().__doc__)
    own = Event(3)
    own.set()
    print(own.wait(), own.number, own.is_set())
    with rlock:
        print(rlock.acquire(), repr(rlock)[:30])
        rlock.release()


def main():
    thread = Named("mine")
    thread.start()
    barrier.wait()
    event.set()
    with condition:
        condition.notify_all()
    for item in (1, 2):
        items.put(item)
    items.join()
    items.put(None)
    thread.join()
    print(thread.is_alive(), threading.active_count(), thread.name)
    with lock:
        print(lock.acquire(False), lock.acquire(timeout=0.01), lock.locked())
    wrong()
    copies()
    looks()


main()
