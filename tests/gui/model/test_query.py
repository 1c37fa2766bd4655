"""What is typed into the search box, and which tasks that means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from poolscope.trace.schema import Kind
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.fading import faded
from poolscope_gui.model.matched import Matched
from poolscope_gui.model.ops import Fill, Strip
from poolscope_gui.model.query import Limit, Query, parse
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.task_rows import TaskRows
from poolscope_gui.model.viewport import Viewport
from tests.analysis.drawing import Drawn
from tests.gui.made_traces import MS, every_state
from tests.gui.model.test_compose import scene as scene_of

DRAWING = """
    w0   |..AAAA..CC|
    w1   |.BBB##BB..|
    main |.....###..|
"""


def test_words_filters_and_lengths() -> None:
    found = parse('pool:IO state:exc >100ms waited<=1.5s "no host" Fetch name:a #12')
    assert found == Query(
        words=("no host", "fetch"),
        keyed=(("pool", "io"), ("name", "a")),
        number=12,
        states=frozenset({4}),
        limits=(Limit("ran", True, 100 * MS), Limit("waited", False, 1500 * MS, True)),
    )
    assert parse("Task:fetch") == Query(keyed=(("name", "fetch"),))
    assert parse("state:pending state:running").states == {0, 2}
    assert parse("http://x a:b") == Query(words=("http://x", "a:b"))
    assert parse("  ").empty


@pytest.mark.parametrize("text", ["state:oops", ">100", "ran<fast", "pool:", 'pool:""', "state:"])
def test_what_is_wrong_is_told_and_asks_for_nothing(text: str) -> None:
    found = parse(f"{text} fetch")
    assert len(found.wrong) == 1
    assert found.wrong[0].startswith(text)
    assert found.words == ("fetch",)
    assert parse(text).empty


def numbers(rows: TaskRows, text: str) -> list[int]:
    rows.filter(text)
    rows.refresh()
    return sorted(int(row) + 1 for row in rows.rows)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("fetch", [2, 3]),
        ("fetch no", [2]),
        ("'b' host", [2]),
        ("io_1", [2]),
        ("worker:io_0", [1, 3, 6]),
        ("pool:io", [1, 2, 3, 4, 5, 6]),
        ("pool:cpu", []),
        ("state:exc", [2]),
        ("state:fin >10ms", [1]),
        ("<10ms", [2, 6]),
        (">=8ms <=20ms", [1, 2]),
        ("waited>20ms", [3, 4, 5, 6]),
        ("error:host", [2]),
        ("error:jobs.py", [2]),
        ("name:slept", []),
        ("slept", [6]),
        ("#4", [4]),
        ("#44", []),
        ("state:nonsense", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_which_tasks_are_meant(text: str, wanted: list[int]) -> None:
    run = every_state()
    run.workers[1][1].emit(20 * MS, Kind.TRACEBACK, run.store.tasks.id[1], 0, "jobs.py:12")
    rows = TaskRows()
    rows.set_store(run.take())
    assert numbers(rows, text) == wanted


def test_a_locks_name_finds_who_held_it_or_waited_for_it() -> None:
    rows = TaskRows()
    rows.set_store(Drawn(DRAWING).store())
    assert numbers(rows, "lock:loc") == [2]
    assert numbers(rows, "lock") == [2]
    assert rows.words == ("lock",)


def test_new_tasks_are_asked_too() -> None:
    run, rows = every_state(), TaskRows()
    rows.set_store(run.store)
    assert numbers(rows, "fetch state:pending") == []
    run.submit(120, "fetch('new')")
    run.take()
    rows.refresh()
    assert rows.rows.tolist() == [6]


def test_a_lane_has_those_tasks_alone() -> None:
    chart = ChartSource(every_state().store)
    matched, lane = Matched(np.array([5, 0])), chart.lanes[0]
    assert matched.of(lane).tasks.track.ref.tolist() == [0, 5]
    assert matched.of(lane) is matched.of(lane)
    assert not len(matched.of(chart.lanes[1]).tasks.track)
    assert matched.same(np.array([0, 5]))
    assert not matched.same(np.array([0, 4]))
    assert not len(Matched(np.empty(0, np.int64)).of(lane).tasks.track)
    assert chart.facts(Hit("task", 0, 5)).title


def test_a_veil_lies_over_what_is_not_asked_for() -> None:
    chart = ChartSource(every_state().store)
    base = scene_of(chart)
    assert faded(base, list(base.layout.rows)) == []
    scene = replace(base, matched=Matched(np.array([0])))
    veil = faded(scene, list(scene.layout.rows))[0]
    assert isinstance(veil, Fill)
    row = scene.layout.row_of(0)
    assert row is not None
    y = scene.layout.y(row)
    mine = veil.rects[(veil.rects[:, 1] >= y) & (veil.rects[:, 1] < y + row.height)]
    left, right = scene.layout.left, scene.layout.left + scene.layout.chart_width
    # #1 ran from 10 to 30 ms on this lane: there is a gap, and only there.
    assert mine[:, 0].tolist() == pytest.approx([left, scene.x(30 * MS)], abs=1.5)
    ends = (mine[:, 0] + mine[:, 2]).tolist()
    assert ends == pytest.approx([scene.x(10 * MS), right], abs=1.5)
    other = veil.rects[veil.rects[:, 1] > y + row.height]
    assert other[:, 2].tolist() == [scene.layout.chart_width]


def test_what_is_asked_for_and_too_short_for_a_bar_is_painted_above_the_veil() -> None:
    base = scene_of(ChartSource(every_state().store))
    wide = Viewport(0.0, 60e9, base.view.width).snapped()  # 20 ms are less than a pixel
    scene = replace(base, view=wide, matched=Matched(np.array([0])))
    veil, *above = faded(scene, list(scene.layout.rows))
    assert isinstance(veil, Fill)
    (strip,) = [op for op in above if isinstance(op, Strip)]
    row = scene.layout.row_of(0)
    assert row is not None
    assert scene.layout.y(row) <= strip.y < scene.layout.y(row) + row.height
    assert strip.x == pytest.approx(scene.x(10 * MS), abs=1.5)
    assert (strip.pixels >> 24 == 0xFF).any()
