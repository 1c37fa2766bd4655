"""The rows of a table as intervals on the lanes of their threads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Table
from poolscope.analysis.lane_log import Intervals, LaneLog


class Segments(NamedTuple):
    """Intervals of one lane sorted by start; ``ref`` is the row in the table they are from."""

    start: Array
    end: Array
    ref: Array


class Followed:
    """A table whose rows lie on the lanes of their threads; final once ``sign`` is set."""

    def __init__(self, table: Table, sign: str) -> None:
        self._table = table
        self._sign = sign
        self._taken = 0
        self.log = LaneLog()

    def refresh(self) -> None:
        refs = self.log.open_ref
        if len(refs):
            ends, marks = self._column("end", refs), np.zeros(len(refs), np.uint8)
            self.log.update(ends, marks, self._column(self._sign, refs) == NEVER)
        taken, self._taken = self._taken, len(self._table)
        if taken == self._taken:  # most have nothing new, each time
            return
        new = np.arange(taken, self._taken)
        new = new[self._column("thread", new) != NEVER]
        if len(new):
            self.log.append(
                Intervals(
                    self._column("thread", new),
                    self._column("begin", new),
                    self._column("end", new),
                    new,
                    np.zeros(len(new), np.uint8),
                    self._column(self._sign, new) == NEVER,
                )
            )

    def _column(self, name: str, rows: Array) -> Array:
        return self._table.columns[name].view(len(self._table))[rows]

    def of(self, thread: int) -> Segments:
        rows = self.log.of(thread)
        return Segments(rows.start, rows.end, rows.ref)
