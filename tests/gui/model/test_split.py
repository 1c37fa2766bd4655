"""Spans that overlap, sorted into tracks, while some come late."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.split import Slots, Split

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


def new() -> Split:
    return Split(Slots(), lambda ref: np.zeros(len(ref), np.int64))


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
)
def test_following_gives_what_sorting_at_once_does(
    drawn: list[tuple[int, int, bool]], step: int
) -> None:
    spans = [(begin, begin + length) for begin, length, _ in drawn]
    late = [ref for ref, (_, _, late) in enumerate(drawn) if late]
    order = [ref for ref in range(len(drawn)) if ref not in late] + late
    split = new()
    for count in range(step, len(order) + step, step):
        refs = sorted(order[:count], key=lambda ref: (spans[ref][0], order.index(ref)))
        follow(split, [spans[ref] for ref in refs], refs)
        whole = new()
        follow(whole, [spans[ref] for ref in refs], refs)
        assert shown(split) == shown(whole)
