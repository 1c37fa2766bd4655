"""Semaphores and signals: who has the permits, and what let whom go on."""

from __future__ import annotations

import pytest

from poolscope.analysis.spans import SpanIndex, blocks, holds
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.schema import GaveUp, Kind, LockKind, Signal
from tests.analysis.traces import ORIGIN, Stream, Trace


class Stage(Trace):
    """Three threads, a semaphore of two permits, a queue."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = (self.thread(name) for name in ("one", "two", "three"))
        self.slots, self.jobs, self.cond = (self.id() for _ in range(3))
        self.lock = self.id()
        pinned = self.pinned()
        pinned.emit(0, Kind.LOCK_CREATED, self.slots, 2, "slots", LockKind.SEMAPHORE)
        pinned.emit(0, Kind.LOCK_CREATED, self.jobs, 5, "jobs", LockKind.QUEUE)
        pinned.emit(0, Kind.LOCK_CREATED, self.lock, 0, "guard", LockKind.RLOCK)
        pinned.emit(0, Kind.LOCK_CREATED, self.cond, self.lock, "ready", LockKind.CONDITION)

    def store(self) -> Store:
        store = Store(ORIGIN)
        store.extend(self.batches())
        return store


@pytest.fixture
def stage() -> Stage:
    return Stage()


def take(stream: Stream, t: int, lock: int) -> None:
    stream.emit(t, Kind.LOCK_ACQUIRED, lock, 0, "s.py:1")


def held(store: Store) -> list[tuple[str, int, int]]:
    rows = holds(store)
    columns = (rows.thread.tolist(), rows.begin.tolist(), rows.end.tolist())
    return sorted(
        (store.threads[thread].name, begin, end)
        for thread, begin, end in zip(*columns, strict=True)
    )


def test_what_was_made_is_known_by_its_kind_and_size(stage: Stage) -> None:
    slots, jobs, _, cond = stage.store().locks
    assert (slots.kind, slots.permits, slots.counted) == (LockKind.SEMAPHORE, 2, True)
    assert (jobs.permits, jobs.counted) == (5, False)
    assert stage.store().locks[cond.guard].name == "guard"


def test_a_semaphore_has_several_holders_one_a_permit(stage: Stage) -> None:
    for t, who in ((10, stage.one), (11, stage.two), (12, stage.one)):
        take(who, t, stage.slots)
    stage.three.emit(13, Kind.LOCK_WANTED, stage.slots, 0, "s.py:2")
    store = stage.store()
    lock = store.locks[0]
    assert [store.threads[row].name for row in lock.holders] == ["one", "two", "one"]
    assert store.threads[blocks(store).owner[0]].name == "one"
    stage.one.emit(20, Kind.LOCK_RELEASED, stage.slots)
    store = stage.store()
    assert held(store) == [("one", 10, NEVER), ("one", 12, 20), ("two", 11, NEVER)]
    assert (store.locks[0].handed, store.locks[0].returned) == (False, True)


def test_a_release_of_several_permits_at_once(stage: Stage) -> None:
    for t in (10, 11, 12):
        take(stage.one, t, stage.slots)
    stage.one.emit(20, Kind.LOCK_RELEASED, stage.slots, d=1)
    assert held(stage.store()) == [("one", 10, NEVER), ("one", 11, 20), ("one", 12, 20)]


def test_who_has_no_permit_gives_back_the_one_taken_first(stage: Stage) -> None:
    take(stage.one, 10, stage.slots)
    take(stage.two, 12, stage.slots)
    stage.three.emit(20, Kind.LOCK_RELEASED, stage.slots)
    store = stage.store()
    assert held(store) == [("one", 10, 20), ("two", 12, NEVER)]
    assert store.locks[0].handed
    stage.one.emit(30, Kind.LOCK_RELEASED, stage.slots)  # so it was not its own after all
    assert held(stage.store()) == [("one", 10, 30), ("two", 12, 20)]


def test_a_permit_given_before_it_was_taken_is_held_by_nobody(stage: Stage) -> None:
    for t in (10, 20):
        stage.two.emit(t, Kind.LOCK_RELEASED, stage.slots)
        take(stage.one, t + 5, stage.slots)
    assert held(stage.store()) == [("one", 15, 15), ("one", 25, 25)]
    assert stage.store().locks[0].holders == []


def test_a_semaphore_used_as_a_signal_for_long_keeps_its_count(stage: Stage) -> None:
    store = Store(ORIGIN)
    index = SpanIndex(store)
    store.extend([stage.pinned().batch()])
    for number in range(400):
        t = 10 * number
        take(stage.one, t, stage.slots)
        stage.two.emit(t + 3, Kind.LOCK_RELEASED, stage.slots)
        for stream in (stage.two, stage.one):
            store.extend([stream.batch(number)])
        index.refresh()
    assert {(end - begin) for _, begin, end in held(store)} == {3}
    (lane,) = [lane for lane in index.lanes() if lane.title == "one"]
    assert index.lane_holds(lane).end.tolist() == [10 * n + 3 for n in range(400)]
    assert store.locks[0].holders == []


def test_a_dead_holder_keeps_its_permit(stage: Stage) -> None:
    far = stage.thread("far", pid=2)
    take(far, 10, stage.slots)
    stage.pinned().emit(50, Kind.PROCESS_ENDED, 2, -9)
    store = stage.store()
    assert held(store) == [("far", 10, 50)]
    assert [store.threads[row].name for row in store.locks[0].holders] == ["far"]


def test_what_is_read_before_the_declaration_is_kept_for_it(stage: Stage) -> None:
    for t in (10, 11):
        take(stage.one, t, stage.slots)
    store = Store(ORIGIN)
    store.extend([stage.one.batch()])
    assert held(store) == []
    store.extend([stage.pinned().batch()])
    assert held(store) == [("one", 10, NEVER), ("one", 11, NEVER)]


def test_a_lock_that_is_never_declared_is_taken_for_a_lock_in_the_end(stage: Stage) -> None:
    take(stage.one, 10, 99)
    store = Store(ORIGIN)
    store.extend(stage.batches())
    assert held(store) == []
    store.account(lost=9, dropped=0, torn=0, exits={}, errors=[], finished=True)
    assert held(store) == [("one", 10, NEVER)]


@pytest.mark.parametrize("timed", [False, True])
def test_a_wait_for_a_signal_ends_with_the_newest_that_lets_it_through(
    stage: Stage, timed: bool
) -> None:
    d = Signal.QUEUE_GET | 256 * timed
    stage.one.emit(10, Kind.SIGNAL_WANTED, stage.jobs, 0, "q.py:1", d)
    stage.two.emit(5, Kind.SIGNAL_SENT, stage.jobs, 1, "q.py:2", Signal.QUEUE_PUT)  # too early
    stage.two.emit(20, Kind.SIGNAL_SENT, stage.jobs, 1, "q.py:3", Signal.QUEUE_PUT)
    stage.three.emit(21, Kind.SIGNAL_SENT, stage.jobs, 0, "q.py:4", Signal.QUEUE_TASK_DONE)
    stage.one.emit(22, Kind.SIGNAL_SENT, stage.jobs, 0, "q.py:5", Signal.QUEUE_PUT)  # its own
    stage.three.emit(30, Kind.SIGNAL_SENT, stage.jobs, 0, "q.py:6", Signal.QUEUE_PUT)  # too late
    stage.one.emit(25, Kind.SIGNAL_GOT, stage.jobs, d=Signal.QUEUE_GET)
    store = stage.store()
    table, sent = store.signals.blocks, store.signals.sent
    assert (table.begin[0], table.end[0], table.outcome[0], table.timed[0]) == (10, 25, 0, timed)
    assert store.text(int(table.where[0])) == "q.py:1"
    row = store.signals.let_through(0)
    assert (sent.time[row], store.text(int(sent.where[row]))) == (20, "q.py:3")


def test_one_that_gave_up_was_let_through_by_nobody(stage: Stage) -> None:
    what = Signal.CONDITION_WAIT
    stage.one.emit(10, Kind.SIGNAL_WANTED, stage.cond, 0, "c.py:1", what | 256)
    stage.two.emit(15, Kind.SIGNAL_SENT, stage.cond, 1, "c.py:2", Signal.CONDITION_NOTIFY)
    stage.one.emit(20, Kind.SIGNAL_GAVE_UP, stage.cond, d=what | GaveUp.TIMEOUT << 8)
    store = stage.store()
    assert store.signals.blocks.outcome.tolist() == [GaveUp.TIMEOUT]
    assert store.signals.let_through(0) == NEVER


def test_a_wait_for_a_signal_is_on_its_lane_and_ends_with_its_thread(stage: Stage) -> None:
    far = stage.thread("far", pid=2)
    far.emit(10, Kind.SIGNAL_WANTED, stage.cond, 0, "c.py:1", Signal.CONDITION_WAIT)
    store = Store(ORIGIN)
    index = SpanIndex(store)
    store.extend(stage.batches())
    index.refresh()
    (lane,) = [lane for lane in index.lanes() if lane.title == "far"]
    assert index.lane_signals(lane).end.tolist() == [NEVER]
    stage.pinned().emit(50, Kind.PROCESS_ENDED, 2, -9)
    store.extend([stage.pinned().batch(len(stage.pinned().rows) - 1)])
    index.refresh()
    assert index.lane_signals(lane).end.tolist() == [50]
    assert store.signals.blocks.outcome.tolist() == [NEVER]
