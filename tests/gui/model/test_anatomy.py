"""The parts of a process pool's task: where each lies, and when there is room for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from poolscope.trace.values import Engine
from poolscope_gui.model import anatomy
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.drawing import HATCHED, STRIPES, Drawing
from poolscope_gui.model.layout import bands
from poolscope_gui.model.ops import Rects
from poolscope_gui.model.palette import SENT
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.viewport import Viewport
from tests.analysis.drawing import Drawn
from tests.gui.model.process_trace import MS, two_calls
from tests.gui.model.test_compose import scene as scene_of


def parts(scene: Scene) -> tuple[Rects, Rects]:
    """What is in a pipe, and what is pickled, unpickled or settled."""
    drawing = Drawing(scene)
    row = scene.layout.rows[1]
    anatomy.lane(drawing, scene.chart.lanes[0], scene.layout.y(row), bands(row.height))
    edge = scene.theme.states[SENT].edge
    found = []
    for layer in (HATCHED, STRIPES):
        boxes = [boxes for colour, boxes in drawing.layers.take(layer) if colour == edge]
        found.append(np.concatenate(boxes) if boxes else np.empty((0, 4)))
    return found[0], found[1]


def spans(scene: Scene, boxes: Rects) -> list[tuple[int, int]]:
    """From and until when, in ms."""
    left, right = scene.time, scene.time
    return [
        (round(left(x) / MS), round(right(x + w) / MS)) for x, _, w, _ in sorted(boxes.tolist())
    ]


def test_each_part_lies_when_it_happened() -> None:
    scene = scene_of(ChartSource(two_calls()))
    pipe, hands = parts(scene)
    # The second was sent at 4, but the first was on its way until it began at 12.
    assert spans(scene, pipe) == [(2, 10), (12, 62), (54, 60)]
    assert spans(scene, hands) == [(10, 12), (50, 54), (60, 61), (62, 70)]
    row = scene.layout.rows[1]
    band = bands(row.height)
    upper = scene.snap(scene.layout.y(row) + band.bar_y)
    by_start = {spans(scene, box[np.newaxis])[0]: box for box in np.concatenate((pipe, hands))}
    assert by_start[54, 60][1] == by_start[50, 54][1] == by_start[60, 61][1] == upper
    assert by_start[2, 10][1] == by_start[10, 12][1] > upper
    heights = {round(box[1] + box[3]) for box in by_start.values()}
    assert max(heights) <= round(upper + band.bar_h) + 1


def test_the_pickling_lies_before_the_pipe() -> None:
    scene = scene_of(ChartSource(two_calls(took=MS // 2)))
    pipe, hands = parts(scene)
    assert spans(scene, pipe) == [(2, 10), (12, 62), (54, 60)]
    left, right = scene.time, scene.time
    first = sorted(hands.tolist())[0]
    assert abs(left(first[0]) - MS // 2) < scene.view.unit
    assert abs(right(first[0] + first[2]) - MS) < scene.view.unit
    # The second was pickled when the first was on its way: there is no room for two.
    assert spans(scene, hands)[1:] == [(10, 12), (50, 54), (60, 61), (62, 70)]
    lower = sorted(pipe.tolist())[0]
    assert first[1] == lower[1]


def test_what_is_sent_before_it_is_pickled_waits_for_that() -> None:
    scene = scene_of(ChartSource(two_calls(took=2 * MS, late=6)))
    pipe, hands = parts(scene)
    assert spans(scene, pipe)[:2] == [(2, 5), (7, 10)]
    assert spans(scene, hands)[:2] == [(5, 7), (10, 12)]


def test_what_waits_in_the_pipe_is_seen_wherever_one_looks() -> None:
    """In a view of the middle of the first's bar there was nothing below it."""
    scene = scene_of(ChartSource(two_calls()))
    within = replace(scene, view=Viewport(20.0 * MS, 20.0 * MS, scene.view.width).snapped())
    pipe, _ = parts(within)
    assert any(x <= within.x(20 * MS) and x + w >= within.x(40 * MS) for x, _, w, _ in pipe)


def test_without_room_it_is_one_bar_from_the_hand_over_to_the_start() -> None:
    scene = scene_of(ChartSource(two_calls()))
    far = replace(scene, view=replace(scene.view, span=scene.view.span * 1000).snapped())
    assert [len(boxes) for boxes in parts(far)] == [0, 0]
    hidden = replace(scene, hidden=frozenset({"sent"}))
    assert [len(boxes) for boxes in parts(hidden)] == [0, 0]


def test_what_is_unpickled_unseen_is_in_the_pipes_part_which_says_so() -> None:
    scene = scene_of(ChartSource(two_calls(engine=Engine.STDLIB)))
    pipe, hands = parts(scene)
    assert spans(scene, pipe) == [(2, 12), (12, 70), (54, 61)]
    assert spans(scene, hands) == [(50, 54)]
    drawing, row = Drawing(scene), scene.layout.rows[1]
    anatomy.lane(drawing, scene.chart.lanes[0], scene.layout.y(row), bands(row.height))
    said = {label.words(0)[0] for labels in drawing.labels.values() for label in labels}
    assert said == {"on the way, unpickled", "on the way back, unpickled", "result pickled"}


def test_a_thread_pool_has_none() -> None:
    chart = ChartSource(Drawn("w0 |..AAAA..CC|").store())
    drawing = Drawing(scene_of(chart))
    found = anatomy.lane(drawing, chart.lanes[0], 0.0, bands(60.0))
    assert not len(found)


def test_the_tooltip_says_how_long_each_took() -> None:
    chart = ChartSource(two_calls())
    told = dict(chart.facts(Hit("task", 0, 0)).pairs)
    assert told["on the way"] == "8.00 ms"
    assert told["on the way back"] == "6.00 ms"
    assert told["unpickled"] == "2.00 ms"
    assert "pickled" not in told
    later = ChartSource(two_calls(took=2 * MS, late=6)).facts(Hit("task", 0, 0))
    assert dict(later.pairs)["pickled"] == "2.00 ms"
    assert dict(later.pairs)["waited to be pickled"] == "3.00 ms"
