"""Threads that wait for each other, and for what never comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from poolscope.analysis.column import NEVER
from poolscope.analysis.findings.finding import DEADLOCK, WARNING, Case, Finding, Place
from poolscope.analysis.wait_nodes import FUTURE, LOCK, POOL, Cycle
from poolscope.analysis.wait_words import lock_words, sentence, thread_words
from poolscope.analysis.waitgraph import rings_at
from poolscope.analysis.wording import duration
from poolscope.trace.schema import GaveUp, WaitOutcome

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

RING: Final = "deadlock"
STARVED: Final = "self-starvation"
BROKEN: Final = "near-deadlock"

# A past moment costs a look at all rows: so many at one call, the rest at the next.
_LOOKS: Final = 4
_LOOKS_AT_END: Final = 64
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
        self._mortal: dict[tuple[int, ...], tuple[Cycle, int]] = {}  # until somebody died

    def check(self, case: Case) -> Iterator[Finding]:
        case.told.clear()
        now = {_key(cycle): ring_finding(case, cycle) for cycle in case.watch.cycles()}
        yield from now.values()
        left = _LOOKS_AT_END if case.ended else _LOOKS
        limit = case.store.now_ns if case.ended else case.store.settled_ns
        moments = [t for t in _moments(case.store) if t not in self._looked and t <= limit]
        for t in moments[:left]:
            self._looked.add(t)
            for cycle in rings_at(case.store, case.index, t - 1):
                if cycle.timed:
                    self._past[_key(cycle)] = ring_finding(case, cycle, _end(case, t), t)
                else:
                    self._mortal[_key(cycle)] = cycle, t
        past = {key: _outlived(case, cycle, t) for key, (cycle, t) in self._mortal.items()}
        past |= self._past
        yield from (each for key, each in past.items() if key not in now)


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


def _moments(store: Store) -> list[int]:
    """When a ring may have ended otherwise than by going on: somebody gave up, or died."""
    found = []
    for table in (store.lock_table.blocks, store.signals.blocks):
        late = table.outcome == GaveUp.TIMEOUT
        found.append(table.end[late & (table.end > table.begin)])
        found.append(table.end[(table.outcome == NEVER) & (table.end != NEVER)])
    waits = store.waits
    found.append(waits.end[(waits.outcome == WaitOutcome.TIMEOUT) & (waits.end > waits.begin)])
    found.append(waits.end[(waits.outcome == NEVER) & (waits.end != NEVER)])
    return [int(t) for t in np.unique(np.concatenate(found))]


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
