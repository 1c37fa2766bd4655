"""Threads that wait for each other, and for what never comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import (
    DEADLOCK,
    MOST_SINGLY,
    NOTE,
    WARNING,
    Case,
    Finding,
    Place,
)
from poolscope.analysis.findings.ring_end import ring_ends
from poolscope.analysis.wait_nodes import FUTURE, LOCK, POOL, Cycle
from poolscope.analysis.wait_words import lock_words, sentence, thread_words
from poolscope.analysis.waitgraph import rings_at
from poolscope.analysis.wording import duration, plural

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

RING: Final = "deadlock"
STARVED: Final = "self-starvation"
BROKEN: Final = "near-deadlock"

# A past moment costs a look at all rows: so many at one call, the rest at the next. At the end
# there is no next: then as many as take about a second.
_LOOKS: Final = 4
_LOOKS_AT_END: Final = 64
_MOST_LOOKS: Final = 1_000
_ROWS_AT_END: Final = 1 << 26
_MOST_TOLD: Final = 6


def ring_finding(case: Case, cycle: Cycle, gave_up: str = "", end: int | None = None) -> Finding:
    """A ring as a finding; ``gave_up``: what ended or followed it, if anything did."""
    store = case.store
    nodes = [edge.source for edge in cycle.edges]
    starved = any(node.kind == POOL for node in nodes)
    kind = STARVED if starved else BROKEN if cycle.timed else RING
    said = sentence(store, cycle.threads[0], cycle.text) if cycle.timed else cycle.text
    if cycle.timed:
        said += gave_up or "; a time-out will let one of them go on"
    elif starved:
        said = f"Tasks wait for tasks that can never start: {said}"
    else:
        said = f"Deadlock: {said}"
    others = len(cycle.stuck) - len(cycle.threads)
    if others and not (cycle.timed and gave_up):
        said += f"; {others} more {'thread waits' if others == 1 else 'threads wait'} behind them"
    if not cycle.timed:
        said += gave_up
    locks = [node.row for node in nodes if node.kind == LOCK]
    tasks = [node.row for node in nodes if node.kind == FUTURE]
    pools = [node.row for node in nodes if node.kind == POOL]
    subjects = [str(store.threads[row].id) for row in cycle.threads]
    subjects += [str(store.locks[row].id) for row in locks]
    subjects += [str(int(store.tasks.id[row])) for row in tasks]
    subjects += [str(store.pools[row].id) for row in pools]
    return Finding(
        kind,
        f"{said}.",
        subjects,
        cycle.since_ns,
        WARNING if cycle.timed else DEADLOCK,
        end,
        Place(
            case.lane(cycle.threads[0]),
            int(store.tasks.id[tasks[0]]) if tasks else None,
            store.locks[locks[0]].id if locks else None,
        ),
        tuple(case.lane(row) for row in cycle.stuck),
        tuple(ring_lines(store, cycle)),
    )


def ring_lines(store: Store, cycle: Cycle) -> Iterator[str]:
    """The source lines of both acquires of each thread of a ring, in order."""
    for spot in cycle.wheres:
        if spot.where:
            did = "acquired" if spot.held else "wants"
            name = thread_words(store, spot.thread)
            yield f"{name} {did} {lock_words(store, spot.lock)} at {spot.where}"


class Deadlock:
    """Threads of which none can ever go on, because each waits for another of them.

    A ring through the capacity of a pool is ``self-starvation``; one that a time-out ends, or
    has ended, is ``near-deadlock``.
    """

    kind: ClassVar[str] = RING

    def __init__(self) -> None:
        self._past: dict[tuple[int, ...], Finding] = {}
        self._looked: set[int] = set()
        self._looked_at_end = self._unlooked = 0
        self._mortal: dict[tuple[int, ...], tuple[Cycle, int]] = {}  # until somebody died

    def ahead(self, case: Case) -> Iterator[None]:
        if case.ended:
            for t in self._due(case):
                self._look(case, t)
                yield

    def check(self, case: Case) -> Iterator[Finding]:
        case.told.clear()
        now = {_key(cycle): ring_finding(case, cycle) for cycle in case.watch.cycles()}
        yield from now.values()
        for t in self._due(case):
            self._look(case, t)
        for key, (cycle, t) in self._mortal.items():
            if key not in now and key not in self._past:
                yield _outlived(case, cycle, t)
        broken = [each for key, each in self._past.items() if key not in now]
        yield from broken[:MOST_SINGLY]
        rest = broken[MOST_SINGLY:]
        if rest:
            were = "was" if len(rest) == 1 else "were"
            text = f"{plural(len(rest), 'more ring')} of threads that waited for each other "
            text += f"{were} broken by a time-out."
            subjects = list(dict.fromkeys(key for each in rest for key in each.subjects))
            yield Finding(BROKEN, text, subjects, min(each.at_ns for each in rest))
        if case.ended and self._unlooked:
            text = f"Of {plural(self._unlooked, 'more time-out')} it was not looked whether a ring "
            text += "of threads that waited for each other ended so: that would take too long."
            yield Finding(BROKEN, text, [], case.store.now_ns, NOTE)

    def _due(self, case: Case) -> list[int]:
        """The moments to look at in this call; how many are left in ``_unlooked``."""
        store, left = case.store, _LOOKS
        if case.ended:
            rows = len(store.lock_table.blocks) + len(store.lock_table.holds) + len(store.waits)
            left = min(_MOST_LOOKS, max(_LOOKS_AT_END, _ROWS_AT_END // (1000 + rows)))
            left -= self._looked_at_end
        limit = store.now_ns if case.ended else store.settled_ns
        moments = [t for t in ring_ends(store).tolist() if t not in self._looked and t <= limit]
        left = max(0, left)
        self._unlooked = max(0, len(moments) - left)
        return moments[:left]

    def _look(self, case: Case, t: int) -> None:
        self._looked.add(t)
        self._looked_at_end += case.ended
        for cycle in rings_at(case.store, case.index, t - 1):
            if cycle.timed:
                self._past[_key(cycle)] = ring_finding(case, cycle, _end(case, t), t)
            else:
                self._mortal[_key(cycle)] = cycle, t


def _outlived(case: Case, cycle: Cycle, t: int) -> Finding:
    """A ring of which somebody died at ``t``; who is left may wait for ever for what he held."""
    store, blocks = case.store, case.store.lock_table.blocks
    dead = {row for row in cycle.threads if store.death_of_thread(row) == t}
    left = [row for row in cycle.threads if row not in dead]
    waits = set(blocks.thread[(blocks.begin < t) & (blocks.end == NEVER)].tolist())
    held = [
        (edge.target.row, edge.source.row)
        for edge in cycle.edges
        if edge.source.kind == LOCK and edge.target.row in dead
    ]
    if not left or not held or not waits.issuperset(left):
        return ring_finding(case, cycle, "", t)
    case.told.update(held)
    said = " and ".join(
        f"{thread_words(store, thread)} ended while it held {lock_words(store, lock)}"
        for thread, lock in held
    )
    return ring_finding(case, cycle, f"; then {said}, and never let go of it")


def _key(cycle: Cycle) -> tuple[int, ...]:
    return (cycle.since_ns, *sorted(cycle.threads))


def _end(case: Case, t: int) -> str:
    """Who gave up at that time, after how long."""
    store = case.store
    for table in (store.lock_table.blocks, store.signals.blocks):
        for row in np.flatnonzero(table.end == t):
            return _gave_up(store, int(table.thread[row]), t - int(table.begin[row]))
    for row in np.flatnonzero(store.waits.end == t):
        return _gave_up(store, int(store.waits.thread[row]), t - int(store.waits.begin[row]))
    return ""


def _gave_up(store: Store, thread: int, ns: int) -> str:
    return f"; {thread_words(store, thread)} gave up after {duration(ns)}"
