"""Counts over time: how many tasks were queued, how many workers busy.

A step function is two arrays: ``counts[i]`` holds from ``times[i]`` until ``times[i + 1]``;
before the first time the count is 0. Changes come almost, but not quite, in order of time, so
only the stretch from the earliest new change on is worked out again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints
from poolscope.analysis.task_intake import TaskIntake

_FIRST_CAPACITY = 1024


class StepFunction(NamedTuple):
    """``counts[i]`` from ``times[i]`` on; times rise strictly. Valid until the next extend."""

    times: Ints
    counts: Ints


class Steps:
    """A step function that grows by changes."""

    def __init__(self) -> None:
        self._times: Ints = np.empty(_FIRST_CAPACITY, np.int64)
        self._counts: Ints = np.empty(_FIRST_CAPACITY, np.int64)
        self._length = 0
        self._waiting: list[tuple[Ints, Ints]] = []

    def add(self, times: Ints, step: int) -> None:
        """The count changes by ``step`` at each of these times, in any order."""
        if len(times):
            self._waiting.append((np.asarray(times, np.int64), np.full(len(times), step)))

    def view(self) -> StepFunction:
        """The function by all changes so far."""
        if self._waiting:
            self._merge()
        times, counts = self._times[: self._length], self._counts[: self._length]
        times.flags.writeable = counts.flags.writeable = False
        return StepFunction(times, counts)

    def _merge(self) -> None:
        times = np.concatenate([each for each, _ in self._waiting])
        steps = np.concatenate([each for _, each in self._waiting])
        self._waiting.clear()
        kept = int(np.searchsorted(self._times[: self._length], times.min()))
        base = int(self._counts[kept - 1]) if kept else 0
        tail = self._counts[kept : self._length]
        times = np.concatenate((self._times[kept : self._length], times))
        steps = np.concatenate((np.diff(tail, prepend=base), steps))
        order = np.argsort(times, kind="stable")
        times, steps = times[order], steps[order]
        # Changes of one moment become one, and those that cancel out vanish.
        starts = np.flatnonzero(np.append(True, times[1:] != times[:-1]))
        steps = np.add.reduceat(steps, starts)
        changing = steps != 0
        self._write(kept, times[starts][changing], base + np.cumsum(steps[changing]))

    def _write(self, first: int, times: Ints, counts: Ints) -> None:
        last = first + len(times)
        if last > len(self._times):
            room = max(4 * len(self._times), last)
            for name in ("_times", "_counts"):
                larger = np.empty(room, np.int64)
                larger[:first] = getattr(self, name)[:first]
                setattr(self, name, larger)
        self._times[first:last] = times
        self._counts[first:last] = counts
        self._length = last


class QueueDepths:
    """How many tasks were queued, in one pool or in all; worked out once someone asks.

    A task is queued from its submission until it is handed over, started or settled.
    """

    def __init__(self, intake: TaskIntake) -> None:
        self._intake = intake
        self._steps: dict[int | None, Steps] = {}

    def of(self, pool: int | None) -> StepFunction:
        """The depth of a pool's queue (its row), or of all together."""
        steps = self._steps.get(pool)
        if steps is None:
            steps = self._steps[pool] = self._from_table(pool)
            if len(self._steps) == 1:
                self._intake.queue_listeners.append(self._changed)
        return steps.view()

    def _from_table(self, pool: int | None) -> Steps:
        tasks = self._intake.tasks
        queued = tasks.submitted != NEVER
        if pool is not None:
            queued &= tasks.pool == pool
        left = tasks.dequeued[queued]
        steps = Steps()
        steps.add(tasks.submitted[queued], 1)
        steps.add(left[left != NEVER], -1)
        return steps

    def _changed(self, pools: Array, times: Ints, step: int) -> None:
        for pool, steps in self._steps.items():
            steps.add(times if pool is None else times[pools == pool], step)
