"""How a program can end, each by its name."""

import atexit
import ctypes
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor


def task():
    return 1


def exits():
    sys.exit(7)


def raises():
    raise RuntimeError("at the end")


def chained():
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("and then") from error


def hooked():
    def mine(kind, error, trace):
        while trace:
            print(trace.tb_frame.f_code.co_name, trace.tb_lineno)
            trace = trace.tb_next

    sys.excepthook = mine
    raise RuntimeError("hooked")


def thread_raises():
    thread = threading.Thread(target=raises, name="raiser")
    thread.start()
    thread.join()


def at_exit():
    atexit.register(print, "at exit")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(print, "in the pool")


def forks():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(task).result()
        pid = os.fork()
        if pid == 0:
            with ThreadPoolExecutor(1) as own:
                print("child", own.submit(task).result(), flush=True)
            os._exit(5)
        print("parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def leaves():
    os._exit(9)


def crashes():
    ctypes.string_at(0)


def terminated():
    os.kill(os.getpid(), signal.SIGTERM)


def interrupted():
    lock = threading.Lock()
    lock.acquire()
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    lock.acquire()


def interrupted_result():
    go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(go.wait)
        future.add_done_callback(lambda _: None)

        def soon():
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.05, soon).start()
        try:
            future.result()
        finally:
            go.set()


if __name__ == "__main__":
    with ThreadPoolExecutor(1) as first:
        first.submit(task).result()
    sys.stdout.flush()
    globals()[sys.argv[1]]()
