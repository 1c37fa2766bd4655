"""The chart's fonts: how wide a text is, and texts laid out once and painted often.

On the screen a text that comes again and again becomes an image, and from then on costs a third of
a laid out text. To make one takes as long as to draw a text five times: in a zoom none is worth it.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPainter,
    QStaticText,
    QTextOption,
)

from poolscope_gui.model.ops import Font, Text

SIZES = {Font.NORMAL: 12, Font.BOLD: 13, Font.SMALL: 11, Font.TINY: 10, Font.TITLE: 20}
KEPT = 2048
OFTEN = 6  # times that a text is drawn before it becomes an image
WIDEST = 400.0  # device pixels: a longer text is rare, and its image large
_Key = tuple[str, Font, int, float]


class Fonts:
    """The application's font in the chart's sizes."""

    def __init__(self) -> None:
        self._fonts: dict[Font, QFont] = {}
        self._metrics: dict[Font, QFontMetricsF] = {}
        self._laid: OrderedDict[tuple[str, Font], tuple[QStaticText, float]] = OrderedDict()
        self._images: OrderedDict[_Key, QImage | int] = OrderedDict()
        self._half: dict[Font, float] = {}
        self._option = QTextOption()
        # A number, then a name; else it is a name in Hebrew that says on which side they begin.
        self._option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        for font, size in SIZES.items():
            made = QFont(QGuiApplication.font())
            made.setPixelSize(size)
            made.setBold(font in (Font.BOLD, Font.TITLE))
            self._fonts[font] = made
            self._metrics[font] = QFontMetricsF(made)
            self._half[font] = self._metrics[font].height() / 2

    def width(self, text: str, font: Font) -> float:
        """Logical pixels; the model's ``Meter``."""
        return self._metrics[font].horizontalAdvance(text)

    def stamp(self, painter: QPainter, item: Text, ratio: float) -> None:
        """The same as ``draw``, from an image: for a screen of so many pixels to a logical one."""
        x, y, text, font, colour = item
        key = (text, font, colour, ratio)
        image = self._images.get(key, 0)
        if isinstance(image, int):
            self._seen(key, image)
            self.draw(painter, item)
        elif ratio == 1.0:
            painter.drawImage(round(x), round(y - self._half[font]), image)
        else:
            painter.drawImage(QPointF(round(x), round(y - self._half[font])), image)

    def _seen(self, key: _Key, times: int) -> None:
        text, font, colour, ratio = key
        if times + 1 < OFTEN:
            self._images[key] = times + 1
            if len(self._images) > KEPT:
                self._images.popitem(last=False)
            return
        width = math.ceil((self.width(text, font) + 2) * ratio)
        if width > WIDEST * ratio:
            return
        height = math.ceil(2 * self._half[font] * ratio)
        image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(0)
        with QPainter(image) as painter:
            self.draw(painter, Text(0.0, self._half[font], text, font, colour))
        self._images[key] = image

    def draw(self, painter: QPainter, item: Text) -> None:
        static, height = self._layout(item.text, item.font)
        painter.setFont(self._fonts[item.font])
        painter.setPen(QColor.fromRgba(item.colour))
        # Whole pixels: a text on half a pixel is blurred on some platforms.
        painter.drawStaticText(QPointF(round(item.x), round(item.y - height / 2)), static)

    def _layout(self, text: str, font: Font) -> tuple[QStaticText, float]:
        key = (text, font)
        known = self._laid.get(key)
        if known is not None:
            self._laid.move_to_end(key)
            return known
        static = QStaticText(text)
        # A label is a user's text and may look like HTML.
        static.setTextFormat(Qt.TextFormat.PlainText)
        static.setTextOption(self._option)
        static.prepare(font=self._fonts[font])
        self._laid[key] = made = (static, self._metrics[font].height())
        if len(self._laid) > KEPT:
            self._laid.popitem(last=False)
        return made
