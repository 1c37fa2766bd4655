"""Which writes of a variable went into the value it has, and which were lost.

A write worked out from a read builds on the write that was read. Those from which the newest one
descends live on in its value; each other one is lost, by the write that built on something older::

    version   1     2     3     4     5
    builds on 0     0     2     2     4        lost: 1 (by 2) and 3 (by 4); in the value: 2, 4, 5

A write with no read before it sets the variable anew: it loses nothing.
"""

from __future__ import annotations

from typing import Final

from poolscope.analysis.column import NEVER

START: Final = 0  # the version of the first value


class Lineage:
    """The writes of one variable, taken in the order of their versions."""

    def __init__(self) -> None:
        self._parents: list[int] = [NEVER]  # by version: what it builds on
        self._line: list[int] = [START]  # those in the value now, in order
        self._in_line: set[int] = {START}
        self.lost: dict[int, int] = {}  # version -> the version that lost it

    @property
    def next(self) -> int:
        """The version to be taken next."""
        return len(self._parents)

    def take(self, base: int) -> None:
        """The next write; ``base``: the version it was worked out from, ``NEVER``: from none."""
        version = self.next
        if not START <= base < version:
            base = self._line[-1]
        self._parents.append(base)
        branch = [version]
        while branch[-1] not in self._in_line:
            branch.append(self._parents[branch[-1]])
        fork = branch.pop()
        branch.reverse()
        self._cut(fork, branch)
        self._line += branch
        self._in_line.update(branch)
        for each in branch:
            self.lost.pop(each, None)

    def _cut(self, fork: int, branch: list[int]) -> None:
        """Take what is after ``fork`` out of the line, for ``branch`` to take its place."""
        place = len(branch) - 1
        while self._line[-1] != fork:
            gone = self._line.pop()
            self._in_line.discard(gone)
            # The first of the branch that was written after it built on something older.
            while place and branch[place - 1] > gone:
                place -= 1
            self.lost[gone] = branch[place]
