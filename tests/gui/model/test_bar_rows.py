"""Short bars as rows of pixels are the pixels of the rectangles, to the last one."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from poolscope_gui.model import bars
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Strip
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter
from tests.gui.charts import Group, HandMade, Lane, meter, sliced


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Pictures need an application, not a window."""


def crowded() -> HandMade:
    """Three lanes of bars from 1 to 30 pixels, next to each other and apart."""
    random = np.random.default_rng(11)
    chart = HandMade()
    for number in range(3):
        gaps, lengths = random.integers(0, 5, 260), random.integers(1, 31, 260)
        begin = np.cumsum(gaps + np.concatenate(([0], lengths[:-1])))
        kinds = random.choice([FINISHED] * 8 + [EXCEPTION, CANCELLED], 260)
        lane = Lane(("worker", number), "worker", f"io_{number}", 0)
        spans = zip(begin.tolist(), (begin + lengths).tolist(), kinds.tolist(), strict=True)
        lane.tasks = sliced(*spans, first=260 * number)
        chart.lanes.append(lane)
    chart.groups = [Group("io", lanes=[0, 1, 2])]
    chart.now = max(int(lane.tasks.track.end[-1]) for lane in chart.lanes)
    return chart


def painted(chart: HandMade, ratio: float) -> tuple[np.ndarray, int]:
    """The picture, and how many strips it has."""
    layout = arrange(chart, 1200.0, 360.0, 0.0)
    view = Navigation()
    view.advance(0, chart.now)
    pixels = int(layout.chart_width * ratio)
    view.show(40.5e6, 40.5e6 + pixels * 1e6)  # a millisecond a pixel
    scene = Scene(chart, layout, view.viewport(pixels), ratio, THEMES["light"], Fitter(meter))
    frame = compose(scene)
    image = QImage(int(1200 * ratio), int(360 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    FramePainter(Fonts()).paint(painter, frame)
    painter.end()
    data = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return data.copy(), sum(isinstance(op, Strip) for op in frame)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_rows_of_pixels_and_rectangles_look_the_same(
    ratio: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = crowded()
    monkeypatch.setattr(bars.bar_rows, "FEW", 0)
    rows, strips = painted(chart, ratio)
    monkeypatch.setattr(bars.bar_rows, "SHORT", 0.0)
    rectangles, fewer = painted(chart, ratio)
    assert strips == fewer + 3
    assert (rows == rectangles).all()
