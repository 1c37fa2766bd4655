"""What a frame costs: long histories painted at every zoom, on the raster engine, 1600x900.

Ten million bars on 16 lanes and on 64, a million on 256, from all of them in view to a thousand. A
figure is that of the size and the zoom at which it is worst: one that is dear hides in no mean. The
chart is made of arrays, so that ten million bars are there in seconds; its lanes, level of
detail, labels and painter are those of the window.
"""

from __future__ import annotations

import functools
import gc
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.chart import Chart, Group, Lane, Sliced
from poolscope_gui.model.compose import compose
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.tracks import track
from poolscope_gui.model.viewport import Navigation
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter
from tests.bench.figure import Figure, ratio
from tests.gui.charts import HandMade

WIDTH, HEIGHT = 1600, 900
FRAMES = 60  # at each zoom, in each round
ROUNDS = 3  # whose median counts: what else the machine does for a moment is in one of them
ZOOM = 1.08  # a frame of a continuous zoom: a turn of the wheel in three frames


@functools.lru_cache(maxsize=2)
def history(bars: int, lanes: int) -> HandMade:
    """Short tasks side by side on each lane; one in 500 raised, one in 700 was cancelled."""
    random = np.random.default_rng(7)
    chart = HandMade()
    each = bars // lanes
    for number in range(lanes):
        gaps = random.exponential(300, each).astype(np.int64)
        lengths = random.lognormal(7.5, 1.0, each).astype(np.int64) + 1
        start = np.cumsum(gaps + np.concatenate(([0], lengths[:-1])))
        kind = np.full(each, FINISHED, np.uint8)
        kind[random.integers(0, each, each // 500)] = EXCEPTION
        kind[random.integers(0, each, each // 700)] = CANCELLED
        lane = Lane(("worker", number), "worker", f"cpu_{number}", 0, share=0.9)
        rows = np.arange(number * each, (number + 1) * each)
        lane.tasks = Sliced(track(start, start + lengths, rows, kind, common=FINISHED))
        chart.lanes.append(lane)
    chart.groups = [Group("cpu", "thread pool", 0, lanes=list(range(lanes)))]
    chart.now = max(int(lane.tasks.track.end[-1]) for lane in chart.lanes)
    chart.counts = Rewrites()
    chart.queue_times = np.linspace(0, chart.now, 100_000).astype(np.int64)
    chart.queue_depth = random.integers(0, 500, 100_000)
    return chart


class Stand:
    """A picture of a chart, painted again and again."""

    def __init__(self, chart: Chart) -> None:
        self.application = QGuiApplication.instance() or QGuiApplication([])
        self.chart = chart
        self._image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
        self._fonts = Fonts()
        self._fitter = Fitter(self._fonts.width)
        self._frames = FramePainter(self._fonts)
        self._sheet = Sheet()
        self.view = Navigation()
        self.view.advance(chart.first, chart.now)
        self.view.fit()
        self.lay()

    def lay(self) -> None:
        """Lay the lanes out: as in the window, only when one comes or goes."""
        self._layout = arrange(self.chart, float(WIDTH), float(HEIGHT), 0.0)

    def scene(self) -> Scene:
        view = self.view.viewport(int(self._layout.chart_width))
        theme = THEMES["light"]
        return Scene(self.chart, self._layout, view, 1.0, theme, self._fitter, sheet=self._sheet)

    def frame(self) -> float:
        """Paint once; ms."""
        began = time.perf_counter()
        painter = QPainter(self._image)
        self._frames.paint(painter, compose(self.scene()))
        painter.end()
        return (time.perf_counter() - began) * 1e3

    def spans(self) -> Iterator[float]:
        """Spans of time from all of it down to about a thousand bars in view, ns."""
        bars = sum(len(lane.tasks.track) for lane in self.chart.lanes)
        whole = float(self.chart.now)
        least = whole * 1000 / bars
        steps = 6
        for step in range(steps + 1):
            yield whole * (least / whole) ** (step / steps)

    def steady(self, move: float) -> list[list[float]]:
        """Frames at every zoom, a list a zoom, the view moving on by ``move`` of its width each
        time."""
        found = []
        for span in self.spans():
            middle = self.chart.now * 0.45
            self.view.show(middle - span / 2, middle + span / 2)
            for _ in range(4):
                self.frame()
            frames = []
            for _ in range(FRAMES):
                self.view.pan(move)
                frames.append(self.frame())
            found.append(frames)
        return found

    def zoom(self) -> list[float]:
        """A continuous zoom from everything to microseconds."""
        self.view.fit()
        self.frame()
        steps = int(math.log(self.chart.now / 20_000) / math.log(ZOOM))
        found = []
        for _ in range(steps):
            self.view.zoom(1 / ZOOM, 0.37)
            found.append(self.frame())
        return found


def stand(bars: int, lanes: int) -> Stand:
    gc.freeze()  # what there is before the history, as the window does with what it is made of
    return Stand(history(bars, lanes))


SIZES = ((10_000_000, 16), (10_000_000, 64), (1_000_000, 256))


@functools.cache
def moving(kind: str) -> list[list[list[float]]]:
    """Frames that stand, scroll or zoom: of each size and zoom a list a round; of a continuous
    zoom, of each size."""
    found: list[list[list[float]]] = []
    for bars, lanes in SIZES:
        made = stand(bars, lanes)
        if kind == "zoom":
            found.append([made.zoom()])
        else:
            rounds = [made.steady(0.004 if kind == "scroll" else 0.0) for _ in range(ROUNDS)]
            found += [list(frames) for frames in zip(*rounds, strict=True)]
    return found


def worst(kind: str, share: float) -> float:
    """A percentile of the frames, of that size and at that zoom where it is greatest, ms."""
    return max(
        float(np.median([np.percentile(frames, share) for frames in rounds]))
        for rounds in moving(kind)
    )


def at(kind: str, share: float) -> Callable[[], float]:
    return lambda: worst(kind, share)


def growth() -> float:
    """A frame at ten million bars against one at a hundred thousand, from all of them to a
    thousand in view."""
    many, few = stand(10_000_000, 64), stand(100_000, 64)
    return ratio(
        lambda: float(np.median(many.steady(0.004))), lambda: float(np.median(few.steady(0.004)))
    )


def hover() -> float:
    """Finding what is under the mouse, at that zoom where it takes longest, ms."""
    made = stand(10_000_000, 64)
    places = np.random.default_rng(3).uniform((210, 40), (1590, 800), (400, 2)).tolist()
    found = []
    for span in made.spans():
        middle = made.chart.now * 0.45
        made.view.show(middle - span / 2, middle + span / 2)
        made.frame()
        scene = made.scene()
        began = time.perf_counter()
        for x, y in places:
            hit_at(scene, x, y)
        found.append((time.perf_counter() - began) * 1e3 / len(places))
    return max(found)


FIGURES = [
    Figure("frame-steady", "a frame, standing, at the worst zoom of 16, 64, 256 lanes, median",
           "ms", "<=", 3, at("steady", 50)),
    Figure("frame-steady-95", "the same, 95th percentile", "ms", "<=", 6, at("steady", 95)),
    Figure("frame-scroll", "a frame, scrolling, the same, median",
           "ms", "<=", 3, at("scroll", 50)),
    Figure("frame-scroll-95", "the same, 95th percentile", "ms", "<=", 6, at("scroll", 95)),
    Figure("frame-zoom-95", "a frame of a continuous zoom, 95th percentile, worst size",
           "ms", "<=", 8, at("zoom", 95)),
    Figure("frame-zoom-most", "the same, the longest", "ms", "<=", 16, at("zoom", 100)),
    Figure("frame-growth", "a frame at 10 M bars against one at 100 k",
           "x", "<=", 1.5, growth),
    Figure("hover", "what is under the mouse, 10 M bars, at the worst zoom",
           "ms", "<=", 0.1, hover),
]  # fmt: skip
