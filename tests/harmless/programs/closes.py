"""Closes every file, as one does that becomes a daemon, and opens others."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LAST = 500  # descriptor that might be open
lock = threading.Lock()


def use(times):
    for _ in range(times):
        with lock:
            pass


use(10)
os.closerange(3, LAST)
nothing = Path(os.devnull)
files = [nothing.open("w") for _ in range(20)]
use(10_000)
with ThreadPoolExecutor(4) as pool:
    list(pool.map(use, [2_000] * 4))
print([os.path.samestat(os.fstat(file.fileno()), nothing.stat()) for file in files])
