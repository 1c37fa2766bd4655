"""Markers and ranges: kept in order, named by letters, told as exactly as they were put."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.marks import MOST_MARKERS, Marks, Moment, distance, grain_of, letter


def test_markers_are_in_the_order_of_their_time_and_the_new_one_is_chosen() -> None:
    marks = Marks().add(Moment(50)).add(Moment(10)).add(Moment(30))
    assert [m.time for m in marks.markers] == [10, 30, 50]
    assert marks.chosen == 1
    moved = marks.move(Moment(99))
    assert [m.time for m in moved.markers] == [10, 50, 99]
    assert letter(moved.chosen) == "C"
    assert [m.time for m in moved.remove().markers] == [10, 50]
    assert marks.add(Moment(30, 5)) == marks, "there is one already"
    assert Marks().remove() == Marks(chosen=-1)


def test_there_are_as_many_as_letters() -> None:
    marks = Marks()
    for time in range(MOST_MARKERS + 3):
        marks = marks.add(Moment(time))
    assert len(marks.markers) == MOST_MARKERS
    assert not marks.room


def test_a_range_begins_with_the_earlier_moment() -> None:
    chosen = Marks().between(Moment(90), Moment(20)).range
    assert chosen is not None
    assert (chosen.begin.time, chosen.end.time) == (20, 90)
    assert Marks().between(Moment(1), Moment(2)).without_range() == Marks()


@pytest.mark.parametrize(
    ("length", "grain", "said"),
    [
        (12_345_678, 1, "12.345678 ms"),
        (12_345_678, 100_000, "12.3 ms"),
        (12_345_678, 10**6, "12 ms"),
        (1_234_567_890, 10**7, "1.23 s"),
        (850, 1, "850 ns"),
        (0, 1, "0 ns"),
        (4_000, 10**6, "0 ms"),
        (3_725 * 10**9, 10**9, "1 h 02 min 05 s"),
        (905 * 10**9, 10**8, "15 min 05 s"),
        (905 * 10**9, 1, "905.000000000 s"),
    ],
)
def test_a_distance_is_no_more_exact_than_its_ends(length: int, grain: int, said: str) -> None:
    assert distance(Moment(1000), Moment(1000 + length, grain)) == said
    assert distance(Moment(1000 + length, grain), Moment(1000)) == said


@given(st.floats(0.01, 1e13))
def test_a_grain_is_a_power_of_ten_that_a_pixel_tells_apart(unit: float) -> None:
    grain = grain_of(unit)
    slack = 1 + 1e-9
    assert grain == 1 or grain <= unit * slack < 10 * grain * slack * slack
    assert str(grain).strip("0") == "1"
