"""Waits, and applies, in the middle of a wait and of an apply: as a handler of signals may."""

import threading
from multiprocessing.pool import ThreadPool

other = threading.Condition()


class Releasing:
    """A lock at whose release something else is waited for."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acquire, self.locked = self.lock.acquire, self.lock.locked

    def release(self):
        with other:
            other.wait(0.01)
        self.lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.lock.release()


outer = threading.Condition(Releasing())
with outer:
    print(outer.wait(0.01))


class Asked(ThreadPool):
    """Applies something else before what it is asked for."""

    def _check_running(self):
        super()._check_running()
        if threading.current_thread() is threading.main_thread() and not self.asked:
            self.asked.append(True)
            print(self.apply(len, ("inner",)))

    asked = []


with Asked(1) as pool:
    print(pool.apply(abs, (-2,)))
