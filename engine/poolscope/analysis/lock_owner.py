"""Who held a lock when another thread began to wait for it, worked out from the holds.

::

    one   |----------|            RELEASED
    two               |---------| ACQUIRED, written a moment after it had got the lock
    three            ^ WANTED: it was taken, by the record of neither; it was two that kept it
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.analysis.lock_columns import BlockTable, HoldTable

_LOOK_BACK: Final = 16  # how many holders of a semaphore are asked whether they held it then


def owners(blocks: BlockTable, holds: HoldTable, rows: Ints, counted: Bools) -> Ints:
    """The threads (rows) whose holds cover the beginnings of blocks; of several the latest.

    Where none does, who next had the lock while the block lasted: a thread that is let in has to
    wait for the interpreter before it can write that it has the lock.

    Args:
        rows: of the blocks; there is at least one hold.
        counted: which of them are for semaphores.
    """
    times = np.sort(holds.begin)
    room = len(times) + 1  # ranks of times, to have lock and time in one number

    def keys(locks: Array, at: Array) -> Ints:
        return np.asarray(locks, np.int64) * room + np.searchsorted(times, at, "right")

    held = keys(holds.lock, holds.begin)
    order = np.argsort(held, kind="stable")
    locks, begins, ends = blocks.lock[rows], blocks.begin[rows], blocks.end[rows]
    after = np.searchsorted(held[order], keys(locks, begins), "right")
    place, found = after - 1, np.full(len(rows), NEVER)
    for _ in range(_LOOK_BACK):
        row = order[np.maximum(place, 0)]
        same = (place >= 0) & (holds.lock[row] == locks)
        covers = same & (found == NEVER) & ((holds.end[row] == NEVER) | (holds.end[row] > begins))
        found[covers] = holds.thread[row[covers]]
        place = np.where(same & counted & (found == NEVER), place - 1, NEVER)
        if (place == NEVER).all():
            break
    row = order[np.minimum(after, len(order) - 1)]
    later = (after < len(order)) & (holds.lock[row] == locks) & ~counted & (found == NEVER)
    later &= (holds.thread[row] != blocks.thread[rows]) & (
        (ends == NEVER) | (holds.begin[row] < ends)
    )
    found[later] = holds.thread[row[later]]
    return found
