"""Spans that overlap, sorted into tracks, while some come late."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.split import Depths, Slots, Sorter, Split
from poolscope_gui.model.tracks import Rows, Times

Spans = list[tuple[int, int]]


def follow(split: Split, spans: Spans, refs: list[int]) -> bool:
    start = np.array([begin for begin, _ in spans], dtype=np.int64)
    end = np.array([end for _, end in spans], dtype=np.int64)
    return split.update(start, end, np.array(refs, dtype=np.int64))


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
