"""A state as a pill: a glyph, its name and its colour, so that no one needs the colour."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QTableView

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
from poolscope_gui.model.task_selection import TaskSelection

from .row_delegate import Index, RowDelegate

_HEIGHT: Final = 18.0
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

    def __init__(self, table: QTableView, chosen: TaskSelection) -> None:
        super().__init__(table, chosen)
        self._looks: dict[str, tuple[int, QColor, QColor, QColor]] = {}
        self.set_theme("light")

    def set_theme(self, name: ThemeName) -> None:
        theme = THEMES[name]
        self._looks = {}
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
        self.initStyleOption(option, index)
        word, option.text = option.text, ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        look = self._looks.get(word)
        if look is None:
            return
        state, ground, glyph, text = look
        area = QRectF(option.rect).adjusted(3, 0, -3, 0)
        width = min(option.fontMetrics.horizontalAdvance(word) + 28.0, area.width())
        pill = QRectF(area.left(), area.center().y() - _HEIGHT / 2, width, _HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(pill, _HEIGHT / 2, _HEIGHT / 2)
        painter.fillPath(path, ground)
        draw_glyph(painter, state, QPointF(pill.left() + 11, pill.center().y()), glyph)
        painter.setPen(text)
        words = pill.adjusted(20, 0, -4, 0)
        said = option.fontMetrics.elidedText(word, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, said)
        painter.restore()
        self.frame(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 30, max(hint.height(), int(_HEIGHT) + 6))
