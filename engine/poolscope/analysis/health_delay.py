"""What held the workers of a pool up while they were busy: locks, futures, signals, threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope.analysis.bits import Bits
from poolscope.analysis.column import NEVER, Array, Bools, Ints
from poolscope.analysis.lanes import thread_title
from poolscope.analysis.spans import blocks
from poolscope.trace.schema import ReturnWhen, WaitKind, WaitOutcome

if TYPE_CHECKING:
    from poolscope.analysis.health_load import Load
    from poolscope.analysis.store import Store

# Of two that take turns one always has a lock for more than half of the time.
_MOSTLY: Final = 2 / 3
_MOST: Final = 5_000  # waits, the longest, whose futures are looked at one by one: some 10 ms
_FOR_FUTURES: Final = (WaitKind.WAIT, WaitKind.AS_COMPLETED, WaitKind.RESULT, WaitKind.EXCEPTION)


class Delay(NamedTuple):
    """What workers waited for beside locks and their own pool. ``row``: NEVER if it has none."""

    kind: str  # "pool": its futures; "signal": of one of the locks; "threads": their end
    row: int


def overlap(begins: Array, ends: Array, first: int, last: int) -> Ints:
    """How much of each interval lies between two times; one still open ends at the last."""
    closed = np.where(ends == NEVER, last, ends)
    return np.asarray(np.maximum(np.minimum(closed, last) - np.maximum(begins, first), 0), np.int64)


def measure(store: Store, pool: int, load: Load) -> Bits[None]:
    """Write into the load of a pool (its row) what held its workers up."""
    threads = _threads(store, pool)
    yield
    _locks(store, load, threads)
    yield
    _futures(store, pool, load, threads)
    yield
    _signals(store, load, threads)


def _threads(store: Store, pool: int) -> Bools:
    """By row, which threads are workers of a pool."""
    return np.array(
        [each.worker != NEVER and store.workers[each.worker].pool == pool for each in store.threads]
        + [False],  # where NEVER looks
        np.bool_,
    )


def _locks(store: Store, load: Load, threads: Bools) -> None:
    table = blocks(store)
    own = np.flatnonzero(threads[table.thread])
    begin, end, locks = table.begin[own], table.end[own], table.lock[own]
    lengths = overlap(begin, end, load.begin, load.end)
    load.blocked = int(lengths.sum())
    for lock in np.unique(locks[lengths > 0]).tolist():
        load.blocked_by_lock[lock] = int(lengths[locks == lock].sum())
    for row in own[(begin < load.end) & _lasting(end, load.end)].tolist():
        worker, age = store.threads[int(table.thread[row])].worker, load.end - table.begin[row]
        load.blocked_now[worker] = int(table.lock[row]), int(age)


def holders(store: Store, pool: int, load: Load, lock: int) -> tuple[str, ...]:
    """Who held a lock while workers of a pool (rows) were blocked on it: who had it for most of
    that time, or all who had it."""
    table = blocks(store)
    own = np.flatnonzero(_threads(store, pool)[table.thread] & (table.lock == lock))
    begins, ends = table.begin[own], table.end[own]
    first = np.sort(np.clip(begins, load.begin, load.end))
    last = np.sort(np.clip(np.where(ends == NEVER, load.end, ends), load.begin, load.end))
    sums = [np.concatenate(([0], np.cumsum(each))) for each in (first, last)]

    def waited(times: Ints) -> Ints:
        """How long all of them together had waited by then."""
        begun, over = (np.searchsorted(each, times, "right") for each in (first, last))
        return np.asarray(begun * times - sums[0][begun] - over * times + sums[1][over])

    holds = store.lock_table.holds
    rows = np.flatnonzero((holds.lock == lock) & (holds.thread != NEVER))
    until = np.where(holds.end[rows] == NEVER, load.end, holds.end[rows])
    due = np.bincount(holds.thread[rows], waited(until) - waited(holds.begin[rows]), minlength=1)
    whose = np.flatnonzero(due > 0)
    if len(whose) and due.max() > _MOSTLY * due[whose].sum():
        whose = whose[[due[whose].argmax()]]
    return tuple(thread_title(store.threads[row]) for row in whose.tolist())


def _futures(store: Store, pool: int, load: Load, threads: Bools) -> None:
    waits = store.waits
    if not len(waits):
        return
    rows = np.flatnonzero(threads[waits.thread] & (waits.future_count > 0))
    lengths = overlap(waits.begin[rows], waits.end[rows], load.begin, load.end)
    lengths = np.maximum(lengths - _away(store, load, threads)[rows], 0)
    joins = waits.kind[rows] == WaitKind.JOIN
    if joins.any():
        load.elsewhere[Delay("threads", NEVER)] = int(lengths[joins].sum())
    if not len(store.tasks):
        return
    chosen = np.isin(waits.kind[rows], [int(kind) for kind in _FOR_FUTURES])
    rows, lengths = rows[chosen], lengths[chosen]
    wanted = _wanted(store, rows, load.end)
    pools = np.where(wanted != NEVER, store.tasks.pool[wanted], NEVER)
    for other in np.unique(pools[(wanted != NEVER) & (pools != pool)]).tolist():
        load.elsewhere[Delay("pool", other)] = int(lengths[pools == other].sum())
    own = (wanted != NEVER) & (pools == pool)
    rows = rows[own]
    load.waiting_itself = int(lengths[own].sum())
    stuck = rows[(waits.begin[rows] < load.end) & _lasting(waits.end[rows], load.end)]
    load.stuck = {store.threads[row].worker for row in waits.thread[stuck].tolist()}


def _wanted(store: Store, rows: Ints, at: int) -> Ints:
    """Of each wait (rows) the task (row) that it was for: which let it go on; while it lasts, and
    where it gave up, one that was not done by then. NEVER: one that is not known."""
    waits = store.waits
    wanted = store.rows_of_tasks(waits.first_future[rows])
    released = store.rows_of_tasks(waits.released_by[rows])
    known = (waits.released_by[rows] != 0) & (waits.end[rows] != NEVER) & (released != NEVER)
    wanted[known] = released[known]
    several = np.flatnonzero(~known & (waits.declared[rows] > 1))
    ends = np.where(waits.end[rows] == NEVER, at, waits.end[rows])
    longest = np.argsort(waits.begin[rows[several]] - ends[several], kind="stable")[:_MOST]
    # A range is of ids in a row, of one submitter's making: its ends speak for it.
    ids = [
        (place, each)
        for place in several[longest].tolist()
        for first, count in waits.ranges(int(rows[place]))
        for each in (first, first + count - 1)
    ]
    if ids:
        place, keys = np.array(ids, np.int64).T
        tasks = store.rows_of_tasks(keys)
        place, tasks = place[tasks != NEVER], tasks[tasks != NEVER]
        order = np.lexsort((_late(store, rows[place], tasks, ends[place]), place))
        place, first = np.unique(place[order], return_index=True)
        wanted[place] = tasks[order][first]
    return wanted


def _late(store: Store, rows: Ints, wanted: Ints, ends: Ints) -> Ints:
    """For each task (row) that a wait (row) is for a number, that of the decisive one the least."""
    waits, tasks = store.waits, store.tasks
    over = np.maximum(tasks.finished[wanted], tasks.cancelled[wanted])
    done = (over != NEVER) & (over <= ends)
    least = np.where(waits.return_when[rows] == ReturnWhen.FIRST_COMPLETED, over, -over)
    undone_last = np.where(done, least, np.iinfo(np.int64).max)
    over_in_time = waits.outcome[rows] == WaitOutcome.SATISFIED
    return np.where(over_in_time, undone_last, done.astype(np.int64))


def _away(store: Store, load: Load, threads: Bools) -> Ints:
    """By row of the waits, how long their threads were away with what ``as_completed`` handed out
    while the load lasted."""
    waits, yields = store.waits, store.waits.yields
    away = np.zeros(len(waits), np.int64)
    mine = np.flatnonzero(threads[yields.thread])
    owner, ends = yields.wait[mine], yields.end[mine]
    ends = np.where(ends == NEVER, waits.end[owner], ends)
    np.add.at(away, owner, overlap(yields.begin[mine], ends, load.begin, load.end))
    return away


def _signals(store: Store, load: Load, threads: Bools) -> None:
    """Waits for conditions, events, barriers and queues."""
    table = store.signals.blocks
    rows = np.flatnonzero(threads[table.thread])
    lengths = overlap(table.begin[rows], table.end[rows], load.begin, load.end)
    for lock in np.unique(table.lock[rows[lengths > 0]]).tolist():
        load.elsewhere[Delay("signal", lock)] = int(lengths[table.lock[rows] == lock].sum())
    for row in rows[(table.begin[rows] < load.end) & _lasting(table.end[rows], load.end)].tolist():
        worker, age = store.threads[int(table.thread[row])].worker, load.end - table.begin[row]
        load.signalled_now[worker] = int(table.lock[row]), int(age)


def _lasting(ends: Array, at: int) -> Bools:
    """Which intervals with these ends last at a time, if they have begun."""
    return np.asarray((ends == NEVER) | (ends >= at))
