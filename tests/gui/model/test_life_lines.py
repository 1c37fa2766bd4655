"""The line of one future through the lanes: where it leads, and what is drawn of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from poolscope.trace.schema import Kind, ReturnWhen, Role, WaitKind, WaitOutcome
from poolscope_gui.model.chart import Hit, Hop
from poolscope_gui.model.hops import hops
from poolscope_gui.model.life_lines import LifeLines
from poolscope_gui.model.ops import Lines
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.tracks import NEVER
from tests.gui.made_traces import MS, MadeRun
from tests.gui.model.test_compose import scene as scene_of


def waited() -> MadeRun:
    """main submits two tasks; caller waits for both, the second releases it; #3 is queued."""
    run = MadeRun()
    first, second = run.submit(0, "first()"), run.submit(1, "second()")
    caller, wait = run.trace.thread("caller", role=Role.CALLER), run.trace.id()
    caller.emit(2 * MS, Kind.WAIT_BEGAN, wait, 0, 2, WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8)
    caller.emit(2 * MS, Kind.WAIT_ITEM, first, 2)
    caller.emit(31 * MS, Kind.WAIT_DONE, first, 2)
    caller.emit(31 * MS, Kind.WAIT_ENDED, wait, second, 2, WaitOutcome.SATISFIED)
    run.start(first, 5)
    run.finish(first, 10)
    run.start(second, 20, worker=1)
    run.finish(second, 30, worker=1)
    run.submit(40, "third()")
    run.take()
    return run


def lanes(chart: ChartSource) -> dict[str, int]:
    return {lane.title: number for number, lane in enumerate(chart.lanes)}


def test_from_the_submit_to_the_start_and_from_the_end_to_the_wait() -> None:
    chart = ChartSource(waited().store)
    at = lanes(chart)
    first = chart.hops(Hit("task", ref=0))
    assert first == (Hop(at["MainThread"], 0, at["io_0"], 5 * MS),)
    assert chart.hops(Hit("task", ref=1)) == (
        Hop(at["MainThread"], 1 * MS, at["io_1"], 20 * MS),
        Hop(at["io_1"], 30 * MS, at["caller"], 31 * MS),
    )
    assert chart.hops(Hit("wait", ref=0)) == (Hop(at["io_1"], 30 * MS, at["caller"], 31 * MS),)
    main = at["MainThread"]
    assert chart.hops(Hit("task", ref=2)) == (Hop(main, 40 * MS, main, NEVER),)
    assert chart.hops(Hit("lane", 0)) == chart.hops(None) == ()


def test_a_wait_that_found_all_done_was_released_by_nobody() -> None:
    run = waited()
    late, wait = run.trace.thread("late", role=Role.CALLER), run.trace.id()
    task = int(run.store.tasks.id[1])
    late.emit(50 * MS, Kind.WAIT_BEGAN, wait, 0, 1, WaitKind.WAIT | ReturnWhen.ALL_COMPLETED << 8)
    late.emit(50 * MS, Kind.WAIT_ITEM, task, 1)
    late.emit(51 * MS, Kind.WAIT_DONE, task, 1)
    late.emit(51 * MS, Kind.WAIT_ENDED, wait, task, 1, WaitOutcome.SATISFIED)
    chart = ChartSource(run.take())
    assert len(chart.hops(Hit("task", ref=1))) == 2
    assert chart.hops(Hit("wait", ref=1)) == ()


def test_it_is_not_worked_out_at_every_frame_of_a_growing_trace() -> None:
    run, now = waited(), [0.0]
    chart, lines = ChartSource(run.store), LifeLines(lambda: now[0])
    assert len(lines.of(chart, Hit("task", ref=2))) == 1
    run.start(int(run.store.tasks.id[2]), 45)
    run.take()
    chart.update()
    assert lines.of(chart, Hit("task", ref=2))[0].until == NEVER
    now[0] = 1.0
    assert lines.of(chart, Hit("task", ref=2))[0].until == 45 * MS


def drawn(chart: ChartSource, chosen: Hit | None, hover: Hit | None = None) -> list[Lines]:
    scene = replace(scene_of(chart), picked=chosen, hover=hover)
    return [op for op in hops(scene) if isinstance(op, Lines)]


def test_only_what_is_chosen_or_pointed_at_has_a_line() -> None:
    chart = ChartSource(waited().store)
    scene = scene_of(chart)
    task = Hit("task", ref=1)
    assert drawn(chart, None) == []
    chosen, hover = drawn(chart, task), drawn(chart, None, task)
    assert chosen[1].colour == scene.theme.selected
    assert hover[1].colour == scene.theme.hover
    assert np.array_equal(chosen[1].segments, hover[1].segments)
    assert len(drawn(chart, task, task)) == 2  # once, not twice
    # A dot where it came from, then up, along, and down to where it began.
    first = chosen[0].segments[:3]
    assert first[0, 0] == first[0, 2] == scene.x(1 * MS)
    assert first[1, 1] == first[1, 3]
    assert first[2, 0] == first[2, 2] == scene.x(20 * MS)
    assert first[2, 3] > first[2, 1]


def test_a_line_ends_near_the_window_however_far_its_ends_are() -> None:
    chart = ChartSource(waited().store)
    base = scene_of(chart)
    view = replace(base.view, begin=25.0 * MS, span=1000.0).snapped()
    scene = replace(base, view=view, picked=Hit("task", ref=1))
    for op in hops(scene):
        if isinstance(op, Lines):
            assert np.abs(op.segments).max() < 10_000
