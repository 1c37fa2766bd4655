"""The program that `alarm` watches: four threads burn CPU, two meet in a ring and part, ten times.

Its argument is a file; the folder of the recording is written there when all is under way.
"""

import sys
import threading
import time
from pathlib import Path

from poolscope import Lock, ThreadPoolExecutor
from poolscope.trace import recorder

BURNERS = 4
RINGS = 10
LASTS_S = 0.4  # until one gives up
RESTS_S = 0.4


def burn(done: threading.Event) -> None:
    while not done.is_set():
        sum(range(1_000))


def take(first: Lock, second: Lock, met: threading.Barrier, patience: float) -> None:
    with first:
        met.wait()
        if second.acquire(timeout=patience):
            second.release()


def main() -> None:
    done = threading.Event()
    burners = [threading.Thread(target=burn, args=(done,)) for _ in range(BURNERS)]
    for burner in burners:
        burner.start()
    one, other = Lock(name="one"), Lock(name="other")
    met = threading.Barrier(2)
    with ThreadPoolExecutor(2, thread_name_prefix="probe") as pool:
        Path(sys.argv[1]).write_text(str(recorder.folder()), encoding="utf-8")
        time.sleep(3.0)  # noqa: TID251 - the window is laid out
        for _ in range(RINGS):
            tasks = [
                pool.submit(take, one, other, met, LASTS_S),
                pool.submit(take, other, one, met, 3 * LASTS_S),
            ]
            for task in tasks:
                task.result()
            time.sleep(RESTS_S)  # noqa: TID251 - the alarm goes
    done.set()


if __name__ == "__main__":
    main()
