"""Spans that users named: brackets over the bars of their lanes."""

from __future__ import annotations

import numpy as np
import pytest

from poolscope.trace.schema import Kind, Role
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.compose import compose
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import SPAN_Y, bands
from poolscope_gui.model.palette import FINISHED, THEMES
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.tracks import NEVER
from tests.analysis.traces import Trace
from tests.gui.charts import MS, HandMade, one_lane, sliced
from tests.gui.model.test_compose import rects_of, scene, texts
from tests.gui.model.test_source import stored

LIGHT = THEMES["light"]


def named() -> HandMade:
    chart = one_lane((10, 90, FINISHED))
    chart.lanes[0].spans = [sliced((20, 70, 0), common=0), sliced((30, 50, 0), first=1, common=0)]
    return chart


def test_brackets_lie_over_the_bars_and_their_words() -> None:
    shown = scene(named())
    frame = compose(shown)
    bar = rects_of(frame, LIGHT.states[FINISHED].body)[0]
    lines = [r for r in rects_of(frame, LIGHT.muted).tolist() if r[0] > shown.layout.left]
    assert len(lines) == 6, "a line and two ends, twice"
    assert all(y + h <= bar[1] for _, y, _, h in lines)
    assert min(x for x, *_ in lines) == shown.x(20 * MS)
    words = {item.text: item for item in texts(frame)}
    assert words["load the page"].y < words["parse"].y < bar[1]
    assert words["#1 fetch(url)"].y > bar[1]


def test_an_open_one_has_no_end() -> None:
    chart = named()
    chart.lanes[0].spans = [sliced((20, -1, 0), common=0)]
    shown = scene(chart)
    lines = [r for r in rects_of(compose(shown), LIGHT.muted).tolist() if r[0] > shown.layout.left]
    assert len(lines) == 2


def test_a_short_one_leaves_its_trace() -> None:
    chart = named()
    chart.lanes[0].spans = [sliced((20, 20.0001, 0), common=0)]
    shown = scene(chart)
    lines = [r for r in rects_of(compose(shown), LIGHT.muted).tolist() if r[0] > shown.layout.left]
    assert [line[2] for line in lines] == [1.0]


@pytest.mark.parametrize("height", [24.0, 40.0, 64.0])
@pytest.mark.parametrize("levels", [0, 1, 2, 5])
def test_there_is_room_for_bars_below(height: float, levels: int) -> None:
    band = bands(height, 2, levels)
    assert band.bar_h >= 6
    assert band.bar_y + band.bar_h <= height
    assert band.bar_y >= SPAN_Y + band.spans * band.span_h
    assert band.spans == min(levels, 2 if height == 64 else 1)


def test_what_is_pointed_at() -> None:
    shown = scene(named())
    row = shown.layout.visible()[1]
    band, top, x = bands(row.height, 0, 2), shown.layout.y(row), shown.x(40 * MS)
    upper = hit_at(shown, x, top + SPAN_Y + band.span_h / 2)
    lower = hit_at(shown, x, top + SPAN_Y + band.span_h * 1.5)
    assert upper is not None
    assert (upper.part, upper.ref) == ("span", 0)
    assert lower is not None
    assert (lower.part, lower.ref) == ("span", 1)
    bar = hit_at(shown, x, top + band.bar_y + 5)
    assert bar is not None
    assert bar.part == "task"


def test_from_a_trace() -> None:
    trace = Trace()
    main, outer, inner = trace.thread("main", role=Role.MAIN), trace.id(), trace.id()
    wait = trace.id()
    main.emit(MS, Kind.SPAN_BEGAN, outer, 0, "phase  one")
    main.emit(2 * MS, Kind.SPAN_BEGAN, inner, 0, "load")
    main.emit(3 * MS, Kind.WAIT_BEGAN, wait, 0, 1)
    main.emit(5 * MS, Kind.SPAN_ENDED, inner)
    chart = ChartSource(stored(trace))
    lane = chart.lanes[0]
    assert [level.track.end.tolist() for level in lane.spans] == [[NEVER], [5 * MS]]
    assert chart.span_label(0) == "phase one"
    facts = chart.facts(Hit("span", 0, 1))
    assert (facts.title, facts.state) == ("load", "span")
    assert dict(facts.pairs)["lasted"] == "3.00 ms"
    assert dict(chart.facts(Hit("span", 0, 0)).pairs)["ended"] == "not recorded"
    chart.set_clock(lambda: 6 * MS)
    chart.update()
    assert dict(chart.facts(Hit("span", 0, 0)).pairs)["ended"] == "not yet"
    assert np.array_equal(lane.spans[0].track.start, [MS])
