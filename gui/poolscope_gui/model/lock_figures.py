"""How long threads were blocked in a stretch of time, by lock and by who owned it meanwhile.

A blocked stretch may see several owners: each is charged for the part in which it held the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import words
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Ints = NDArray[np.int64]
MOST: Final = 40  # the longest together
MOST_PAIRS: Final = 200_000  # of a blocked stretch and a hold; of more, who owned it at first
_FOREVER: Final = np.iinfo(np.int64).max


class LockWait(NamedTuple):
    """What threads were blocked on one lock while one thread owned it; "" where it is not known.

    Of what reaches over the bounds of the stretch, only the part within them is counted.
    """

    lock: str
    owner: str
    times: int  # blocked stretches
    total_ns: int
    longest_ns: int


def lock_waits(store: Store, begin: int, end: int, now: int) -> tuple[LockWait, ...]:
    """Those of ``begin <= t < end`` (ns), the longest together first."""
    blocks = store.lock_table.blocks
    if not len(blocks):
        return ()
    until = np.where(blocks.end == NEVER, np.int64(now), blocks.end)
    rows = np.flatnonzero((blocks.begin < end) & (until > begin))
    found: list[tuple[int, int, int, int, int]] = []
    for lock in np.unique(blocks.lock[rows]).tolist():
        mine = rows[blocks.lock[rows] == lock]
        low, high = np.maximum(blocks.begin[mine], begin), np.minimum(until[mine], end)
        which, owner, length = _charged(store, lock, mine, low, high)
        for thread in np.unique(owner).tolist():
            some = owner == thread
            of_block = np.bincount(which[some], length[some])
            times = int(np.count_nonzero(of_block))
            total, longest = int(length[some].sum()), int(of_block.max())
            found.append((lock, thread, times, total, longest))
    found.sort(key=lambda one: (-one[3], one[:2]))
    return tuple(
        LockWait(
            store.locks[lock].name or f"lock {lock + 1}", words.thread_name(store, thread), *rest
        )
        for lock, thread, *rest in found[:MOST]
    )


def _charged(
    store: Store, lock: int, blocks: Ints, low: Ints, high: Ints
) -> tuple[Ints, Ints, Ints]:
    """Parts of blocked stretches: of which (its place in ``blocks``), by which owner, how long.

    What no hold covers, such as the moment of a hand-over, is charged to nobody.
    """
    holds = store.lock_table.holds
    ends = np.where(holds.end == NEVER, _FOREVER, holds.end)
    near = (holds.lock == lock) & (holds.begin < high.max()) & (ends > low.min())
    rows = np.flatnonzero(near)
    rows = rows[np.argsort(holds.begin[rows], kind="stable")]
    start, end = holds.begin[rows], ends[rows]
    first, last = np.searchsorted(end, low, "right"), np.searchsorted(start, high)
    each = np.maximum(last - first, 0)
    exclusive = bool((end[:-1] <= start[1:]).all())
    if not exclusive or int(each.sum()) > MOST_PAIRS:
        owners = store.lock_table.block_owners()[blocks].astype(np.int64)
        return np.arange(len(blocks)), owners, high - low
    which = np.repeat(np.arange(len(blocks)), each)
    hold = np.arange(len(which)) - np.repeat(np.cumsum(each) - each, each) + first[which]
    length = np.minimum(high[which], end[hold]) - np.maximum(low[which], start[hold])
    covered = np.bincount(which, length, minlength=len(blocks)).astype(np.int64)
    bare = np.flatnonzero(high - low > covered)
    return (
        np.concatenate((which, bare)),
        np.concatenate((holds.thread[rows][hold].astype(np.int64), np.full(len(bare), NEVER))),
        np.concatenate((length, (high - low - covered)[bare])),
    )
