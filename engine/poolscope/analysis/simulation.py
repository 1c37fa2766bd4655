"""What a load would have done to a pool of another size: the recorded tasks, run again on paper.

A pool with one queue serves first come, first served: a task starts when it has come and a worker
is free. Given when the tasks came and how long each ran, that says when each would have started
with any number of workers. What it cannot know it takes as it was: the same arrivals and the same
run times. So it holds for tasks that wait or compute apart, and is too hopeful for tasks that
compete for one lock, one disk, or (threads that compute in Python) one interpreter.
"""

from __future__ import annotations

import heapq
from typing import Final, NamedTuple

import numpy as np

from poolscope.analysis.column import Ints

MOST_TASKS: Final = 100_000  # the newest are taken; about 0.1 s of work


class Replay(NamedTuple):
    """What ``workers`` workers would have made of a load. Times are ns."""

    workers: int
    wait_p50: int
    wait_p95: int
    wait_max: int
    makespan: int  # from the first arrival to the last end
    utilisation: float  # the share of the makespan in which the workers ran tasks


def starts(arrivals: Ints, durations: Ints, workers: int) -> Ints:
    """When each task would have started.

    Args:
        arrivals: ns, in rising order.
        durations: ns, of the same length.
        workers: at least 1.

    Raises:
        ValueError: there is no worker, or the arrivals fall.
    """
    if workers < 1:
        raise ValueError(f"a load needs at least one worker to run on, not {workers}")
    if len(arrivals) != len(durations) or (np.diff(arrivals) < 0).any():
        raise ValueError("arrivals must rise, with one duration for each")
    free = [0] * min(workers, len(arrivals))  # when each worker is next free; a heap
    found = np.empty(len(arrivals), np.int64)
    for place, (came, lasts) in enumerate(zip(arrivals.tolist(), durations.tolist(), strict=True)):
        begin = max(came, free[0])
        heapq.heapreplace(free, begin + lasts)
        found[place] = begin
    return found


def replay(arrivals: Ints, durations: Ints, workers: int) -> Replay:
    """Run a load again with this many workers; see ``starts``.

    Of more than ``MOST_TASKS`` tasks the newest are taken. There must be at least one.
    """
    arrivals, durations = arrivals[-MOST_TASKS:], durations[-MOST_TASKS:]
    begins = starts(arrivals, durations, workers)
    waits = begins - arrivals
    p50, p95 = np.percentile(waits, (50, 95))
    makespan = int((begins + durations).max() - arrivals[0])
    room = makespan * workers
    busy = float(durations.sum()) / room if room else 0.0
    return Replay(workers, int(p50), int(p95), int(waits.max()), makespan, min(1.0, busy))
