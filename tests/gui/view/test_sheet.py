"""Lanes copied from a sheet are, to the pixel, lanes painted for this frame alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model import counter_columns
from poolscope_gui.model.chart import Chart, Hit, LaneAlarm, Sliced
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.matched import Matched
from poolscope_gui.model.palette import FINISHED, RUNNING, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.task_set import TaskSet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.tracks import NEVER, Track
from poolscope_gui.model.viewport import Navigation
from poolscope_gui.view import fonts
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter
from tests.gui.charts import MS, crowd, locked, small

pytestmark = pytest.mark.usefixtures("qapp", "images")
SIZE = (640.0, 330.0)
BARE = 0xFFFF00FF  # a colour that nothing has


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is an image before long."""
    monkeypatch.setattr(fonts, "OFTEN", 2)


def growing(chart: Chart) -> None:
    """The last thing that ran on the first worker ends, and another begins; time goes on."""
    chart.now += 40 * MS
    track = chart.lanes[0].tasks.track
    end = np.where(track.end == NEVER, chart.now - 15 * MS, track.end)
    kind = np.where(track.kind == RUNNING, FINISHED, track.kind)
    track.update(
        np.append(track.start, chart.now - 10 * MS),
        np.append(end, NEVER),
        np.append(track.ref, track.ref.max() + 50),
        np.append(kind, RUNNING).astype(np.uint8),
    )


def live(chart: Chart) -> Chart:
    """A chart whose first worker's tasks may yet change, as those of a live run."""
    chart.counts = Rewrites()  # type: ignore[attr-defined]
    lane = chart.lanes[0]
    track, lane.tasks = lane.tasks.track, Sliced(Track(FINISHED, unsettled=RUNNING))
    lane.tasks.track.update(track.start, track.end, track.ref, track.kind)
    return chart


