"""Spans of one lane that may overlap, sorted into tracks in which they do not.

A thread can own two locks at a time, and wait within a wait. Sorted by lock, or by depth, each
track is free of overlaps, as level of detail and hit test need it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from poolscope_gui.model.grown import Grown
from poolscope_gui.model.tracks import NEVER, Kinds, Rows, Times, Track

# From all spans of a lane (start, end, ref), the number of the track of each from a place on.
Sorter = Callable[[Times, Times, Rows, int], Times]
KindOf = Callable[[Rows], Times]


class Split:
    """Follows the spans of a lane and keeps a copy of each in the track it belongs to."""

    def __init__(self, sorter: Sorter, kind_of: KindOf) -> None:
        self.tracks: dict[int, Track] = {}
        self._sorter = sorter
        self._kind_of = kind_of
        self._columns: dict[int, tuple[Grown, Grown, Grown, Grown]] = {}
        self._taken = 0
        self._last: tuple[int, int] | None = None  # start and ref of the last one taken
        self._open: list[tuple[int, int, int]] = []  # track, place in it, place in the lane

    def update(self, start: Times, end: Times, ref: Rows) -> bool:
        """The lane's spans are now these. Returns whether there was anything new."""
        if self._taken and self._last != _one(start, ref, self._taken - 1):
            # One came late, and those after it may be in other tracks now.
            self._columns.clear()
            self._open.clear()
            self._taken = 0
            for track in self.tracks.values():
                track.forget()
        touched = self._close(end, ref) | self._take(start, end, ref)
        left = self.tracks.keys() - self._columns.keys()  # sorted anew, nothing is left there
        touched |= {number for number in left if len(self.tracks[number])}
        for number in touched:
            columns = self._columns.get(number) or (Grown(), Grown(), Grown(), Grown())
            track = self.tracks.setdefault(number, Track())
            track.update(*(column.view() for column in columns))
        return bool(touched)

    def _close(self, end: Times, ref: Rows) -> set[int]:
        """Write the ends that have become known."""
        touched = set()
        still = []
        for number, place, index in self._open:
            if end[index] == NEVER:
                still.append((number, place, index))
                continue
            _, ends, _, kinds = self._columns[number]
            ends.view()[place] = end[index]
            kinds.view()[place] = self._kind_of(ref[index : index + 1])[0]
            touched.add(number)
        self._open = still
        return touched

    def _take(self, start: Times, end: Times, ref: Rows) -> set[int]:
        begin, self._taken = self._taken, len(start)
        if begin == len(start):
            return set()
        self._last = _one(start, ref, -1)
        new = slice(begin, None)
        numbers = self._sorter(start, end, ref, begin)
        kinds = self._kind_of(ref[new])
        touched = set(numbers.tolist())
        for number in touched:
            mine = np.flatnonzero(numbers == number)
            if number not in self._columns:
                self._columns[number] = (Grown(), Grown(), Grown(), Grown())
            columns = self._columns[number]
            place = columns[0].size
            values: tuple[Times | Kinds, ...] = (start[new], end[new], ref[new], kinds)
            for column, value in zip(columns, values, strict=True):
                column.extend(np.asarray(value[mine], dtype=np.int64))
            for offset in np.flatnonzero(end[new][mine] == NEVER).tolist():
                self._open.append((number, place + offset, begin + int(mine[offset])))
        return touched


def _one(start: Times, ref: Rows, place: int) -> tuple[int, int] | None:
    return (int(start[place]), int(ref[place])) if place < len(start) else None


class Depths:
    """A sorter by nesting: a span that begins before the one before it has ended lies deeper."""

    def __init__(self) -> None:
        self._within: list[int] = []  # places of the spans that the next one may lie in

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
        if begin == 0:
            self._within.clear()
        out = np.empty(len(start) - begin, dtype=np.int64)
        within = self._within
        for place in range(begin, len(start)):
            # One without an end lasts: a thread's own records are read in order.
            while within and end[within[-1]] != NEVER and end[within[-1]] <= start[place]:
                within.pop()
            out[place - begin] = len(within)
            within.append(place)
        return out


class Slots:
    """A sorter into as few tracks as there are spans at a time: each takes the first free one.

    For what overlaps without nesting: locks held hand over hand, the permits of a semaphore.
    """

    def __init__(self) -> None:
        self._last: list[int] = []  # of each track, the place of its last span

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
        if begin == 0:
            self._last.clear()
        out = np.empty(len(start) - begin, dtype=np.int64)
        for place in range(begin, len(start)):
            free = (
                slot
                for slot, last in enumerate(self._last)
                if end[last] != NEVER and end[last] <= start[place]
            )
            slot = next(free, len(self._last))
            self._last[slot : slot + 1] = [place]
            out[place - begin] = slot
        return out
