"""A ring in words, and the lanes that it turns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poolscope_gui.model.arrangement import Arrangement
from poolscope_gui.model.compose import compose
from poolscope_gui.model.findings_source import FindingsSource
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Fill, Lines, Outline
from poolscope_gui.model.rings import Rings
from poolscope_gui.model.source import ChartSource
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS
from tests.gui.model.test_compose import LIGHT, scene, words


def looked(run: Ring) -> tuple[ChartSource, Rings]:
    """What is known when every stream has been read twice."""
    chart = ChartSource(run.take())
    found = FindingsSource(chart)
    rings = Rings()
    for at in (40, 41):
        run.time_goes_by(at)
        run.take()
        chart.update()
        rings.update(chart.store, found.watch.cycles())
    chart.set_alarms(rings.alarms())
    return chart, rings


def test_a_deadlock_in_one_sentence_with_the_lines_of_both_acquires() -> None:
    run = Ring()
    run.close()
    _, rings = looked(run)
    (ring,) = rings.now
    assert (ring.timed, ring.title) == (False, "Deadlock")
    assert ring.sentence == (
        "Worker io_0 holds A and waits for B; worker io_1 holds B and waits for A."
    )
    assert ring.lines == (
        "io_0 acquired A at x.py:1, wants B at x.py:11",
        "io_1 acquired B at x.py:2, wants A at x.py:12",
    )
    assert ring.since == 6 * MS, "when it closed"


def test_a_ring_with_a_time_out_is_no_deadlock() -> None:
    run = Ring()
    run.close(timed=True)
    chart, rings = looked(run)
    (ring,) = rings.now
    assert ring.timed
    assert ring.title != "Deadlock"
    assert "It is no deadlock" in ring.sentence
    alarms = [lane.alarm for lane in chart.lanes if lane.alarm is not None]
    assert {(alarm.timed, alarm.words) for alarm in alarms} == {(True, "ring, until a time-out")}


def test_without_a_ring_nothing_is_said() -> None:
    run = Ring()
    run.somebody_waits_behind(5)
    chart, rings = looked(run)
    assert rings.now == []
    assert all(lane.alarm is None for lane in chart.lanes)


def test_its_lanes_turn_and_not_by_colour_alone() -> None:
    run = Ring()
    run.somebody_waits_behind(4)
    run.close()
    chart, rings = looked(run)
    assert rings.now[0].sentence.endswith("1 more thread waits behind it.")
    alarms = {lane.title: lane.alarm for lane in chart.lanes if lane.alarm is not None}
    assert {title: (a.words, a.behind) for title, a in alarms.items()} == {
        "io_0": ("deadlock", False),
        "io_1": ("deadlock", False),
        "MainThread": ("waits behind a deadlock", True),
    }
    shown = scene(chart)
    frame = compose(shown)
    frames = [op for op in frame if isinstance(op, Outline) and op.colour == LIGHT.alarm]
    boxes = [box for op in frames for box in op.rects.tolist()]
    assert len(boxes) == 2, "a frame about each of the two"
    assert all(box[0] > shown.x(6 * MS) - 1 for box in boxes), "from when it closed"
    assert words(frame).count("deadlock") == 3, "and a word in each header"
    signs = [op for op in frame if isinstance(op, Lines) and op.colour == LIGHT.alarm]
    assert len(signs) >= 4, "and a sign"
    chart.set_alarms({})
    quiet = compose(replace(shown))
    assert not [op for op in quiet if isinstance(op, Outline) and op.colour == LIGHT.alarm]


def test_a_timed_rings_frame_is_dotted_and_its_ground_paler() -> None:
    grounds = []
    for timed in (False, True):
        run = Ring()
        run.close(timed=timed)
        chart, _ = looked(run)
        frame = compose(scene(chart))
        dotted = [op for op in frame if isinstance(op, Lines) and op.dotted]
        assert any(op.colour == LIGHT.alarm for op in dotted) == timed
        left = scene(chart).layout.left
        fills = [
            op.colour for op in frame if isinstance(op, Fill) and (op.rects[:, 0] == left).any()
        ]
        grounds.append(fills)
    assert grounds[0] != grounds[1]


@pytest.mark.parametrize("timed", [False, True])
def test_a_folded_pool_turns_with_its_lanes(timed: bool) -> None:
    run = Ring()
    run.close(timed=timed)
    chart, _ = looked(run)
    shown = scene(chart)
    wanted = Arrangement(folded={chart.groups[0].key})
    shown = replace(shown, layout=arrange(chart, 1280, 720, 0.0, wanted))
    frame = compose(shown)
    edge = Lines if timed else Outline
    boxes = [op for op in frame if isinstance(op, edge) and op.colour == LIGHT.alarm]
    assert [isinstance(op, Lines) and op.dotted for op in boxes] == [timed]
    assert f"2 of 2: {'ring, until' if timed else 'deadlock'}" in words(frame)
    tinted = {op.colour for op in frame if isinstance(op, Fill)}
    assert LIGHT.alarm in tinted, "the bar at the left of its header"
    chart.set_alarms({})
    quiet = compose(shown)
    assert not [op for op in quiet if isinstance(op, edge) and op.colour == LIGHT.alarm]
    assert "busy workers, of 2" in words(quiet)
