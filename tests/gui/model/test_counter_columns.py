"""Counters by columns of pixels: the same whether or not the peaks of blocks are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.peaks import Peaks
from poolscope.analysis.steps import Steps
from poolscope_gui.model import counter_columns
from poolscope_gui.model.counter_columns import KeptColumns, steps
from poolscope_gui.model.tracks import Times


@given(st.integers(1, 900), st.integers(0, 2**32), st.integers(-200, 900), st.integers(1, 400))
def test_peaks_change_nothing(size: int, seed: int, begin: int, width: int) -> None:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(1, 4, size))
    depth = random.integers(0, 50, size)
    edges = np.unique(begin + np.cumsum(random.integers(0, 30, width + 1)))
    if len(edges) < 2:
        edges = np.array([begin, begin + 1])
    plain = steps(times, depth, edges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counter_columns, "MANY", -1)
        assert (steps(times, depth, edges, Peaks().of(depth)) == plain).all()
    for column, (low, high) in enumerate(pairwise(edges)):
        at = int(np.searchsorted(times, low))
        values = [depth[at - 1] if at else 0, *depth[(times >= low) & (times < high)]]
        assert plain[column].tolist() == [max(values), values[-1]]


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 400), max_size=6),  # changes
            st.integers(-30, 30),  # columns that the view moves by
            st.integers(1, 60),  # columns it has
            st.sampled_from([5, 5, 5, 7]),  # ns to a column
        ),
        max_size=10,
    )
)
def test_what_is_kept_is_what_would_be_worked_out_now(
    frames: list[tuple[list[int], int, int, int]],
) -> None:
    made, kept, first = Steps(), KeptColumns(), 10
    made.add(np.array([200]), 1)
    for changes, moved, width, unit in frames:
        made.add(np.array(changes, np.int64), 1)
        times, counts = made.view()
        first = max(0, first + moved)
        edges = np.arange(first, first + width + 1) * unit
        asked = []

        def of(some: Times, times: Times = times, counts: Times = counts) -> Times:
            asked.append(some)  # noqa: B023 - called at once
            return steps(times, counts, some)

        found = kept.columns(made.rewrites, (float(unit), first), edges, of)
        assert (found == steps(times, counts, edges)).all()
        asked.clear()
        assert (kept.columns(made.rewrites, (float(unit), first), edges, of) == found).all()
        assert not asked, "nothing has changed"


def test_of_a_function_that_grows_only_the_end_is_worked_out() -> None:
    made, kept = Steps(), KeptColumns()
    asked = []

    def of(some: Times) -> Times:
        asked.append(len(some) - 1)
        return steps(*made.view(), some)

    for frame in range(4):
        made.add(np.arange(50) + 1_000 + frame * 50, 1)
        made.view()
        kept.columns(
            made.rewrites, (10.0, frame * 5), np.arange(frame * 5, 106 + frame * 5) * 10, of
        )
    assert asked == [105, 5, 5, 5]
