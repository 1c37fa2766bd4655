"""Who waits for what will not come: the owner is gone, or nobody is left to send it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.lock_columns import ACQUIRED
from poolscope.analysis.wait_words import lock_words, signal_words, thread_words
from poolscope.analysis.wait_world import ACQUIRE, SIGNAL, World

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class OwnerDied:
    """A lock whose holder ended with it, while others wanted it."""

    kind: ClassVar[str] = "owner-died"

    def check(self, case: Case) -> Iterator[Finding]:
        store, holds, blocks = case.store, case.store.lock_table.holds, case.store.lock_table.blocks
        rows = store.lock_table.open_holds
        for row in rows[holds.end[rows] != NEVER].tolist():
            lock, death = int(holds.lock[row]), int(holds.end[row])
            wanted = (blocks.lock == lock) & (blocks.thread != holds.thread[row])
            wanted &= (blocks.end == NEVER) | (blocks.end > death)
            waiters = np.flatnonzero(wanted & (blocks.outcome != ACQUIRED))
            if len(waiters):
                yield self._finding(case, row, waiters.tolist())

    def _finding(self, case: Case, hold: int, waiters: list[int]) -> Finding:
        store, holds, blocks = case.store, case.store.lock_table.holds, case.store.lock_table.blocks
        lock, owner = int(holds.lock[hold]), int(holds.thread[hold])
        threads = list(dict.fromkeys(int(blocks.thread[row]) for row in waiters))
        names = ", ".join(thread_words(store, row) for row in threads[:4])
        more = f" and {len(threads) - 4} more" if len(threads) > 4 else ""
        text = (
            f"{_sentence(thread_words(store, owner))} ended while it held "
            f"{lock_words(store, lock)}, and never let go of it; {names}{more} waited for it."
        )
        where = store.text(int(holds.where[hold]))
        return Finding(
            self.kind,
            text,
            [str(store.locks[lock].id), *(str(store.threads[row].id) for row in (owner, *threads))],
            int(holds.end[hold]),
            WARNING,
            None,
            Place(case.lane(owner), None, store.locks[lock].id),
            tuple(case.lane(row) for row in (owner, *threads)),
            (f"{thread_words(store, owner)} acquired it at {where}",) if where else (),
        )


class NoSignal:
    """Threads that waited, when the run was over, for what nobody who was seen could send."""

    kind: ClassVar[str] = "no-signal"

    def check(self, case: Case) -> Iterator[Finding]:
        if not case.ended or case.store.lost or case.store.dropped:
            return
        graph = case.watch.graph()
        if not graph.silent:
            return
        store, world = case.store, World(case.store, case.index)
        said, since, locks = [], [], []
        for thread in graph.silent:
            blocked = world.blocked[thread]
            if blocked.kind not in (ACQUIRE, SIGNAL):
                continue
            table = store.signals.blocks if blocked.kind == SIGNAL else store.lock_table.blocks
            lock = int(table.lock[blocked.ref])
            locks.append(lock)
            since.append(blocked.since)
            said.append(f"{thread_words(store, thread)} {signal_words(store, lock)}")
        if not said:
            return
        told = "; ".join(said[:6]) + (f"; and {len(said) - 6} more" if len(said) > 6 else "")
        text = f"{_sentence(told)}: no thread that was seen was left to let {_them(said)} go on."
        subjects = [str(store.threads[row].id) for row in graph.silent]
        subjects += [str(store.locks[row].id) for row in dict.fromkeys(locks)]
        yield Finding(
            self.kind,
            text,
            subjects,
            max(since),
            WARNING,
            None,
            Place(case.lane(graph.silent[0]), None, store.locks[locks[0]].id),
            tuple(case.lane(row) for row in graph.silent),
            tuple(_lines(store, world, graph.silent)),
        )


def _lines(store: Store, world: World, threads: tuple[int, ...]) -> Iterator[str]:
    for thread in threads:
        where = store.text(world.blocked[thread].where)
        if where:
            yield f"{thread_words(store, thread)} waits at {where}"


def _them(said: list[str]) -> str:
    return "it" if len(said) == 1 else "them"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
