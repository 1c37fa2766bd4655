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

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import tail
from poolscope_gui.model.grown import Grown

NEVER = -1
MOST_UNSETTLED = 1024

Times = NDArray[np.int64]
Rows = NDArray[np.integer[Any]]
Kinds = NDArray[np.integer[Any]]

_NO_TIMES: Times = np.empty(0, dtype=np.int64)


class Track:
    """The spans of one kind of thing on one lane.

    What is new may be deferred until somebody looks at the track: a lane out of sight costs
    nothing until then.
    """

    def __init__(self, common: int = 0, unsettled: int = NEVER) -> None:
        """``common``: the kind that most spans are of; the others are indexed.

        ``unsettled``: a kind that may yet become another, such as RUNNING.
        """
        self.common = common
        self.unsettled = unsettled
        self._start = _NO_TIMES
        self._end = _NO_TIMES
        self._ref: Rows = _NO_TIMES
        self._kind: Kinds = _NO_TIMES
        self._generation = 0
        self._updates = 0
        self._busy = Grown()
        self._busy.extend(np.zeros(1, dtype=np.int64))
        self._rare: dict[int, Grown] = {}
        self._settled = 0  # spans before this one will not change; of the rest we know for now
        self._sizes: dict[int, int] = {}  # of the rare ones, how many are settled
        self._last = (0, 0, 0)  # the last settled span
        # Those after it, as far as ``update`` was told them; None: it is to believe nothing.
        self._loose: bytes | None = b""
        self._torn = False  # some span was left open before another began
        self._bring: Callable[[], None] | None = None

    def defer(self, bring: Callable[[], None]) -> None:
        """There is something new, which ``bring`` is to ``take`` in once somebody looks."""
        self._bring = bring

    @property
    def waiting(self) -> bool:
        """Whether there is something new that nobody has looked at."""
        return self._bring is not None

    def _look(self) -> None:
        bring, self._bring = self._bring, None
        if bring is not None:
            bring()

    def __len__(self) -> int:
        if self._bring is not None:
            self._look()
        return len(self._start)

    @property
    def start(self) -> Times:
        if self._bring is not None:
            self._look()
        return self._start

    @property
    def end(self) -> Times:
        if self._bring is not None:
            self._look()
        return self._end

    @property
    def ref(self) -> Rows:
        if self._bring is not None:
            self._look()
        return self._ref

    @property
    def kind(self) -> Kinds:
        if self._bring is not None:
            self._look()
        return self._kind

    @property
    def generation(self) -> int:
        """Grows when what was there has changed, not when it was added to."""
        if self._bring is not None:
            self._look()
        return self._generation

    @property
    def updates(self) -> int:
        """Grows with every change."""
        if self._bring is not None:
            self._look()
        return self._updates

    @property
    def busy(self) -> Times:
        """``busy[i]``: the length of the first ``i`` spans together; an open one counts 0."""
        if self._bring is not None:
            self._look()
        return self._busy.view()

    @property
    def open(self) -> bool:
        """Whether the last span goes on."""
        end = self.end
        return len(end) > 0 and end.item(-1) == NEVER

    def grown(self, now: float, wide: float, unit: float) -> int:
        """Changes when what an open span covers in columns of ``unit`` ns does.

        Once it is ``wide`` columns long it is drawn as a bar, and is in no column any more.
        """
        if not self.open:
            return NEVER
        return int(now // unit) if int(now) - int(self._start[-1]) < wide * unit else NEVER

    @property
    def settled(self) -> int:
        """How many spans, from the first on, will not change any more."""
        if self._bring is not None:
            self._look()
        return self._settled

    def rare(self) -> dict[int, Times]:
        """For each kind but the common one, the numbers of its spans."""
        if self._bring is not None:
            self._look()
        return {kind: grown.view() for kind, grown in self._rare.items() if grown.size}

    def update(self, start: Times, end: Times, ref: Rows, kind: Kinds) -> None:
        """The spans are now these. Costs by what is new, unless something old has changed."""
        continues = self._continues(start, end, kind)
        if not (continues and self._loose == self._tail(start, end, kind)):
            self.take(start, end, ref, kind)
            self._loose = self._tail(start, end, kind)

    def take(self, start: Times, end: Times, ref: Rows, kind: Kinds) -> None:
        """The same, from one who knows that something has changed."""
        self._updates += 1
        if not self._continues(start, end, kind):
            self._generation += 1
            self._settled = 0
            self._sizes = {}
        begin, size = self._settled, len(start)
        self._busy.cut(begin + 1)
        for number, grown in self._rare.items():
            grown.cut(self._sizes.get(number, 0))
        self._start, self._end, self._ref, self._kind = start, end, ref, kind
        if begin == size or (size - begin <= tail.MOST and not self._torn and self._few(begin)):
            return
        lengths = end[begin:] - start[begin:]
        odd = (kind[begin:] != self.common).nonzero()[0]
        settled = size
        if self._torn or int(np.minimum.reduce(lengths)) < 0:  # one is open, or makes no sense
            self._end = self._closed(start, end)
            unended = self._end[begin:] == NEVER
            settled = begin + int(unended.argmax()) if unended.any() else size
            lengths = np.maximum(self._end[begin:] - start[begin:], 0)
        if len(odd):
            odd += begin
            doubtful = odd[kind[odd] == self.unsettled]
            settled = min(settled, int(doubtful[0])) if len(doubtful) else settled
        self._busy.extend_by_sums(lengths)
        # One that never settles (its record was lost) must not hold up all after it for ever.
        self._settled = settled = max(settled, size - MOST_UNSETTLED)
        if len(odd):
            self._note(odd, settled)
        if settled:
            last = settled - 1
            self._last = (start.item(last), end.item(last), kind.item(last))

    def _few(self, begin: int) -> bool:
        """The same of a few more spans, if they are as nearly always."""
        found = tail.usual((self._start, self._end, self._kind), begin, self.common, self.unsettled)
        if found is not None:
            self._busy.extend(np.array(found.sums) + self._busy.last)
            self._settled, self._last = begin + found.settled, found.last or self._last
            if found.unsettled:
                grown = self._rare.setdefault(self.unsettled, Grown())
                self._sizes[self.unsettled] = grown.size
                grown.extend(np.array([len(self._start) - 1]))
        return found is not None

    def forget(self) -> None:
        """Others may have taken the places of the spans there are: build on none of them."""
        self._generation += 1
        self._settled, self._sizes, self._loose = 0, {}, None

    def _note(self, odd: Rows, settled: int) -> None:
        """These spans, the first of them settled, are of another kind than the common one."""
        kinds = self._kind[odd]
        for kind in set(kinds.tolist()):
            mine = odd[kinds == kind]
            grown = self._rare.setdefault(kind, Grown())
            self._sizes[kind] = grown.size + int(np.searchsorted(mine, settled))
            grown.extend(mine)

    def _tail(self, start: Times, end: Times, kind: Kinds) -> bytes:
        """The spans that may change, by value: the store writes into its arrays in place."""
        return b"".join(column[self._settled :].tobytes() for column in (start, end, kind))

    def _continues(self, start: Times, end: Times, kind: Kinds) -> bool:
        # Starts on a lane differ, so a span put in before the last one counted shifts it away.
        last = self._settled - 1
        if len(start) <= last:
            return False
        if last >= 0 and (start.item(last), end.item(last), kind.item(last)) != self._last:
            return False
        doubtful = self._sizes.get(self.unsettled, 0)
        if not doubtful:
            return True
        numbers = self._rare[self.unsettled].view()[:doubtful]
        return bool((kind[numbers] == self.unsettled).all())

    def _closed(self, start: Times, end: Times) -> Times:
        """A span left open before another began ended there: its worker died, or it was torn."""
        self._torn |= bool((end[self._settled : -1] == NEVER).any())
        if not self._torn:
            return end
        closed = end.copy()
        inner = closed[:-1]
        inner[inner == NEVER] = start[1:][inner == NEVER]
        return closed

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
        if not len(self):
            return 0.0
        return max(0.0, self._busy_until(end, now) - self._busy_until(begin, now))

    def _busy_until(self, time: float, now: float) -> float:
        starts = self._start
        last = len(starts) - 1
        if time < starts.item(0):
            return 0.0
        if time < starts.item(last):
            last = int(starts.searchsorted(np.int64(time), side="right")) - 1
        end = self._end.item(last)
        until = min(time, end if end != NEVER else now)
        return float(self._busy.view().item(last)) + max(0.0, until - starts.item(last))


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
