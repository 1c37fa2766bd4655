"""threading's and queue's own, used well and badly, and what they look like."""

import _thread
import copy
import copyreg
import functools
import inspect
import io
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


class Both(threading.Condition):
    """One with something more to it."""

    def __init__(self, lock, number):
        super().__init__(lock)
        self.number = number


class Sender(pickle.Pickler):
    """It can do locks, which it knows by their types, as ``dill`` does."""

    dispatch_table = {
        **copyreg.dispatch_table,
        type(lock): lambda _: (threading.Lock, ()),
        type(rlock): lambda _: (threading.RLock, ()),
    }


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


def by_type():
    known = {_thread.LockType: "lock", _thread.RLock: "rlock"}
    print(known[type(threading.Lock())], known[type(threading.RLock())])
    one, other, no_lock = type(lock), type(rlock), type(event)
    print(one == _thread.LockType, other != _thread.RLock, one != other, one == no_lock)
    print(one in {_thread.RLock, int}, {one: 1, _thread.LockType: 2, other: 3})
    tell = functools.singledispatch(lambda _: "neither")
    tell.register(_thread.LockType, lambda _: "a lock")
    print(tell(lock), tell(rlock))


def sent():
    own = threading.Lock()
    things = own, threading.Condition(own), Both(own, 3), Event(4), semaphore, queue.Queue(3)
    file = io.BytesIO()
    Sender(file).dump((*things, threading.Condition()))
    print(b"poolscope" in file.getvalue().replace(b"_poolscope", b""))
    own, condition, both, event, semaphore_, items, alone = pickle.loads(file.getvalue())
    print(condition._lock is own, both._lock is own, both.number, type(both) is Both)
    for each in (condition, both, alone):
        with each:
            each.notify_all()
            print(each.wait(0.001), each._is_owned(), own.locked())
    event.set()
    items.put("sent")
    print(event.wait(), event.number, semaphore_.acquire(), items.get(), items.task_done())


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
    by_type()
    sent()
    looks()


main()
