"""Intervals by lane, each lane sorted by start, kept up to date at the cost of what is new.

What is appended is sealed where it lies, but for intervals still open, which are looked at
again. Only an interval that comes late, older than the last of its lane, moves others: those
that start after it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Field, Ints, Table, runs


class LaneRows(Table):
    """The intervals of one lane, sorted by start."""

    start = Field(np.int64)
    end = Field(np.int64, NEVER)
    ref = Field(np.int32)
    mark = Field(np.uint8)


class Intervals(NamedTuple):
    """New intervals of any lanes. ``ref`` is the row of the table they come from."""

    lane: Array
    start: Array
    end: Array
    ref: Array
    mark: Array
    open: Bools  # whether end or mark may still change


class LaneLog:
    """Intervals of many lanes."""

    def __init__(self) -> None:
        self._lanes: dict[int, LaneRows] = {}
        self._none = LaneRows()
        self._open_lane: Ints = np.empty(0, np.int64)
        self._open_place: Ints = np.empty(0, np.int64)
        self.open_ref: Ints = np.empty(0, np.int64)

    def of(self, lane: int) -> LaneRows:
        """The intervals of one lane."""
        return self._lanes.get(lane, self._none)

    def lanes(self) -> list[int]:
        """The lanes that have any."""
        return list(self._lanes)

    def append(self, new: Intervals) -> None:
        """Add intervals."""
        if not len(new.lane):
            return
        order = np.lexsort((new.start, new.lane))
        new = Intervals(*(column[order] for column in new))
        places = np.empty(len(order), np.int64)
        for lane, first, last in runs(new.lane):
            rows = self._lanes.get(lane)
            if rows is None:
                rows = self._lanes[lane] = LaneRows()
            tail = rows.append(
                last - first,
                start=new.start[first:last],
                end=new.end[first:last],
                ref=new.ref[first:last],
                mark=new.mark[first:last],
            )
            before = int(tail[0]) - 1
            if before >= 0 and rows.start[before] > new.start[first]:
                tail = self._sort_from(lane, rows, int(new.start[first]), tail)
            places[first:last] = tail
        self._open_lane = np.concatenate((self._open_lane, new.lane[new.open]))
        self._open_place = np.concatenate((self._open_place, places[new.open]))
        self.open_ref = np.concatenate((self.open_ref, new.ref[new.open]))

    def update(self, ends: Ints, marks: Array, still_open: Bools) -> tuple[Ints, Ints, Ints]:
        """Rewrite the open intervals, in the order of ``open_ref``.

        Returns lane, old end and new end of those whose end changed.
        """
        old = np.empty(len(ends), np.int64)
        columns = zip(
            self._open_lane.tolist(),
            self._open_place.tolist(),
            ends.tolist(),
            marks.tolist(),
            strict=True,
        )
        for index, (lane, place, end, mark) in enumerate(columns):
            rows = self._lanes[lane]
            old[index] = rows.end[place]
            if old[index] != end:
                rows.put("end", place, end)
            if rows.mark[place] != mark:
                rows.put("mark", place, mark)
        changed = old != ends
        result = (self._open_lane[changed], old[changed], ends[changed])
        if not still_open.all():
            self._open_lane = self._open_lane[still_open]
            self._open_place = self._open_place[still_open]
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
