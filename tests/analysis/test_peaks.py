"""The greatest value between bounds, by the peaks of blocks, is what looking at each finds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.peaks import BLOCK, Peaks, highest
from poolscope.analysis.steps import Steps


@given(
    st.integers(1, 6 * BLOCK),
    st.lists(st.integers(0, 6 * BLOCK), min_size=2, max_size=12),
    st.integers(0, 2**32),
)
def test_it_finds_what_brute_force_finds(size: int, cuts: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).integers(-9, 1000, size)
    bounds = np.sort(np.minimum(cuts, size))
    found = highest(values, Peaks().of(values), bounds)
    for number, (begin, end) in enumerate(pairwise(bounds)):
        if end > begin:
            assert found[number] == values[begin:end].max()
        else:
            assert found[number] < values.min()


@given(st.lists(st.tuples(st.integers(0, 5 * BLOCK), st.integers(1, 3 * BLOCK)), max_size=6))
def test_what_is_written_anew_is_looked_at_anew(writes: list[tuple[int, int]]) -> None:
    peaks, values = Peaks(), np.zeros(0, np.int64)
    random = np.random.default_rng(len(writes))
    for first, count in writes:
        first = min(first, len(values))
        values = np.concatenate((values[:first], random.integers(0, 99, count)))
        peaks.rewritten(first)
        whole = len(values) // BLOCK
        assert peaks.of(values).tolist() == [
            values[n * BLOCK : (n + 1) * BLOCK].max() for n in range(whole)
        ]


def test_a_step_function_knows_its_peaks_though_changes_come_late() -> None:
    random, steps = np.random.default_rng(3), Steps()
    for late in range(30):
        steps.add(random.integers(max(0, late * 900 - 4_000), late * 1000 + 1, 90), 1)
        counts = steps.view().counts
        whole = len(counts) // BLOCK
        expected = counts[: whole * BLOCK].reshape(-1, BLOCK).max(axis=1)
        assert steps.peaks().tolist() == expected.tolist()
