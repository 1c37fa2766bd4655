"""Takes and gives locks at the end of the stack, again and again one call deeper."""

import sys
import threading

lock = threading.Lock()
rlock = threading.RLock()


def within(depth, which):
    if depth:
        within(depth - 1, which)
    else:
        with which:
            pass


def by_hand(depth, which):
    if depth:
        by_hand(depth - 1, which)
    elif which.acquire():
        which.release()


def free(which):
    """Whether another thread can have it."""
    got = []

    def ask():
        got.append(which.acquire(blocking=False))
        if got[0]:
            which.release()

    asker = threading.Thread(target=ask)
    asker.start()
    asker.join()
    return got[0]


for take in within, by_hand:
    for one in lock, rlock:
        ended = 0
        for deeper in range(60, 120):
            sys.setrecursionlimit(110)
            try:
                take(deeper, one)
            except RecursionError:
                ended += 1
            sys.setrecursionlimit(1000)
            if not free(one):
                print(take.__name__, one, "at", deeper)
                sys.exit(1)
        print(take.__name__, ended > 0, ended < 60)
