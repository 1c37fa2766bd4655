"""Locks: blocked stretches and holds, however they end."""

from __future__ import annotations

import pytest

from poolscope.analysis.spans import SpanIndex, blocks, holds
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.schema import GaveUp, Kind, LockKind, Role
from tests.analysis.traces import ORIGIN, Stream, Trace


class Quarrel(Trace):
    """Three threads, two locks."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = (self.thread(name) for name in ("one", "two", "three"))
        self.lock, self.other = self.id(), self.id()
        self.pinned().emit(0, Kind.LOCK_CREATED, self.lock, 0, "db", LockKind.LOCK)
        self.pinned().emit(0, Kind.LOCK_CREATED, self.other, 0, "log", LockKind.RLOCK)

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return store


@pytest.fixture
def quarrel() -> Quarrel:
    return Quarrel()


def names(store: Store, rows: object) -> list[str]:
    assert hasattr(rows, "tolist")
    return [store.threads[row].name if row != NEVER else "" for row in rows.tolist()]


def hold(stream: Stream, lock: int, begin: int, end: int) -> None:
    stream.emit(begin, Kind.LOCK_ACQUIRED, lock, 0, "f.py:1")
    stream.emit(end, Kind.LOCK_RELEASED, lock)


def test_a_block_ends_with_the_acquire_and_names_the_holder(quarrel: Quarrel) -> None:
    hold(quarrel.one, quarrel.lock, 10, 30)
    quarrel.two.emit(15, Kind.LOCK_WANTED, quarrel.lock, quarrel.one.thread, "f.py:2")
    quarrel.two.emit(31, Kind.LOCK_ACQUIRED, quarrel.lock, 0, "f.py:2", 1)
    store = quarrel.store()
    seen, held = blocks(store), holds(store)
    assert (seen.begin.tolist(), seen.end.tolist(), seen.outcome.tolist()) == ([15], [31], [0])
    assert names(store, seen.owner) == ["one"]
    assert sorted(zip(held.begin.tolist(), held.end.tolist(), strict=True)) == [
        (10, 30),
        (31, NEVER),
    ]
    assert names(store, seen.thread) == ["two"]
    assert store.threads[store.locks[0].owner].name == "two"


def test_the_holder_is_worked_out_where_the_record_does_not_say(quarrel: Quarrel) -> None:
    hold(quarrel.one, quarrel.lock, 10, 20)
    hold(quarrel.three, quarrel.lock, 21, 40)
    hold(quarrel.one, quarrel.other, 22, 50)
    for t in (15, 25, 45):
        quarrel.two.emit(t, Kind.LOCK_WANTED, quarrel.lock)
        quarrel.two.emit(t + 1, Kind.LOCK_GAVE_UP, quarrel.lock, d=GaveUp.TIMEOUT)
    store = quarrel.store()
    assert names(store, blocks(store).owner) == ["one", "three", ""]
    assert blocks(store).outcome.tolist() == [GaveUp.TIMEOUT] * 3


def test_the_holder_of_a_lock_that_was_just_handed_on_is_who_had_it_next(
    quarrel: Quarrel,
) -> None:
    """Who is let in writes so only once it has the interpreter, which the one that wants has."""
    hold(quarrel.one, quarrel.lock, 10, 20)
    hold(quarrel.three, quarrel.lock, 23, 90)
    quarrel.two.emit(21, Kind.LOCK_WANTED, quarrel.lock)
    quarrel.two.emit(91, Kind.LOCK_ACQUIRED, quarrel.lock, d=1)
    quarrel.two.emit(92, Kind.LOCK_RELEASED, quarrel.lock)
    quarrel.two.emit(93, Kind.LOCK_WANTED, quarrel.lock)  # before anyone else had it, it gives up
    quarrel.two.emit(94, Kind.LOCK_GAVE_UP, quarrel.lock, d=GaveUp.TIMEOUT)
    hold(quarrel.one, quarrel.lock, 95, 96)
    quarrel.two.emit(97, Kind.LOCK_WANTED, quarrel.lock)  # nobody has it any more
    store = quarrel.store()
    assert names(store, blocks(store).owner) == ["three", "", ""]


def test_a_deadlock_stays_open_and_both_locks_have_owners(quarrel: Quarrel) -> None:
    quarrel.one.emit(10, Kind.LOCK_ACQUIRED, quarrel.lock)
    quarrel.two.emit(11, Kind.LOCK_ACQUIRED, quarrel.other)
    quarrel.one.emit(12, Kind.LOCK_WANTED, quarrel.other, quarrel.two.thread)
    quarrel.two.emit(13, Kind.LOCK_WANTED, quarrel.lock, quarrel.one.thread)
    store = quarrel.store()
    assert blocks(store).end.tolist() == [NEVER, NEVER]
    assert holds(store).end.tolist() == [NEVER, NEVER]
    assert [store.threads[lock.owner].name for lock in store.locks] == ["one", "two"]


def test_another_thread_may_release_even_when_it_is_read_late(quarrel: Quarrel) -> None:
    # As a signal: one acquires again and again, another releases.
    for t in (10, 20, 30):
        quarrel.one.emit(t, Kind.LOCK_ACQUIRED, quarrel.lock)
    for t in (15, 25, 35):
        quarrel.two.emit(t, Kind.LOCK_RELEASED, quarrel.lock, quarrel.one.thread)
    store = Store(ORIGIN)
    index = SpanIndex(store)
    for batch in (quarrel.pinned().batch(), quarrel.two.batch(2), quarrel.one.batch()):
        store.extend([batch])
        index.refresh()
    # The store knows one release only, and what it cannot know ends with the next acquire.
    assert holds(store).end.tolist() == [20, 30, 35]
    store.extend([quarrel.two.batch(0, 2)])
    index.refresh()
    assert holds(store).end.tolist() == [15, 25, 35]
    assert names(store, holds(store).releaser) == ["two"] * 3
    (lane,) = [lane for lane in index.lanes() if lane.title == "one"]
    assert index.lane_holds(lane).end.tolist() == [15, 25, 35]
    assert store.locks[0].owner == NEVER


def test_who_died_holding_and_waiting_is_closed_at_its_death(quarrel: Quarrel) -> None:
    dying = quarrel.thread("dying", pid=2)
    dying.emit(10, Kind.LOCK_ACQUIRED, quarrel.lock)
    dying.emit(12, Kind.LOCK_WANTED, quarrel.other)
    quarrel.pinned().emit(50, Kind.PROCESS_ENDED, 2, -9)
    store = quarrel.store()
    assert (holds(store).end.tolist(), holds(store).releaser.tolist()) == ([50], [NEVER])
    assert (blocks(store).end.tolist(), blocks(store).outcome.tolist()) == ([50], [NEVER])
    # It still owns the lock: nobody can ever release it for it.
    assert store.threads[store.locks[0].owner].name == "dying"


def test_a_word_that_is_read_after_the_death_counts_more(quarrel: Quarrel) -> None:
    dying = quarrel.thread("dying", pid=2, declare=False)
    dying.emit(10, Kind.LOCK_ACQUIRED, quarrel.lock)
    dying.emit(40, Kind.LOCK_RELEASED, quarrel.lock)
    quarrel.pinned().emit(50, Kind.PROCESS_ENDED, 2, -9)
    store = Store(ORIGIN)
    store.extend([quarrel.pinned().batch(), dying.batch(0, 1)])
    assert holds(store).end.tolist() == [50]
    store.extend([dying.batch(1)])
    assert holds(store).end.tolist() == [40]
    assert store.locks[0].owner == NEVER


def test_a_lock_of_several_processes_is_one_lock(quarrel: Quarrel) -> None:
    far = quarrel.thread("far", pid=2, role=Role.WORKER)
    hold(quarrel.one, quarrel.lock, 10, 20)
    far.emit(15, Kind.LOCK_WANTED, quarrel.lock)
    far.emit(21, Kind.LOCK_ACQUIRED, quarrel.lock, d=1)
    store = quarrel.store()
    assert len(store.locks) == 2
    assert names(store, blocks(store).owner) == ["one"]


def test_a_missing_end_is_closed_by_the_next_beginning(quarrel: Quarrel) -> None:
    quarrel.one.emit(10, Kind.LOCK_WANTED, quarrel.lock)
    quarrel.one.emit(20, Kind.LOCK_WANTED, quarrel.lock)
    quarrel.one.emit(25, Kind.LOCK_ACQUIRED, quarrel.lock, d=1)
    seen = blocks(quarrel.store())
    assert (seen.end.tolist(), seen.outcome.tolist()) == ([20, 25], [GaveUp.ERROR, 0])
