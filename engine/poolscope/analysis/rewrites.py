"""From which time on a function of time has been written anew: who keeps what was made of it before
needs to look at the rest alone.

version    1    2    3    4        a write at 3 makes those after it, at 5 and 7, older news: who
from       2    5    7    3        knows version 1 asks from 3 on, who knows version 3 as well
kept       2              3
"""

from __future__ import annotations

from collections import deque
from typing import Final

KEPT: Final = 64  # writes that are remembered; who was away for longer looks at everything


class Rewrites:
    """Remembers the latest writes.

    Attributes:
        version: how many there have been.
    """

    def __init__(self) -> None:
        self.version = 0
        self._writes: deque[tuple[int, int]] = deque()  # version, from when on; both rise
        self._forgotten = 0  # the version of the last one that is not remembered

    def wrote(self, time: int) -> None:
        """All from ``time`` (ns) on may be other than it was."""
        self.version += 1
        while self._writes and self._writes[-1][1] >= time:
            self._writes.pop()
        self._writes.append((self.version, time))
        if len(self._writes) > KEPT:
            self._forgotten, _ = self._writes.popleft()

    def since(self, version: int) -> int | None:
        """From when on it may be other than it was at ``version``, ns; None: it is the same."""
        if version < self._forgotten:
            return -(1 << 63)
        return next((time for when, time in self._writes if when > version), None)
