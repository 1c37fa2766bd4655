"""A track followed step by step is the same as one made at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model import tail
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.split import Depths, OneTrack, Slots, Split
from poolscope_gui.model.tracks import NEVER, Rows, Times, Track, track


def numbers(spans: Track) -> tuple[list[int], dict[int, list[int]]]:
    return spans.busy.tolist(), {kind: found.tolist() for kind, found in spans.rare().items()}


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 9), st.sampled_from((FINISHED, EXCEPTION))),
        max_size=30,
    ),
    st.lists(st.integers(0, 30), max_size=5),
    st.integers(0, 4),
)
def test_growing_is_the_same_as_being_made(
    spans: list[tuple[int, int, int]], cuts: list[int], late: int
) -> None:
    """States that settle late, as those of a process pool do, are taken over."""
    start, end, at = [], [], 0
    for gap, length, _ in spans:
        start.append(at + gap)
        at = start[-1] + length
        end.append(at)
    kinds = np.array([kind for _, _, kind in spans], np.uint8)
    columns = (np.array(start, np.int64), np.array(end, np.int64), np.arange(len(spans)))
    grown = Track(FINISHED, unsettled=RUNNING)
    for size in sorted(cuts):
        known = kinds.copy()
        known[max(0, size - late) :] = RUNNING
        grown.update(*(column[:size] for column in columns), known[:size])
    grown.update(*columns, kinds)
    assert numbers(grown) == numbers(track(*columns, kinds, common=FINISHED))


STEPS = st.sampled_from(("next", "runs", "ended", "settled", "raised", "tear"))


@given(st.lists(st.lists(STEPS, max_size=4), max_size=12))
def test_the_few_spans_that_a_lane_usually_has_anew_are_taken_as_any_others(
    polls: list[list[str]],
) -> None:
    """What a worker does, poll by poll; compared with a track that takes the long way."""
    quick, slow = (Track(FINISHED, unsettled=RUNNING) for _ in range(2))
    start, end, kind, at = list[int](), list[int](), list[int](), 0
    for poll in polls:
        for step in poll:
            at += 3
            if step in ("next", "runs") or (step == "tear" and start):
                if start and step != "tear" and end[-1] == NEVER:
                    end[-1], kind[-1] = at, FINISHED
                start.append(at + 1)
                end.append(NEVER if step != "next" else at + 2)
                kind.append(RUNNING if step != "next" else FINISHED)
            elif start:
                end[-1] = at if end[-1] == NEVER else end[-1]
                kind[-1] = {"settled": FINISHED, "raised": EXCEPTION}.get(step, kind[-1])
        columns = (np.array(start, np.int64), np.array(end, np.int64), np.arange(len(start)))
        quick.take(*columns, np.array(kind, np.uint8))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tail, "MOST", -1)
            slow.take(*columns, np.array(kind, np.uint8))
        assert numbers(quick) == numbers(slow)
        assert (quick.settled, quick.generation) == (slow.settled, slow.generation)
        assert (quick.end == slow.end).all()
        assert (quick.open, quick.updates) == (slow.open, slow.updates)


def test_a_span_put_in_late_is_counted() -> None:
    spans = Track(FINISHED)
    # The store sorts in place, so the old view shows the new order: only numbers can tell.
    start = np.array([10, 30, 0], np.int64)
    end = np.array([20, 40, 0], np.int64)
    kind = np.array([FINISHED, FINISHED, FINISHED], np.uint8)
    spans.update(start[:2], end[:2], np.arange(2), kind[:2])
    start[:], end[:] = (10, 22, 30), (20, 25, 40)
    kind[:] = (FINISHED, EXCEPTION, FINISHED)
    spans.update(start, end, np.arange(3), kind)
    assert numbers(spans) == ([0, 10, 13, 23], {EXCEPTION: [1]})
    assert spans.generation > 0


def test_one_that_never_settles_does_not_hide_those_after_it() -> None:
    spans = Track(FINISHED, unsettled=RUNNING)
    size = 3000
    start = np.arange(size, dtype=np.int64) * 10
    kind = np.full(size, FINISHED, np.uint8)
    kind[0], kind[5] = RUNNING, EXCEPTION
    spans.update(start, start + 5, np.arange(size), kind)
    assert spans.rare()[EXCEPTION].tolist() == [5]
    kind[0] = EXCEPTION  # and when it settles after all, that is seen
    spans.update(start, start + 5, np.arange(size), kind)
    assert spans.rare()[EXCEPTION].tolist() == [0, 5]


def test_a_span_left_open_before_another_ends_there() -> None:
    spans = track(np.array([0, 50]), np.array([NEVER, NEVER]))
    assert spans.end.tolist() == [50, NEVER]
    assert spans.open


def test_a_span_that_was_left_open_stays_ended_when_more_come() -> None:
    spans = Track(FINISHED)
    start, end = np.array([0, 50, 70]), np.array([NEVER, 60, 80])
    for size in (2, 3):
        spans.update(start[:size], end[:size], np.arange(size), np.full(size, FINISHED))
        assert spans.end.tolist() == [50, 60, 80][:size]
    assert spans.busy.tolist() == [0, 50, 60, 70]


def test_at_finds_the_span_or_the_nearest() -> None:
    spans = track(np.array([10, 30]), np.array([20, 40]))
    assert [spans.at(t) for t in (5, 10, 15, 25, 39)] == [-1, 0, 0, -1, 1]
    assert spans.at(22, reach=3) == 0
    assert spans.at(28, reach=3) == 1
    assert spans.at(25, reach=3) == -1


def test_busy_between() -> None:
    spans = track(np.array([10, 30]), np.array([20, NEVER]))
    assert spans.busy_between(0, 100, now=50) == 30
    assert spans.busy_between(15, 35, now=50) == 10


def test_split_by_lock_and_closing_of_open_ones() -> None:
    locks = np.array([7, 8, 7])

    class ByLock(OneTrack):
        def __call__(self, start: Times, end: Times, ref: Rows, begin: int) -> Times:  # noqa: ARG002
            return locks[ref[begin:]]

    split = Split(ByLock(), lambda ref: np.zeros(len(ref), np.int64))
    start, end = np.array([0, 5, 20], np.int64), np.array([NEVER, 9, NEVER], np.int64)
    assert split.update(start[:2], end[:2], np.arange(2), end[:2] == NEVER)
    assert split.tracks[7].open
    end[0] = 12
    assert split.update(start, end, np.arange(3), end == NEVER)
    assert split.tracks[7].end.tolist() == [12, NEVER]
    assert split.tracks[8].end.tolist() == [9]
    assert not split.update(start, end, np.arange(3), end == NEVER)


def test_depths_of_waits_within_waits() -> None:
    start = np.array([0, 10, 30, 60, 65], np.int64)
    end = np.array([50, 20, 40, NEVER, 70], np.int64)
    assert Depths()(start, end, np.arange(5), 0).tolist() == [0, 1, 1, 0, 1]


def test_depths_when_the_outer_one_ends_later() -> None:
    start = np.array([0, 10, 60], np.int64)
    end = np.array([NEVER, 20, 70], np.int64)
    depths = Depths()
    assert depths(start[:2], end[:2], np.arange(2), 0).tolist() == [0, 1]
    end[0] = 50
    assert depths(start, end, np.arange(3), 2).tolist() == [0]


def test_an_update_with_nothing_new_changes_nothing() -> None:
    """A store tells of every lane when one has changed; the open span of another is as it was."""
    start, end = np.array([10, 30]), np.array([20, NEVER])
    kind, rows = np.array([FINISHED, RUNNING]), np.arange(2)
    track = Track(FINISHED, unsettled=RUNNING)
    track.update(start, end, rows, kind)
    before = track.updates
    track.update(start.copy(), end, rows, kind)
    assert track.updates == before
    end[1] = 40  # in place, as the store does
    track.update(start, end, rows, kind)
    assert track.updates == before + 1
    assert track.end.tolist() == [20, 40]
    kind[1] = FINISHED
    track.update(start, end, rows, kind)
    assert (track.updates, track.busy.tolist()) == (before + 2, [0, 10, 20])


def test_what_overlaps_without_nesting_takes_no_more_tracks_than_there_are_at_a_time() -> None:
    """Locks held hand over hand: each is taken before the one before it is let go."""
    start = np.arange(0, 1000, 2)
    end = start + 3
    slots = Slots()(start, end, np.arange(500), 0)
    assert slots.max() == 1
    for slot in (0, 1):
        mine = np.flatnonzero(slots == slot)
        assert (start[mine][1:] >= end[mine][:-1]).all(), "none lies on another"
    end[-1] = -1
    later = Slots()
    later(start, end, np.arange(500), 0)
    start, end = np.append(start, 2000), np.append(end, 2001)
    assert later(start, end, np.arange(501), 500).tolist() == [0], "the open one keeps its own"
