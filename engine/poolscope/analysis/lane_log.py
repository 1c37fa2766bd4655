"""Intervals by lane, each lane sorted by start, kept up to date at the cost of what is new.

What is appended is sealed where it lies, but for intervals still open, which are looked at
again. Only an interval that comes late, older than the last of its lane, moves others: those
that start after it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Field, Ints, Table, runs

MOST_WAITING: Final = 4096  # rows of a lane that nobody has looked at
MOST_PIECES: Final = 64  # times that some were added to it


class Intervals(NamedTuple):
    """New intervals of any lanes. ``ref`` is the row of the table they come from.

    The arrays are nobody else's: what of them waits to be written may yet be rewritten.
    """

    lane: Array
    start: Array
    end: Array
    ref: Array
    mark: Array
    open: Bools  # whether end or mark may still change


class LaneRows(Table):
    """The intervals of one lane, sorted by start.

    What is pushed waits until somebody looks at the lane, and is then written in one go: a lane
    out of sight costs a note of where its new intervals are.
    """

    first_capacity = 32  # a thread that lives for a moment has few, and there may be thousands

    start = Field(np.int64)
    end = Field(np.int64, NEVER)
    ref = Field(np.int32)
    mark = Field(np.uint8)

    def __init__(self) -> None:
        super().__init__()
        self.version = 0  # grows with every change
        self.newest = NEVER  # the last one's start
        self._cells: tuple[Array, ...] = ()  # of all columns, with room for so many rows:
        self._room = 0
        # Where the pushed ones lie that are not written yet; how many rows there are with them.
        self._waiting: list[tuple[Intervals, slice]] = []
        self._total = 0

    def push(self, new: Intervals, first: int, last: int) -> int:
        """Add those from ``first`` to before ``last``, which are kept as they are until then;
        returns the first one's number."""
        at = self._total
        self._waiting.append((new, slice(first, last)))
        self._total += last - first
        self.version += 1
        if self._total - self._length > MOST_WAITING or len(self._waiting) > MOST_PIECES:
            self.settle()
        return at

    def settle(self) -> None:
        """Write what waits. Before, the columns are without it."""
        waiting, first, last = self._waiting, self._length, self._total
        if not waiting:
            return
        if last > self._room:
            self._cells = tuple(column.room(first, last) for column in self.columns.values())
            self._room = min(len(each) for each in self._cells)
        start, end, ref, mark = self._cells
        for new, one in waiting:
            until = first + one.stop - one.start
            start[first:until], end[first:until] = new.start[one], new.end[one]
            ref[first:until], mark[first:until] = new.ref[one], new.mark[one]
            first = until
        self._length = last
        self._waiting = []

    def rewrite(self, place: int, end: int, mark: int) -> None:
        """Of one row, what of it can change."""
        self.version += 1
        first = self._total
        for new, one in reversed(self._waiting):  # the last, as nearly always
            first -= one.stop - one.start
            if place >= first:
                at = one.start + place - first
                new.end[at], new.mark[at] = end, mark
                return
        _, ends, _, marks = self._cells
        ends[place], marks[place] = end, mark

    def all(self) -> tuple[Array, ...]:
        """Start, end, ref and mark of all rows, read-only."""
        length = self._length
        return tuple([column.view(length) for column in self.columns.values()])


class LaneLog:
    """Intervals of many lanes."""

    def __init__(self) -> None:
        self.version = 0  # grows with every change of any lane
        self._lanes: dict[int, LaneRows] = {}
        self._none = LaneRows()
        # Of the intervals still open: where each lies, and what is written there.
        self._open_lane: Ints = np.empty(0, np.int64)
        self._open_place: Ints = np.empty(0, np.int64)
        self._open_end: Ints = np.empty(0, np.int64)
        self._open_mark: Array = np.empty(0, np.uint8)
        self.open_ref: Ints = np.empty(0, np.int64)

    def of(self, lane: int) -> LaneRows:
        """The intervals of one lane."""
        rows = self._lanes.get(lane, self._none)
        rows.settle()
        return rows

    def version_of(self, lane: int) -> int:
        """Grows when the intervals of that lane change."""
        rows = self._lanes.get(lane)
        return rows.version if rows is not None else 0

    def lanes(self) -> list[int]:
        """The lanes that have any."""
        return list(self._lanes)

    def append(self, new: Intervals) -> None:
        """Add intervals."""
        if not len(new.lane):
            return
        self.version += 1
        new = _sorted(new)
        start = new.start
        some_open = bool(new.open.any())
        places = np.arange(len(start))
        for lane, first, last in runs(new.lane):
            rows = self._lanes.get(lane)
            if rows is None:
                rows = self._lanes[lane] = LaneRows()
            at = rows.push(new, first, last)
            begin = int(start[first])
            if some_open:
                places[first:last] += at - first
            if begin < rows.newest:
                rows.settle()
                tail = np.arange(at, at + last - first)
                places[first:last] = self._sort_from(lane, rows, begin, tail)
            rows.newest = max(rows.newest, int(start[last - 1]))
        if some_open:
            self._keep_open(new, places)

    def _keep_open(self, new: Intervals, places: Ints) -> None:
        some = new.open
        self._open_lane = np.concatenate((self._open_lane, new.lane[some]))
        self._open_place = np.concatenate((self._open_place, places[some]))
        self._open_end = np.concatenate((self._open_end, new.end[some]))
        self._open_mark = np.concatenate((self._open_mark, new.mark[some]))
        self.open_ref = np.concatenate((self.open_ref, new.ref[some]))

    def update(self, ends: Ints, marks: Array, still_open: Bools) -> tuple[Ints, Ints, Ints]:
        """Rewrite the open intervals, in the order of ``open_ref``.

        Returns lane, old end and new end of those whose end changed.
        """
        moved = self._open_end != ends
        changed = moved | (self._open_mark != marks)
        found = np.flatnonzero(changed)
        columns = (self._open_lane, self._open_place, ends, marks)
        for lane, place, end, mark in zip(*(each[found].tolist() for each in columns), strict=True):
            self._lanes[lane].rewrite(place, end, mark)
        self.version += len(found)
        result = (self._open_lane[moved], self._open_end[moved], ends[moved])
        self._open_end, self._open_mark = ends, marks
        if not still_open.all():
            self._open_lane = self._open_lane[still_open]
            self._open_place = self._open_place[still_open]
            self._open_end = ends[still_open]
            self._open_mark = marks[still_open]
            self.open_ref = self.open_ref[still_open]
        return result

    def _sort_from(self, lane: int, rows: LaneRows, start: int, added: Ints) -> Ints:
        """Sort a lane from a time on; return where the rows just added went."""
        settled = int(added[0])
        first = int(np.searchsorted(rows.start[:settled], np.int64(start), "right"))
        order = np.argsort(rows.start[first:], kind="stable")
        for name in rows.columns:
            rows.put(name, slice(first, len(rows)), getattr(rows, name)[first:][order])
        went = np.empty(len(order), np.int64)
        went[order] = np.arange(first, first + len(order))
        moved = (self._open_lane == lane) & (self._open_place >= first)
        self._open_place[moved] = went[self._open_place[moved] - first]
        return went[added - first]


def _sorted(new: Intervals) -> Intervals:
    """By lane, then by start: as they are, where a reader gave stream after stream."""
    lane, start = new.lane, new.start
    rises = lane[1:] > lane[:-1]
    if (rises | ((lane[1:] == lane[:-1]) & (start[1:] >= start[:-1]))).all():
        return new
    order = np.lexsort((start, lane))
    return Intervals(*(column[order] for column in new))
