"""Locks that were held when their process was forked, by a thread that the child has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.findings.finding import MOST_SINGLY, WARNING, Case, Finding, Place
from poolscope.analysis.lock_columns import ACQUIRED
from poolscope.analysis.wait_words import lock_words, sentence, thread_words
from poolscope.trace.ident import COUNTER_BITS


class ForkedLock:
    """Who waits, in a forked child, for a lock that another thread held when it was forked.

    Of all threads a child has only the one that forked: nobody is there to let go. Only a thread
    of the parent that is told as the owner, and never had *this* lock, is such a one: of a lock
    between processes the owner has the very same.
    """

    kind: ClassVar[str] = "forked-lock"

    def check(self, case: Case) -> Iterator[Finding]:
        store = case.store
        if len(store.processes) < 2 or store.dropped:
            return
        rows = self._suspects(case)
        locks = store.lock_table.blocks.lock[rows]
        for lock in np.unique(locks).tolist()[:MOST_SINGLY]:
            yield self._finding(case, lock, rows[locks == lock])

    @staticmethod
    def _suspects(case: Case) -> Ints:
        """Rows of blocked stretches that nobody could end."""
        store, blocks, holds = case.store, case.store.lock_table.blocks, case.store.lock_table.holds
        pids = np.array([*(thread.pid for thread in store.threads), 0])
        limit = store.now_ns if case.ended else store.settled_ns
        owner, blocked = blocks.told_owner, pids[blocks.thread]
        rows: Ints = np.flatnonzero(
            (owner != NEVER)
            & (blocks.outcome != ACQUIRED)
            & (pids[owner] != blocked)
            & (blocks.begin < limit)
        )
        if not len(rows):
            return rows
        made = np.array([lock.id >> COUNTER_BITS for lock in store.locks])  # in which process
        rows = rows[made[blocks.lock[rows]] == blocked[rows]]
        told = blocks.lock[rows].astype(np.int64) << 32 | owner[rows]
        return rows[~np.isin(told, holds.lock.astype(np.int64) << 32 | holds.thread)]

    def _finding(self, case: Case, lock: int, rows: Ints) -> Finding:
        store, blocks = case.store, case.store.lock_table.blocks
        threads = list(dict.fromkeys(blocks.thread[rows].tolist()))
        first, owner = int(rows[0]), int(blocks.told_owner[rows[0]])
        who, pid = thread_words(store, threads[0]), store.threads[threads[0]].pid
        name = lock_words(store, lock)
        text = (
            f"{sentence(store, threads[0], who)} of process {pid} waited for {name}, which "
            f"{thread_words(store, owner)} held in process {store.threads[owner].pid} when that "
            "forked: a child has only the thread that forked it, so nobody there lets go of it"
        )
        if len(threads) > 1:
            text += f"; {len(threads) - 1} more waited for it"
        ends = blocks.end[rows]
        where = store.text(int(blocks.where[first]))
        return Finding(
            self.kind,
            f"{text}.",
            [str(store.locks[lock].id), *(str(store.threads[row].id) for row in threads)],
            int(blocks.begin[first]),
            WARNING,
            None if (ends == NEVER).any() else int(ends.max()),
            Place(case.lane(threads[0]), None, store.locks[lock].id),
            tuple(case.lane(row) for row in (*threads, owner)),
            (f"{who} waits at {where}",) if where else (),
        )
