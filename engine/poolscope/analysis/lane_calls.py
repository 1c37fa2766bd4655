"""The calls on the lanes of workers as rises and falls of how many are busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.lane_log import LaneLog, LaneRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolscope.analysis.store import Store


class Calls:
    """The ``Changes`` of a count of busy workers."""

    def __init__(self, store: Store, log: LaneLog) -> None:
        self._store, self._log = store, log

    def sample(self, pool: int | None, share: int) -> Ints:
        """The times of one in ``share`` of the changes."""
        found = [np.repeat(rows.start[::share], 2) for rows in self._lanes(pool)]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def between(self, pool: int | None, begin: int, end: int) -> tuple[Ints, Ints]:
        """When, from ``begin`` to before ``end``, calls began and when they ended."""
        starts, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for rows in self._lanes(pool):
            first, last = np.searchsorted(rows.start, np.array([begin, end], np.int64))
            starts.append(rows.start[first:last])
            over = rows.end[:last]  # no call ends before it begins
            ends.append(over[(over >= begin) & (over < end) & (over != NEVER)])
        return np.concatenate(starts), np.concatenate(ends)

    def _lanes(self, pool: int | None) -> Iterator[LaneRows]:
        for worker in self._log.lanes():
            if pool is None or self._store.workers[worker].pool == pool:
                yield self._log.of(worker)
