"""Spans of one lane that may overlap, sorted into tracks in which they do not.

A thread can own two locks at a time, and wait within a wait. Sorted by lock, or by depth, each
track is free of overlaps, as level of detail and hit test need it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from poolscope.analysis.column import Array
from poolscope_gui.model.grown import Grown
from poolscope_gui.model.tracks import NEVER, Kinds, Rows, Times, Track

KindOf = Callable[[Rows], Times]


class Sorter(Protocol):
    """Tells the tracks of spans, in their order, and remembers what it has to of those before."""

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:
        """From all spans of a lane the number of the track of each from place ``begin`` on."""
        ...

    def resume(self, last: list[int], number: int) -> None:
        """Go on behind a place before the last one: ``last`` are the places of the last spans in
        each track until there, ``number`` is the track of the very last (none: ``NEVER``)."""
        ...


class _Open(NamedTuple):
    """A span whose end may yet become another."""

    number: int  # of its track
    place: int  # in it
    at: int  # in the lane
    end: int  # as its track has it


class Split:
    """Follows the spans of a lane and keeps a copy of each in the track it belongs to."""

    def __init__(self, sorter: Sorter, kind_of: KindOf) -> None:
        self.tracks: dict[int, Track] = {}
        self._sorter = sorter
        self._kind_of = kind_of
        self._columns: dict[int, tuple[Grown, Grown, Grown, Grown]] = {}
        self._refs, self._numbers = Grown(np.int32), Grown(np.int32)  # of those taken, in order
        self._open: list[_Open] = []

    def update(self, start: Times, end: Times, ref: Rows, unsure: Array) -> bool:
        """The lane's spans are now these; ``unsure``: whose end may yet become another. Returns
        whether there was anything new.

        It costs by what is new, and by what comes after it: of several streams that are read one
        after the other, what one says of a lock comes late by a little, again and again.
        """
        touched = self._forget(self._moved(ref))
        closed, first = self._close(start, end, ref, unsure)
        touched |= closed | self._forget(first) | self._take(start, end, ref, unsure)
        for number in touched:
            columns = [column.view() for column in self._columns[number]]
            self.tracks.setdefault(number, Track()).update(*columns)
            if not len(columns[0]):  # all have moved to others: a row of it would be empty
                del self.tracks[number]
        return bool(touched)

    def _moved(self, ref: Rows) -> int:
        """The first place in which there is another than there was: one came late before it."""
        taken, known = self._refs.size, self._refs.view()
        if not taken or (taken <= len(ref) and ref[taken - 1] == known[-1]):
            return taken
        both = min(taken, len(ref))
        others = np.flatnonzero(ref[:both] != known[:both])
        return int(others[0]) if len(others) else both

    def _forget(self, first: int) -> set[int]:
        """Those from this place on may be in other tracks now, or be others: they are taken
        anew."""
        if first >= self._refs.size:
            return set()
        kept, gone = self._numbers.view()[:first], self._numbers.view()[first:]
        touched = set(gone.tolist())
        sizes = np.bincount(kept, minlength=max(touched, default=0) + 1)
        for number in touched:
            for column in self._columns[number]:
                column.cut(int(sizes[number]))
            self.tracks[number].forget()
        last = np.full(int(kept.max()) + 1 if first else 0, NEVER, np.int64)
        last[kept] = np.arange(first)
        self._sorter.resume(last.tolist(), int(kept[-1]) if first else NEVER)
        self._refs.cut(first)
        self._numbers.cut(first)
        self._open = [each for each in self._open if each.at < first]
        return touched

    def _close(self, start: Times, end: Times, ref: Rows, unsure: Array) -> tuple[set[int], int]:
        """Write the ends that have become known; from which place on all must be taken anew."""
        touched, still, first = set(), [], self._refs.size
        begun = start[:first]
        for each in self._open:
            now, final = end.item(each.at), not unsure[each.at]
            if now != each.end or final:
                kind = self._kind_of(ref[each.at : each.at + 1])[0]
                _, ends, _, kinds = (column.view() for column in self._columns[each.number])
                if each.end == NEVER != now:
                    ends[each.place], kinds[each.place] = now, kind
                    touched.add(each.number)
                    # One that begins later was put elsewhere for as long as this was not over.
                    after = int(begun.searchsorted(np.int64(now)))
                    first = min(first, max(after, each.at + 1))
                elif now != each.end or kinds[each.place] != kind:
                    first = min(first, each.at)  # it is another than its track has built on
            if not final:
                still.append(each._replace(end=now))
        self._open = still
        return touched, first

    def _take(self, start: Times, end: Times, ref: Rows, unsure: Array) -> set[int]:
        begin = self._refs.size
        if begin == len(start):
            return set()
        new = slice(begin, None)
        numbers = self._sorter(start, end, ref, begin)
        self._refs.extend(np.asarray(ref[new], np.int64))
        self._numbers.extend(numbers)
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
            for offset in np.flatnonzero(unsure[new][mine]).tolist():
                at = begin + int(mine[offset])
                self._open.append(_Open(number, place + offset, at, end.item(at)))
        return touched


class OneTrack:
    """A sorter of what does not overlap."""

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
        return np.zeros(len(start) - begin, dtype=np.int64)

    def resume(self, last: list[int], number: int) -> None:
        pass


class Depths:
    """A sorter by nesting: a span that begins before the one before it has ended lies deeper."""

    def __init__(self) -> None:
        self._within: list[int] = []  # places of the spans that the next one may lie in

    def resume(self, last: list[int], number: int) -> None:
        self._within = last[: number + 1]  # what lies deeper had ended

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
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

    def resume(self, last: list[int], number: int) -> None:  # noqa: ARG002
        self._last = last

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
        out = np.zeros(len(start) - begin, dtype=np.int64)
        # Mostly each has ended before the next begins: a whole run of such is the first track's.
        some = slice(begin, len(start) - 1)
        lasting = (end[some] == NEVER) | (end[some] > start[begin + 1 :])
        ends = [*(np.flatnonzero(lasting) + begin).tolist(), len(start) - 1]
        runs, place = iter(ends), begin
        until = next(runs)  # the end of the run that ``place`` is in
        while place < len(start):
            slot = self._free(start[place], end)
            if slot == 0:
                place = until
            self._last[slot : slot + 1] = [place]
            out[place - begin] = slot
            if place == until:
                until = next(runs, until)
            place += 1
        return out

    def _free(self, start: int, end: Times) -> int:
        """The first track whose last span has ended by then; a new one if there is none."""
        for slot, last in enumerate(self._last):
            if NEVER != end[last] <= start:
                return slot
        return len(self._last)
