"""How many workers a pool had at one time.

Not how many it ever had: a worker that was recycled, or killed, may have another in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.column import NEVER, Ints

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

__all__ = ["crew", "most_at_once"]


def crew(store: Store, pool: int) -> int:
    """The most workers that a pool (row) had at one time."""
    rows, most = store.pools[pool].workers, store.pools[pool].max_workers
    gone = store.worker_gone[rows]
    if (gone == NEVER).all():
        return len(rows)
    return most_at_once([store.workers[row].born for row in rows], gone, most)


def most_at_once(born: Sequence[int], gone: Sequence[int] | Ints, most: int = 0) -> int:
    """The most that were there at once; ``gone``: ``NEVER`` if it has not. Times in ns.

    ``most``: how many there may be, if that is known: who takes another's place may be there
    before it is known that the other has gone.
    """
    if not len(born):
        return 0
    begins, ends = np.array(born, np.int64), np.asarray(gone, np.int64)
    ends = ends[ends != NEVER]
    times = np.concatenate((ends, begins))
    steps = np.repeat((-1, 1), (len(ends), len(begins)))
    # Who goes as another comes makes room for it: of one time the ends are first.
    found = int(steps[np.argsort(times, kind="stable")].cumsum().max())
    return min(found, most) if most else found
