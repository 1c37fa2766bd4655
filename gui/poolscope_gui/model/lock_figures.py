"""How long threads were blocked in a stretch of time, by lock and by who owned it then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope_gui.model import words
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

MOST: Final = 40  # the longest together


class LockWait(NamedTuple):
    """What threads were blocked on one lock while one thread owned it; "" where it is not known.

    Of a stretch that reaches over the bounds, only the part within them is counted.
    """

    lock: str
    owner: str
    times: int
    total_ns: int
    longest_ns: int


def lock_waits(store: Store, begin: int, end: int, now: int) -> tuple[LockWait, ...]:
    """Those of ``begin <= t < end`` (ns), the longest together first."""
    blocks = store.lock_table.blocks
    if not len(blocks):
        return ()
    until = np.where(blocks.end == NEVER, np.int64(now), blocks.end)
    rows = np.flatnonzero((blocks.begin < end) & (until > begin))
    if not len(rows):
        return ()
    length = np.minimum(until[rows], end) - np.maximum(blocks.begin[rows], begin)
    owner = store.lock_table.block_owners()[rows].astype(np.int64)
    pairs = np.stack((blocks.lock[rows].astype(np.int64), owner), axis=1)
    unique, which = np.unique(pairs, axis=0, return_inverse=True)
    which = which.reshape(-1)
    total = np.bincount(which, length, minlength=len(unique)).astype(np.int64)
    times = np.bincount(which, minlength=len(unique))
    longest = np.zeros(len(unique), np.int64)
    np.maximum.at(longest, which, length)
    order = np.argsort(-total, kind="stable")[:MOST]
    return tuple(
        LockWait(
            store.locks[lock].name or f"lock {lock + 1}",
            words.thread_name(store, thread),
            int(times[n]),
            int(total[n]),
            int(longest[n]),
        )
        for n in order.tolist()
        for lock, thread in [unique[n].tolist()]
    )
