"""The clock on the wall: round times of its own, few, different, no more exact than they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.ticks import HOUR, MINUTE
from poolscope_gui.model.wall_clock import Wall, wall_ruler

# 2026-11-21 14:03:05.123456789 in a place half an hour off the full ones.
HERE = Wall(1_795_269_785_123_456_789 - 19_800 * 10**9, 19_800)
SECOND = 10**9


@given(st.integers(0, 10**14), st.floats(200, 1e14), st.integers(2, 30))
def test_marks_are_few_round_and_different(begin: int, span: float, most: int) -> None:
    marks = wall_ruler(begin, begin + span, most, HERE)
    assert len(marks.ticks) <= most + 1
    assert all(begin <= tick.time <= begin + span for tick in marks.ticks)
    assert all(HERE.at(tick.time) % marks.step == 0 for tick in marks.ticks)
    near = marks.ticks[: max(1, 24 * HOUR // marks.step)]  # the next day has the same hours
    assert len({tick.label for tick in near}) == len(near)


@pytest.mark.parametrize(
    ("span", "first", "base"),
    [
        (6 * HOUR, "15:00", ""),
        (10 * MINUTE, "14:04", ""),
        (20 * SECOND, "14:03:06", ""),
        (2 * SECOND, "14:03:05.2", ""),
        (20_000_000, "14:03:05.124", ""),
        (2_000, "+6.8 µs", "14:03:05.12345"),
    ],
)
def test_words(span: int, first: str, base: str) -> None:
    marks = wall_ruler(0, span, 10, HERE)
    assert (marks.ticks[0].label, marks.base) == (first, base)


@pytest.mark.parametrize("span", [20 * SECOND, 10 * MINUTE, 6 * HOUR])
def test_at_midnight_stands_the_day_that_begins(span: int) -> None:
    midnight = 1_795_305_600 * SECOND  # 2026-11-22
    begin = HERE.time(midnight) - span // 2
    labels = [t.label for t in wall_ruler(begin, begin + span, 10, HERE).ticks]
    assert "22 Nov" in labels
    assert not any(label.startswith("00:00") and not label.strip("0:") for label in labels)


def test_a_moment_is_no_more_exact_than_it_is_known() -> None:
    assert HERE.words(0, SECOND) == "14:03:05"
    assert HERE.words(0, 10**6) == "14:03:05.123"
    assert HERE.words(0) == "14:03:05.123456789"
    assert HERE.words(0, 10**10) == "14:03:10"
    assert HERE.date(0) == "2026-11-21 UTC+05:30"
    assert Wall(0, 0).date(0) == "1970-01-01 UTC"
    assert HERE.time(HERE.at(77)) == 77
