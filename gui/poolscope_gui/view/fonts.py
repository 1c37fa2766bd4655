"""The chart's fonts: how wide a text is, and texts laid out once and painted often."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPainter, QStaticText

from poolscope_gui.model.ops import Font, Text

SIZES = {Font.NORMAL: 12, Font.BOLD: 13, Font.SMALL: 11, Font.TINY: 10, Font.TITLE: 20}
KEPT = 4096


class Fonts:
    """The application's font in the chart's sizes."""

    def __init__(self) -> None:
        self._fonts: dict[Font, QFont] = {}
        self._metrics: dict[Font, QFontMetricsF] = {}
        self._laid: OrderedDict[tuple[str, Font], tuple[QStaticText, float]] = OrderedDict()
        for font, size in SIZES.items():
            made = QFont(QGuiApplication.font())
            made.setPixelSize(size)
            made.setBold(font in (Font.BOLD, Font.TITLE))
            self._fonts[font] = made
            self._metrics[font] = QFontMetricsF(made)

    def width(self, text: str, font: Font) -> float:
        """Logical pixels; the model's ``Meter``."""
        return self._metrics[font].horizontalAdvance(text)

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
        static.prepare(font=self._fonts[font])
        self._laid[key] = made = (static, self._metrics[font].height())
        if len(self._laid) > KEPT:
            self._laid.popitem(last=False)
        return made
