"""Spans of one lane as columns, sorted by start, that do not overlap one another.

    start  |--a--|      |-b-|  |----c--->        the last one may be open: it goes on
           ref[0]       ref[1]  ref[2]           ref: the row of the task, block or wait it is of
           kind[0] ...                           kind: the state, the lock, the kind of wait

The arrays are the store's own, not copies. What a track adds is what makes a frame cost by its
pixels: the length of all spans before each (so that the time busy in a pixel column is one
subtraction) and, for each kind but the commonest, where its spans are (so that a rare one is
found without looking at the others).

The store writes into its arrays in place, so what a track remembers of them it remembers as
numbers, never by an older view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEVER = -1
MOST_UNSETTLED = 1024

Times = NDArray[np.int64]
Rows = NDArray[np.integer[Any]]
Kinds = NDArray[np.integer[Any]]

_NO_TIMES: Times = np.empty(0, dtype=np.int64)


class Grown:
    """An int64 array that grows at its end without being copied each time."""

    def __init__(self) -> None:
        self._data = np.empty(64, dtype=np.int64)
        self.size = 0

    def view(self) -> Times:
        return self._data[: self.size]

    def cut(self, size: int) -> None:
        self.size = min(self.size, size)

    def extend(self, values: Times) -> None:
        need = self.size + len(values)
        if need > len(self._data):
            data = np.empty(max(need, 2 * len(self._data)), dtype=np.int64)
            data[: self.size] = self._data[: self.size]
            self._data = data
        self._data[self.size : need] = values
        self.size = need


class Track:
    """The spans of one kind of thing on one lane."""

    def __init__(self, common: int = 0, unsettled: int = NEVER) -> None:
        """``common``: the kind that most spans are of; the others are indexed.

        ``unsettled``: a kind that may yet become another, such as RUNNING.
        """
        self.common = common
        self.unsettled = unsettled
        self.start = _NO_TIMES
        self.end = _NO_TIMES
        self.ref: Rows = _NO_TIMES
        self.kind: Kinds = _NO_TIMES
        self.generation = 0  # grows when what was there has changed, not when it was added to
        self.updates = 0  # grows with every change
        self._busy = Grown()
        self._busy.extend(np.zeros(1, dtype=np.int64))
        self._rare: dict[int, Grown] = {}
        self._settled = 0  # spans before this one will not change; of the rest we know for now
        self._sizes: dict[int, int] = {}  # of the rare ones, how many are settled
        self._last = (0, 0, 0)  # the last settled span
        self._loose = b""  # those after it

    def __len__(self) -> int:
        return len(self.start)

    @property
    def busy(self) -> Times:
        """``busy[i]``: the length of the first ``i`` spans together; an open one counts 0."""
        return self._busy.view()

    @property
    def open(self) -> bool:
        """Whether the last span goes on."""
        return len(self.end) > 0 and bool(self.end[-1] == NEVER)

    def grown(self, now: float, wide: float, unit: float) -> int:
        """Changes when what an open span covers in columns of ``unit`` ns does.

        Once it is ``wide`` columns long it is drawn as a bar, and is in no column any more.
        """
        if not self.open:
            return NEVER
        return int(now // unit) if int(now) - int(self.start[-1]) < wide * unit else NEVER

    @property
    def settled(self) -> int:
        """How many spans, from the first on, will not change any more."""
        return self._settled

    def rare(self) -> dict[int, Times]:
        """For each kind but the common one, the numbers of its spans."""
        return {kind: grown.view() for kind, grown in self._rare.items() if grown.size}

    def update(self, start: Times, end: Times, ref: Rows, kind: Kinds) -> None:
        """The spans are now these. Costs by what is new, unless something old has changed."""
        continues = self._continues(start, end, kind)
        if continues and self._loose == self._tail(start, end, kind):
            return
        self.updates += 1
        if not continues:
            self.generation += 1
            self._settled = 0
            self._sizes = {}
        self._busy.cut(self._settled + 1)
        for number, grown in self._rare.items():
            grown.cut(self._sizes.get(number, 0))
        self.start, self.ref, self.kind = start, ref, kind
        self.end = self._closed(start, end)
        unsettled = self._first_unsettled()
        self._count(self._settled, unsettled)
        self._settled = unsettled
        self._sizes = {number: grown.size for number, grown in self._rare.items()}
        if unsettled:
            self._last = (
                int(start[unsettled - 1]),
                int(end[unsettled - 1]),
                int(kind[unsettled - 1]),
            )
        self._count(unsettled, len(start))
        self._loose = self._tail(start, end, kind)

    def _tail(self, start: Times, end: Times, kind: Kinds) -> bytes:
        """The spans that may change, by value: the store writes into its arrays in place."""
        return b"".join(column[self._settled :].tobytes() for column in (start, end, kind))

    def _continues(self, start: Times, end: Times, kind: Kinds) -> bool:
        # Starts on a lane differ, so a span put in before the last one counted shifts it away.
        last = self._settled - 1
        if len(start) <= last:
            return False
        if last >= 0 and (int(start[last]), int(end[last]), int(kind[last])) != self._last:
            return False
        doubtful = self._rare.get(self.unsettled)
        if doubtful is None:
            return True
        numbers = doubtful.view()[: self._sizes.get(self.unsettled, 0)]
        return bool((kind[numbers] == self.unsettled).all())

    def _closed(self, start: Times, end: Times) -> Times:
        """A span left open before another began ended there: its worker died, or it was torn."""
        if not (end[self._settled : -1] == NEVER).any():
            return end
        closed = end.copy()
        inner = closed[:-1]
        inner[inner == NEVER] = start[1:][inner == NEVER]
        return closed

    def _first_unsettled(self) -> int:
        begin, size = self._settled, len(self.start)
        loose = (self.kind[begin:] == self.unsettled) | (self.end[begin:] == NEVER)
        first = begin + int(np.argmax(loose)) if loose.any() else size
        # One that never settles (its record was lost) must not hold up all after it for ever.
        return max(first, size - MOST_UNSETTLED)

    def _count(self, begin: int, until: int) -> None:
        if until <= begin:
            return
        lengths = np.maximum(self.end[begin:until] - self.start[begin:until], 0)
        self._busy.extend(self._busy.view()[-1] + np.cumsum(lengths))
        kinds = self.kind[begin:until]
        for kind in set(kinds.tolist()) - {self.common}:
            rare = self._rare.setdefault(kind, Grown())
            rare.extend(np.flatnonzero(kinds == kind) + begin)

    def at(self, time: float, reach: float = 0.0) -> int:
        """The number of the span at ``time``, or of the nearest within ``reach`` ns, or -1."""
        i = int(np.searchsorted(self.start, np.int64(time), side="right")) - 1
        best, best_far = -1, reach
        for j in (i, i + 1):
            if not 0 <= j < len(self.start):
                continue
            end = float(self.end[j]) if self.end[j] != NEVER else float("inf")
            far = max(float(self.start[j]) - time, time - end, 0.0)
            if far <= best_far:
                if far == 0.0:
                    return j
                best, best_far = j, far
        return best

    def busy_between(self, begin: float, end: float, now: float) -> float:
        """How many ns between ``begin`` and ``end`` the lane's spans fill."""
        return max(0.0, self._busy_until(end, now) - self._busy_until(begin, now))

    def _busy_until(self, time: float, now: float) -> float:
        i = int(np.searchsorted(self.start, np.int64(time), side="right"))
        if i == 0:
            return 0.0
        end = float(self.end[i - 1]) if self.end[i - 1] != NEVER else now
        return float(self.busy[i - 1]) + max(0.0, min(time, end) - float(self.start[i - 1]))


def track(
    start: Times, end: Times, ref: Rows | None = None, kind: Kinds | None = None, common: int = 0
) -> Track:
    """A track of these spans; without ``kind`` all are of the common one."""
    made = Track(common)
    made.update(
        np.ascontiguousarray(start, dtype=np.int64),
        np.ascontiguousarray(end, dtype=np.int64),
        np.arange(len(start)) if ref is None else np.asarray(ref, dtype=np.int64),
        np.full(len(start), common, np.uint8) if kind is None else np.asarray(kind, np.uint8),
    )
    return made
