"""The painter by the log of its calls, and the pixels that matter."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from poolscope_gui.model import ops
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange, bands
from poolscope_gui.model.ops import Font, Text, rects
from poolscope_gui.model.palette import EXCEPTION, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.stroke import hatch_lines
from poolscope_gui.model.task_rows import Column
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Viewport
from poolscope_gui.view.cell_painter import CellPainter
from poolscope_gui.view.findings_list import WRAP
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter
from tests.gui.charts import crowd

pytestmark = pytest.mark.usefixtures("qapp")
RED = 0xFFD55E00


class LoggingPainter:
    """Takes every call of a QPainter and writes it down."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> None:
            self.calls.append((name, args))

        return call

    def drawn(self) -> list[str]:
        return [name for name, _ in self.calls if name.startswith(("draw", "fill"))]


def log_of(*frame: ops.Op) -> LoggingPainter:
    painter = LoggingPainter()
    FramePainter(Fonts()).paint(painter, frame)  # type: ignore[arg-type]
    return painter


def image_of(*frame: ops.Op, width: int = 40, height: int = 40, ratio: float = 1.0) -> QImage:
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    FramePainter(Fonts()).paint(painter, frame)
    painter.end()
    return image


def pixel(image: QImage, x: int, y: int) -> int:
    return int(image.pixelColor(x, y).rgba())


def test_all_rectangles_of_a_colour_are_one_call() -> None:
    many = np.tile([[1.0, 2.0, 3.0, 4.0]], (5000, 1))
    log = log_of(ops.Fill(RED, many), ops.Lines(RED, many, 1.0, dotted=False))
    assert log.drawn() == ["drawRects", "drawLines"]
    assert [args[1] for name, args in log.calls if name in ("drawRects", "drawLines")] == [5000] * 2


def test_nothing_is_drawn_of_nothing() -> None:
    none = np.empty((0, 4))
    assert log_of(ops.Fill(RED, none), ops.Lines(RED, none, 1.0, dotted=True)).drawn() == []


def test_a_clip_is_saved_and_restored() -> None:
    names = [name for name, _ in log_of(ops.Clip(0, 0, 5, 5), ops.Unclip()).calls]
    assert names.index("save") < names.index("setClipRect") < names.index("restore")


def test_rectangles_come_out_where_they_should() -> None:
    image = image_of(ops.Fill(RED, rects((5, 6, 10, 3), (30, 30, 1, 1))))
    inside = {(x, y) for x in range(40) for y in range(40) if pixel(image, x, y) == RED}
    assert inside == {(x, y) for x in range(5, 15) for y in range(6, 9)} | {(30, 30)}


def test_a_strip_is_stretched_without_blur() -> None:
    pixels = np.array([[RED, 0xFF0072B2]], dtype=np.uint32)
    image = image_of(ops.Strip(pixels, 10, 10, 2, 8))
    assert [pixel(image, 10, y) for y in (10, 17)] == [RED, RED]
    assert [pixel(image, 11, y) for y in (10, 17)] == [0xFF0072B2] * 2
    assert pixel(image, 12, 12) == 0xFFFFFFFF


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_a_hatch_has_the_same_lines_at_any_ratio(ratio: float) -> None:
    image = image_of(ops.Hatch(RED, rects((0, 0, 40, 40)), 0.0), ratio=ratio)
    red = [
        x for x in range(image.width()) if QColor(image.pixel(x, image.height() // 2)).green() < 180
    ]
    assert 0.15 * image.width() < len(red) < 0.6 * image.width()
    assert max(red) - min(red) > 0.7 * image.width()


def test_a_hatch_of_lines_stays_in_its_rectangle() -> None:
    segments = hatch_lines(ops.Hatch(RED, rects((10, 10, 20, 12)), 3.0))
    assert len(segments) > 2
    assert (segments[:, [0, 2]] >= 10 - 1e-9).all()
    assert (segments[:, [0, 2]] <= 30 + 1e-9).all()
    assert (segments[:, [1, 3]] >= 10 - 1e-9).all()
    assert (segments[:, [1, 3]] <= 22 + 1e-9).all()


def test_a_users_text_is_not_read_as_markup() -> None:
    plain = image_of(ops.Texts([ops.Text(2, 20, "<b>x</b>", ops.Font.NORMAL, RED)]), width=120)
    assert any(pixel(plain, x, y) != 0xFFFFFFFF for x in range(40, 60) for y in range(40))


def test_a_failing_operation_is_logged_and_marked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        image = image_of(ops.Fill(RED, "no rectangles"))  # type: ignore[arg-type]
    assert "a frame could not be painted" in caplog.text
    assert pixel(image, 20, 20) != 0xFFFFFFFF


def test_every_exception_of_a_crowd_is_seen_in_the_pixels(qtbot: QtBot) -> None:  # noqa: ARG001
    """Against brute force, in painted pixels: each exception leaves its colour at its place."""
    chart = crowd(2, 4000)
    layout = arrange(chart, 900, 300, 0)
    view = Viewport(0.0, chart.now * 1.0, int(layout.chart_width)).snapped()
    fonts = Fonts()
    theme = THEMES["dark"]
    frame = compose(Scene(chart, layout, view, 1.0, theme, Fitter(fonts.width)))
    image = image_of(*frame, width=900, height=300)
    wanted = theme.states[EXCEPTION].body
    seen = 0
    for row in (row for row in layout.rows if row.lane >= 0):
        band = bands(row.height)
        top = int(layout.y(row) + band.bar_y)
        spans = chart.lanes[row.lane].tasks.track
        for start in spans.start[spans.kind == EXCEPTION].tolist():
            column = int(layout.left + (start - view.begin) / view.unit)
            colours = {
                pixel(image, x, y)
                for x in (column, column + 1)
                for y in range(top, top + int(band.bar_h))
            }
            assert wanted in colours, f"the exception at {start} ns left no trace"
            seen += 1
    assert seen > 500


def inked(draw: Callable[[QPainter, str], object], text: str, wide: int) -> QImage:
    """The first ``wide`` pixels of a text."""
    image = QImage(200, 30, QImage.Format.Format_ARGB32)
    image.fill(0xFFFFFFFF)
    with QPainter(image) as painter:
        draw(painter, text)
    return image.copy(0, 0, wide, 30)


def test_a_name_in_hebrew_stands_behind_its_number() -> None:
    """It says on which side a text begins, and the number stood at the end."""
    fonts, cells = Fonts(), CellPainter()

    def on_a_bar(painter: QPainter, text: str) -> None:
        fonts.draw(painter, Text(4.0, 15.0, text, Font.NORMAL, 0xFF000000))

    def in_a_cell(painter: QPainter, text: str) -> None:
        cells.paint(painter, QRect(0, 0, 200, 30), text, Column.TASK)

    def in_a_finding(painter: QPainter, text: str) -> None:
        painter.drawText(QRect(0, 0, 200, 30), WRAP, text)

    for draw, name in ((on_a_bar, "#1"), (in_a_cell, "קראת"), (in_a_finding, "קראת")):
        other = "קראת" if name == "#1" else "(x)"
        wide = round(fonts.width(name, Font.NORMAL))
        assert inked(draw, f"{name} {other}", wide) == inked(draw, name, wide), draw.__name__
