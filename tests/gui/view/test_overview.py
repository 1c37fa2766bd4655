"""The strip of the whole run: true to the lanes, cheap, and the window on it moves the chart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from poolscope_gui.model import overview
from poolscope_gui.model.chart import Chart, Group, Lane
from poolscope_gui.model.ops import Op
from poolscope_gui.model.overview import FIRST_UNIT, HEIGHT, MOST, Ground, Overview, Strip, _words
from poolscope_gui.model.palette import EXCEPTION, FINISHED, RUNNING, THEMES
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.tracks import NEVER, Track
from poolscope_gui.view.overview import LONGEST_MS, SHARE, SHORTEST_MS
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import MS, crowd
from tests.gui.view.moves import LEFT, drag, press, wheel

Key = Qt.Key


def grown(chart: Chart, taken: int) -> int:
    """Give the first lane so many spans of half a millisecond, one a millisecond; returns now."""
    start = np.arange(taken, dtype=np.int64) * MS
    kind = np.where(np.arange(taken) % 100 == 99, EXCEPTION, FINISHED)
    chart.lanes[0].tasks.track.update(start, start + MS // 2, start, kind)
    return taken * MS


def one_lane() -> Chart:
    lane = Lane(("worker", 1), "worker", "io_0", 0)
    lane.tasks.track = Track(FINISHED, unsettled=RUNNING)
    return Chart(lanes=[lane], groups=[Group("io", lanes=[0])])


def test_it_is_the_same_however_the_run_came_in() -> None:
    chart = one_lane()
    known = Overview()
    for taken in (1, 7, 100, 1000, 3000, 20_000):
        known.update(chart, grown(chart, taken))
    fresh = Overview()
    fresh.update(chart, known.now)
    assert known.unit == fresh.unit > FIRST_UNIT
    assert len(known.busy) <= MOST
    np.testing.assert_allclose(known.busy[:-1], fresh.busy[:-1], atol=1e-6)
    np.testing.assert_array_equal(known.raised, fresh.raised)
    assert known.raised.sum() == 200
    assert known.busy[:-1].mean() == pytest.approx(0.5, abs=0.01)


def test_a_look_costs_by_what_is_new() -> None:
    chart = one_lane()
    known = Overview()
    known.update(chart, grown(chart, 100_000))
    before = known.looked
    known.update(chart, grown(chart, 100_100))
    assert known.looked - before <= 4


def test_a_window_can_always_be_taken_hold_of() -> None:
    known = Overview()
    known.update(crowd(2, 10), 10**10)
    for begin in (0.0, 5e9, 1e10):
        strip = Strip(known, 1200.0, begin, begin + 10)
        x0, x1 = strip.window()
        assert strip.left <= x0 < x1 <= strip.left + strip.room
        grips = [strip.grip(x) for x in np.arange(x0 - 6, x1 + 6, 0.5)]
        assert list(dict.fromkeys(grips)) == ["begin", "window", "end"]


def test_it_is_busy_no_further_than_is_known() -> None:
    """A worker's end may be known before the end of what it runs has been read."""
    chart = one_lane()
    begin, end = np.array([10 * MS]), np.array([90 * MS])
    chart.lanes[0].tasks.track.update(begin, end, np.array([0]), np.array([FINISHED], np.uint8))
    for known, until in ((50 * MS, 50 * MS), (70 * MS, 70 * MS), (NEVER, 90 * MS)):
        seen = Overview()
        seen.update(chart, 100 * MS, 30 * MS)
        seen.update(chart, 100 * MS, known)
        assert np.flatnonzero(seen.busy)[-1] == (until - 1) // seen.unit


def test_of_a_run_that_has_not_begun_no_length_is_told() -> None:
    fitter, theme = Fitter(lambda text, _: 7.0 * len(text)), THEMES["light"]
    known = Overview()
    (said,) = _words(Strip(known, 1200.0, 0.0, 1020.0), theme, fitter)
    assert said.text == "whole run"
    known.update(crowd(2, 10), 10**10)
    assert _words(Strip(known, 1200.0, 0.0, 1e9), theme, fitter)[1].text == "10.0 s, 1.00 s in view"


