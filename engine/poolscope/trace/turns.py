"""In which order a reader reads on in the streams, where it may not read all there is.

They are read side by side, by time: what is shown is whole up to a moment, and few records have to
wait until the submission of their task has been read. A stream that submits tasks is read ahead of
the others, by what one read of another may bring it on.

::

    submits  --------------------------------->|
    worker   ---------------------->|- - - - ->      its next read may reach as far
    worker   ------------------------->|             the one that is the furthest behind is next
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

NO_LIMIT: Final = 1 << 62  # a budget for all there is, in whatever order
SHARE: Final = 1024  # cells of one stream at once, else


class Stream(Protocol):
    """What is known of a stream that is being read: see ``Tail``."""

    @property
    def reached(self) -> int: ...
    @property
    def submits(self) -> bool: ...
    @property
    def drained(self) -> bool: ...


_S = TypeVar("_S", bound=Stream)


class Turns:
    """Remembers how far a read brings a stream on."""

    def __init__(self) -> None:
        self._ahead = 0  # ns, lately

    def read(self, tails: Sequence[_S], budget: int, read: Callable[[_S, int], int]) -> None:
        """Have ``read`` read on in the streams until all is read or the ``budget`` is spent.

        ``budget`` is in cells; ``read`` is told how many at most, and returns how many there were.
        """
        share = budget if budget == NO_LIMIT else SHARE
        waiting = [(self._place(tail), number) for number, tail in enumerate(tails)]
        heapq.heapify(waiting)
        while waiting and budget > 0:
            number = heapq.heappop(waiting)[1]
            tail = tails[number]
            before = tail.reached
            found = read(tail, min(share, budget))
            if not found:
                continue
            budget -= found
            if before and not tail.submits:
                self._ahead = max(self._ahead * 63 // 64, tail.reached - before)
            # What is written meanwhile comes with the next poll; but what was submitted meanwhile
            # may have been started, and that be read.
            if tail.drained and not tail.submits:
                continue
            heapq.heappush(waiting, (self._place(tail), number))

    def _place(self, tail: Stream) -> int:
        return tail.reached - self._ahead * tail.submits
