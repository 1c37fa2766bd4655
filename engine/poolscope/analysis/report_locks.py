"""The report's part on locks, on all else that threads wait for, and on shared variables.

A semaphore's hold is one permit. A wait for a condition, an event, a barrier or a queue is a
block of that object; ``on`` says of what kind the object is, ``signal`` what was waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from poolscope.analysis.column import NEVER, Array, Ints
from poolscope.analysis.entities import Lock
from poolscope.analysis.lock_columns import ACQUIRED
from poolscope.analysis.measures import lengths
from poolscope.analysis.report_cells import by_time, known, word
from poolscope.analysis.spans import blocks
from poolscope.trace.schema import GaveUp, LockKind, Signal

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Json = dict[str, Any]
Names = list[str | None]  # ids of threads by row


def report_locks(store: Store, threads: Names) -> list[Json]:
    """What happened on each lock; ``threads`` are their ids, ``NEVER`` giving None."""
    place = {row: _lock(store.locks[row]) for row in by_time(store.locks, "created")}
    _add_holds(store, threads, place)
    _add_blocks(store, threads, place)
    _add_signals(store, threads, place)
    for lock in place.values():
        lock["blocks"].sort(key=lambda block: block["begin_ns"])
    return list(place.values())


def _lock(lock: Lock) -> Json:
    return {
        "id": str(lock.id),
        "name": lock.name,
        "kind": word(LockKind, lock.kind),
        "acquisitions": 0,
        "contended": 0,
        "wait_ns": 0,
        "hold_ns": 0,
        "holds": [],
        "blocks": [],
    }


def _rows(columns: tuple[Array, ...]) -> Any:
    return zip(*(column.tolist() for column in columns), strict=True)


def _add_holds(store: Store, threads: Names, locks: dict[int, Json]) -> None:
    held = store.lock_table.holds
    order = np.argsort(held.begin, kind="stable")
    length = lengths(held.begin, held.end, store.now_ns)
    columns = (held.lock, held.thread, held.begin, held.end, held.releaser, held.where, length)
    for row, thread, begin, end, releaser, where, ns in _rows(tuple(c[order] for c in columns)):
        lock = locks[row]
        lock["acquisitions"] += 1
        lock["hold_ns"] += ns
        lock["holds"].append(
            {
                "thread": threads[thread],
                "begin_ns": begin,
                "end_ns": known(end),
                "where": store.text(where) or None,
                "released_by": threads[releaser],
            }
        )


def _block(store: Store, lock: Json, threads: Names, cells: tuple[int, ...]) -> Json:
    """What all blocks have in common; counts it."""
    thread, begin, end, length, outcome, where, timed = cells
    lock["contended"] += 1
    lock["wait_ns"] += length
    got = "acquired" if outcome == ACQUIRED else word(GaveUp, outcome)
    return {
        "thread": threads[thread],
        "begin_ns": begin,
        "end_ns": known(end),
        "owner": None,
        "on": lock["kind"],
        "where": store.text(where) or None,
        "timed": bool(timed),
        "outcome": got,
        "released_by": None,
    }


def _add_blocks(store: Store, threads: Names, locks: dict[int, Json]) -> None:
    table, owners = store.lock_table.blocks, blocks(store).owner
    length = lengths(table.begin, table.end, store.now_ns)
    columns = (table.thread, table.begin, table.end, length, table.outcome)
    more = (table.where, table.timed, table.lock, owners, *_released(store))
    for *cells, row, owner, releaser, time in _rows((*columns, *more)):
        block = _block(store, locks[row], threads, tuple(cells))
        block["owner"] = threads[owner]
        if time != NEVER:
            block["released_by"] = {"thread": threads[releaser], "ns": time, "where": None}
        locks[row]["blocks"].append(block)


def _released(store: Store) -> tuple[Ints, Ints]:
    """For each block that ended in an acquire: by whom, and when, the lock was let go."""
    table, holds = store.lock_table.blocks, store.lock_table.holds
    releasers, times = (np.full(len(table), NEVER) for _ in range(2))
    over = np.flatnonzero(holds.end != NEVER)
    got = np.flatnonzero(table.outcome == ACQUIRED)
    if not len(over) or not len(got):
        return releasers, times
    ends = np.sort(holds.end[over])
    room = len(ends) + 1  # ranks of times, to have lock and time in one number

    def keys(locks: Array, at: Array) -> Ints:
        return np.asarray(locks, np.int64) * room + np.searchsorted(ends, at, "right")

    known_keys = keys(holds.lock[over], holds.end[over])
    order = np.argsort(known_keys, kind="stable")
    place = np.searchsorted(known_keys[order], keys(table.lock[got], table.end[got]), "right") - 1
    row = over[order[np.maximum(place, 0)]]
    found = (place >= 0) & (holds.lock[row] == table.lock[got])
    found &= holds.end[row] >= table.begin[got]
    releasers[got[found]] = holds.releaser[row[found]]
    times[got[found]] = holds.end[row[found]]
    return releasers, times


def _add_signals(store: Store, threads: Names, locks: dict[int, Json]) -> None:
    signals, sent = store.signals, store.signals.sent
    table = signals.blocks
    length = lengths(table.begin, table.end, store.now_ns)
    columns = (table.thread, table.begin, table.end, length, table.outcome)
    more = (table.where, table.timed, table.lock, table.signal)
    for place, (*cells, row, signal) in enumerate(_rows((*columns, *more))):
        block = _block(store, locks[row], threads, tuple(cells))
        block["signal"] = word(Signal, signal)
        if block["outcome"] == "acquired":
            block["outcome"] = "signalled"
        by = signals.let_through(place)
        if by != NEVER:
            block["released_by"] = {
                "thread": threads[int(sent.thread[by])],
                "ns": int(sent.time[by]),
                "where": store.text(int(sent.where[by])) or None,
            }
        locks[row]["blocks"].append(block)


def report_shared(store: Store) -> list[Json]:
    """Each shared variable: how often it was read and written, how many updates were lost."""
    table, found = store.shared.accesses, []
    for row in by_time(store.variables, "created"):
        mine = table.variable == row
        found.append(
            {
                "id": str(store.variables[row].id),
                "name": store.variables[row].name,
                "reads": int((mine & ~table.wrote).sum()),
                "writes": int((mine & table.wrote).sum()),
                "lost_updates": len(store.shared.lost(row)),
            }
        )
    return found
