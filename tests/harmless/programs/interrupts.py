"""Makes futures, and submits, in the middle of a submit: as a handler of signals may."""

from concurrent.futures import Future, ThreadPoolExecutor

other = ThreadPoolExecutor(1)


class Busy:
    """Stands for a lock of the pool's, which is taken before the pool makes the task's future."""

    def __init__(self, lock):
        self.lock = lock

    def __enter__(self):
        Future().set_result("by hand")
        other.submit(len, "inner").result()
        return self.lock.__enter__()

    def __exit__(self, *error):
        return self.lock.__exit__(*error)


with ThreadPoolExecutor(1) as pool:
    pool._shutdown_lock = Busy(pool._shutdown_lock)
    print([pool.submit(abs, -number).result() for number in range(3)])
other.shutdown()
