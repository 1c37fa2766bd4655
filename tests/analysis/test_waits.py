"""Waits: their futures, what released them, what as_completed handed out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poolscope.analysis.measures import Measures
from poolscope.analysis.store import NEVER, Store
from poolscope.trace.schema import Kind, ReturnWhen, Role, WaitKind, WaitOutcome
from tests.analysis.traces import ORIGIN, Stream, Trace


def began(
    stream: Stream, t: int, wait: int, kind: WaitKind, futures: list[int], timeout: int = 0
) -> None:
    d = kind | ReturnWhen.FIRST_COMPLETED << 8
    stream.emit(t, Kind.WAIT_BEGAN, wait, timeout, len(futures), d)
    for future in futures:
        stream.emit(t, Kind.WAIT_ITEM, future, 1)


@pytest.fixture
def trace() -> Trace:
    return Trace()


def store_of(trace: Trace) -> Store:
    store = Store(ORIGIN)
    store.extend(trace.batches())
    return store


def test_a_wait_is_told_whole(trace: Trace) -> None:
    main, wait = trace.thread("main", role=Role.MAIN), trace.id()
    began(main, 10, wait, WaitKind.WAIT, [101, 205, 207], timeout=5_000_001)
    main.emit(20, Kind.WAIT_DONE, 205, 1)
    main.emit(20, Kind.WAIT_ENDED, wait, 205, 1, WaitOutcome.SATISFIED)
    store = store_of(trace)
    (found,) = store.waits
    assert (found.begin, found.end, found.released_by) == (10, 20, 205)
    assert (found.kind, found.return_when) == (WaitKind.WAIT, ReturnWhen.FIRST_COMPLETED)
    assert found.timeout_ns == 5_000_000
    assert found.future_ids() == [101, 205, 207]
    assert found.done_ids() == [205]


def test_no_timeout_is_none_and_a_timeout_of_nothing_is_nothing(trace: Trace) -> None:
    main = trace.thread("main")
    began(main, 10, trace.id(), WaitKind.RESULT, [101], timeout=0)
    began(main, 11, trace.id(), WaitKind.RESULT, [101], timeout=1)
    assert [wait.timeout_ns for wait in store_of(trace).waits] == [None, 0]


def test_a_wait_within_as_completed_keeps_its_own_futures(trace: Trace) -> None:
    main, outer, inner = trace.thread("main"), trace.id(), trace.id()
    began(main, 10, outer, WaitKind.AS_COMPLETED, [101, 102])
    main.emit(20, Kind.WAIT_RELEASED, outer, 102)
    began(main, 25, inner, WaitKind.WAIT, [900, 950])
    main.emit(30, Kind.WAIT_DONE, 900, 1)
    main.emit(30, Kind.WAIT_ENDED, inner, 900, 1)
    main.emit(40, Kind.WAIT_RESUMED, outer)
    main.emit(60, Kind.WAIT_RELEASED, outer, 101)
    main.emit(65, Kind.WAIT_ENDED, outer, 0, 2)
    store = store_of(trace)
    by_id = {wait.id: wait for wait in store.waits}
    assert by_id[outer].future_ids() == [101, 102]
    assert by_id[outer].yields == ((20, 102, 40), (60, 101, NEVER))
    assert (by_id[outer].done_ids(), by_id[inner].done_ids()) == ([], [900])
    # 10 to 20 and 40 to 60 for the outer, 25 to 30 for the inner; the rest it was away.
    assert Measures(store).blocked_ns.tolist() == [35]


@pytest.mark.parametrize("cut", [False, True])
def test_who_comes_back_and_has_the_next_at_once_never_waited(trace: Trace, cut: bool) -> None:
    main, wait = trace.thread("main"), trace.id()
    began(main, 10, wait, WaitKind.AS_COMPLETED, [101, 102, 103])
    main.emit(20, Kind.WAIT_RELEASED, wait, 101)
    main.emit(30, Kind.WAIT_RELEASED, wait, 102)
    main.emit(45, Kind.WAIT_RESUMED, wait)
    main.emit(50, Kind.WAIT_RELEASED, wait, 103)
    main.emit(55, Kind.WAIT_ENDED, wait, 0, 3)
    store = Store(ORIGIN)
    for batch in (
        [main.batch(row, row + 1) for row in range(len(main.rows))] if cut else trace.batches()
    ):
        store.extend([batch])
    (found,) = store.waits
    assert found.yields == ((20, 101, 30), (30, 102, 45), (50, 103, NEVER))
    assert Measures(store).blocked_ns.tolist() == [15]  # 10 to 20 and 45 to 50
    # The last future took its thread away too: nobody resumes after it, the call ends.
    assert store.waits.yielded.tolist() == [10 + 15 + 5]


@pytest.mark.parametrize("kind", [WaitKind.RESULT, WaitKind.EXCEPTION])
@pytest.mark.parametrize("cut", [False, True])
def test_a_result_wanted_is_a_wait_for_one_future(trace: Trace, kind: WaitKind, cut: bool) -> None:
    one, other = trace.thread("one"), trace.thread("other")
    short, long = trace.id(), trace.id()
    one.emit(10, Kind.RESULT_WANTED, short, 101, 0, kind)
    other.emit(10, Kind.WAIT_BEGAN, long, 0, 1, kind)
    other.emit(10, Kind.WAIT_ITEM, 101, 1)
    for stream, wait in ((one, short), (other, long)):
        stream.emit(30, Kind.WAIT_ENDED, wait, 101, 1, WaitOutcome.SATISFIED)
    store = Store(ORIGIN)
    for stream in (one, other):
        rows = len(stream.rows)
        for first, last in [(row, row + 1) for row in range(rows)] if cut else [(0, rows)]:
            store.extend([stream.batch(first, last)])
    told = [replace(wait, id=0, thread=0) for wait in store.waits]
    assert told[0] == told[1]
    assert (told[0].kind, told[0].timeout_ns, told[0].future_ids()) == (kind, None, [101])


def test_cut_between_its_items_a_wait_is_still_whole(trace: Trace) -> None:
    main, wait = trace.thread("main"), trace.id()
    began(main, 10, wait, WaitKind.WAIT, [101, 105, 109])
    main.emit(20, Kind.WAIT_DONE, 101, 1)
    main.emit(20, Kind.WAIT_DONE, 109, 1)
    main.emit(20, Kind.WAIT_ENDED, wait, 109, 2)
    store = Store(ORIGIN)
    for row in range(len(main.rows)):
        store.extend([main.batch(row, row + 1)])
    (found,) = store.waits
    assert (found.future_ids(), found.done_ids()) == ([101, 105, 109], [101, 109])


def test_the_wait_of_a_killed_thread_ends_with_it_and_has_no_outcome(trace: Trace) -> None:
    far = trace.thread("far", pid=2)
    began(far, 10, trace.id(), WaitKind.RESULT, [101])
    trace.pinned().emit(40, Kind.PROCESS_ENDED, 2, -9)
    (found,) = store_of(trace).waits
    assert (found.end, found.outcome) == (40, NEVER)


def test_a_range_cannot_claim_more_than_was_declared(trace: Trace) -> None:
    main = trace.thread("main")
    main.emit(10, Kind.WAIT_BEGAN, trace.id(), 0, 3, WaitKind.WAIT)
    main.emit(10, Kind.WAIT_ITEM, 101, 1 << 62)
    (found,) = store_of(trace).waits
    assert found.future_ids() == [101, 102, 103]


def test_waits_are_a_sequence(trace: Trace) -> None:
    main = trace.thread("main")
    for t in (10, 20, 30):
        began(main, t, trace.id(), WaitKind.RESULT, [101])
    waits = store_of(trace).waits
    assert [wait.begin for wait in waits] == [10, 20, 30]
    assert waits[-1].begin == 30
    assert [wait.begin for wait in waits[1:]] == [20, 30]
    with pytest.raises(IndexError, match="3 waits"):
        waits[3]
