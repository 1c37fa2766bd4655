"""Lengths of time as reports write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.wording import duration, size

S = 1_000_000_000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (999_499, "999 µs"),
        (999_500, "1 ms"),
        (999_999_999, "1 s"),
        (59_700_000_000, "59.7 s"),
        (61 * S, "1 min 01 s"),
        (1_000 * S, "16 min 40 s"),
        (3_725 * S, "1 h 02 min"),
        (123_456 * S, "34 h 17 min"),
    ],
)
def test_durations(ns: int, text: str) -> None:
    assert duration(ns) == text


@given(st.integers(0, 10**18))
def test_no_duration_needs_an_exponent(ns: int) -> None:
    assert "e+" not in duration(ns)


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 byte"), (999, "999 bytes"), (65_536, "65.5 kB"), (999_999, "1 MB"), (2**31, "2.15 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text
