"""Counts over time: how many tasks were queued, how many workers busy.

``counts[i]`` of a step function holds from ``times[i]`` until ``times[i + 1]``; before the first
time the count is 0. Changes come almost, but not quite, in order of time, so
only the stretch from the earliest new change on is worked out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Column, Ints
from poolscope.analysis.peaks import Peaks
from poolscope.analysis.rewrites import Rewrites
from poolscope.analysis.step_slices import Building, Changes, within
from poolscope.analysis.task_intake import TaskIntake

_FIRST_CAPACITY = 1024


class StepFunction(NamedTuple):
    """``counts[i]`` from ``times[i]`` on; times rise strictly. Valid until the next extend."""

    times: Ints
    counts: Ints


class Steps:
    """A step function that grows by changes."""

    def __init__(self) -> None:
        self._columns = tuple(Column(np.int64, 0, _FIRST_CAPACITY) for _ in range(3))
        self._times, self._counts = (column.room(0, 1) for column in self._columns[:2])
        self._areas: Ints = np.empty(0, np.int64)  # up to each time, as far as was asked for
        self._summed = 0
        self._length = 0
        self._waiting: list[tuple[Ints, Ints]] = []
        self._peaks = Peaks()
        self.rewrites = Rewrites()  # of the view, up to the last one
        self.before: int | None = None  # changes from then on are not wanted yet

    def add(self, times: Ints, step: int) -> None:
        """The count changes by ``step`` at each of these times, in any order."""
        if self.before is not None:
            times = times[times < self.before]
        if len(times):
            self._waiting.append((np.asarray(times, np.int64), np.full(len(times), step)))

    def view(self) -> StepFunction:
        """The function by all changes so far."""
        if self._waiting:
            self._merge()
        times, counts = self._times[: self._length], self._counts[: self._length]
        times.flags.writeable = counts.flags.writeable = False
        return StepFunction(times, counts)

    def peaks(self) -> Ints:
        """The greatest of each block of ``view().counts``, see ``peaks``."""
        return self._peaks.of(self.view().counts)

    def area(self, begin: int, end: int) -> int:
        """The sum over time of the count, from ``begin`` to ``end``, in ns."""
        times, counts = self.view()
        if not len(times) or end <= begin:
            return 0
        self._sum_up()
        until = [0, 0]
        for place, time in enumerate((begin, end)):
            at = int(np.searchsorted(times, np.int64(time), "right")) - 1
            if at >= 0:
                until[place] = int(self._areas[at]) + int(counts[at]) * (time - int(times[at]))
        return until[1] - until[0]

    def _sum_up(self) -> None:
        first, last = self._summed, self._length
        if len(self._areas) < last:
            self._areas = self._columns[2].room(first, last)
        if last > first:
            begin = max(0, first - 1)
            grown = np.diff(self._times[begin:last]) * self._counts[begin : last - 1]
            before = int(self._areas[begin]) if first else 0
            self._areas[begin] = before
            self._areas[begin + 1 : last] = before + np.cumsum(grown)
        self._summed = last

    def _merge(self) -> None:
        times = np.concatenate([each for each, _ in self._waiting])
        steps = np.concatenate([each for _, each in self._waiting])
        self._waiting.clear()
        first_ns = times.min()
        kept = int(np.searchsorted(self._times[: self._length], first_ns))
        self.rewrites.wrote(int(first_ns))
        base = int(self._counts[kept - 1]) if kept else 0
        tail = self._counts[kept : self._length]
        times = np.concatenate((self._times[kept : self._length], times))
        steps = np.concatenate((np.diff(tail, prepend=base), steps))
        order = np.argsort(times, kind="stable")
        times, steps = times[order], steps[order]
        # Changes of one moment become one, and those that cancel out vanish.
        first = np.ones(len(times), np.bool_)
        np.not_equal(times[1:], times[:-1], out=first[1:])
        starts = first.nonzero()[0]
        steps = np.add.reduceat(steps, starts)
        changing = steps != 0
        self._write(kept, times[starts][changing], base + np.cumsum(steps[changing]))

    def _write(self, first: int, times: Ints, counts: Ints) -> None:
        last = first + len(times)
        if last > min(len(self._times), len(self._counts)):
            self._times, self._counts = (each.room(first, last) for each in self._columns[:2])
        self._times[first:last] = times
        self._counts[first:last] = counts
        self._length = last
        self._summed = min(self._summed, first)
        self._peaks.rewritten(first)


class StepsByPool:
    """Step functions by pool (row; None: all), each made of a table once someone asks for it."""

    def __init__(self, changes: Changes) -> None:
        """``changes`` reads the table as it is; what changes later is to be told by ``add``."""
        self._changes = changes
        self._steps: dict[int | None, Steps] = {}
        self._building: dict[int | None, Building] = {}

    def __bool__(self) -> bool:
        return bool(self._steps)

    def add(self, pool: int | None, times: Ints, step: int) -> None:
        """Tell of changes in a pool that is among ``pools``."""
        self._steps[pool].add(times, step)

    def forget(self, pool: int | None) -> None:
        """A pool's function is not what the table says any more: make it anew when asked for."""
        self._steps.pop(pool, None)
        self._building.pop(pool, None)

    @property
    def pools(self) -> list[int | None]:
        """Those that were asked for."""
        return list(self._steps)

    def of(self, pool: int | None) -> StepFunction:
        """The function of a pool; the first time it costs the whole table."""
        self._begun(pool)
        building = self._building.pop(pool, None)
        if building is not None:
            building.finish()
        return self._steps[pool].view()

    def peaks(self, pool: int | None) -> Ints:
        """The greatest of each block of its counts, see ``peaks``."""
        self.of(pool)
        return self._steps[pool].peaks()

    def rewrites(self, pool: int | None) -> Rewrites:
        """From when on its function has changed; another object when all of it may have."""
        self.of(pool)
        return self._steps[pool].rewrites

    def area(self, pool: int | None, begin: int, end: int) -> int:
        """The sum over time of a pool's count, from ``begin`` to ``end``, in ns."""
        self.of(pool)
        return self._steps[pool].area(begin, end)

    def ahead(self, pool: int | None) -> Iterator[None]:
        """Do what ``of`` would cost the first time in bits of a few ms; it may be left off."""
        self._begun(pool)
        while (building := self._building.get(pool)) is not None:
            if not building.step():
                self._building.pop(pool, None)
                return
            yield

    def _begun(self, pool: int | None) -> None:
        if pool not in self._steps:
            steps = self._steps[pool] = Steps()
            self._building[pool] = Building(steps, pool, self._changes)


