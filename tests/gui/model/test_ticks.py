"""The ruler: round steps, few enough, and words that tell neighbours apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.ticks import HOUR, MINUTE, clock, ruler, seconds, step_for, words


@given(st.integers(0, 10**14), st.floats(200, 1e15), st.integers(2, 30))
def test_ticks_are_few_round_and_different(begin: int, span: float, most: int) -> None:
    marks = ruler(begin, begin + span, most)
    assert len(marks.ticks) <= most + 1
    assert all(begin <= tick.time <= begin + span for tick in marks.ticks)
    assert all(tick.time % marks.step == 0 for tick in marks.ticks)
    assert len({tick.label for tick in marks.ticks}) == len(marks.ticks)


@pytest.mark.parametrize(
    ("begin", "end", "first", "base"),
    [
        (0, 4.1e9, "0.0 s", ""),
        (0, 850e6, "0 ms", ""),
        (0, 900, "0 ns", ""),
        (0, 10 * MINUTE, "0:00", ""),
        (HOUR, 3 * HOUR, "1:00:00", ""),
        (2.003e9, 2.003_01e9, "+0 µs", "2.00300 s"),
        (12 * HOUR, 12 * HOUR + 5_000, "+0.0 µs", "12:00:00.00000"),
        (12 * HOUR, 12 * HOUR + 2e9, "12:00:00.0", ""),
        (12 * HOUR, 12 * HOUR + 30e6, "12:00:00.000", ""),
        (HOUR - 40e9, HOUR + 40e9, "59:20", ""),
        (200e9, 202e9, "200.0 s", ""),
    ],
)
def test_words(begin: float, end: float, first: str, base: str) -> None:
    marks = ruler(begin, end, 10)
    assert marks.base == base
    assert marks.ticks[0].label == first


def test_steps() -> None:
    wanted = {0.3: 1, 3: 5, 11: 20, 180e6: 200_000_000, 4e9: 5 * 10**9, 11e9: 15 * 10**9}
    assert {least: step_for(least) for least in wanted} == wanted
    assert step_for(1e17) >= 1e17


def test_clock_and_seconds() -> None:
    assert clock(65 * 10**9) == "1:05"
    assert clock(-30 * 10**9) == "-0:30"
    assert clock(2 * HOUR + 3 * MINUTE) == "2:03:00"
    assert clock(2 * HOUR + 250_000_000, 2) == "2:00:00.25"
    assert clock(-250_000_000, 3) == "-0:00.250"
    assert words(HOUR + 5 * 10**8, 10**8, by_clock=True) == "1:00:00.5"
    assert words(HOUR + 5 * 10**8, 10**8, by_clock=False) == "3600.5 s"
    assert words(HOUR, 10**10, by_clock=True) == "1:00:00"
    assert seconds(2_003_000_000, 10**6) == "2.003 s"
