"""A thread that is away with what ``as_completed`` handed out is not drawn as one that waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poolscope.analysis.yield_table import YieldTable
from poolscope.trace.schema import Kind, Role, WaitKind, WaitOutcome
from poolscope_gui.model.arrangement import Arrangement
from poolscope_gui.model.chart import Group, Hit, Lane
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Fill, Hatch, Op, Outline, Rounded
from poolscope_gui.model.palette import THEMES, with_alpha
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Viewport
from tests.gui.charts import HandMade, meter, sliced
from tests.gui.made_traces import MS, MadeRun

LIGHT = THEMES["light"]


def scene(chart: HandMade | ChartSource, begin: float, end: float, width: int = 1280) -> Scene:
    layout = arrange(chart, width, 400, 0)
    view = Viewport(begin * MS, end * MS, int(layout.chart_width)).snapped()
    return Scene(chart, layout, view, 1.0, LIGHT, Fitter(meter))


def waits_painted(frame: list[Op]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    body = LIGHT.waiting.body
    found = [op.rects for op in frame if isinstance(op, Fill | Rounded) and op.colour == body]
    boxes = np.concatenate(found) if found else np.empty((0, 4))
    return boxes[boxes[:, 3] > 15]  # not the legend's, not the overview's


def ms(drawn: Scene, xs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    return [drawn.view.time(x - drawn.layout.left) / MS for x in xs.tolist()]


def caller(
    waits: list[tuple[float, float, int]], aways: list[tuple[float, float, int]]
) -> HandMade:
    lane = Lane(("thread", 1), "caller", "main", 0)
    lane.waits = [sliced(*waits, common=0)]
    lane.aways = [sliced(*aways, common=0)]
    return HandMade(now=1000 * MS, lanes=[lane], groups=[Group("callers", lanes=[0])])


def test_the_frame_is_the_call_and_it_is_filled_where_the_thread_waited() -> None:
    chart = caller([(100, 500, 0), (600, -1, 0)], [(200, 300, 0), (450, 500, 0), (900, -1, 0)])
    drawn = scene(chart, 0, 1000)
    frame = compose(drawn)
    boxes = waits_painted(frame)
    begins, ends = ms(drawn, boxes[:, 0]), ms(drawn, boxes[:, 0] + boxes[:, 2])
    assert begins == pytest.approx([100, 300, 600], abs=2)
    assert ends == pytest.approx([200, 450, 900], abs=2)
    frames = [op.rects for op in frame if isinstance(op, Outline)]
    edge = [each for each in np.concatenate(frames) if each[2] > 300]
    assert len(edge) == 2


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=60),
    st.integers(0, 500),
    st.integers(20, 2000),
)
@example([(60, 1)], 0, 1854)
# One ends in the first half of a column, and the next begins in its second half.
@example([(1, 1), (1, 1), (1, 23), (60, 60), (60, 60), (1, 23)], 0, 1987)
def test_a_column_is_filled_as_the_thread_waited_for_most_of_it(
    steps: list[tuple[int, int]], begin: int, length: int
) -> None:
    aways, time = [], 0
    for waited, away in steps:
        aways.append((float(time + waited), float(time + waited + away), 0))
        time += waited + away
    chart = caller([(0, time, 0)], aways)
    chart.now = max(time, begin + length) * MS
    drawn = scene(chart, begin, begin + length, 420)
    edges = np.asarray(drawn.view.edges(), np.float64) / MS
    cover = np.zeros(len(edges) - 1)
    if time / (edges[1] - edges[0]) < 4:
        return  # the whole call is a narrow one
    for low, high, _ in aways:
        cover += np.maximum(0, np.minimum(edges[1:], high) - np.maximum(edges[:-1], low))
    cover /= np.diff(edges)
    # Without the call's last column: a bar leaves a pixel of gap behind it.
    inside = np.flatnonzero((edges[1:-2] > 0) & (edges[3:] < time)) + 1
    filled = np.zeros(len(cover), bool)
    for x, _, width, _ in waits_painted(compose(drawn)).tolist():
        first = round(x - drawn.layout.left)
        filled[max(first, 0) : max(first + round(width), 0)] = True
    for column in inside.tolist():
        near = cover[max(column - 3, 0) : column + 4]  # narrow ones are counted where they begin
        if (near < 0.15).all():
            assert filled[column]
        if (near > 0.85).all():
            assert not filled[column]


def test_absences_are_followed_as_they_come_and_a_hatch_has_gaps() -> None:
    run = MadeRun()
    inner = [run.submit(0), run.submit(0)]
    outer = run.submit(0, "outer()")
    run.start(outer, 1)
    stream, wait = run.workers[0][1], run.trace.id()
    stream.emit(2 * MS, Kind.WAIT_BEGAN, wait, 0, 2, WaitKind.AS_COMPLETED)
    stream.emit(2 * MS, Kind.WAIT_ITEM, inner[0], 2)
    chart = ChartSource(run.take())
    lane = chart.lanes[0]
    assert lane.aways == []
    seen = []
    for time, kind, task in (
        (20, Kind.WAIT_RELEASED, inner[0]),
        (40, Kind.WAIT_RESUMED, 0),
        (60, Kind.WAIT_RELEASED, inner[1]),
    ):
        stream.emit(time * MS, kind, wait, task)
        run.take()
        chart.update()
        track = lane.aways[0].track
        seen.append(list(zip(track.start // MS, track.end // MS, strict=True)))
    assert seen == [[(20, -1)], [(20, 40)], [(20, 40), (60, -1)]]
    stream.emit(90 * MS, Kind.WAIT_ENDED, wait, 0, 2, WaitOutcome.SATISFIED)
    run.finish(outer, 100)
    run.take()
    chart.update()
    assert (lane.aways[0].track.end // MS).tolist() == [40, 90]
    drawn = scene(chart, 0, 100)
    hatches = [op.rects for op in compose(drawn) if isinstance(op, Hatch)]
    boxes = np.concatenate(hatches)
    boxes = boxes[np.argsort(boxes[:, 0])]
    boxes = boxes[(boxes[:, 0] >= drawn.layout.left) & (boxes[:, 3] > 15)]
    ends = ms(drawn, boxes[:, 0] + boxes[:, 2])
    assert ends == pytest.approx([20, 60], abs=0.5)


def test_a_nested_call_has_its_own_gaps() -> None:
    run = MadeRun()
    outer, inner = run.trace.id(), run.trace.id()
    caller_stream = run.trace.thread("caller", role=Role.CALLER)
    task = run.submit(0)
    for at, kind, wait in (
        (1, Kind.WAIT_BEGAN, outer),
        (10, Kind.WAIT_RELEASED, outer),
        (12, Kind.WAIT_BEGAN, inner),
        (20, Kind.WAIT_RELEASED, inner),
        (30, Kind.WAIT_ENDED, inner),
        (40, Kind.WAIT_ENDED, outer),
    ):
        began = kind == Kind.WAIT_BEGAN
        ended = WaitOutcome.SATISFIED
        how = WaitKind.AS_COMPLETED if began else ended
        first = 0 if began or kind == Kind.WAIT_ENDED else task
        caller_stream.emit(at * MS, kind, wait, first, 1 if began else 0, how)
        if began:
            caller_stream.emit(at * MS, Kind.WAIT_ITEM, task, 1)
    chart = ChartSource(run.take())
    lane = next(each for each in chart.lanes if each.title == "caller")
    spans = [
        (each.track.start // MS).tolist() + (each.track.end // MS).tolist() for each in lane.aways
    ]
    assert spans == [[10, 40], [20, 30]]
    assert chart.facts(Hit("wait", ref=1)).title == "as_completed"


def test_a_folded_row_counts_who_waits_and_not_who_is_away() -> None:
    chart = caller([(100, 900, 0)], [(300, 500, 0)])
    chart.lanes[0].waits.append(sliced((350, 400, 0), first=1, common=0))
    drawn = scene(chart, 0, 1000)
    wanted = Arrangement(folded={chart.groups[0].key})
    drawn = replace(drawn, layout=arrange(chart, 1280, 400, 0, wanted))
    frame = compose(drawn)
    colour = with_alpha(LIGHT.pools[0], 0xB0)
    found = [op.rects for op in frame if isinstance(op, Fill) and op.colour == colour]
    boxes = np.concatenate(found)
    times = np.array(ms(drawn, boxes[:, 0] + boxes[:, 2] / 2))
    for low, high, waits in ((110, 290, 1), (310, 340, 0), (360, 390, 1), (410, 490, 0)):
        inside = (times > low) & (times < high)
        assert bool(inside.any()) == bool(waits)


def test_a_call_is_named_without_a_look_at_what_it_handed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is in each frame, and there may be very many."""
    run = MadeRun()
    futures = [run.submit(0) for _ in range(3)]
    wait = run.trace.id()
    run.main.emit(1 * MS, Kind.WAIT_BEGAN, wait, 0, 3, WaitKind.AS_COMPLETED)
    run.main.emit(1 * MS, Kind.WAIT_ITEM, futures[0], 3)
    run.main.emit(2 * MS, Kind.WAIT_RELEASED, wait, futures[0])
    chart = ChartSource(run.take())
    chart.update()

    def looked(_table: YieldTable, wait: int) -> None:
        raise AssertionError(wait)

    monkeypatch.setattr(YieldTable, "of", looked)
    assert chart.wait_labels(0)[0] == "as_completed(3 futures)"
