"""Where the view goes: zoom about a point, pan, follow, fit, freeze."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.viewport import (
    EDGE_SLACK,
    FIRST_SPAN,
    FOLLOW_SPAN,
    LIVE_MARGIN,
    MIN_SPAN,
    Navigation,
    Viewport,
)

SECOND = 1e9


def loaded(length: float = 60 * SECOND) -> Navigation:
    view = Navigation()
    view.advance(0, length, live=True)
    return view


@given(st.floats(-1e12, 1e12), st.floats(MIN_SPAN, 1e13), st.integers(1, 4000))
def test_edges_of_columns_are_where_x_says(begin: float, span: float, width: int) -> None:
    view = Viewport(begin, span, width).snapped()
    edges = view.edges()
    assert edges.dtype == np.int64
    assert len(edges) == width + 1
    assert (np.diff(edges) >= 0).all()
    assert np.abs(view.xs(edges) - np.arange(width + 1)).max() <= 1 / view.unit + 1e-3
    assert view.begin <= begin + 1e-6 * span + 4 * math.ulp(begin)  # as exact as floats are


@given(st.floats(0, 1), st.floats(0.1, 10))
def test_zoom_keeps_the_point_under_the_cursor(share: float, factor: float) -> None:
    view = loaded()
    view.pan(-0.3)
    before = view.begin + share * view.span
    view.zoom(factor, share)
    assert view.begin + share * view.span == pytest.approx(before, abs=1.0)


def test_zoom_has_limits() -> None:
    view = loaded()
    view.pan(-0.1)
    for _ in range(300):
        view.zoom(0.5, 0.5)
    assert view.span == MIN_SPAN
    for _ in range(300):
        view.zoom(2.0, 0.5)
    assert view.span <= 120 * SECOND


def test_a_pan_leaves_follow_and_end_takes_it_up_again() -> None:
    view = loaded()
    view.pan(-0.2)
    begin = view.begin
    assert not view.follow
    view.advance(0, 70 * SECOND)
    assert view.begin == begin, "the view must not move by itself"
    view.set_follow(True)
    assert view.begin < 70 * SECOND < view.begin + view.span


@given(st.floats(0, 1), st.floats(0.1, 10), st.floats(0.5, 100))
def test_zoom_while_following_keeps_the_point_under_the_cursor_too(
    share: float, factor: float, length: float
) -> None:
    view = loaded(length * SECOND)
    before = view.begin + share * view.span
    view.zoom(factor, share)
    assert view.begin + share * view.span == pytest.approx(before, abs=1.0)
    # As long as it still follows, the next event moves the view no further than time has passed.
    begin, slack = view.begin, EDGE_SLACK * view.span
    view.advance(0, view.now + 1e6)
    moved = abs(view.begin - begin)
    assert moved <= (slack + 1e6 if view.follow else 0) + 1.0


def test_zoom_about_the_live_edge_goes_on_following() -> None:
    view = loaded()
    for factor in (0.1, 0.1, 5.0):
        view.zoom(factor, view.edge_share)
        assert view.follow
    view.zoom(0.9, 0.5)
    assert not view.follow


def test_zoom_by_keys_follows_on_and_stays_off() -> None:
    view = loaded()
    view.zoom_keys(0.1)
    assert view.follow
    assert view.begin < view.now < view.begin + view.span
    view.pan(-0.3)
    middle = view.begin + view.span / 2
    view.zoom_keys(0.5)
    assert not view.follow
    assert view.begin + view.span / 2 == pytest.approx(middle, abs=1.0)


def test_following_shows_everything_at_first_and_then_scrolls() -> None:
    view = Navigation()
    view.advance(0, 0.1 * SECOND)
    assert (view.begin, view.span) == (0, SECOND)
    view.advance(0, 10 * SECOND)
    assert view.begin == 0
    view.advance(0, FOLLOW_SPAN * 2)
    assert view.begin > 0
    assert view.begin + view.span > view.now


def test_a_trace_being_loaded_is_shown_whole_until_the_user_moves() -> None:
    view = Navigation()
    view.advance(0, 5 * SECOND, live=False)
    view.advance(0, 500 * SECOND, live=False)
    assert view.begin <= 0
    assert view.begin + view.span >= 500 * SECOND
    view.zoom(0.5, 0.0)
    seen = (view.begin, view.span)
    view.follow = False
    view.advance(0, 900 * SECOND, live=False)
    assert (view.begin, view.span) == seen


def test_the_start_of_a_trace_being_loaded_stays_in_view() -> None:
    view = Navigation()
    view.advance(0, 5 * SECOND, live=False)
    view.to_start()
    seen = (view.begin, view.span)
    view.advance(0, 500 * SECOND, live=False)
    assert (view.begin, view.span) == seen


def test_the_end_of_a_live_run_moves_nothing() -> None:
    view = loaded(100 * SECOND)
    seen = (view.begin, view.span)
    view.advance(0, 100 * SECOND, live=False)
    assert (view.begin, view.span) == seen


def test_fit_shows_all_of_a_run_that_was_shorter_than_a_second() -> None:
    """It was taken back with the next frame."""
    view = Navigation()
    view.advance(0, SECOND / 4)
    assert view.span == FIRST_SPAN
    before = view.look()
    view.advance(0, SECOND / 4, live=False)
    view.fit()
    for _ in range(2):
        view.advance(0, SECOND / 4, live=False)
        assert view.span == pytest.approx(SECOND / 4 * (1 + LIVE_MARGIN))
    assert view.follow
    fitted = view.look()
    view.restore(before)
    assert view.span == FIRST_SPAN
    view.restore(fitted)
    assert view.span == fitted.span


def test_fit_of_a_live_run_grows_with_it() -> None:
    view = Navigation()
    view.advance(0, SECOND / 4)
    view.fit()
    for now in (SECOND / 3, SECOND / 2, 2 * SECOND):
        view.advance(0, now)
        assert (view.begin, view.span) == (0, pytest.approx(now * (1 + LIVE_MARGIN)))


def test_freeze_holds_now_and_the_view() -> None:
    view = loaded()
    seen = (view.begin, view.now)
    view.frozen = True
    view.advance(0, 99 * SECOND)
    assert (view.begin, view.now) == seen


def test_some_history_stays_in_view() -> None:
    view = loaded()
    for _ in range(100):
        view.pan(1.0)
    assert view.begin < view.now
    for _ in range(100):
        view.pan(-1.0)
    assert view.begin + view.span > 0


def test_show_and_fit() -> None:
    view = loaded()
    view.show(2 * SECOND, 3 * SECOND)
    assert (view.begin, view.span, view.follow) == (2 * SECOND, SECOND, False)
    view.show(5, 5)
    assert view.span == MIN_SPAN
    view.fit()
    assert view.begin <= 0
    assert view.begin + view.span >= 60 * SECOND
