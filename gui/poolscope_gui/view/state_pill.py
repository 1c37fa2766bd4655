"""A state as a pill: a glyph, its name and its colour, so that no one needs the colour."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionViewItem

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

from .row_delegate import Index, RowDelegate

_HEIGHT: Final = 18.0
_MIDDLE: Final[int] = Qt.AlignmentFlag.AlignVCenter.value
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


class PillDelegate(RowDelegate):
    """Paints the state column; its cells' display text is the state's name."""

    def set_theme(self, name: ThemeName) -> None:
        super().set_theme(name)
        theme = THEMES[name]
        self._looks: dict[str, tuple[int, QColor, QColor, QColor]] = {}
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

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, column, whole = index.row(), index.column(), option.rect
        self.paint_ground(painter, whole, row)
        word = self._text(row, column)
        look = self._looks.get(word)
        if look is None:
            return
        state, ground, glyph, text = look
        area = QRectF(whole).adjusted(3, 0, -3, 0)
        metrics = painter.fontMetrics()
        width = min(metrics.horizontalAdvance(word) + 28.0, area.width())
        pill = QRectF(area.left(), area.center().y() - _HEIGHT / 2, width, _HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(pill, _HEIGHT / 2, _HEIGHT / 2)
        draw_glyph(painter, state, QPointF(pill.left() + 11, pill.center().y()), glyph)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(text)
        words = pill.adjusted(20, 0, -4, 0).toRect()
        said = self.cut(metrics, word, words.width())
        painter.drawText(words, _MIDDLE, said)
        self.frame(painter, whole, row)