class QueueDepths:
    """How many tasks were queued, in one pool or in all; worked out once someone asks.

    A task is queued from its submission until it is handed over, started or settled.
    """

    def __init__(self, intake: TaskIntake) -> None:
        self._intake = intake
        self._steps = StepsByPool(self)

    def of(self, pool: int | None) -> StepFunction:
        """The depth of a pool's queue (its row), or of all together."""
        self._listen()
        return self._steps.of(pool)

    def peaks(self, pool: int | None) -> Ints:
        """The greatest of each block of its depths, see ``peaks``."""
        self._listen()
        return self._steps.peaks(pool)

    def rewrites(self, pool: int | None) -> Rewrites:
        """From when on its depths have changed."""
        self._listen()
        return self._steps.rewrites(pool)

    def ahead(self, pool: int | None) -> Iterator[None]:
        """Do what ``of`` would cost the first time in bits of a few ms."""
        self._listen()
        return self._steps.ahead(pool)

    def sample(self, pool: int | None, share: int) -> Ints:  # noqa: ARG002 - those of all will do
        """The times of one in ``share`` of the changes."""
        tasks = self._intake.tasks
        return np.concatenate((tasks.submitted[::share], tasks.dequeued[::share]))

    def between(self, pool: int | None, begin: int, end: int) -> tuple[Ints, Ints]:
        """When, from ``begin`` to before ``end``, tasks came and when they went."""
        tasks = self._intake.tasks
        came, went = tasks.submitted, tasks.dequeued
        entered, left = within(came, begin, end), within(went, begin, end)
        left = left[came[left] != NEVER]
        if pool is not None:
            entered, left = (rows[tasks.pool[rows] == pool] for rows in (entered, left))
        return came[entered], went[left]

    def _listen(self) -> None:
        if not self._steps:
            self._intake.queue_listeners.append(self._changed)

    def _changed(self, pools: Array, times: Ints, step: int) -> None:
        for pool in self._steps.pools:
            self._steps.add(pool, times if pool is None else times[pools == pool], step)
