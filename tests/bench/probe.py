"""The program that `live` watches: four threads burn CPU in Python, one worker starts and stops.

Its argument is a file; the folder of the recording is written there when all is under way.
"""

import sys
import threading
import time
from pathlib import Path

from poolscope import ThreadPoolExecutor
from poolscope.trace import recorder

BURNERS = 4
TASKS = 40
RUNS_S = 0.25
RESTS_S = 0.25


def burn(done: threading.Event) -> None:
    while not done.is_set():
        sum(range(1_000))


def probe() -> None:
    time.sleep(RUNS_S)  # noqa: TID251 - a task of a known length


def main() -> None:
    done = threading.Event()
    burners = [threading.Thread(target=burn, args=(done,)) for _ in range(BURNERS)]
    for burner in burners:
        burner.start()
    with ThreadPoolExecutor(1, thread_name_prefix="probe") as pool:
        Path(sys.argv[1]).write_text(str(recorder.folder()), encoding="utf-8")
        for _ in range(TASKS):
            pool.submit(probe).result()
            time.sleep(RESTS_S)  # noqa: TID251 - a gap between two bars
    done.set()


if __name__ == "__main__":
    main()