def test_the_window_its_ends_and_a_click_move_the_chart(view: TimelineView) -> None:
    strip = view.overview
    view.zoom_to(400 * MS, 600 * MS)
    x = [round(x) for x in strip.strip().window()]
    middle = QPoint((x[0] + x[1]) // 2, HEIGHT // 2)
    drag(strip, middle, middle + QPoint(100, 0))
    begin, end = view.visible_range()
    assert begin > 450 * MS
    assert end - begin == pytest.approx(200 * MS, rel=0.01)
    view.canvas.undo_move()
    assert view.visible_range() == (400 * MS, 600 * MS), "the whole drag is one move"
    drag(strip, QPoint(x[0], 20), QPoint(x[0] - 100, 20))
    begin, end = view.visible_range()
    assert begin < 350 * MS
    assert end == pytest.approx(600 * MS, abs=MS)
    drag(strip, QPoint(x[1], 20), QPoint(x[1] + 100, 20))
    assert view.visible_range()[1] > 650 * MS
    begin, end = view.visible_range()
    QTest.mouseClick(strip, LEFT, pos=QPoint(round(strip.strip().x(0)) + 1, 20))
    assert view.visible_range()[0] < 0
    assert view.visible_range()[1] - view.visible_range()[0] == pytest.approx(end - begin, abs=2)


def test_its_wheel_and_keys_are_the_charts(view: TimelineView) -> None:
    strip = view.overview
    view.zoom_to(400 * MS, 600 * MS)
    before = strip.strip().time(strip.strip().x(500 * MS))
    wheel(strip, QPoint(round(strip.strip().x(500 * MS)), 20), 120)
    begin, end = view.visible_range()
    assert end - begin < 200 * MS
    assert begin < before < end
    press(strip, Key.Key_Home)
    assert view.visible_range()[0] <= 0
    press(strip, Key.Key_End)
    assert view.follow


def test_the_strip_is_painted_with_its_window(view: TimelineView) -> None:
    view.zoom_to(400 * MS, 600 * MS)
    view.overview.look()
    image = view.overview.grab().toImage()
    strip, theme = view.overview.strip(), view.canvas.theme
    running = theme.states[RUNNING].body
    inside = image.pixelColor(round(strip.x(500 * MS)), HEIGHT - 12).rgba()
    assert inside == running
    beside = image.pixelColor(round(strip.x(200 * MS)), HEIGHT - 12).rgba()
    assert beside not in (running, theme.lane), "veiled"


def test_it_is_painted_again_only_when_its_window_is_other_pixels(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.zoom_to(400 * MS, 600 * MS)
    view.overview.grab()
    asked = []
    monkeypatch.setattr(view.overview, "update", lambda: asked.append(1))
    view.refresh()
    assert asked == []
    view.zoom_to(400 * MS + 1000, 600 * MS + 1000)
    assert asked == [], "a hundredth of a pixel"
    view.zoom_to(410 * MS, 600 * MS)
    assert asked, "before the chart paints, so that both are painted in one go"


def test_what_is_under_the_window_is_painted_anew_only_when_it_is_another(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip = view.overview
    columns: list[int] = []
    paint = overview._columns

    def counted(*arguments: Any) -> list[Op]:
        columns.append(1)
        return paint(*arguments)

    monkeypatch.setattr(overview, "_columns", counted)
    for begin, times in ((400, 0), (420, 0), (100, 0), (420, 1)):
        view.zoom_to(begin * MS, 600 * MS)
        if times:
            view.canvas.chart.lanes[0].tasks.track = crowd(1, 3).lanes[0].tasks.track
            strip.look()
        kept = strip.grab().toImage()
        seen = len(columns)
        strip.grab()
        assert len(columns) == seen
        strip._ground = Ground()
        assert strip.grab().toImage() == kept
        assert len(columns) == seen + 1
    view.set_theme("dark")
    dark = strip.grab().toImage()
    assert dark.pixelColor(2, 2).rgba() == THEMES["dark"].panel
    strip.resize(strip.width() - 100, strip.height())
    assert strip.grab().toImage().pixelColor(2, 2).rgba() == THEMES["dark"].panel


def test_a_strip_that_could_not_be_painted_is_painted_anew(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    light = view.overview.grab().toImage()
    view.set_theme("dark")
    view.overview.grab()
    view.set_theme("light")
    with monkeypatch.context() as broken:
        broken.setattr(view.overview.painter, "_fill", lambda *_: 1 / 0)
        view.overview.grab()
    assert "could not be painted" in caplog.text
    caplog.clear()
    assert view.overview.grab().toImage() == light


def test_a_look_that_is_dear_is_taken_less_often(view: TimelineView) -> None:
    strip = view.overview
    strip.look()
    strip.touch()
    soon = strip._pace._later.interval()
    assert soon <= SHORTEST_MS + 1
    strip._pace.stop()
    strip._pace._cost_ms = 8.0
    strip._pace._since.start()
    strip.touch()
    assert 2 * SHORTEST_MS < strip._pace._later.interval() <= 8 * SHARE + 1
    strip._pace.stop()
    strip._pace._cost_ms = 1e6
    strip.touch()
    assert strip._pace._later.interval() <= LONGEST_MS + 1, "once it was, but it goes on"
    strip._pace.stop()
