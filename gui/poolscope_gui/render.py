"""A trace's chart as a picture file, with no window: what ``poolscope render`` does."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from poolscope.analysis.waitgraph import Watch
from poolscope.analysis.whole_file import whole_file
from poolscope_gui.model import legend
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Fill, Font, Op, Text, Texts, rects
from poolscope_gui.model.palette import THEMES, Theme
from poolscope_gui.model.rings import Rings
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation
from poolscope_gui.view.fonts import Fonts
from poolscope_gui.view.painter import FramePainter

from .paper import PAGES, Page

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

LEGEND = 30
WIDTH, HEIGHT = 1600, 900
LEAST = 160
MOST = 16_384
ENDINGS = (".png", *PAGES)


def render(
    store: Store,
    path: str | os.PathLike[str],
    size: tuple[int, int] | None = None,
    theme: str = "light",
) -> str:
    """Draw all of a trace into a file, ``size`` pixels; its ending says which kind.

    Without a size the picture is 1600 wide and as high as its lanes need. Returns "", or a
    sentence that says how many lanes found no room. Raises ValueError for an ending, a size or a
    theme that there is not, OSError when the file cannot be written. Makes a
    ``QGuiApplication`` if there is none.
    """
    chart = ChartSource(store)
    rings = Rings()
    rings.update(store, Watch(store, chart.index).cycles())
    chart.set_alarms(rings.alarms())
    width, height = size or (WIDTH, max(HEIGHT, _needed(chart, WIDTH)))
    height = min(height, MOST)
    draw(chart, path, (width, height), theme)
    layout = arrange(chart, float(width), float(height - LEGEND), 0.0)
    lanes = [row for row in layout.rows if row.lane >= 0]
    hidden = sum(row.y + row.height > layout.page for row in lanes)
    if not hidden:
        return ""
    needed = _needed(chart, width)
    advice = f"a size of {width}x{needed} shows all" if needed <= MOST else "open it in the window"
    return f"{hidden} of {len(lanes)} lanes have no room in {width}x{height}: {advice}"


def _needed(chart: Chart, width: int) -> int:
    """How high a picture must be to show every lane."""
    height = LEAST
    # The parts that do not scroll grow in steps with the height: a second look settles it.
    for _ in range(4):
        layout = arrange(chart, float(width), float(height - LEGEND), 0.0)
        if layout.most_scroll == 0:
            break
        height += math.ceil(layout.most_scroll)
    return height


def draw(
    chart: Chart,
    path: str | os.PathLike[str],
    size: tuple[int, int] = (1600, 900),
    theme: str = "light",
    *,
    ratio: float = 1.0,
) -> None:
    """The same for any chart; ``ratio``: device pixels to one of ``size``, for a PNG."""
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        endings = " or ".join(ENDINGS)
        raise ValueError(f"{target.name}: a picture's name must end in {endings}")
    if not all(LEAST <= side <= MOST for side in size):
        raise ValueError(f"a size of {size[0]}x{size[1]}: expected {LEAST} to {MOST} pixels a side")
    if theme not in THEMES:
        raise ValueError(f"no theme {theme!r}: expected one of {', '.join(THEMES)}")
    application = QGuiApplication.instance() or QGuiApplication(["poolscope"])
    page = PAGES.get(ending)
    with whole_file(target) as file:
        if page is None:
            file.write(_png(chart, size, THEMES[theme], ratio))
        else:
            file.write(_vector(page, chart, size, THEMES[theme], ratio))
    del application


def _png(chart: Chart, size: tuple[int, int], theme: Theme, ratio: float) -> bytes:
    width, height = size
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.background)
    # One that were left at work by an error would be collected after its image, and crash.
    with QPainter(image) as painter:
        _paint(painter, chart, size, theme, ratio, vector=False)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _vector(page: Page, chart: Chart, size: tuple[int, int], theme: Theme, ratio: float) -> bytes:
    def paint(painter: QPainter) -> None:
        painter.fillRect(QRectF(0, 0, *size), QColor(theme.background))
        _paint(painter, chart, size, theme, ratio, vector=True)

    return page(size, paint)


def _paint(
    painter: QPainter,
    chart: Chart,
    size: tuple[int, int],
    theme: Theme,
    ratio: float,
    *,
    vector: bool,
) -> None:
    width, height = size
    fonts = Fonts()
    fitter = Fitter(fonts.width)
    frames = FramePainter(fonts, vector=vector)
    frames.paint(painter, legend_row(chart, theme, fitter, width))
    layout = arrange(chart, float(width), float(height - LEGEND), 0.0)
    moves = Navigation()
    moves.advance(chart.first, chart.now)
    moves.fit()
    scene = Scene(
        chart, layout, moves.viewport(int(layout.chart_width * ratio)), ratio, theme, fitter
    )
    painter.translate(0.0, float(LEGEND))
    frames.paint(painter, compose(scene))


def legend_row(chart: Chart, theme: Theme, fitter: Fitter, width: float) -> list[Op]:
    """The legend as the window's bar shows it, as far as there is room."""
    out: list[Op] = [Fill(theme.background, rects((0.0, 0.0, width, LEGEND)))]
    entries = legend.entries(chart)
    rest = len(entries) + legend.unnamed(chart)
    x = 8.0
    for entry in entries:
        room = legend.width(entry, fitter)
        # What does not fit is counted, and the count needs room as well.
        more = fitter.width(f"  +{rest} more", Font.SMALL) if rest > 1 else 0.0
        if x + room + more > width:
            break
        out += legend.draw(entry, chart, theme, shown=True, y=LEGEND / 2, x=x + 4)
        x += room + 4
        rest -= 1
    if rest:
        out.append(Texts([Text(x + 4, LEGEND / 2, f"+{rest} more", Font.SMALL, theme.muted)]))
    return out
