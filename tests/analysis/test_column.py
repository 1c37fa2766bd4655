"""Columns that grow: what was handed out stays, and a long one is not copied again and again."""

import os

import numpy as np
import pytest

from poolscope.analysis.column import Field, Table


class Times(Table):
    time = Field(np.int64, -1)


def test_a_view_handed_out_stays_readable_while_the_column_grows() -> None:
    times = Times()
    views = []
    for count in (10, 2_000, 300_000, 900_000):
        first = len(times)
        times.append(count, time=np.arange(first, first + count))
        views.append(times.time)
    for view in views:
        assert np.array_equal(view, np.arange(len(view)))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere room costs before it is used")
def test_a_column_that_has_become_long_stays_where_it_is() -> None:
    times = Times()
    times.append(300_000, time=np.arange(300_000))
    where = times.time.ctypes.data
    for _ in range(9):
        times.append(300_000, time=7)
    assert times.time.ctypes.data == where


def test_where_address_space_is_short_a_column_takes_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = np.empty

    def short(size: int, dtype: np.dtype[np.int64]) -> np.ndarray:
        if size > 1_000_000:
            raise MemoryError
        return empty(size, dtype)

    monkeypatch.setattr(np, "empty", short)
    times = Times()
    for _ in range(3):
        times.append(200_000, time=5)
    assert len(times) == 600_000
    assert (times.time == 5).all()
