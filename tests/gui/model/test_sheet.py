"""Which lanes a frame paints: those that must be, and of the rest what there is time for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from poolscope_gui.model.chart import Chart
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import Row, arrange
from poolscope_gui.model.motion import COARSER, COMING, FINER, MARGIN
from poolscope_gui.model.ops import Copies, Renew, Texts
from poolscope_gui.model.palette import FINISHED, RUNNING, THEMES
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.sheet import HEADERS, LEAST, SPARE, Sheet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation
from tests.gui.charts import MS, HandMade, crowd, meter, sliced, small


class Moving:
    """A chart in a window that moves."""

    def __init__(self, chart: Chart, budget_s: float = math.inf) -> None:
        self.clock = 0.0
        self.chart, self.sheet = chart, Sheet(budget_s, clock=lambda: self.clock)
        self.view = Navigation()
        self.view.advance(0, chart.now)
        self.view.fit()
        self.scroll = 0.0

    def frame(self) -> Ops:
        layout = arrange(self.chart, 1000.0, 600.0, self.scroll)
        self.layout = layout
        view = self.view.viewport(int(layout.chart_width))
        scene = Scene(
            self.chart, layout, view, 1.0, THEMES["light"], Fitter(meter), sheet=self.sheet
        )
        self.scene = scene
        return compose(scene)

    def headers(self) -> int:
        """How many headers the next frame paints anew."""
        return sum(len(op.clips) for op in self.frame() if isinstance(op, Renew) and not op.left)

    def painted(self) -> int:
        """How many lanes the next frame paints anew."""
        return sum(len(op.clips) for op in self.frame() if isinstance(op, Renew) and op.left)


def lanes_of(moving: Moving) -> list[Row]:
    return [row for row in moving.layout.visible() if row.lane >= 0]


def copied(frame: Ops) -> list[tuple[float, ...]]:
    """Of each lane: what is copied of the sheet, and to where."""
    op = next(op for op in frame if isinstance(op, Copies))
    whole = [(x, y, w, h, to_x, to_y, w, h) for to_x, to_y, x, y, w, h in op.whole]
    return [part for part in (*whole, *op.parts) if part[4]]  # the headers lie at the left


def test_a_bar_that_grows_is_only_copied() -> None:
    chart = crowd(4, 5)
    for lane in chart.lanes:
        lane.tasks = sliced((10, 900, FINISHED), (1000, -1, RUNNING))
    chart.now = 2_000 * MS
    moving = Moving(chart)
    moving.view.show(0, 4_000 * MS)
    ends = []
    for _ in range(3):
        chart.now += 500 * MS
        ends.append(copied(moving.frame())[0][6])
    assert moving.painted() == 0
    assert ends[0] < ends[1] < ends[2]


def test_what_happens_on_a_lane_paints_that_lane() -> None:
    chart = crowd(6, 20)
    moving = Moving(chart)
    moving.frame()
    chart.lanes[3].tasks = sliced((10, 3_000, FINISHED))
    assert moving.painted() == 1
    chart.lanes[2].gone = 3_900 * MS
    assert moving.painted() == 1


def test_a_scroll_paints_lanes_before_they_are_seen_and_few_in_a_frame() -> None:
    moving = Moving(crowd(12, 60), budget_s=0.0)
    moving.view.show(1_000 * MS, 1_500 * MS)
    moving.frame()
    width = moving.scene.view.width
    most = 0
    for _ in range(4 * MARGIN // 5):
        moving.view.pan(5.0 / width)
        most = max(most, moving.painted())
    assert 0 < most <= max(SPARE, LEAST)


@pytest.mark.parametrize("by", [1, -1])
def test_a_fast_scroll_paints_a_few_lanes_in_each_frame(by: int) -> None:
    moving = Moving(crowd(24, 400), budget_s=0.0)
    moving.view.show(1_800 * MS, 2_200 * MS)
    moving.frame()
    painted = []
    for _ in range(20):
        moving.view.pan(by * 40.0 / moving.scene.view.width)
        painted.append(moving.painted())
    assert sum(painted) >= 2 * len(lanes_of(moving)), "each had its turn"
    assert max(painted) <= 4, "never most of them at once"


def test_after_a_jump_lanes_are_painted_as_wide_as_of_a_view_that_stands() -> None:
    moving = Moving(crowd(12, 400), budget_s=0.0)
    moving.frame()
    moving.view.show(1_000 * MS, 1_100 * MS)
    moving.frame()
    painted = []
    for _ in range(MARGIN // 2 // 8):
        moving.view.pan(8.0 / moving.scene.view.width)
        painted.append(moving.painted())
    assert sum(painted[:8]) == 0, "there is enough beside the view"


def test_lanes_scrolled_into_view_are_painted_and_the_others_kept() -> None:
    moving = Moving(crowd(64, 10))
    moving.frame()
    moving.scroll = 24.0
    assert 1 <= moving.painted() <= 2
    moving.scroll = 5_000.0  # others altogether
    assert moving.painted() == len(lanes_of(moving)) > 10
    assert moving.painted() == 0


@pytest.mark.parametrize("factor", [1 / 1.08, 1.08])
def test_while_it_zooms_each_lane_has_its_turn_and_lies_where_it_belongs(factor: float) -> None:
    chart = crowd(10, 200)
    moving = Moving(chart, budget_s=0.0)
    moving.view.show(1_500 * MS, 2_500 * MS)
    moving.frame()
    for _ in range(12):
        moving.view.zoom(factor, 0.5)
        assert 0 < moving.painted() <= LEAST
        assert moving.sheet.late
        view = moving.scene.view
        for row in lanes_of(moving):
            shift, _, _ = moving.sheet.words(moving.scene, row)
            assert 1 / COARSER < shift.scale < COARSER
        for part in copied(moving.frame()):
            scale = part[2] / part[6]  # columns of the sheet to pixels
            assert scale == pytest.approx(1.0) or 0.3 < scale < 3
        assert view.unit == moving.scene.view.unit


def test_the_faster_it_zooms_in_the_more_lanes_are_painted_and_none_is_stretched_too_far() -> None:
    painted = {}
    for factor in (1.08, 1.3):
        moving = Moving(crowd(24, 200), budget_s=0.0)
        moving.frame()
        painted[factor] = [moving.painted()]
        for _ in range(10):
            moving.view.zoom(1 / factor, 0.4)
            painted[factor].append(moving.painted())
    slow, fast = (painted[factor][1:] for factor in (1.08, 1.3))
    lanes = len(lanes_of(moving))
    assert set(slow) <= {1, 2}
    assert set(fast) <= {3, 4, 5}, "never all of them at once"
    assert sum(slow) >= lanes < sum(fast), "each had its turn"


def test_zooming_out_lanes_are_painted_for_what_comes_a_few_in_each_frame() -> None:
    chart = crowd(24, 400)
    moving = Moving(chart, budget_s=0.0)
    moving.view.show(1_990 * MS, 2_010 * MS)
    moving.frame()
    painted, scales = [], []
    for _ in range(40):
        moving.view.zoom(1.08, 0.2)
        painted.append(moving.painted())
        shifts = (moving.sheet.words(moving.scene, row)[0] for row in lanes_of(moving))
        scales += [shift.scale for shift in shifts]
    assert max(painted) <= len(lanes_of(moving)) / 3, "never all of them at once"
    assert sum(painted[10:]) <= 30 * 3
    assert 1.3 < max(scales) <= COARSER, "stretched at first"
    assert 1 / FINER <= min(scales) < 0.8, "squeezed in the end"


def test_in_a_zoom_words_change_by_steps_and_are_exact_once_it_stands() -> None:
    chart = crowd(2, 3)
    chart.lanes[0].tasks = sliced((100, 3_900, FINISHED))
    moving, exact = Moving(chart, budget_s=0.0), Moving(chart)
    for each in (moving, exact):
        each.view.show(-2_000 * MS, 40_000 * MS)
        each.frame()
    zooming, standing, shorter = [], [], 0
    for _ in range(24):
        for each in (moving, exact):
            each.view.zoom(1 / 1.04, 0.0)
        zooming.append(words_on_bars(moving))
        assert moving.sheet.late, "another frame comes"
        standing.append(words_on_bars(exact))
        shorter += len(zooming[-1]) < len(standing[-1])
    assert 2 < len(set(zooming)) < len(set(standing)), "not another text in each frame"
    assert shorter, "of two texts the shorter one"
    assert all(len(a) <= len(b) for a, b in zip(zooming, standing, strict=True))
    moving.view.zoom(1.2, 0.0)
    exact.view.zoom(1.2, 0.0)
    moving.frame()
    assert words_on_bars(moving) == words_on_bars(exact), "it stands"


def words_on_bars(moving: Moving) -> str:
    """What stands on the bars of the first lane in the next frame."""
    frame = moving.frame()
    row = lanes_of(moving)[0]
    found = [text for op in frame if isinstance(op, Texts) for text in op.items]
    left, top = moving.layout.left, moving.layout.y(row)
    return "".join(t.text for t in found if t.x >= left and top < t.y < top + row.height)


@pytest.mark.parametrize("live", [False, True])
def test_while_something_happens_the_words_of_a_few_headers_are_looked_at(live: bool) -> None:
    chart = crowd(12, 10)
    chart.live = live
    moving = Moving(chart, budget_s=0.0)
    moving.frame()
    chart.now, chart.version = chart.now + 1, 1
    for lane in chart.lanes:
        lane.detail = "#2 fetch(url)"
    assert moving.headers() == HEADERS
    assert moving.sheet.late != live, "a live chart is painted again anyway"
    assert moving.headers() == 12 - HEADERS, "nothing happens: the rest at once"
    assert not moving.sheet.late
    chart.now += 1
    chart.lanes[4].ending = "crashed"
    assert moving.headers() == 1, "what matters at once"


def watched_live() -> tuple[HandMade, Moving]:
    """Two dozen lanes, live, that stand painted."""
    chart = crowd(24, 40)
    chart.live = True
    moving = Moving(chart, budget_s=0.0)
    moving.view.show(1_000 * MS, 5_000 * MS)
    moving.frame()
    moving.frame()
    return chart, moving


def happens(chart: HandMade) -> None:
    """Something on all lanes."""
    chart.version += 1
    for lane in chart.lanes:
        lane.born += 1


def test_lanes_are_painted_together_in_the_frame_that_brings_news_and_none_is_later() -> None:
    chart, moving = watched_live()

    painted = []
    for frame in range(8):
        if frame % 2 == 0:
            happens(chart)
        painted.append(moving.painted())
    assert painted == [2 * LEAST, 0] * 4
    assert moving.sheet.late, "another frame comes"
    painted = []
    for _ in range(4):
        happens(chart)
        painted.append(moving.painted())
    assert painted == [2 * LEAST, *[LEAST] * 3], "never fewer than so many a frame"
    resting = [moving.painted() for _ in range(5)]
    assert resting == [0, *[LEAST] * 4], "what is old has its turn without news as well"


def test_the_fewer_frames_there_are_the_more_lanes_are_painted_in_each() -> None:
    """A task that ended seconds ago must not be seen to run: no lane is older for slow frames."""
    chart, moving = watched_live()
    painted = []
    for frame_s in (0.016, 0.016, 0.048, 0.048, 10.0):
        moving.clock += frame_s
        happens(chart)
        painted.append(moving.painted())
    assert painted[:4] == [2 * LEAST, LEAST, 3 * LEAST, 3 * LEAST]
    assert painted[4] == len(lanes_of(moving)), "all, after so long"


def test_while_a_history_grows_in_view_lanes_are_painted_as_they_will_be_and_then_exactly() -> None:
    chart = crowd(12, 60)
    moving = Moving(chart, budget_s=60.0)
    moving.frame()
    painted = []
    for _ in range(24):
        chart.now += chart.now // 400
        moving.view.advance(0, chart.now)
        moving.view.fit()
        painted.append(moving.painted())
        shifts = {moving.sheet.words(moving.scene, row)[0].scale for row in lanes_of(moving)}
        assert all(1.0 <= scale <= COMING + 1e-9 for scale in shifts), "nothing is squeezed away"
    assert sum(painted) <= 12 * 4, "not each lane in each frame"
    assert moving.painted() == 12, "it stands"
    assert {moving.sheet.words(moving.scene, row)[0].scale for row in lanes_of(moving)} == {1.0}


def test_of_a_lane_that_grows_only_the_end_is_painted() -> None:
    chart = crowd(4, 40)
    moving = Moving(chart)
    moving.frame()
    track = chart.lanes[1].tasks.track
    chart.now += 20 * MS
    track.update(
        np.append(track.start, chart.now - 15 * MS),
        np.append(track.end, chart.now - 5 * MS),
        np.append(track.ref, 999),
        np.append(track.kind, FINISHED).astype(np.uint8),
    )
    (renewed,) = [op for op in moving.frame() if isinstance(op, Renew) and op.left]
    assert len(renewed.clips) == 1
    assert renewed.clips[0, 2] < moving.scene.view.width * 0.6


def test_words_on_a_box_that_is_open_end_at_now() -> None:
    chart = small()
    chart.now = 720 * MS  # main has waited for 20 ms
    moving = Moving(chart)
    for span in (1_000, 140):
        moving.view.show(600 * MS, (600 + span) * MS)
        words = [text for op in moving.frame() if isinstance(op, Texts) for text in op.items]
        now = moving.scene.x(chart.now)
        last = [text for text in words if text.text.startswith("wait(") and text.x < now]
        assert all(text.x + meter(text.text, text.font) <= now for text in last)
    assert last
