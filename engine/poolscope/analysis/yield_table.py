"""What ``as_completed`` handed out, and for how long its thread was away with it.

The thread is away from a RELEASED until it is back waiting: RESUMED. When it comes back and finds
the next future done it does not wait: then the next RELEASED ends the absence, and begins another.
"""

from __future__ import annotations

import numpy as np

from poolscope.analysis.column import NEVER, Field, Ints, Table
from poolscope.analysis.frame import Part
from poolscope.analysis.pairing import NONE, pair
from poolscope.trace.schema import Kind

Yield = tuple[int, int, int]  # when, which future's id, when the thread came back (or NEVER)


class YieldTable(Table):
    """One row a future handed out by ``as_completed``."""

    wait = Field(np.int32, NEVER)  # row of the wait
    task = Field(np.int64)  # id
    thread = Field(np.int32, NEVER)  # row
    begin = Field(np.int64, NEVER)
    end = Field(np.int64, NEVER)
    left = Field(np.bool_)  # its thread did not come back: the call ended

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[int, int] = {}
        self._counts: dict[int, int] = {}
        self._order: Ints = np.empty(0, np.int64)

    def take(self, part: Part, waits: Ints) -> tuple[Ints, Ints]:
        """Apply WAIT_RELEASED and WAIT_RESUMED of the given waits (rows).

        Returns the waits and the ns of the absences that ended.
        """
        found = pair(waits, part.kind == Kind.WAIT_RELEASED)
        begun = part.pick(found.openers)
        of = waits[found.openers]
        rows = self.append(len(begun), wait=of, task=begun.b, thread=begun.thread, begin=begun.t)
        for wait, count in zip(*np.unique(waits[found.openers], return_counts=True), strict=True):
            self._counts[int(wait)] = self._counts.get(int(wait), 0) + int(count)
        ends = np.where(found.closers == NONE, found.renewed, found.closers)
        closed = ends != NONE
        self.put("end", rows[closed], part.t[ends[closed]])
        ended = [rows[closed]]
        # What was open before ends with whichever comes first here.
        for stray in [*found.strays.tolist(), *found.firsts.tolist()]:
            row = self._open.pop(int(waits[stray]), None)
            if row is not None:
                self.put("end", row, int(part.t[stray]))
                ended.append(np.array([row]))
        for place in np.flatnonzero(~closed).tolist():
            self._open[int(waits[found.openers[place]])] = int(rows[place])
        over = np.concatenate(ended)
        return self.wait[over], self.end[over] - self.begin[over]

    def is_open(self, wait: int) -> bool:
        """Whether the latest absence from a wait (row) has not ended."""
        return wait in self._open

    def leave(self, wait: int, time: int) -> int:
        """A wait (row) has ended: so does an absence that lasts, of which the ns are returned."""
        row = self._open.pop(wait, None)
        if row is None:
            return 0
        begin = int(self.begin[row])
        self.put("end", row, max(time, begin))
        self.put("left", row, 1)
        return max(time - begin, 0)

    def count(self, wait: int) -> int:
        """How many futures a wait (row) has handed out."""
        return self._counts.get(wait, 0)

    def of(self, wait: int) -> tuple[Yield, ...]:
        """What one wait handed out, in order."""
        if len(self._order) != len(self):
            self._order = np.argsort(self.wait, kind="stable")
        sorted_waits = self.wait[self._order]
        first, last = np.searchsorted(sorted_waits, np.array([wait, wait + 1], np.int32))
        rows = self._order[first:last]
        back = np.where(self.left[rows], NEVER, self.end[rows])
        columns = (self.begin[rows], self.task[rows], back)
        return tuple(zip(*(column.tolist() for column in columns), strict=True))
