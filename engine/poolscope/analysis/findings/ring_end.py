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
    may = _waited_for(store)
    late = np.flatnonzero((blocks.outcome == GaveUp.TIMEOUT) & (blocks.end > blocks.begin))
    late = late[may[blocks.thread[late]]]
    slow = np.flatnonzero((waits.outcome == WaitOutcome.TIMEOUT) & (waits.end > waits.begin))
    slow = slow[may[waits.thread[slow]]]
    times = np.concatenate((blocks.end[late], waits.end[slow]))
    # The waits as if for a lock behind all others.
    locks = np.concatenate((blocks.lock[late], np.full(len(slow), len(store.locks))))
    threads = np.concatenate((blocks.thread[late], waits.thread[slow]))
    rank = _rank(threads.astype(np.int64) * (len(store.locks) + 1) + locks, times)
    times = times[np.lexsort((times, rank))]
    _, first = np.unique(times, return_index=True)
    times = times[np.sort(first)]
    return np.concatenate((known, times[~np.isin(times, known)])).astype(np.int64)


def _waited_for(store: Store) -> Bools:
    """By row, for which threads another could ever wait: see ``World.waited_for``."""
    found = np.array([each.worker != NEVER for each in store.threads] + [False], np.bool_)
    held = store.lock_table.holds.thread
    found[held[held != NEVER]] = True
    for row in np.flatnonzero(store.waits.kind == WaitKind.JOIN).tolist():
        for key in store.waits[row].future_ids():
            found[store.row_of_thread(key)] = True
    found[NEVER] = False
    return found


def _rank(groups: Array, times: Array) -> Ints:
    """Which in time each is among those of its group, from 0."""
    order = np.lexsort((times, groups))
    grouped = groups[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    sizes = np.diff(np.append(starts, len(grouped)))
    rank = np.empty(len(groups), np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return rank
