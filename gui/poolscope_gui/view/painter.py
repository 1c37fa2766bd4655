"""Carries out a frame's operations with a QPainter. Decides nothing.

Plain QPainter calls on a plain widget, not pyqtgraph's scene: a frame is a few dozen batched
calls in viewport pixels, an exception is caught by us before it reaches C++, and the 300 ms that
importing pyqtgraph takes do not stand between the user and the first picture.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QRegion,
    QTransform,
)
from PySide6.QtWidgets import QWidget

from poolscope_gui.model import corners, ops
from poolscope_gui.model.area import MANY, STROKE, below, outline, pixels
from poolscope_gui.model.palette import with_alpha
from poolscope_gui.model.stroke import frames_of, hatch_lines

from .error_mark import mark_error
from .fade_painter import FadePainter
from .fonts import Fonts
from .shape_buffer import ShapeBuffer

log = logging.getLogger(__name__)
HATCH_WIDTH = 2.0
FEW_ROUNDED = 8
MOST_AREAS, MOST_ROWS = 8, 512  # kept as pixels
# Looked up once: an enumeration of Qt's takes longer to reach than a setting to make.
NO_PEN, NO_BRUSH = Qt.PenStyle.NoPen, Qt.BrushStyle.NoBrush
SMOOTH = QPainter.RenderHint.Antialiasing


def colour(value: int) -> QColor:
    return QColor.fromRgba(value)


class FramePainter:
    """Paints frames on one kind of device. Keeps hatches and laid-out texts between frames.

    Between two operations a painter has no pen and does not smooth edges: what needs either puts
    it back, so that the many that fill rectangles need not ask for it.
    """

    def __init__(self, fonts: Fonts, *, vector: bool = False) -> None:
        """``vector``: the device keeps shapes (SVG), so hatches are lines and not tiles."""
        self._fonts = fonts
        self.vector = vector
        self._shapes = ShapeBuffer()
        self._brushes: dict[int, QBrush] = {}  # of the colours of the themes
        self._tiles: dict[tuple[int, float], QBrush] = {}
        self._sheet = QImage()
        self._renewing = False
        # Some as pixels: a frame that repeats what does not change has the same objects.
        self._areas: dict[int, tuple[ops.Area, float, ops.Strip]] = {}
        self._rows: dict[int, tuple[ops.Pixels, ops.Pixels, QImage]] = {}
        self._fades = FadePainter(vector=vector)
        self._ways: dict[type, Callable[[QPainter, Any], None]] = {
            ops.Fill: self._rects,
            ops.Rounded: self._rounded,
            ops.Texts: self._texts,
            ops.Outline: self._outline,
            ops.Hatch: self._hatch,
            ops.Lines: self._lines,
            ops.Fade: self._fades.paint,
            ops.Area: self._area,
            ops.Strip: self._strip,
            ops.Copies: self._copies,
            ops.Renew: self._renew,
            ops.Clip: self._clip,
            ops.Unclip: self._unclip,
        }

    @contextmanager
    def on_paper(self) -> Iterator[None]:
        """Meanwhile as for a device that keeps shapes and texts."""
        before, self.vector = self.vector, True
        try:
            yield
        finally:
            self.vector = before

    def paint(self, painter: QPainter, frame: Iterable[ops.Op]) -> bool:
        """Paint all of ``frame``; whether that went well. Never raises: what fails is logged and
        marked in red."""
        try:
            painter.setPen(NO_PEN)
            for op in frame:
                self._one(painter, op)
        except Exception:
            log.exception("a frame could not be painted")
            mark_error(painter)
            return False
        return True

    def _one(self, painter: QPainter, op: ops.Op) -> None:
        self._ways[type(op)](painter, op)

    def _clip(self, painter: QPainter, op: ops.Clip) -> None:
        painter.save()
        painter.setClipRect(QRectF(op.x, op.y, op.w, op.h))

    def _unclip(self, painter: QPainter, _op: ops.Unclip) -> None:
        painter.restore()

    def _rects(self, painter: QPainter, op: ops.Fill) -> None:
        self._fill(painter, op.colour, op.rects)

    def _fill(self, painter: QPainter, value: int, rects: ops.Rects) -> None:
        if len(rects):
            painter.setBrush(self._brush(value))
            self._shapes.rects(painter, rects)

    def _brush(self, value: int) -> QBrush:
        known = self._brushes.get(value)
        if known is None:
            known = self._brushes[value] = QBrush(colour(value))
        return known

    def _rounded(self, painter: QPainter, op: ops.Rounded) -> None:
        painter.setBrush(self._brush(op.colour))
        # On the sheet the same pixels, however many there are at a time.
        if (len(op.rects) > FEW_ROUNDED or self._renewing) and not self.vector:
            self._many_rounded(painter, op)
            return
        painter.setRenderHint(SMOOTH, True)
        for x, y, w, h in op.rects.tolist():
            painter.drawRoundedRect(QRectF(x, y, w, h), op.radius, op.radius)
        painter.setRenderHint(SMOOTH, False)

    def _many_rounded(self, painter: QPainter, op: ops.Rounded) -> None:
        """The same pixels from plain rectangles, in two calls: an eighth of the time."""
        whole, partly = corners.rounded(op.rects, op.radius, painter.device().devicePixelRatioF())
        self._shapes.rects(painter, whole)
        faint = with_alpha(op.colour, round((op.colour >> 24) * corners.PARTLY))
        self._fill(painter, faint, partly)

    def _outline(self, painter: QPainter, op: ops.Outline) -> None:
        if not op.radius and not self.vector:
            # A pen leaves a pixel of some corners out.
            self._fill(painter, op.colour, frames_of(op.rects, op.width))
            return
        painter.setRenderHint(SMOOTH, op.radius > 0)
        painter.setBrush(NO_BRUSH)
        painter.setPen(QPen(colour(op.colour), op.width))
        if op.radius > 0:
            for x, y, w, h in op.rects.tolist():
                painter.drawRoundedRect(QRectF(x, y, w, h), op.radius, op.radius)
        else:
            self._shapes.rects(painter, op.rects)
        painter.setPen(NO_PEN)
        painter.setRenderHint(SMOOTH, False)

    def _hatch(self, painter: QPainter, op: ops.Hatch) -> None:
        if self.vector:
            segments = hatch_lines(op)
            self._lines(painter, ops.Lines(op.colour, segments, HATCH_WIDTH, dotted=False))
            return
        painter.setBrush(self._tile(op.colour, painter.device().devicePixelRatioF()))
        painter.setBrushOrigin(QPointF(op.origin, 0.0))
        self._shapes.rects(painter, op.rects)
        painter.setBrushOrigin(QPointF(0.0, 0.0))  # it would move the gradients, too

    def _tile(self, value: int, ratio: float) -> QBrush:
        """A diagonal line, drawn at the device's ratio and scaled back, so that it is crisp."""
        known = self._tiles.get((value, ratio))
        if known is not None:
            return known
        size = round(ops.HATCH_TILE * ratio)
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(SMOOTH)
        painter.setPen(QPen(colour(value), HATCH_WIDTH * ratio))
        for shift in (-size, 0, size):
            painter.drawLine(QLineF(shift - 1, size + 1, shift + size + 1, -1))
        painter.end()
        brush = QBrush(pixmap)
        brush.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
        self._tiles[value, ratio] = brush
        return brush

    def _lines(self, painter: QPainter, op: ops.Lines) -> None:
        style = Qt.PenStyle.DotLine if op.dotted else Qt.PenStyle.SolidLine
        painter.setRenderHint(SMOOTH, not op.dotted)
        painter.setPen(QPen(colour(op.colour), op.width, style, Qt.PenCapStyle.FlatCap))
        self._shapes.lines(painter, op.segments)
        painter.setPen(NO_PEN)
        painter.setRenderHint(SMOOTH, False)

    def _area(self, painter: QPainter, op: ops.Area) -> None:
        if not len(op.points):
            return
        if not self.vector and len(op.points) >= MANY:
            ratio = painter.device().devicePixelRatioF()
            known = self._areas.get(id(op))
            if known is None or known[1] != ratio:
                if len(self._areas) >= MOST_AREAS:
                    self._areas.clear()
                known = self._areas[id(op)] = (op, ratio, pixels(op, STROKE, ratio))
            self._strip(painter, known[2])
            return
        if not self.vector:
            self._fill(painter, op.fill, below(op))
            self._fill(painter, op.stroke, outline(op, STROKE))
            return
        points = [QPointF(x, y) for x, y in op.points.tolist()]
        ground = [QPointF(points[-1].x(), op.floor), QPointF(points[0].x(), op.floor)]
        painter.setBrush(self._brush(op.fill))
        painter.drawPolygon(QPolygonF(points + ground))
        painter.setPen(QPen(colour(op.stroke), STROKE))
        painter.drawPolyline(points)
        painter.setPen(NO_PEN)

    def _strip(self, painter: QPainter, op: ops.Strip) -> None:
        single = len(op.pixels) == 1  # such a row may come again: then it is the same array
        known = self._rows.get(id(op.pixels)) if single else None
        if known is None or known[0] is not op.pixels:
            pixels = np.ascontiguousarray(op.pixels)
            height, width = pixels.shape
            form = QImage.Format.Format_ARGB32_Premultiplied
            # An image of these pixels: they have to live as long.
            image = QImage(pixels.data, width, height, width * 4, form)
            known = op.pixels, pixels, image
            if single:
                if len(self._rows) >= MOST_ROWS:
                    self._rows.clear()
                self._rows[id(op.pixels)] = known
        painter.drawImage(QRectF(op.x, op.y, op.w, op.h), known[2])

    def _renew(self, _painter: QPainter, op: ops.Renew) -> None:
        """Paint a part of the sheet anew."""
        sheet = self._sheet
        if (sheet.width(), sheet.height(), sheet.devicePixelRatio()) != (*op.size, op.ratio):
            sheet = self._sheet = QImage(*op.size, QImage.Format.Format_RGB32)
            sheet.fill(0)
            sheet.setDevicePixelRatio(op.ratio)
        region = QRegion()
        for x, y, width, height in op.clips.astype(int).tolist():
            region += QRect(x, y, width, height)
        self._renewing = True
        try:
            with QPainter(sheet) as painter:
                painter.setWorldTransform(QTransform.fromScale(1 / op.ratio, 1 / op.ratio))
                painter.setClipRegion(region)
                painter.setWorldTransform(QTransform.fromTranslate(op.left / op.ratio, 0))
                painter.setPen(NO_PEN)
                for one in op.ops:
                    self._one(painter, one)
        finally:
            self._renewing = False

    def _copies(self, painter: QPainter, op: ops.Copies) -> None:
        sheet, draw = self._sheet, painter.drawImage
        for to_x, to_y, x, y, w, h in op.whole:  # nearly always: with half of the call's own time
            draw(to_x, to_y, sheet, x, y, w, h)
        for part in op.parts:
            draw(QRectF(*part[4:]), sheet, QRectF(*part[:4]))

    def _texts(self, painter: QPainter, op: ops.Texts) -> None:
        painter.setBrush(NO_BRUSH)
        vector, ratio = self.vector, painter.device().devicePixelRatioF()
        for item in op.items:
            if vector:
                self._fonts.draw(painter, item)
            else:
                self._fonts.stamp(painter, item, ratio)
        painter.setPen(NO_PEN)


def paint_widget(
    widget: QWidget, frames: FramePainter, make: Callable[[], Iterable[ops.Op]]
) -> bool:
    """All of a paint event; whether that went well. Never raises: what fails is logged and marked
    in red."""
    painter = QPainter(widget)
    try:
        return frames.paint(painter, make())
    except Exception:
        log.exception("the picture of %s could not be composed", type(widget).__name__)
        mark_error(painter)
        return False
    finally:
        painter.end()
