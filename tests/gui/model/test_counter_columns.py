"""Counters by columns of pixels: the same whether or not the peaks of blocks are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.peaks import Peaks
from poolscope_gui.model import counter_columns
from poolscope_gui.model.counter_columns import steps


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
