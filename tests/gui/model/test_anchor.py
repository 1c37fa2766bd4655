"""What was uppermost is so again, with other lanes above it, and in another height; or is gone."""

from __future__ import annotations

import pytest

from poolscope_gui.model.anchor import scroll_of, uppermost
from poolscope_gui.model.arrangement import Arrangement
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.layout import Layout, arrange
from tests.gui.charts import crowd


def laid(chart: Chart, scroll: float, wanted: Arrangement | None = None) -> Layout:
    return arrange(chart, 1280, 700, scroll, wanted)


@pytest.mark.parametrize("scroll", [1, 20, 333, 10_000])
def test_where_nothing_changed_it_is_the_same_scroll(scroll: int) -> None:
    chart = crowd(64, 3)
    layout = laid(chart, scroll)
    top = uppermost(layout, chart.lanes, chart.groups)
    assert scroll_of(top, layout, chart.lanes, chart.groups) == pytest.approx(layout.scroll)


def test_nothing_is_held_where_nothing_is_scrolled() -> None:
    chart = crowd(64, 3)
    top = uppermost(laid(chart, 0), chart.lanes, chart.groups)
    assert top is None
    assert scroll_of(top, laid(chart, 0), chart.lanes, chart.groups) is None


def test_it_is_found_among_other_lanes_of_another_height() -> None:
    chart = crowd(64, 3)
    top = uppermost(laid(chart, 500), chart.lanes, chart.groups)
    assert top is not None
    wanted = Arrangement(scale=2.0)
    wanted.hide(chart.lanes[0].key, "")
    wanted.move_lane(chart, 3, 50)
    scroll = scroll_of(top, laid(chart, 0, wanted), chart.lanes, chart.groups)
    assert scroll is not None
    found = uppermost(laid(chart, scroll, wanted), chart.lanes, chart.groups)
    assert found is not None
    assert found.name == top.name
    assert found.share == pytest.approx(top.share, abs=0.02)


def test_a_folded_lane_is_not_found() -> None:
    chart = crowd(64, 3)
    top = uppermost(laid(chart, 500), chart.lanes, chart.groups)
    wanted = Arrangement(folded={chart.groups[0].key})
    assert scroll_of(top, laid(chart, 0, wanted), chart.lanes, chart.groups) is None
