"""Shares of time on a processor: from readings to columns, and to the strips of lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from poolscope_gui.model import cpu
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.cpu import CpuLog, Reading
from poolscope_gui.model.cpu_strip import strips
from poolscope_gui.model.ops import Strip
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.source_counts import NOT_SAMPLED, NOT_THEN
from tests.gui.made_traces import MS, every_state
from tests.gui.model.test_compose import scene as scene_of

ME, OTHER = (1, 10), (1, 11)


def log(*readings: tuple[int, dict[tuple[int, int], int]]) -> CpuLog:
    made = CpuLog()
    for time, used in readings:
        made.add(Reading(time, used))
    return made


def test_a_share_is_what_was_used_between_two_moments() -> None:
    made = log((100, {ME: 0}), (200, {ME: 100}), (300, {ME: 150, OTHER: 7}), (400, {ME: 150}))
    found = made.columns(ME, np.array([0, 100, 150, 200, 300, 400, 500]))
    assert found[1:5].tolist() == [1.0, 1.0, 0.5, 0.0]
    assert np.isnan(found[[0, 5]]).all()
    assert made.share(ME, 0, 1000) == pytest.approx(0.5)
    assert made.share(OTHER, 0, 1000) is None
    assert not made.knows(OTHER)
    assert made.share(ME, 500, 900) is None


def test_it_is_said_of_how_much_of_a_stretch_something_is_known() -> None:
    chart = ChartSource(every_state().store)
    lane = chart.lanes[0].key
    assert chart.cpu_words(lane, 0, 400 * MS) == NOT_SAMPLED, "of an opened trace"
    ours = chart.living_threads()[0]
    chart.cpu = log((100 * MS, {ours: 0}), (200 * MS, {ours: 25 * MS}))
    assert chart.cpu_words(lane, 100 * MS, 200 * MS) == "25% of the time"
    assert chart.cpu_words(lane, 97 * MS, 201 * MS) == "25% of the time"
    assert chart.cpu_words(lane, 0, 400 * MS) == "25% of the 100 ms that were sampled"
    assert chart.cpu_words(lane, 0, 90 * MS) == NOT_THEN, "the window had not looked yet"


def test_another_thread_of_the_same_number_begins_anew() -> None:
    made = log((100, {ME: 90}), (200, {ME: 95}), (300, {}), (400, {ME: 5}), (500, {ME: 55}))
    assert made.share(ME, 0, 1000) == pytest.approx(0.5)
    assert np.isnan(made.columns(ME, np.array([100, 200]))).all()
    back = log((100, {ME: 90}), (200, {ME: 10}), (300, {ME: 110}))
    assert back.share(ME, 0, 1000) == 1.0


def test_many_threads_at_once_are_as_each_alone() -> None:
    """They begin, miss a moment and end at different times."""
    random, made = np.random.default_rng(5), CpuLog()
    times = np.cumsum(random.integers(50, 150, 60))
    keys = [(1, number) for number in range(12)]
    used = np.cumsum(random.integers(0, 50, (len(keys), len(times))), axis=1)
    there = {key: slice(*sorted(random.integers(0, 60, 2).tolist())) for key in keys}
    for number, time in enumerate(times.tolist()):
        some = [row for row, key in enumerate(keys) if there[key].start <= number < there[key].stop]
        made.add(Reading(time, {keys[row]: int(used[row, number]) for row in some}))
    for edges in (np.arange(0, times[-1] + 200, 31), times[10:30], times[-3:], times[:1] - 40):
        found = made.used_at([*keys, (2, 2)], edges)
        assert np.isnan(found[-1]).all(), "of this nothing is known"
        for row, key in enumerate(keys):
            part = there[key]
            mine, spent = times[part], used[row, part]
            expected = np.interp(edges, mine, spent) if len(mine) > 1 else np.full(len(edges), 0.0)
            known = (edges >= mine[0]) & (edges <= mine[-1]) if len(mine) > 1 else edges < 0
            # The last moment of one that ended before the others has no next one.
            at_end = (edges == mine[-1]) & (part.stop < len(times)) if len(mine) else known
            assert np.isnan(found[row]).tolist() == (~known | at_end).tolist()
            some_known = known & ~at_end
            assert found[row][some_known] == pytest.approx(expected[some_known])


def test_the_same_as_brute_force_and_the_oldest_moments_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "MOST", 40)
    random, made = np.random.default_rng(3), CpuLog()
    times = np.cumsum(random.integers(50, 150, 200))
    used = np.cumsum(random.integers(0, 50, 200))
    for number, (time, spent) in enumerate(zip(times.tolist(), used.tolist(), strict=True)):
        made.add(Reading(time, {ME: spent, OTHER: 0} if number < 30 else {ME: spent}))
    assert not made.knows(OTHER)
    assert np.isnan(made.columns(ME, times[:20])).all()
    edges = np.arange(times[-40], times[-1], 37)
    brute = np.diff(np.interp(edges, times, used)) / 37
    assert made.columns(ME, edges) == pytest.approx(brute)


def test_each_lane_of_a_known_thread_has_a_strip() -> None:
    run = every_state()
    chart = ChartSource(run.store)
    scene = scene_of(chart)
    rows = list(scene.layout.rows)
    assert strips(scene, rows) == []
    assert dict(chart.facts(Hit("lane", 0)).pairs)["on a processor"] == NOT_SAMPLED
    first, second = chart.living_threads()[:2]
    chart.cpu = log((0, {first: 0, second: 0}), (50 * MS, {first: 50 * MS, second: 0}))
    found = [op for op in strips(scene, rows) if isinstance(op, Strip)]
    assert len(found) == 2
    busy, idle = found
    assert int(busy.pixels[0, 10]) >> 24 == 0xF0
    assert int(idle.pixels[0, 10]) >> 24 == 0x30
    assert busy.pixels[0, -1] == 0  # after the last reading nothing is known
    row = scene.layout.row_of(0)
    assert row is not None
    assert scene.layout.y(row) <= busy.y < busy.y + busy.h <= scene.layout.y(row) + 7
    told = dict(chart.facts(Hit("lane", 0)).pairs)["on a processor"]
    assert told == "100% of the 50.0 ms that were sampled"
    narrow = replace(scene, view=replace(scene.view, width=1))
    assert [op.pixels.shape for op in strips(narrow, rows) if isinstance(op, Strip)] == [(1, 1)] * 2
