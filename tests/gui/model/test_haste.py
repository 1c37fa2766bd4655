"""Stretched columns: only where they reach, true while they are there, exact in the end."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.chart import Sliced
from poolscope_gui.model.haste import AHEAD, Haste
from poolscope_gui.model.palette import EXCEPTION, FINISHED
from poolscope_gui.model.slab import COARSER
from poolscope_gui.model.tracks import track
from poolscope_gui.model.viewport import Viewport

WIDTH = 400
NOW = 1e9


def busy_lane(seed: int = 3, spans: int = 4_000) -> Sliced:
    random = np.random.default_rng(seed)
    start = np.cumsum(random.integers(1_000, 200_000, spans))
    end = start + random.integers(100, 900, spans)
    kind = np.where(random.random(spans) < 0.01, EXCEPTION, FINISHED).astype(np.uint8)
    return Sliced(track(start, end, None, kind, common=FINISHED))


def looking_at(begin: float, span: float) -> Viewport:
    return Viewport(begin, span, WIDTH).snapped()


def test_with_no_time_left_a_lane_shows_what_it_has_and_is_exact_in_its_turn() -> None:
    lanes = [busy_lane(seed) for seed in range(3)]
    haste = Haste(budget_s=0.0)
    wide, near = looking_at(0, 4e8), looking_at(1e8, 2e8)
    haste.begin()
    for lane in lanes:
        assert haste.columns(lane, wide, NOW).unit == wide.unit  # there is nothing to stretch
    exact = []
    for _ in range(4):
        haste.begin()
        exact.append(sum(haste.columns(lane, near, NOW).unit == near.unit for lane in lanes))
        assert haste.late == (exact[-1] < 3)
    assert exact == [1, 2, 3, 3]


def test_every_lane_has_its_turn_while_the_zoom_goes_on() -> None:
    lanes = [busy_lane(seed) for seed in range(4)]
    haste = Haste(budget_s=0.0)
    span, exact = 4e8, [0] * 4
    for _ in range(24):
        span /= 1.05
        view = looking_at(2e8 - span / 2, span)
        haste.begin()
        for number, lane in enumerate(lanes):
            exact[number] += haste.columns(lane, view, NOW).unit == view.unit
    assert sum(exact) == 4 + 23  # all in the first frame, then one a frame
    assert max(exact) - min(exact) <= 1


@given(share=st.floats(1 / COARSER, 1.0), at=st.floats(0.0, 1.0))
def test_a_span_is_in_a_stretched_column_that_it_lies_in(share: float, at: float) -> None:
    lane = busy_lane()
    haste = Haste(budget_s=0.0)
    wide = looking_at(0, 4e8)
    view = looking_at(4e8 * at * (1 - share), 4e8 * share)
    haste.begin()
    haste.columns(lane, wide, NOW)
    haste.columns(lane, view, NOW)
    columns, unit = haste.columns(lane, view, NOW)
    spans = lane.track
    seen = (spans.start >= view.begin) & (spans.end <= view.end)
    for number in np.flatnonzero(seen).tolist():
        column = int(spans.start[number] // unit) - columns.first
        inside = 0 <= column < len(columns.count) and columns.count[column] > 0
        assert inside or number in columns.wide
        if spans.kind[number] == EXCEPTION and number not in columns.wide:
            assert columns.rare[EXCEPTION][column] > 0


def test_what_does_not_reach_or_is_old_is_not_stretched() -> None:
    lane = busy_lane()
    slab = lane.slicer
    slab.columns(looking_at(1e8, 1e8), NOW)
    assert slab.stretched(looking_at(1.2e8, 0.5e8), NOW) is not None
    assert slab.stretched(looking_at(0.5e8, 1e8), NOW) is None  # to the left there is more
    assert slab.stretched(looking_at(1.2e8, 0.01e8), NOW) is None  # much too coarse
    spans = lane.track
    start, end = np.append(spans.start, 4 * 10**8), np.append(spans.end, 4 * 10**8 + 5)
    spans.update(start, end, np.arange(len(start)), np.append(spans.kind, np.uint8(FINISHED)))
    assert slab.stretched(looking_at(1.2e8, 0.5e8), NOW) is None  # something has happened


def test_zooming_out_reaches_further_than_what_is_seen() -> None:
    lane = busy_lane()
    slab = lane.slicer
    slab.columns(looking_at(1.5e8, 0.5e8), NOW)
    slab.columns(looking_at(1.4e8, 0.7e8), NOW)
    assert slab.stretched(looking_at(1.3e8, 0.9e8), NOW) is not None


def grown(lane: Sliced, at: int) -> None:
    spans = lane.track
    start, end = np.append(spans.start, at), np.append(spans.end, at + 5)
    kind = np.append(spans.kind, np.uint8(FINISHED))
    spans.update(start, end, np.arange(len(start)), kind)


def test_a_lane_that_has_grown_has_its_turn_within_two_frames_and_is_exact_then() -> None:
    lanes = [busy_lane(seed) for seed in range(2)]
    haste, view = Haste(budget_s=0.0), looking_at(0, 5e8)
    haste.begin()
    before = [haste.columns(lane, view, NOW).columns.count.sum() for lane in lanes]
    for lane in lanes:
        grown(lane, int(lane.track.start[-1]) + 10_000_000)
    more = []
    for _ in range(3):
        haste.begin()
        counts = [haste.columns(lane, view, NOW).columns.count.sum() for lane in lanes]
        more.append([int(now - was) for now, was in zip(counts, before, strict=True)])
    assert more == [[1, 0], [1, 1], [1, 1]]
    assert not haste.late


def test_with_time_left_a_lane_cuts_further_than_it_is_seen() -> None:
    lane, haste = busy_lane(), Haste(budget_s=9.0)
    first = looking_at(1e8, 1e8)
    for moved in (0, 1):
        haste.begin()
        haste.columns(lane, looking_at(first.begin + moved * first.unit, 1e8), NOW)
    kept = lane.slicer.columns(looking_at(first.begin + first.unit, 1e8), NOW)
    assert kept.first <= first.first + 1 - AHEAD
    assert kept.first + len(kept.count) >= first.first + 1 + WIDTH + AHEAD
