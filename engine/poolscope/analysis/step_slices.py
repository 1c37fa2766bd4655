"""A step function made of a long table a stretch of time after the other, each in a few ms.

While it is made the table may grow and its cells may change: what lies before the stretch to be
read next is told to the function, what lies behind it is read in its turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints

if TYPE_CHECKING:
    from poolscope.analysis.steps import Steps

_AT_ONCE: Final = 1 << 15  # changes: sorting and adding so many takes 2 to 4 ms
_ROWS: Final = 1 << 16  # looked at together
_SAMPLE: Final = 64  # changes of which one is looked at to find where to cut
_FIRST, _LAST = (int(each) for each in (np.iinfo(np.int64).min, np.iinfo(np.int64).max))


def within(times: Array, begin: int, end: int) -> Ints:
    """The rows with times from ``begin`` to before ``end``; quick where times hardly mix."""
    found = [np.empty(0, np.int64)]
    for first in range(0, len(times), _ROWS):
        some = times[first : first + _ROWS]
        if some.max() >= begin and some.min() < end:
            chosen = (some >= begin) & (some < end) & (some != NEVER)
            found.append(first + np.flatnonzero(chosen))
    return np.concatenate(found)


class Changes(Protocol):
    """A table from which the count of a pool (row; None: of all) is read."""

    def sample(self, pool: int | None, share: int) -> Ints:
        """The times of about one in ``share`` of the changes, ``NEVER`` among them."""
        ...

    def between(self, pool: int | None, begin: int, end: int) -> tuple[Ints, Ints]:
        """The times from ``begin`` to before ``end`` at which it rises, and at which it falls."""
        ...


class Building:
    """One step function under way; until it is done, ``steps`` lacks what is late."""

    def __init__(self, steps: Steps, pool: int | None, changes: Changes) -> None:
        self._steps, self._pool, self._changes = steps, pool, changes
        self._edges: list[int] | None = None  # where to cut, the next one last
        self._begin = _FIRST
        steps.before = _FIRST

    def step(self) -> bool:
        """Read one stretch more; False once that was the last."""
        if self._edges is None:
            self._edges = self._cuts()
        return self._read(self._edges.pop() if self._edges else _LAST)

    def finish(self) -> None:
        """Read all that is left, at once."""
        self._read(_LAST)

    def _read(self, end: int) -> bool:
        self._steps.before = end
        rises, falls = self._changes.between(self._pool, self._begin, end)
        self._steps.add(rises, 1)
        self._steps.add(falls, -1)
        self._steps.view()
        self._begin = end
        if end == _LAST:
            self._steps.before = None
        return end != _LAST

    def _cuts(self) -> list[int]:
        times = self._changes.sample(self._pool, _SAMPLE)
        times = np.sort(times[times != NEVER])
        return list(np.unique(times[:: _AT_ONCE // _SAMPLE][1:]))[::-1]
