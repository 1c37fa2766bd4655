"""Who waits for what will not come: the owner is gone, or nobody is left to send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from poolscope.analysis import spans
from poolscope.analysis.column import NEVER, Ints
from poolscope.analysis.findings.finding import WARNING, Case, Finding, Place
from poolscope.analysis.lock_columns import ACQUIRED
from poolscope.analysis.wait_words import lock_words, sentence, signal_words, thread_words
from poolscope.analysis.wait_world import ACQUIRE, SIGNAL, World
from poolscope.analysis.wording import plural

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class OwnerDied:
    """A lock whose holder ended with it, while others wanted it."""

    kind: ClassVar[str] = "owner-died"

    def check(self, case: Case) -> Iterator[Finding]:
        store, holds, blocks = case.store, case.store.lock_table.holds, case.store.lock_table.blocks
        for row in _left_held(store):
            lock, owner, death = int(holds.lock[row]), int(holds.thread[row]), int(holds.end[row])
            if (owner, lock) in case.told:
                continue
            wanted = (blocks.lock == lock) & (blocks.thread != owner)
            wanted &= (blocks.end == NEVER) | (blocks.end > death)
            waiters = np.flatnonzero(wanted & (blocks.outcome != ACQUIRED))
            if len(waiters):
                yield self._finding(case, row, waiters)

    def _finding(self, case: Case, hold: int, waiters: Ints) -> Finding:
        store, holds, blocks = case.store, case.store.lock_table.holds, case.store.lock_table.blocks
        lock, owner = int(holds.lock[hold]), int(holds.thread[hold])
        threads = list(dict.fromkeys(blocks.thread[waiters].tolist()))
        names = ", ".join(thread_words(store, row) for row in threads[:4])
        more = f" and {len(threads) - 4} more" if len(threads) > 4 else ""
        still = case.ended and bool((blocks.end[waiters] == NEVER).any())
        text = (
            f"{sentence(store, owner, thread_words(store, owner))} ended while it held "
            f"{lock_words(store, lock)}, and never let go of it; {names}{more} waited for it"
            f"{' to the end' if still else ''}"
        )
        behind = [row for row in _behind(World(store, case.index), lock) if row not in threads]
        if behind:
            text += f", and {plural(len(behind), 'more thread')} behind {_them(threads)}"
        where = store.text(int(holds.where[hold]))
        everybody = (owner, *threads, *behind)
        return Finding(
            self.kind,
            f"{text}.",
            [str(store.locks[lock].id), *(str(store.threads[row].id) for row in everybody)],
            int(holds.end[hold]),
            WARNING,
            None,
            Place(case.lane(owner), None, store.locks[lock].id),
            tuple(case.lane(row) for row in everybody),
            (f"{thread_words(store, owner)} acquired it at {where}",) if where else (),
        )


def _left_held(store: Store) -> list[int]:
    """Holds whose thread ended with them."""
    rows = store.lock_table.open_holds
    left: list[int] = rows[store.lock_table.holds.end[rows] != NEVER].tolist()
    return left


def _behind(world: World, lock: int) -> list[int]:
    """Threads that want ``lock``, or what one of those holds, and so on."""
    table, found, ahead = world.store.lock_table, [], [lock]
    rows = table.open_holds
    rows = rows[table.holds.end[rows] == NEVER]
    wants: defaultdict[int, list[int]] = defaultdict(list)
    for thread, blocked in world.blocked.items():
        if blocked.kind == ACQUIRE:
            wants[int(table.blocks.lock[blocked.ref])].append(thread)
    for each in ahead:
        for thread in wants.pop(each, ()):
            found.append(thread)
            ahead += table.holds.lock[rows[table.holds.thread[rows] == thread]].tolist()
    return found


class NoSignal:
    """Threads that waited, when the run was over, for what nobody who was seen could send."""

    kind: ClassVar[str] = "no-signal"

    def check(self, case: Case) -> Iterator[Finding]:
        if not case.ended or case.store.dropped:
            return
        graph = case.watch.graph()
        if not graph.silent:
            return
        store, world = case.store, World(case.store, case.index)
        holds = store.lock_table.holds
        # Of those who wait for a dead one's lock, and behind them, OwnerDied tells.
        heirs = {
            thread for row in _left_held(store) for thread in _behind(world, int(holds.lock[row]))
        }
        silent = tuple(thread for thread in graph.silent if thread not in heirs)
        said = _said(store, world, silent)
        if not said:
            return
        waiting = [row for threads in said.values() for row in threads]
        locks = [_wanted(store, world, row) for row in waiting]
        clauses = [_clause(store, threads, words) for words, threads in said.items()]
        told = "; ".join(clauses[:6])
        told += f"; and {len(clauses) - 6} more" if len(clauses) > 6 else ""
        text = (
            f"{sentence(store, waiting[0], told)}: no thread that was seen was left to let "
            f"{_them(waiting)} go on."
        )
        subjects = [str(store.threads[row].id) for row in silent]
        subjects += [str(store.locks[row].id) for row in dict.fromkeys(locks)]
        yield Finding(
            self.kind,
            text,
            subjects,
            max(world.blocked[row].since for row in waiting),
            WARNING,
            None,
            Place(case.lane(silent[0]), None, store.locks[locks[0]].id),
            tuple(case.lane(row) for row in silent),
            tuple(_lines(store, world, silent)),
        )


def _wanted(store: Store, world: World, thread: int) -> int:
    """The lock, or the like (row), that a blocked thread waits for."""
    blocked = world.blocked[thread]
    table = store.signals.blocks if blocked.kind == SIGNAL else store.lock_table.blocks
    return int(table.lock[blocked.ref])


def _said(store: Store, world: World, threads: tuple[int, ...]) -> dict[str, list[int]]:
    """What they wait for, in words that begin with ``waits``, and who: it is told together."""
    said: dict[str, list[int]] = {}
    owners = spans.blocks(store).owner
    for thread in threads:
        blocked = world.blocked[thread]
        if blocked.kind not in (ACQUIRE, SIGNAL):
            continue
        signal = store.signals.blocks.signal[blocked.ref] if blocked.kind == SIGNAL else 0
        words = signal_words(store, _wanted(store, world, thread), int(signal))
        owner = int(owners[blocked.ref]) if blocked.kind == ACQUIRE else NEVER
        if owner != NEVER:
            words += f", which {thread_words(store, owner)} holds"
        said.setdefault(words, []).append(thread)
    return said


def _lines(store: Store, world: World, threads: tuple[int, ...]) -> Iterator[str]:
    for thread in threads:
        where = store.text(world.blocked[thread].where)
        if where:
            yield f"{thread_words(store, thread)} waits at {where}"


def _clause(store: Store, threads: list[int], words: str) -> str:
    """Threads that wait for the same; ``words`` begin with ``waits``."""
    names = [thread_words(store, row) for row in threads[:4]]
    if len(threads) > 4:
        names.append(plural(len(threads) - 4, "more thread"))
    if len(names) > 1:
        names[-2:] = [f"{names[-2]} and {names[-1]}"]
        words = words.replace("waits", "wait", 1)
    return f"{', '.join(names)} {words}"


def _them(said: Sequence[object]) -> str:
    return "it" if len(said) == 1 else "them"
