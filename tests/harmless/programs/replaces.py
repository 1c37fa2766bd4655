"""Puts classes of its own under the names of ``threading``."""

import threading
from concurrent.futures import ThreadPoolExecutor

Given = threading.Lock


class Counted:
    """A lock that counts how often it was taken."""

    def __init__(self):
        self._lock = Given()
        self.taken = 0

    def acquire(self, *how, **named):
        self.taken += 1
        return self._lock.acquire(*how, **named)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    __enter__ = acquire

    def __exit__(self, *error):
        self.release()


class Deep(type(threading.RLock())):
    """Of the re-entrant lock's own type."""

    def __init__(self, name):
        self.name = name


class NotBegun(threading.Thread):
    """A thread whose constructor was forgotten."""

    def __init__(self):
        pass


deep = Deep("deep")
with deep, deep:
    print(repr(Deep), deep.name, type(deep).__name__)
try:
    NotBegun().start()
except RuntimeError as error:
    print(error)

threading.Lock = Counted
ready = threading.Event()
ready.set()
mine = Counted()
with mine, ThreadPoolExecutor(2) as pool:
    print(ready.wait(1), list(pool.map(abs, range(3))), mine.taken)

# As gevent has it: the lock that is written in Python, over locks of its own.
threading._CRLock = None
again = threading.RLock()
condition = threading.Condition()
with again, again, condition:
    condition.notify_all()
print(type(again).__module__, type(condition._lock).__module__)

ident = threading.get_ident
threading.get_ident = lambda: ident()
thread = threading.Thread(target=print, args=("a greenlet's",))
thread.start()
thread.join()
