"""When futures were done, and how old the oldest one in the queues was: kept once it is asked for.

Both follow the table of tasks and cost what is new; a task that never leaves the queue costs
nothing while it waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.grown import Grown
from poolscope_gui.model.palette import CANCELLED, FINISHED
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

_CHUNK: Final = 65_536
BLOCK: Final = 256
_NONE: Times = np.empty(0, np.int64)


class Completions:
    """The times, sorted, at which futures were done with a result or an exception."""

    def __init__(self) -> None:
        self._times = Grown()
        self._open: Times = _NONE
        self._taken = 0

    @property
    def times(self) -> Times:
        return self._times.view()

    def update(self, store: Store) -> None:
        """Look at what is new and at what was not done."""
        tasks = store.tasks
        rows = np.concatenate((self._open, np.arange(self._taken, len(tasks))))
        self._taken = len(tasks)
        if not len(rows):
            return
        codes, ends = tasks.state(rows), tasks.finished[rows]
        done = ends != NEVER
        self._open = rows[(codes < CANCELLED) & ~done]
        new = np.sort(ends[done & (codes >= FINISHED)]).astype(np.int64)
        if len(new):
            _merge(self._times, new)


def _merge(into: Grown, new: Times) -> int:
    """Put sorted times among sorted ones; returns from which place on something is new."""
    kept = int(np.searchsorted(into.view(), new[0], side="right"))
    tail = np.concatenate((into.view()[kept:], new))
    into.cut(kept)
    into.extend(np.sort(tail, kind="stable"))
    return kept


class OldestWaiting:
    """Which future had waited longest, at any time.

    Tasks in the order of their submission; ``ends[i]`` is when the last of the first ``i + 1`` had
    left the queue. The oldest at ``t`` is the first that had not: the first with ``ends > t``.
    Those after the first that waits yet cannot be the oldest, and are not looked at.
    """

    def __init__(self) -> None:
        self._starts, self._rows, self._ends = Grown(), Grown(), Grown()
        self._ages = Grown()  # at ``ends``
        self._blocks = Grown()  # the greatest of each ``BLOCK`` ages
        # Places of those that had left by being settled: streams are read one after another, and
        # that they had been sent or started before may be read later.
        self._unsure: Times = _NONE
        self._taken = 0

    def update(self, store: Store) -> None:
        """Take in what was submitted and what has left the queues."""
        tasks = store.tasks
        self._look_again(store)
        new = np.arange(self._taken, len(tasks))
        self._taken = len(tasks)
        new = new[tasks.submitted[new] != NEVER]
        if len(new):
            self._submitted(tasks.submitted[new].astype(np.int64), new)
        while True:
            begin = self._ends.size
            rows = self._rows.view()[begin : begin + _CHUNK]
            ends = tasks.dequeued[rows]
            waiting = np.flatnonzero(ends == NEVER)
            gone = int(waiting[0]) if len(waiting) else len(rows)
            if gone:
                unsure = _begun_unseen(store, rows[:gone])
                self._unsure = np.concatenate((self._unsure, begin + np.flatnonzero(unsure)))
                self._left(ends[:gone].astype(np.int64))
            if gone < _CHUNK:
                return

    def _submitted(self, times: Times, rows: Times) -> None:
        kept = int(np.searchsorted(self._starts.view(), times.min(), side="right"))
        times = np.concatenate((self._starts.view()[kept:], times))
        rows = np.concatenate((self._rows.view()[kept:], rows))
        order = np.argsort(times, kind="stable")
        self._starts.cut(kept)
        self._rows.cut(kept)
        self._starts.extend(times[order])
        self._rows.extend(rows[order])
        self._back_to(kept)

    def _look_again(self, store: Store) -> None:
        """Take back what was told too late; let go of what cannot change any more."""
        if not len(self._unsure):
            return
        rows = self._rows.view()[self._unsure]
        known = ~_begun_unseen(store, rows)
        if known.any():
            self._back_to(int(self._unsure[known].min()))
            rows = rows[: len(self._unsure)]
        self._unsure = self._unsure[store.tasks.dequeued[rows] > store.settled_ns]

    def _back_to(self, place: int) -> None:
        """Forget when those from a place on had left."""
        for grown in (self._ends, self._ages):
            grown.cut(place)
        self._blocks.cut(self._ends.size // BLOCK)
        self._unsure = self._unsure[: int(np.searchsorted(self._unsure, place))]

    def _left(self, ends: Times) -> None:
        begin = self._ends.size
        if begin:
            ends = np.maximum(ends, self._ends.view()[-1])
        ends = np.maximum.accumulate(ends)
        self._ends.extend(ends)
        self._ages.extend(ends - self._starts.view()[begin : begin + len(ends)])
        full, whole = self._blocks.size, self._ages.size // BLOCK
        if whole > full:
            ages = self._ages.view()[full * BLOCK : whole * BLOCK]
            self._blocks.extend(ages.reshape(-1, BLOCK).max(axis=1))

    def task_at(self, time: int) -> int:
        """The row of the oldest task that was queued then; ``NEVER``: none was."""
        place = int(np.searchsorted(self._ends.view(), np.int64(time), side="right"))
        if place >= self._starts.size or int(self._starts.view()[place]) > time:
            return NEVER
        return int(self._rows.view()[place])

    def ages(self, edges: Times) -> Times:
        """Between neighbouring edges, the greatest and the last age of the oldest, ns; n rows."""
        starts, ends = self._starts.view(), self._ends.view()
        before = np.searchsorted(ends, edges, side="right")
        inside = before < len(starts)
        begun = starts[np.minimum(before, max(len(starts) - 1, 0))] if len(starts) else edges
        last = np.where(inside & (begun <= edges), edges - begun, 0)
        highest = np.maximum(last[1:], _greatest(self._ages.view(), self._blocks.view(), before))
        return np.stack((highest, last[1:]), axis=1)


def _begun_unseen(store: Store, rows: Times) -> NDArray[np.bool_]:
    """Which settled tasks were neither sent nor started, as far as is known. Who is cancelled
    was neither."""
    tasks = store.tasks
    unseen = (tasks.sent[rows] == NEVER) & (tasks.started[rows] == NEVER)
    return np.asarray(unseen & (tasks.state(rows) != CANCELLED))


def _greatest(values: Times, blocks: Times, before: Times) -> Times:
    """The greatest of ``values[before[i]:before[i + 1]]``; 0 where there is none.

    Where very many fall into each stretch whole blocks are looked at: one that reaches over an
    edge is counted for the stretch that it begins in.
    """
    if (before[-1] - before[0]) > 8 * BLOCK * len(before):
        values, before = blocks, np.minimum(-(-before // BLOCK), len(blocks))
    found = np.zeros(len(before) - 1, np.int64)
    some = np.flatnonzero(before[1:] > before[:-1])
    if len(some):
        found[some] = np.maximum.reduceat(values[: before[-1]], before[:-1][some])
    return found


class Progress:
    """Both, from when they are first asked for."""

    def __init__(self) -> None:
        self._completions = Completions()
        self._oldest = OldestWaiting()
        self._seen = [NEVER, NEVER]

    def completions(self, store: Store) -> Completions:
        """As the store has it now."""
        if self._seen[0] != store.version:
            self._seen[0] = store.version
            self._completions.update(store)
        return self._completions

    def oldest(self, store: Store) -> OldestWaiting:
        """As the store has it now."""
        if self._seen[1] != store.version:
            self._seen[1] = store.version
            self._oldest.update(store)
        return self._oldest
