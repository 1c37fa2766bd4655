"""When rings of threads may have ended otherwise than by going on: somebody gave up, or died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.trace.schema import GaveUp, WaitKind, WaitOutcome

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


def ring_ends(store: Store) -> Ints:
    """The moments, ns: of deaths, then of time-outs; of a thread's on one lock, or of its waits,
    the first comes before the second of any: that one may be in a ring of its own.

    Left out are time-outs of who cannot have been in a ring: nobody could wait for it, or it waited
    for a signal, which anybody may send.
    """
    blocks, signals, waits = store.lock_table.blocks, store.signals.blocks, store.waits
    deaths = [
        table.end[(table.outcome == NEVER) & (table.end != NEVER)]
        for table in (blocks, signals, waits)
    ]
    known = np.unique(np.concatenate(deaths))
    late = np.flatnonzero((blocks.outcome == GaveUp.TIMEOUT) & (blocks.end > blocks.begin))
    slow = np.flatnonzero((waits.outcome == WaitOutcome.TIMEOUT) & (waits.end > waits.begin))
    if not len(late) and not len(slow):
        return known.astype(np.int64)
    late = late[_waited_for(store, blocks.thread[late])]
    slow = slow[_waited_for(store, waits.thread[slow])]
    times = np.concatenate((blocks.end[late], waits.end[slow]))
    # The waits as if for a lock behind all others.
    locks = np.concatenate((blocks.lock[late], np.full(len(slow), len(store.locks))))
    threads = np.concatenate((blocks.thread[late], waits.thread[slow]))
    rank = _rank(threads.astype(np.int64) * (len(store.locks) + 1) + locks, times)
    times = times[np.lexsort((times, rank))]
    _, first = np.unique(times, return_index=True)
    times = times[np.sort(first)]
    return np.concatenate((known, times[~np.isin(times, known)])).astype(np.int64)


def _waited_for(store: Store, threads: Array) -> Bools:
    """For which threads (rows) another could ever wait: see ``World.waited_for``."""
    waits = store.waits
    rows, place = np.unique(threads, return_inverse=True)
    known = [store.threads[row] for row in rows.tolist()]
    found = np.array([each.worker != NEVER for each in known], np.bool_)
    found |= np.isin(rows, store.lock_table.holds.thread)
    joined = waits.first_future[(waits.kind == WaitKind.JOIN) & (waits.future_count > 0)]
    found |= np.isin(np.array([each.id for each in known], np.int64), joined)
    return np.asarray((found & (rows != NEVER))[place])


def _rank(groups: Array, times: Array) -> Ints:
    """Which in time each is among those of its group, from 0."""
    order = np.lexsort((times, groups))
    grouped = groups[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    sizes = np.diff(np.append(starts, len(grouped)))
    rank = np.empty(len(groups), np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return rank
