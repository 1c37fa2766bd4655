"""Spans that overlap, sorted into tracks, while some come late."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, LockKind
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.split import Depths, Slots, Sorter, Split
from poolscope_gui.model.tracks import NEVER, Rows, Times
from tests.analysis.traces import ORIGIN, Trace

Spans = list[tuple[int, int]]


def follow(split: Split, spans: Spans, refs: list[int]) -> bool:
    start = np.array([begin for begin, _ in spans], dtype=np.int64)
    end = np.array([end for _, end in spans], dtype=np.int64)
    return split.update(start, end, np.array(refs, dtype=np.int64), end == NEVER)


def shown(split: Split) -> dict[int, tuple[list[int], ...]]:
    return {
        number: (track.start.tolist(), track.end.tolist(), track.ref.tolist())
        for number, track in split.tracks.items()
        if len(track)
    }


def new(sorter: Sorter | None = None) -> Split:
    return Split(sorter or Slots(), lambda ref: np.zeros(len(ref), np.int64))


def test_one_that_comes_late_moves_the_others_to_other_tracks() -> None:
    split = new()
    follow(split, [(23, 30), (106, 108)], [0, 1])
    generation = split.tracks[0].generation
    # The last of the first track is the same as before, the one before it another.
    assert follow(split, [(11, 39), (23, 30), (106, 108)], [8, 0, 1])
    assert shown(split) == {0: ([11, 106], [39, 108], [8, 1]), 1: ([23], [30], [0])}
    assert split.tracks[0].generation > generation  # no search of the old ones is used again


def test_one_that_comes_late_is_told_from_its_like() -> None:
    split = new()
    follow(split, [(5, 9), (5, 8)], [0, 1])
    follow(split, [(1, 4), (5, 9), (5, 8)], [2, 0, 1])
    assert shown(split) == {0: ([1, 5], [4, 9], [2, 0]), 1: ([5], [8], [1])}


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), st.booleans()), max_size=14),
    st.integers(1, 4),
    st.sampled_from((Slots, Depths)),
)
def test_following_gives_what_sorting_at_once_does(
    drawn: list[tuple[int, int, bool]], step: int, sorter: type[Slots | Depths]
) -> None:
    spans = [(begin, begin + length) for begin, length, _ in drawn]
    late = [ref for ref, (_, _, late) in enumerate(drawn) if late]
    order = [ref for ref in range(len(drawn)) if ref not in late] + late
    split = new(sorter())
    for count in range(step, len(order) + step, step):
        refs = sorted(order[:count], key=lambda ref: (spans[ref][0], order.index(ref)))
        follow(split, [spans[ref] for ref in refs], refs)
        whole = new(sorter())
        follow(whole, [spans[ref] for ref in refs], refs)
        assert shown(split) == shown(whole)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.integers(0, 12),
            st.integers(0, 3),
            st.none() | st.integers(0, 60),
        ),
        max_size=10,
    )
)
def test_an_end_that_becomes_known_or_another_later_is_taken_over(
    drawn: list[tuple[int, int, int, int | None]],
) -> None:
    """A release may be read after the acquire that it let through, and after the death of the
    thread, at which what it held was ended for the time being."""
    drawn.sort(key=lambda each: each[0])
    start = np.array([begin for begin, *_ in drawn], np.int64)
    split = new()
    for step in range(4):
        unsure = np.array([step < known for _, _, known, _ in drawn], np.bool_)
        end = np.array(
            [
                begin + length if step >= known else NEVER if before is None else begin + before
                for begin, length, known, before in drawn
            ],
            np.int64,
        )
        split.update(start, end, np.arange(len(drawn)), unsure)
        whole = new()
        whole.update(start, end, np.arange(len(drawn)), unsure)
        assert shown(split) == shown(whole)
        assert all(len(track) for track in split.tracks.values())
        for number, track in split.tracks.items():
            assert track.busy.tolist() == whole.tracks[number].busy.tolist()


class Counted(Slots):
    """Knows how many spans it has been asked for."""

    asked = 0

    def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:
        self.asked += len(start) - begin
        return super().__call__(start, end, ref, begin)


def test_one_that_comes_a_little_late_costs_what_comes_after_it() -> None:
    """A thread's next word of a lock is read after what others have said of it since."""
    sorter = Counted()
    split, spans = new(sorter), [(10 * each, 10 * each + 5) for each in range(900)]
    refs = list(range(900))
    follow(split, spans, refs)
    for ref in range(900, 1_000, 5):
        at = spans[-1][0]
        spans += [(at + 10 * each, at + 10 * each + 5) for each in range(1, 5)]
        refs += range(ref, ref + 4)
        follow(split, spans, refs)
        spans.insert(-3, (spans[-3][0] - 3, spans[-3][0] - 1))
        refs.insert(-3, ref + 4)
        follow(split, spans, refs)
    assert sorter.asked == 900 + 20 * (4 + 4)
    whole = new()
    follow(whole, spans, refs)
    assert shown(split) == shown(whole)


def test_a_hold_ends_at_its_release_though_the_threads_death_was_read_before() -> None:
    """Declarations are read before what threads did: it had gone on to the end of the run."""
    trace = Trace()
    lock, pinned, worker = trace.id(), trace.pinned(), trace.thread("w")
    pinned.emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    for begin in (10, 50):
        worker.emit(begin, Kind.LOCK_ACQUIRED, lock)
        worker.emit(begin + 10, Kind.LOCK_RELEASED, lock)
    pinned.emit(90, Kind.THREAD_ENDED, worker.thread)
    store = Store(ORIGIN)
    chart = ChartSource(store)
    for piece in (pinned.batch(), worker.batch(0, 1), worker.batch(1)):
        store.extend([piece])
        chart.update()
    lane, of_lock = (next(one for one in chart.lanes if one.title == name) for name in ("w", "db"))
    for held in (lane.holds[0], of_lock.owners[0]):
        assert held.track.start.tolist() == [10, 50]
        assert held.track.end.tolist() == [20, 60]
        assert held.track.busy.tolist() == [0, 10, 20]
    assert of_lock.share == pytest.approx(20 / 90)


def test_a_lock_whose_next_acquire_was_read_before_its_release_has_one_owner_at_a_time() -> None:
    """Streams are read one after another; its lane stayed divided into rows for several owners."""
    trace = Trace()
    lock, first, second = trace.id(), trace.thread("first"), trace.thread("second")
    trace.pinned().emit(0, Kind.LOCK_CREATED, lock, 0, "db", LockKind.LOCK)
    first.emit(10, Kind.LOCK_ACQUIRED, lock)
    first.emit(20, Kind.LOCK_RELEASED, lock)
    second.emit(30, Kind.LOCK_ACQUIRED, lock)
    second.emit(40, Kind.LOCK_RELEASED, lock)
    store = Store(ORIGIN)
    chart = ChartSource(store)
    for piece in (trace.pinned().batch(), first.batch(0, 1), second.batch(), first.batch(1)):
        store.extend([piece])
        chart.update()
    (of_lock,) = (one for one in chart.lanes if one.title == "db")
    assert [each.track.end.tolist() for each in of_lock.owners] == [[20, 40]]
    assert of_lock.share == pytest.approx(0.5)
