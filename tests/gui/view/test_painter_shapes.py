"""Shapes made of plain rectangles and texts made of images look as if they had been painted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter

from poolscope_gui.model import corners
from poolscope_gui.model.ops import (
    Area,
    Fade,
    Fill,
    Font,
    Hatch,
    Lines,
    Op,
    Outline,
    Rounded,
    Strip,
    Text,
    Texts,
    rects,
)
from poolscope_gui.view import painter as painting
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter

pytestmark = pytest.mark.usefixtures("qapp")
WHITE, BLUE = 0xFF_FFFFFF, 0xFF_0072B2


def painted(
    *frame: Op, ratio: float = 1.0, times: int = 1, vector: bool = False
) -> NDArray[np.int64]:
    """The green of all pixels."""
    image = QImage(int(120 * ratio), int(60 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    frames = FramePainter(Fonts(), vector=vector)
    for _ in range(times):
        image.fill(WHITE)
        painter = QPainter(image)
        frames.paint(painter, frame)
        painter.end()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return raw[:, :, 1].astype(np.int64)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize(
    "box", [(10, 10, 60, 30), (10, 10, 7, 30), (10, 10, 40, 5), (10, 10, 2, 9)]
)
def test_many_rounded_look_like_a_few(
    monkeypatch: pytest.MonkeyPatch, box: tuple[float, float, float, float], ratio: float
) -> None:
    op = Rounded(BLUE, rects(box), 3.0)
    monkeypatch.setattr(painting, "FEW_ROUNDED", 1)
    exact = painted(op, ratio=ratio)
    monkeypatch.setattr(painting, "FEW_ROUNDED", 0)
    cheap = painted(op, ratio=ratio)
    assert np.abs(exact - cheap).max() <= 110, "part of a pixel at a corner"
    assert np.abs(exact - cheap).sum() <= 1000 * ratio
    assert (cheap == painted(Rounded(BLUE, rects(box), 0.0), ratio=ratio)).mean() > 0.98


def test_corners_do_not_overlap() -> None:
    """What is translucent would be darker there."""
    whole, partly = corners.rounded(rects((10, 10, 60, 30), (80, 10, 5, 4)), 3.0, 1.0)
    seen = np.zeros((60, 120), dtype=int)
    for x, y, w, h in np.concatenate((whole, partly)).astype(int).tolist():
        seen[y : y + h, x : x + w] += 1
    assert seen.max() == 1
    assert seen[10:40, 10:70].sum() == 60 * 30 - 4, "but for a pixel at each corner"


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_text_looks_the_same_the_third_time(ratio: float) -> None:
    """The first time it is laid out, then it is an image."""
    op = Texts([Text(5.0, 20.0, "#12 fib(31)", Font.NORMAL, BLUE)])
    first = painted(op, ratio=ratio)
    assert (first != 255).sum() > 50
    assert np.abs(first - painted(op, ratio=ratio, times=3)).max() <= 8


def test_an_area_is_filled_below_its_steps() -> None:
    points = np.array([(10.0, 40.0), (30.0, 40.0), (30.0, 20.0), (60.0, 20.0), (60.0, 50.0)])
    op = Area(BLUE, BLUE, points, 50.0)
    found = painted(op) != 255
    assert found[41:50, 11:30].all()
    assert found[21:50, 31:59].all()
    assert not found[:38, :28].any()
    assert not found[51:].any()
    assert (found == (painted(op, vector=True) != 255)).mean() > 0.97


def test_a_hatch_does_not_move_the_gradients_after_it() -> None:
    fade = Fade(BLUE, WHITE, 10.0, 10.0, 40.0, 20.0)
    hatch = Hatch(BLUE, rects((80.0, 40.0, 10.0, 10.0)), 70.0)
    assert (painted(fade)[10:30, :60] == painted(hatch, fade)[10:30, :60]).all()
    assert painted(fade)[15, 45] > painted(fade)[15, 12] + 50


@pytest.mark.parametrize("x", [10.0, 33.0, 10.5])
def test_a_fade_on_whole_pixels_is_an_image_of_the_gradient(x: float) -> None:
    op = Fade(BLUE, WHITE, x, 10.0, 44.0, 20.0)
    apart = painted(op).astype(int) - painted(op, vector=True).astype(int)
    assert np.abs(apart).max() <= 1
    assert len(np.unique(painted(op))) > 30, "from one colour to the other"


_BOX = rects((10.0, 10.0, 30.0, 20.0))
_STEPS = np.array([(10.0, 20.0), (11.0, 20.0), (11.0, 25.0), (30.0, 25.0)])
_ANY: list[Op] = [
    Fill(BLUE, _BOX),
    Rounded(BLUE, _BOX, 3.0),
    Outline(BLUE, _BOX, 2.0, 3.0),
    Outline(BLUE, _BOX, 2.0, 0.0),
    Hatch(BLUE, _BOX, 0.0),
    Lines(BLUE, _BOX, 2.0, dotted=False),
    Lines(BLUE, _BOX, 2.0, dotted=True),
    Fade(BLUE, WHITE, 10.0, 10.0, 30.0, 20.0),
    Area(BLUE, BLUE, _STEPS, 40.0),
    Strip(np.full((4, 8), BLUE, np.uint32), 10.0, 10.0, 8.0, 4.0),
    Texts([Text(10.0, 20.0, "words", Font.NORMAL, BLUE)]),
]


@pytest.mark.parametrize("vector", [False, True])
@pytest.mark.parametrize("op", _ANY, ids=lambda op: type(op).__name__)
def test_after_an_operation_a_painter_has_no_pen_and_smooths_nothing(op: Op, vector: bool) -> None:
    image = QImage(120, 60, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        assert FramePainter(Fonts(), vector=vector).paint(painter, [op])
        assert painter.pen().style() == Qt.PenStyle.NoPen
        assert not painter.testRenderHint(QPainter.RenderHint.Antialiasing)
        assert painter.brushOrigin() == QPoint(0, 0)
