"""A state as a pill: a glyph, its name and its colour, so that no one needs the colour."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from poolscope_gui.model.palette import (
    CANCELLED,
    EXCEPTION,
    FINISHED,
    PENDING,
    RUNNING,
    SENT,
    STATES,
    THEMES,
    ThemeName,
    mix,
)

from .cell_painter import CellPainter

_HEIGHT: Final = 18.0
_BEFORE, _AFTER = 20, 4  # of a pill, its word
_GLYPH: Final = 4.0  # half its size


def draw_glyph(painter: QPainter, state: int, at: QPointF, colour: QColor) -> None:
    """The glyph of a state around a point: ring, arrow, triangle, disc, cross, bar."""
    x, y, half = at.x(), at.y(), _GLYPH
    pen = QPen(colour, 1.7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == PENDING:
        painter.drawEllipse(at, half - 0.6, half - 0.6)
    elif state == SENT:
        painter.drawLine(QPointF(x - half, y), QPointF(x + half - 0.5, y))
        painter.drawPolyline([QPointF(x, y - 3), QPointF(x + half, y), QPointF(x, y + 3)])
    elif state == RUNNING:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = [QPointF(x - 3, y - half), QPointF(x + half, y), QPointF(x - 3, y + half)]
        painter.drawPolygon(QPolygonF(corners))
    elif state == FINISHED:
        painter.drawPolyline(
            [QPointF(x - half, y), QPointF(x - 1, y + 3), QPointF(x + half, y - 3.4)]
        )
    elif state == EXCEPTION:
        painter.drawLine(QPointF(x - 3, y - 3), QPointF(x + 3, y + 3))
        painter.drawLine(QPointF(x + 3, y - 3), QPointF(x - 3, y + 3))
    elif state == CANCELLED:
        painter.drawEllipse(at, half - 0.6, half - 0.6)
        painter.drawLine(QPointF(x - 2.6, y + 2.6), QPointF(x + 2.6, y - 2.6))


class PillPainter(CellPainter):
    """Paints the state column; what its cells say is the state's name."""

    def set_theme(self, name: ThemeName) -> None:
        super().set_theme(name)
        theme = THEMES[name]
        self._looks: dict[str, tuple[int, QColor, QColor, QColor]] = {}
        self._pills: dict[tuple[str, int, int, float], QPixmap] = {}  # without their words
        for state, word in enumerate(STATES):
            look = theme.states[state]
            strong = look.edge if state in (PENDING, SENT) else look.body
            ground = mix(strong, theme.background, 0.17 if name == "light" else 0.24)
            glyph = mix(strong, theme.text, 0.72)
            text = mix(strong, theme.text, 0.18)
            self._looks[word] = (
                state,
                QColor.fromRgba(ground),
                QColor.fromRgba(glyph),
                QColor.fromRgba(text),
            )

    def paint(self, painter: QPainter, area: QRect, text: str, column: int) -> None:
        look = self._looks.get(text)
        if look is None:
            return
        key = (text, area.width() - 6, area.height(), painter.device().devicePixelRatioF())
        pill = self._pills.get(key)
        if pill is None:
            pill = self._pills[key] = self._drawn(
                key, painter.fontMetrics().horizontalAdvance(text)
            )
        x = area.x() + 3
        painter.drawPixmap(x, area.y(), pill)
        painter.setPen(look[3])
        room = round(pill.deviceIndependentSize().width()) - _BEFORE - _AFTER
        self.put(painter, text, x + _BEFORE, area, room, column)

    def _drawn(self, key: tuple[str, int, int, float], wide: int) -> QPixmap:
        """A pill without its word, as wide as that and the room allow."""
        word, room, high, ratio = key
        state, ground, glyph, _ = self._looks[word]
        width = max(1, min(wide + 28, room))
        pixmap = QPixmap(round(width * ratio), round(high * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        pill = QRectF(0.0, (high - _HEIGHT) / 2, width, _HEIGHT)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(pill, _HEIGHT / 2, _HEIGHT / 2)
            draw_glyph(painter, state, QPointF(pill.left() + 11, pill.center().y()), glyph)
        return pixmap
