"""Whether the replay of a load tells what more workers really do: foretold against measured."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import poolscope
from poolscope.analysis import simulation
from poolscope.analysis.health_load import Load, load_of
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from tests.bench.figure import Figure

ROUNDS = 3
TASKS = 240
EVERY_S = 0.0015  # one task so often
LENGTHS_S = (0.002, 0.005, 0.009, 0.016)  # they wait, and do not compete for the processor
FEW, MORE = 2, 4  # both too few for this load


def ran(workers: int) -> Load:
    """The load, on a real pool."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t")
        with poolscope.record(path), poolscope.ThreadPoolExecutor(workers) as pool:
            began = time.perf_counter()
            for number in range(TASKS):
                pool.submit(time.sleep, LENGTHS_S[number % len(LENGTHS_S)])  # noqa: TID251
                time.sleep(max(0.0, began + (number + 1) * EVERY_S - time.perf_counter()))  # noqa: TID251
        with Reader(path) as reader:
            store = Store.of(reader)
            while store.take(reader):
                pass
        return load_of(store, 0)


def off() -> float:
    """By which factor the foretold wait (95th percentile) is off; 1 is right."""
    found = []
    for _ in range(ROUNDS):
        few, more = ran(FEW), ran(MORE)
        told = simulation.replay(few.arrivals, few.durations, MORE).wait_p95
        if more.queue_wait is None or not told:
            raise RuntimeError("nothing had to wait: there is nothing to foretell")
        ratio = told / more.queue_wait.p95
        found.append(max(ratio, 1 / ratio))
    return statistics.median(found)


FIGURES = [
    Figure("replay", "a load replayed with twice the workers, against the run",
           "x off", "<=", 1.25, off),
]  # fmt: skip
