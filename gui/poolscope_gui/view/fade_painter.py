"""Rectangles whose colour goes from one to another, as the growing end of each running bar has one.

Most are as long and as high as others. On a screen that has one pixel to a logical one they become
images: to copy one takes a third of the time of a gradient.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from poolscope_gui.model.ops import Fade

MOST: Final = 256
_Key = tuple[int, int, int, int]  # both colours, width, height


class FadePainter:
    """Keeps the images between frames."""

    def __init__(self, *, vector: bool) -> None:
        """``vector``: the device keeps shapes, so they stay gradients."""
        self._vector = vector
        self._images: dict[_Key, QImage] = {}

    def paint(self, painter: QPainter, op: Fade) -> None:
        """One of them."""
        left, right, x, y, w, h = op
        whole = x == x // 1 and y == y // 1 and w == w // 1 and h == h // 1
        if not whole or self._vector or painter.device().devicePixelRatioF() != 1.0:
            painter.fillRect(QRectF(x, y, w, h), _gradient(left, right, x, w))
            return
        key = left, right, int(w), int(h)
        painter.drawImage(int(x), int(y), self._images.get(key) or self._made(key))

    def _made(self, key: _Key) -> QImage:
        left, right, wide, high = key
        if len(self._images) >= MOST:
            self._images.clear()
        image = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        with QPainter(image) as painter:
            painter.fillRect(QRectF(0.0, 0.0, wide, high), _gradient(left, right, 0.0, wide))
        self._images[key] = image
        return image


def _gradient(left: int, right: int, x: float, width: float) -> QLinearGradient:
    made = QLinearGradient(x, 0, x + width, 0)
    made.setColorAt(0.0, QColor.fromRgba(left))
    made.setColorAt(1.0, QColor.fromRgba(right))
    return made
