"""Busy lanes by column: the same as counting every span, and no more work than is new."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope_gui.model.density import Density
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING
from poolscope_gui.model.tracks import NEVER, Track


def brute(
    tracks: list[Track], unit: float, first: int, count: int, now: int
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]
]:
    busy, raised = np.zeros(count), np.zeros(count)
    for track in tracks:
        for start, end, kind in zip(track.start, track.end, track.kind, strict=True):
            until = now if end == NEVER else end
            for column in range(count):
                low, high = int((first + column) * unit), int((first + column + 1) * unit)
                busy[column] += max(0, min(until, high) - max(start, low)) / unit
                raised[column] += end != NEVER and kind == EXCEPTION and low < end <= high
    return busy, raised


def lane(cuts: list[int], kinds: list[int], taken: int) -> tuple[list[int], list[int], list[int]]:
    """The first ``taken`` spans between sorted cuts; the last of them still runs."""
    cuts = sorted(set(cuts))
    end = cuts[1::2][:taken]
    start, kinds = cuts[0::2][: len(end)], (kinds * 30)[: len(end)]
    if end:
        end[-1], kinds[-1] = NEVER, RUNNING
    return start, end, kinds


@settings(max_examples=80)
@given(
    st.lists(st.lists(st.integers(1, 4000), min_size=2, max_size=30), min_size=1, max_size=4),
    st.lists(st.sampled_from([FINISHED, EXCEPTION]), min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(0, 15), st.sampled_from([8.0, 100.0, 333.5]), st.integers(0, 20)),
        min_size=1,
        max_size=6,
    ),
)
def test_as_if_every_span_were_counted(
    cuts: list[list[int]], kinds: list[int], looks: list[tuple[int, float, int]]
) -> None:
    tracks = [Track(FINISHED, unsettled=RUNNING) for _ in cuts]
    kept = Density()
    taken = 0
    for more, unit, first in looks:
        taken += more
        now = 0
        for track, cut in zip(tracks, cuts, strict=True):
            start, end, kind = lane(cut, kinds, taken)
            columns = [np.array(values, np.int64) for values in (start, end, kind)]
            track.update(columns[0], columns[1], np.arange(len(start)), columns[2])
            now = max([now, *start, *end])
        found = kept.columns(tracks, unit, first, 12, now)
        for one, other in zip(found, brute(tracks, unit, first, 12, now), strict=True):
            np.testing.assert_allclose(one, other, atol=1.5 / unit)


def test_only_what_is_new_is_looked_at() -> None:
    track = Track(FINISHED, unsettled=RUNNING)
    start = np.arange(0, 100_000, 10, dtype=np.int64)
    kind = np.full(len(start), FINISHED)
    track.update(start, start + 5, start, kind)
    kept = Density()
    kept.columns([track], 100.0, 0, 1000, 100_000)
    looked = kept.looked
    kept.columns([track], 100.0, 0, 1000, 100_000)
    kept.columns([track], 100.0, 0, 1010, 101_000)
    assert kept.looked - looked <= 12
    kept.widen()
    busy, _ = kept.columns([track], 200.0, 0, 505, 101_000)
    np.testing.assert_allclose(busy[:500], 0.5)
    assert kept.looked - looked <= 20
