"""Arrays as Qt's own rectangles and lines, with no object for each: both are four doubles in a row.

The way pyqtgraph's PrimitiveArray does it. Most calls of a frame have few shapes, and for those to
ask an array for its address and to wrap that takes longer than to draw them. So a few are copied to
where Qt has been told to look once and for all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter
from shiboken6 import wrapInstance

from poolscope_gui.model.ops import Rects

FEW: Final = 256


class ShapeBuffer:
    """Draws many shapes in one call. Of one thread: what is drawn lies in it meanwhile."""

    def __init__(self) -> None:
        self._few = np.empty((FEW, 4), dtype=np.float64)
        self._rects = wrapInstance(self._few.ctypes.data, QRectF)

    def rects(self, painter: QPainter, rects: Rects) -> None:
        """Rectangles, ``(n, 4)``: x, y, width, height."""
        count = len(rects)
        if 0 < count <= FEW:
            self._few[:count] = rects
            painter.drawRects(self._rects, count)  # type: ignore[call-overload]
        elif count:
            data = np.ascontiguousarray(rects, dtype=np.float64)
            painter.drawRects(wrapInstance(data.ctypes.data, QRectF), count)  # type: ignore[call-overload]

    def lines(self, painter: QPainter, segments: Rects) -> None:
        """Lines, ``(n, 4)``: x, y of both ends."""
        if len(segments):
            data = np.ascontiguousarray(segments, dtype=np.float64)
            painter.drawLines(wrapInstance(data.ctypes.data, QLineF), len(data))  # type: ignore[call-overload]
