"""What recording costs a task, for each event that it records."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from poolscope.trace import recorder
from tests.bench import pools
from tests.bench.figure import Figure

ROUNDS = 9


def added(make: pools.MakePool, tasks: int) -> float:
    """Nanoseconds that recording adds for each event, median of rounds on and off in turn."""
    run: Callable[[], float] = lambda: pools.throughput(make, tasks)  # noqa: E731
    run()
    found = []
    for turn in range(ROUNDS):
        off_first = run() if turn % 2 == 0 else None
        with pools.recording():
            on = run()
            events = recorder.statistics().events
        off = run() if off_first is None else off_first
        found.append((on - off) * 1e9 / events)
    return statistics.median(found)


FIGURES = [
    Figure("event-cost", "added to a thread pool's task for each event it records",
           "ns", "<=", 1000, lambda: added(pools.our_threads, 20_000)),
]  # fmt: skip
