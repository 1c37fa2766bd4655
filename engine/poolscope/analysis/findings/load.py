"""How long the calls of a pool and the tasks in its queue take: behind the findings on load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.steps import StepFunction

if TYPE_CHECKING:
    from poolscope.analysis.findings.finding import Case

_SAMPLE: Final = 10_000  # calls whose lengths give the median


def at(steps: StepFunction, time: int) -> int:
    """The count at a time."""
    place = int(np.searchsorted(steps.times, np.int64(time), "right")) - 1
    return int(steps.counts[place]) if place >= 0 else 0


def median_run(case: Case, pool: int) -> int:
    """The median length of the calls of a pool that have ended, ns; of very many, of some."""
    tasks = case.store.tasks
    order = case.store.started_order
    some = order[:: max(1, len(order) // _SAMPLE)]
    some = some[(tasks.pool[some] == pool) & (tasks.worker[some] != NEVER)]
    ends = case.index.ends(some)
    over = ends != NEVER
    return int(np.median(ends[over] - tasks.started[some][over])) if over.any() else NEVER


def oldest(case: Case, pool: int, time: int) -> int:
    """For how long the oldest task in a pool's queue had been there at a time, ns."""
    tasks = case.store.tasks
    queued = (tasks.pool == pool) & (tasks.submitted != NEVER) & (tasks.submitted <= time)
    queued &= (tasks.dequeued == NEVER) | (tasks.dequeued > time)
    return time - int(tasks.submitted[queued].min()) if queued.any() else 0
