"""Lanes in rows: one is not absurdly tall, sixty-four can be read and scrolled."""

from __future__ import annotations

import pytest

from poolscope_gui.model.layout import CAPTION, LANE_LEAST, LANE_MOST, MAX_STRIPES, arrange, bands
from tests.gui.charts import crowd, one_lane, small


@pytest.mark.parametrize("workers", [1, 2, 8, 17, 64, 256])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (640, 300)])
def test_lanes_lie_one_below_the_other(workers: int, size: tuple[int, int]) -> None:
    layout = arrange(crowd(workers, 1), *size, 0.0)
    y = 0.0
    for row in layout.rows:
        assert row.y == y
        y += row.height
    assert layout.content == y
    lanes = [row.height for row in layout.rows if row.lane >= 0]
    assert all(LANE_LEAST <= height <= max(LANE_MOST, size[1] * 0.08) for height in lanes)
    assert len(lanes) == workers
    assert (layout.most_scroll > 0) == (y > layout.page)


def test_one_lane_is_not_tall_and_many_are_readable() -> None:
    assert arrange(one_lane(), 1280, 720, 0).rows[1].height == LANE_MOST
    many = arrange(crowd(64, 1), 1280, 720, 0)
    assert many.rows[1].height == LANE_LEAST
    assert len(many.visible()) * LANE_LEAST > many.page - LANE_LEAST


def test_scrolling() -> None:
    chart = crowd(64, 1)
    layout = arrange(chart, 1280, 720, 1e9)
    assert layout.scroll == layout.most_scroll
    assert layout.visible()[-1].lane == 63
    for lane in (0, 30, 63):
        found = arrange(chart, 1280, 720, layout.scroll_to(lane))
        row = found.row_of(lane)
        assert row is not None
        assert found.top <= found.y(row)
        assert found.y(row) + row.height <= found.bottom


def test_row_at_is_the_inverse_of_y() -> None:
    layout = arrange(crowd(64, 1), 1280, 720, 333)
    for row in layout.visible()[1:-1]:
        assert layout.row_at(layout.y(row)) == row
        assert layout.row_at(layout.y(row) + row.height - 0.5) == row
    assert layout.row_at(layout.bottom + 1) is None


def test_groups_have_captions() -> None:
    layout = arrange(small(), 1280, 720, 0)
    captions = [row for row in layout.rows if row.lane < 0]
    assert [row.group for row in captions] == [0, 1, 2]
    assert all(row.height == CAPTION for row in captions)


@pytest.mark.parametrize("height", [24.0, 33.0, 44.0, 64.0, 84.0])
def test_bars_and_stripes_do_not_overlap(height: float) -> None:
    band = bands(height)
    assert band.bar_y >= 0
    assert band.bar_h >= 6
    assert band.bar_y + band.bar_h <= band.stripe_y
    assert band.stripe_y + band.stripe_h <= height
    # More stripes than one climb into the bar's margin; the uppermost stays on the lane.
    assert band.stripe_y - (MAX_STRIPES - 1) * (band.stripe_h + 1) > 0
