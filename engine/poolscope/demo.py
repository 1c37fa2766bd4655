"""The demo: a small web crawler on a real thread pool and a real process pool.

What is to be seen in it, in about eight seconds:

- more tasks than workers, in both pools: a queue builds up and drains;
- *fetcher* keeps ten pages on their way and waits for ``FIRST_COMPLETED``, again and again;
- *analyst* hands numbers and images to processes and takes results ``as_completed``;
- *archivist* has files hashed, and when it has enough changes its mind: what is still pending is
  cancelled, what runs cannot be;
- tasks fight over ``db_lock`` in the thread pool and over ``print_lock`` in the process pool;
- some pages raise ``ConnectionError`` and the pools go on.

The pools stay up afterwards, idle, for the user's own tasks. Nothing is pretended: pages come
through sockets, numbers are calculated, files are hashed, locks are taken.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import poolscope
from poolscope import tasks
from poolscope.future import Future
from poolscope.kept_pool import KeptThreadPool
from poolscope.kept_process_pool import KeptProcessPool
from poolscope.naming import error_text
from poolscope.stage import Stage
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Role

__all__ = ["run"]

PAGES: Final = 84
ROUNDS: Final = 9
ARCHIVES: Final = 4
FILES: Final = 10
ENOUGH: Final = 3
_IN_FLIGHT: Final = 10
_NICE: Final = 10
_SECTIONS: Final = ("news", "users", "wiki", "shop", "maps")


def fetch(url: str) -> str:
    """Get a page through a socket; some servers close the connection."""
    chance = random.Random(url)
    page = tasks.wait_for_io(chance.uniform(0.06, 0.28), f"page of {url}")
    if chance.random() < 0.09:
        raise ConnectionError(f"{url}: connection closed by the server")
    return page


def parse(page: str) -> int:
    """Count the words of a page, the slow way."""
    words = 0
    for _ in range(random.Random(page).randrange(20_000, 160_000)):
        words += len(page.split())
    return words


def store(row: int) -> int:
    """Write a row: one connection to the database, so one at a time."""
    chance = random.Random(row)
    tasks.wait_for_io(chance.uniform(0.01, 0.06))
    with tasks.named_lock("db_lock"):
        tasks.wait_for_io(chance.uniform(0.03, 0.16))
    return row


def fib(n: int) -> int:
    """The nth Fibonacci number, the slow way."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def sort(chunk: int) -> float:
    """The median of a chunk of numbers."""
    numbers = random.Random(chunk)
    count = 60_000 + 25_000 * (chunk % 8)
    return sorted(numbers.random() for _ in range(count))[count // 2]


def resize(image: str) -> int:
    """Halve a grey picture, pixel by pixel."""
    if image.startswith("broken"):
        raise ValueError(f"{image} is not a picture")
    side = 280 + 32 * (sum(image.encode()) % 9)
    rows = [bytes((x * y) & 255 for x in range(side)) for y in range(side)]
    return sum(
        (rows[y][x] + rows[y][x + 1] + rows[y + 1][x] + rows[y + 1][x + 1]) >> 2
        for y in range(0, side - 1, 2)
        for x in range(0, side - 1, 2)
    )


def hash_file(path: str) -> str:
    """SHA-256 of a file of Python's own library, often enough to take a while."""
    digest = hashlib.sha256()
    file = Path(os.__file__).with_name(path)
    for _ in range(700 + 10 * (sum(path.encode()) % 120)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def upload(image: str) -> int:
    """Send a picture away and wait for the receipt."""
    return len(tasks.wait_for_io(random.Random(image).uniform(0.08, 0.25), "received " + image))


def log(line: str) -> str:
    """Print a line; one worker at a time, so that lines stay whole."""
    tasks.wait_for_io(0.01)
    with tasks.named_lock("print_lock"):
        print(line, flush=True)
        tasks.wait_for_io(random.Random(line).uniform(0.04, 0.11))
    return line


class _Demo:
    """The two pools, and the three callers that use them side by side."""

    def __init__(self, stage: Stage) -> None:
        methods = multiprocessing.get_all_start_methods()
        method = "forkserver" if "forkserver" in methods else "spawn"
        self.io = KeptThreadPool(stage, 4, stage.free_name("io-pool"))
        self.cpu = KeptProcessPool(
            stage,
            4,
            stage.free_name("cpu-pool"),
            method,
            # The window that shows this runs on the same processors.
            initializer=modest,
            locks=["print_lock"],
        )
        self.futures: list[Future[Any]] = []
        self.rounds = threading.Semaphore(0)  # that the analyst is through with

    def submit(self, pool: Any, function: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = pool.submit(function, *args)
        self.futures.append(future)
        return future

    def fetcher(self) -> None:
        chance = random.Random(7)
        sections = itertools.cycle(_SECTIONS)
        pages = iter([f"/{next(sections)}/{number}" for number in range(1, PAGES + 1)])
        on_their_way: set[Any] = {
            self.submit(self.io, fetch, page) for page in itertools.islice(pages, _IN_FLIGHT)
        }
        rows = itertools.count(1)
        while on_their_way:
            came, on_their_way = poolscope.wait(on_their_way, return_when=poolscope.FIRST_COMPLETED)
            for future in came:
                if future.exception() is None:
                    self.submit(self.io, parse, future.result())
                if chance.random() < 0.6:
                    self.submit(self.io, store, next(rows))
            on_their_way |= {
                self.submit(self.io, fetch, page) for page in itertools.islice(pages, len(came))
            }

    def analyst(self) -> None:
        chance = random.Random(11)
        for number in range(1, ROUNDS + 1):
            calls: list[tuple[Callable[..., Any], Any]] = [
                *((fib, chance.randint(24, 29)) for _ in range(3)),
                *((sort, chance.randrange(1_000)) for _ in range(2)),
                *((resize, f"photo{chance.randrange(100)}.png") for _ in range(2)),
                *((upload, f"photo{chance.randrange(100)}.png") for _ in range(4)),
                *((log, f"round {number}, line {line}") for line in range(1, 6)),
            ]
            if number % 3 == 2:
                calls.append((resize, f"broken{number}.png"))
            chance.shuffle(calls)
            batch = [self.submit(self.cpu, function, given) for function, given in calls]
            for future in poolscope.as_completed(batch):
                if (error := future.exception()) is not None:
                    print(f"analyst: {error_text(error)}", flush=True)
            self.rounds.release()

    def archivist(self) -> None:
        folder = Path(os.__file__).parent
        names = iter(sorted(path.name for path in folder.glob("*.py"))[10:])
        for _ in range(ARCHIVES):
            self.rounds.acquire()
            self.rounds.acquire()
            files = [self.submit(self.cpu, hash_file, next(names)) for _ in range(FILES)]
            hashed = 0
            for _ in itertools.islice(poolscope.as_completed(files), ENOUGH):
                hashed += 1
            cancelled = sum(future.cancel() for future in files)
            print(f"archivist: {hashed} files will do, {cancelled} cancelled", flush=True)
            for future in files:
                if not future.cancelled():
                    future.result()


def modest() -> None:
    """Give way to whoever else wants the processor."""
    os.nice(_NICE)


def run(stage: Stage) -> dict[str, Any]:
    """Run the demo to its end; the pools stay. Returns how many tasks came to which end.

    Raises what a caller of the demo raised: that is a fault of ours, to be seen.
    """
    demo = _Demo(stage)
    errors: list[BaseException] = []

    def play(part: Callable[[], None]) -> None:
        _recorder.name_thread(part.__name__, Role.CALLER)
        try:
            part()
        except BaseException as error:  # noqa: BLE001  raised again below, by who waits for us
            errors.append(error)
            demo.rounds.release(2 * ARCHIVES)  # nobody waits for one that has failed

    parts = (demo.fetcher, demo.analyst, demo.archivist)
    callers = [
        threading.Thread(target=play, args=(part,), name=part.__name__, daemon=True)
        for part in parts
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for error in errors:
        raise error
    # What the fetcher left behind it in the queue.
    poolscope.wait(demo.futures)
    ends = [
        "cancelled" if future.cancelled() else "raised" if future.exception() else "finished"
        for future in demo.futures
    ]
    return {
        "pools": [str(demo.io._id), str(demo.cpu._id)],
        "tasks": len(ends),
        **{end: ends.count(end) for end in ("finished", "raised", "cancelled")},
    }