@dataclass
class Picture:
    """A chart that is moved about, and painted."""

    chart: Chart
    ratio: float = 1.0
    scroll: float = 0.0
    height: float = SIZE[1]
    budget_s: float = math.inf
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.view = Navigation()
        self.view.advance(0, self.chart.now)
        self.view.fit()
        self.fonts = Fonts()
        self.fitter = Fitter(self.fonts.width)
        self.sheet, self.frames = Sheet(self.budget_s), FramePainter(self.fonts)

    def scene(self) -> Scene:
        layout = arrange(self.chart, SIZE[0], self.height, self.scroll)
        view = self.view.viewport(int(layout.chart_width * self.ratio))
        theme = THEMES["light"]
        scene = Scene(self.chart, layout, view, self.ratio, theme, self.fitter, sheet=self.sheet)
        return replace(scene, **self.more)

    def known(self) -> None:
        """Have all texts been seen: at first one is laid out, from some time on an image."""
        for _ in range(fonts.OFTEN):
            self.painted(anew=True)

    def painted(self, *, anew: bool = False) -> NDArray[np.uint32]:
        """The pixels; ``anew``: with nothing known of any frame before."""
        sheet, frames = self.sheet, self.frames
        if anew:
            sheet, frames = Sheet(math.inf), FramePainter(self.fonts)
        image = QImage(
            round(SIZE[0] * self.ratio), round(self.height * self.ratio), QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(self.ratio)
        image.fill(BARE)
        scene = replace(self.scene(), sheet=sheet)
        with QPainter(image) as painter:
            frames.paint(painter, compose(scene))
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
        return pixels[:, : image.width()].copy()


def alarmed(chart: Chart) -> None:
    chart.lanes[1].alarm = LaneAlarm(300 * MS, timed=False, words="in a ring")


def queued(chart: Chart, more: int) -> None:
    """So many more, or fewer, wait from a little ago on."""
    begin = int(np.searchsorted(chart.queue_times, chart.now - 700 * MS))
    chart.queue_depth = chart.queue_depth.copy()
    chart.queue_depth[begin:] = np.maximum(chart.queue_depth[begin:] + more, 0)
    if begin < len(chart.queue_times):
        chart.counts.wrote(int(chart.queue_times[begin]))  # type: ignore[attr-defined]


def hit_of(chart: Chart, row: int) -> Hit | None:
    place = chart.place(row)
    return Hit("task", place.lane, row, place.begin) if place is not None else None


def differ(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which pixels do, by more than the rounding of a curve's edge that lies elsewhere."""
    a, b = (pixels.view(np.uint8).reshape(*pixels.shape, 4).astype(int) for pixels in (one, other))
    return (np.abs(a - b) > 2).any(axis=2)


MOVES = {
    "pan": lambda p, x: p.view.pan(x / 200),
    "jump": lambda p, x: p.view.pan(x / 10),
    "zoom": lambda p, x: p.view.zoom(1.02 ** (x * 2), 0.3),
    "fit": lambda p, _: p.view.fit(),
    "grow": lambda p, _: growing(p.chart),
    "queue": lambda p, x: queued(p.chart, x),
    "later": lambda p, x: setattr(p.chart, "now", p.chart.now + abs(x) * MS // 4),
    "scroll": lambda p, x: setattr(p, "scroll", max(0.0, p.scroll + x * 3)),
    "hover": lambda p, x: p.more.update(hover=hit_of(p.chart, x % 6)),
    "light": lambda p, x: p.more.update(picked=Hit("lane", 0, lock=x % 2)),
    "dark": lambda p, _: p.more.update(picked=None),
    "choose": lambda p, x: p.more.update(selected=TaskSet({x % 5})),
    "hide": lambda p, x: p.more.update(hidden=frozenset({"finished"} if x % 2 else ())),
    "filter": lambda p, x: p.more.update(matched=Matched(np.array([x % 6]))),
    "all": lambda p, _: p.more.update(matched=None),
    "theme": lambda p, x: p.more.update(theme=THEMES[("light", "dark")[x % 2]]),
    "alarm": lambda p, _: alarmed(p.chart),
    "caption": lambda p, x: setattr(p.chart.groups[0], "detail", f"{x} workers"),
}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([small, locked, lambda: crowd(12, 60)]),
    st.sampled_from([1.0, 1.25, 2.0]),
    st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(-20, 20)), max_size=6),
)
@example(lambda: crowd(12, 60), 1.0, [("alarm", 0), ("scroll", 3)])  # a curve between pixels
@example(small, 1.0, [("zoom", 17), ("zoom", 1)])  # very little, to where it may go no further
@example(small, 1.0, [("caption", 3), ("later", 1)])
@example(lambda: crowd(12, 60), 1.0, [("jump", -5), ("grow", 0)])  # what is new is not on the sheet
def test_what_is_kept_is_what_would_be_painted_now(
    make: Any, ratio: float, moves: list[tuple[str, int]]
) -> None:
    picture = Picture(live(make()), ratio)
    picture.known()
    picture.painted()
    for name, by in moves:
        MOVES[name](picture, by)
        picture.known()
        kept = picture.painted()
        wrong = np.argwhere(differ(kept, picture.painted(anew=True)))
        assert not len(wrong), f"{name} {by}: {len(wrong)} pixels, the first at {wrong[0]}"
        bare = np.argwhere(kept == BARE)
        assert not len(bare), f"{name} {by}: nothing is painted at {bare[0]}"


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 1.75])
def test_the_sheet_is_painted_wherever_a_lane_is_copied_from(ratio: float) -> None:
    """A lane began and ended between two device pixels, and the last row that was copied was one
    to which nothing had been painted: black, or what another lane had left there."""
    picture = Picture(small(), ratio)
    for height in range(230, 300):
        for scroll in (0.0, 1.0, 2.0, 3.0):
            picture.height, picture.scroll = float(height), scroll
            pixels = picture.painted()
            for what in (BARE, 0):  # 0: a sheet is, at first; black is no colour of the theme's
                bare = np.argwhere(pixels & 0xFFFFFF == what & 0xFFFFFF)
                assert not len(bare), f"{height} px, by {scroll}: nothing is painted at {bare[0]}"


def test_with_no_time_it_is_exact_once_the_view_stands() -> None:
    picture = Picture(live(crowd(12, 60)), budget_s=0.0)
    picture.painted()
    for by in (8, 3, -6, 2):
        picture.view.zoom(1.05**by, 0.4)
        growing(picture.chart)
        picture.painted()
    frames = 0
    while picture.sheet.late:
        picture.painted()
        frames += 1
    assert 0 < frames <= 6
    assert (picture.painted() == picture.painted(anew=True)).all()


@pytest.mark.parametrize("depths", [200, 4_000])  # painted as rectangles, and as pixels
def test_while_a_history_grows_in_view_only_the_end_of_a_counter_is_worked_out(
    depths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = live(crowd(4, 20))
    random = np.random.default_rng(5)
    chart.queue_times = np.sort(random.integers(0, chart.now, depths, dtype=np.int64))
    chart.queue_depth = random.integers(0, 40, depths)
    picture, columns, real = Picture(chart, budget_s=60.0), [], counter_columns.steps

    def counted(times: Any, depth: Any, edges: NDArray[np.int64], *more: Any) -> Any:
        columns.append(len(edges) - 1)
        return real(times, depth, edges, *more)

    picture.painted()
    monkeypatch.setattr(counter_columns, "steps", counted)
    width = picture.scene().view.width
    frames = 24
    for _ in range(frames):
        chart.now += chart.now // 500
        picture.view.advance(0, chart.now)
        picture.view.fit()
        picture.painted()
        assert picture.sheet.late, "it is stretched"
    assert sum(columns) < frames / 4 * width, "the most are kept for many frames"
    while picture.sheet.late:
        picture.painted()
    picture.known()
    assert not differ(picture.painted(), picture.painted(anew=True)).any(), "it stands"
