"""The rows of the findings: a model for the list, and how a row is painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from poolscope_gui.model.finding_rows import FindingRow
from poolscope_gui.model.palette import ThemeName, readable_on

from .theme import chrome, colour

Index = QModelIndex | QPersistentModelIndex
GLYPH = 16
MARGIN = 10
GAP = 3
TEXT_X = MARGIN + GLYPH + 10
MOST_LINES = 6  # of source, in a row
WRAP = int(
    Qt.TextFlag.TextWordWrap
    | Qt.TextFlag.TextForceLeftToRight  # also a sentence that begins with a name in Hebrew
    | Qt.AlignmentFlag.AlignLeft
    | Qt.AlignmentFlag.AlignTop
)


class FindingsModel(QAbstractListModel):
    """What was found, in the order in which it is given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[FindingRow] = []

    def set_rows(self, rows: list[FindingRow]) -> None:
        """Show these; only what changed is told, so that a choice and the place stay."""
        same = 0
        for old, new in zip(self.rows, rows, strict=False):
            if old != new:
                break
            same += 1
        if same == len(self.rows) == len(rows):
            return
        if same < len(self.rows):
            self.beginRemoveRows(QModelIndex(), same, len(self.rows) - 1)
            del self.rows[same:]
            self.endRemoveRows()
        if same < len(rows):
            self.beginInsertRows(QModelIndex(), same, len(rows) - 1)
            self.rows = list(rows)
            self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.severity_words}, {row.title}: {row.text} At {row.when}."
        if role == Qt.ItemDataRole.ToolTipRole:
            return "Go there: a click, or Enter"
        return None


class FindingDelegate(QStyledItemDelegate):
    """A glyph for how bad it is, what it is and when, the sentence, and the source lines."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._theme: ThemeName = "light"
        self._heights: dict[tuple[FindingRow, int], int] = {}

    def set_theme(self, name: ThemeName) -> None:
        self._theme = name

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        """Of the title, the sentence, and the source lines."""
        plain = self._view.font()
        bold, small = QFont(plain), QFont(plain)
        bold.setBold(True)
        small.setPointSizeF(max(plain.pointSizeF() - 1.0, 6.0))
        return bold, plain, small

    def _width(self) -> int:
        return max(120, self._view.viewport().width() - TEXT_X - MARGIN)

    def _parts(self, row: FindingRow) -> tuple[int, int, int]:
        """The heights of the title, the sentence, and the source lines."""
        bold, plain, small = self._fonts()
        room = QRect(0, 0, self._width(), 100_000)
        sentence = QFontMetrics(plain).boundingRect(room, WRAP, row.text).height()
        lines = "\n".join(row.lines[:MOST_LINES])
        source = QFontMetrics(small).boundingRect(room, WRAP, lines).height() if lines else 0
        return QFontMetrics(bold).height(), sentence, source

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        row, width = self._row(index), self._width()
        height = self._heights.get((row, width))
        if height is None:
            title, sentence, source = self._parts(row)
            height = 2 * MARGIN + title + GAP + sentence + (GAP + source if source else 0)
            if len(self._heights) > 512:
                self._heights.clear()
            self._heights[row, width] = height
        return QSize(width + TEXT_X + MARGIN, height)

    def _row(self, index: Index) -> FindingRow:
        model = index.model()
        assert isinstance(model, FindingsModel)
        return model.rows[index.row()]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, look = self._row(index), chrome(self._theme)
        painter.save()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour(look.accent_soft))
        elif row.severity == "deadlock" and row.end < 0:
            painter.fillRect(rect, colour(look.alarm_soft))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, colour(look.line))
        quiet = row.severity in ("note", "good")
        tint = colour(look.muted if quiet else look.alarm)
        glyph(
            painter, row.severity, QRectF(rect.x() + MARGIN, rect.y() + MARGIN, GLYPH, GLYPH), tint
        )
        bold, plain, small = self._fonts()
        title, sentence, source = self._parts(row)
        x, y, width = rect.x() + TEXT_X, rect.y() + MARGIN, self._width()
        painter.setFont(small)
        painter.setPen(colour(look.muted))
        when = QRect(x, y, width, title)
        painter.drawText(when, int(Qt.AlignmentFlag.AlignRight), row.when)
        used = QFontMetrics(small).horizontalAdvance(row.when) + 8
        painter.setFont(bold)
        painter.setPen(colour(look.text) if quiet else tint)
        name = QFontMetrics(bold).elidedText(row.title, Qt.TextElideMode.ElideRight, width - used)
        painter.drawText(when, int(Qt.AlignmentFlag.AlignLeft), name)
        painter.setFont(plain)
        painter.setPen(colour(look.text))
        y += title + GAP
        painter.drawText(QRect(x, y, width, sentence), WRAP, row.text)
        if source:
            painter.setFont(small)
            painter.setPen(colour(look.muted))
            lines = "\n".join(row.lines[:MOST_LINES])
            painter.drawText(QRect(x, y + sentence + GAP, width, source), WRAP, lines)
        painter.restore()


def glyph(painter: QPainter, severity: str, box: QRectF, tint: QColor) -> None:
    """An octagon, a triangle or a circle, with its mark: told apart without colours."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tint, 1.7))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y, side = box.x(), box.y(), box.width()

    def points(*pairs: tuple[float, float]) -> list[QPointF]:
        return [QPointF(x + a * side, y + b * side) for a, b in pairs]

    shape, filled = QPainterPath(), severity == "deadlock"
    stem, dot = points((0.5, 0.38), (0.5, 0.62)), 0.78
    if filled:
        corners = ((0.3, 0.05), (0.7, 0.05), (0.95, 0.3), (0.95, 0.7))
        shape.addPolygon(QPolygonF(points(*corners, *((1 - a, 1 - b) for a, b in corners))))
        stem, dot = points((0.5, 0.26), (0.5, 0.56)), 0.74
        painter.setBrush(tint)
    elif severity == "good":
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        painter.drawPolyline(points((0.28, 0.52), (0.44, 0.68), (0.72, 0.34)))
        return
    elif severity == "note":
        shape.addEllipse(box.adjusted(1, 1, -1, -1))
        stem, dot = points((0.5, 0.45), (0.5, 0.75)), 0.28
    else:
        shape.addPolygon(QPolygonF(points((0.5, 0.06), (0.97, 0.92), (0.03, 0.92))))
    shape.closeSubpath()
    painter.drawPath(shape)
    if filled:
        painter.setPen(QPen(colour(readable_on(tint.rgba())), 1.7))
    painter.drawLine(stem[0], stem[1])
    painter.drawPoint(QPointF(x + side / 2, y + side * dot))
