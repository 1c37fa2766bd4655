"""The rows of a table as intervals on the lanes of their threads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Table
from poolscope.analysis.lane_log import Intervals, LaneLog


class Segments(NamedTuple):
    """Intervals of one lane sorted by start; ``ref`` is the row in the table they are from.

    ``unsure``: its end may yet become another, also where there is one: what a dead thread held is
    ended at its death, until it is read who released it.
    """

    start: Array
    end: Array
    ref: Array
    unsure: Array


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
            unsure = self._column(self._sign, refs) == NEVER
            self.log.update(self._column("end", refs), unsure.astype(np.uint8), unsure)
        taken, self._taken = self._taken, len(self._table)
        if taken == self._taken:  # most have nothing new, each time
            return
        new = np.arange(taken, self._taken)
        new = new[self._column("thread", new) != NEVER]
        if len(new):
            unsure = self._column(self._sign, new) == NEVER
            self.log.append(
                Intervals(
                    self._column("thread", new),
                    self._column("begin", new),
                    self._column("end", new),
                    new,
                    unsure.astype(np.uint8),
                    unsure,
                )
            )

    def _column(self, name: str, rows: Array) -> Array:
        return self._table.columns[name].view(len(self._table))[rows]

    def of(self, thread: int) -> Segments:
        rows = self.log.of(thread)
        return Segments(rows.start, rows.end, rows.ref, rows.mark)
