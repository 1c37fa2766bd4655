"""What a check keeps from call to call: it finds what one that never looked before finds."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poolscope.analysis import shared_table, step_slices
from poolscope.analysis.findings import blocked, convoy, pools, races, saturation, spending
from poolscope.analysis.findings.convoy import Convoy
from poolscope.analysis.findings.finding import Case, Check, Finding, InBits
from poolscope.analysis.findings.pools import IdleWorkers
from poolscope.analysis.findings.races import LostUpdates
from poolscope.analysis.findings.saturation import Saturation
from poolscope.analysis.spans import SpanIndex
from poolscope.analysis.store import Store
from poolscope.trace.reader import Batch
from poolscope.trace.schema import Kind, WaitKind
from tests.analysis.pool_load import Load
from tests.analysis.random_run import RandomRun
from tests.analysis.test_order import polls
from tests.analysis.traces import ORIGIN, Trace, cut

SEEDS = st.integers(0, 1 << 32)
CHECKS = (Convoy, Saturation, LostUpdates, IdleWorkers)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """A few rows are a long history, and what is remarkable is so after a few ns."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (blocked, "AT_ONCE", 3),
            (spending, "_AT_ONCE", 4),
            (step_slices, "_AT_ONCE", 4),
            (step_slices, "_SAMPLE", 1),
            (step_slices, "_ROWS", 3),
            (shared_table, "_AT_ONCE", 2),
            (races, "_AT_ONCE", 1),
            (races, "MOST_SINGLY", 3),
            (convoy, "_LASTS_NS", 1),
            (convoy, "_BLOCKS", 1),
            (convoy, "_BLOCKED", 0.05),
            (saturation, "_GROWS_FOR_NS", 1),
            (saturation, "_GROWN_TO", 2),
            (saturation, "_A_WORKER", 1),
            (saturation, "_SLICES", 1),
            (saturation, "_BUSY", 0.01),
            (saturation, "_NEAR", 1),
            (pools, "_LONG_ENOUGH_NS", 1),
            (pools, "_ENOUGH_TASKS", 1),
        ):
            patch.setattr(module, name, value)
        yield


class Busy(Load):
    """Two workers that are late with what ``main`` submits, and blocked for a part of it."""

    def __init__(self, chance: Random, count: int) -> None:
        super().__init__(2)
        now, free, wait = 10, [10, 10], 0
        for _ in range(count):
            now += chance.randint(0, 4)
            task, worker = self.id(), free.index(min(free))
            self.main.emit(now, Kind.SUBMITTED, task, self.pool, "f()")
            if chance.random() < 0.1:
                continue  # it stays in the queue
            t = max(now, free[worker]) + 1
            stream, row = self.crew[worker]
            stream.emit(t, Kind.STARTED, task, row)
            if chance.random() < 0.5:
                stream.emit(t + 1, Kind.LOCK_WANTED, self.lock, self.main.thread, "w.py:1")
                t += chance.randint(1, 9)
                stream.emit(t, Kind.LOCK_ACQUIRED, self.lock, 0, "w.py:1", 1)
                stream.emit(t, Kind.LOCK_RELEASED, self.lock)
            if chance.random() < 0.3:
                wait = self.id()
                stream.emit(t, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.RESULT)
                t += chance.randint(0, 5)
                stream.emit(t, Kind.WAIT_ENDED, wait, task, 1)
            free[worker] = t + chance.randint(1, 5)
            stream.emit(free[worker], Kind.FINISHED, task, row, "None")


def by_time(trace: Trace, chance: Random) -> list[list[Batch]]:
    """All that was recorded up to some moments, one after the other."""
    newest = max(row[0] for stream in trace.streams for row in stream.rows)
    moments = sorted(chance.randint(ORIGIN, newest) for _ in range(chance.randint(1, 6)))
    places = [
        [sum(row[0] <= moment for row in stream.rows) for moment in moments]
        for stream in trace.streams
    ]
    pieces = cut(trace, places)
    return [[each[poll] for each in pieces] for poll in range(len(moments) + 1)]


def store_of(polled: list[list[Batch]], *, whole: bool) -> Store:
    store = Store(ORIGIN)
    for batches in polled:
        store.extend(batches, whole=whole)
    return store


def found(check: Check, case: Case) -> list[Finding]:
    return list(check.check(case))


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(0, 120), st.booleans())
@example(270, 45, False)  # a call that ends before it began
def test_a_check_that_looked_before_finds_what_a_new_one_does(
    seed: int, size: int, in_order: bool
) -> None:
    chance = Random(seed)
    run: Trace = Busy(chance, size) if in_order else RandomRun(chance, size)
    polled = polls(run, chance) if isinstance(run, RandomRun) else by_time(run, chance)
    store = Store(ORIGIN)
    case = Case(store, SpanIndex(store))
    checks = [make() for make in CHECKS]
    begun: dict[int, Iterator[None]] = {}
    for number, batches in enumerate(polled):
        store.extend(batches, whole=in_order)
        case.index.refresh()
        for place, check in enumerate(checks):
            assert isinstance(check, InBits)
            bits = begun.setdefault(place, check.ahead(case))
            for _ in range(chance.randint(0, 6)):  # it is gone on with later, or left off
                if next(bits, bits) is bits:
                    del begun[place]
                    break
            if chance.random() < 0.3:
                begun.pop(place, None)
            if chance.random() < 0.6 or number + 1 == len(polled):
                other = store_of(polled[: number + 1], whole=in_order)
                if check.kind == "lost-update":  # the store itself keeps which were lost,
                    other = store
                    other.finished = True  # and would at each question wait for less
                fresh = Case(other, SpanIndex(other))
                assert found(check, case) == found(type(check)(), fresh)
                store.finished = False


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(20, 150))
def test_what_was_lost_is_the_same_worked_out_in_bits(seed: int, size: int) -> None:
    chance = Random(seed)
    polled = polls(RandomRun(chance, size), chance)
    store, check = Store(ORIGIN), LostUpdates()
    case = Case(store, SpanIndex(store))
    for batches in polled:
        store.extend(batches, whole=False)
        for _ in zip(range(chance.randint(0, 9)), check.ahead(case), strict=False):
            pass
    store.finished = True
    other = store_of(polled, whole=False)
    other.finished = True
    expected = found(LostUpdates(), Case(other, SpanIndex(other)))
    assert found(check, case) == expected


def test_there_is_something_to_be_found() -> None:
    kinds = set()
    for seed in range(12):
        chance = Random(seed)
        for run in (Busy(chance, 60), RandomRun(chance, 150)):
            store = store_of([run.batches()], whole=True)
            case = Case(store, SpanIndex(store))
            kinds |= {each.kind for make in CHECKS for each in make().check(case)}
    assert kinds == {make.kind for make in CHECKS}
