"""How the text of a cell of the futures table is painted.

A table is painted several times a second beside the chart, and nearly all of its texts come again:
how much of one fits, and where, is remembered.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from poolscope_gui.model.palette import ThemeName
from poolscope_gui.model.task_rows import Column

from .theme import chrome, colour

RIGHT_COLUMNS: Final[frozenset[int]] = frozenset((Column.NUMBER, Column.WAITED, Column.RAN))
_MARGIN: Final = 6
_MOST_PLACED: Final = 4096  # texts of which that is remembered
_Key = tuple[str, int, int, int]  # a text, the room for it, its column, the height of the cell


class CellPainter:
    """Paints texts: numbers and times at the right, in grey; all else at the left."""

    def __init__(self) -> None:
        self._placed: dict[_Key, tuple[str, float, int]] = {}
        self.set_theme("light")

    def set_theme(self, name: ThemeName) -> None:
        look = chrome(name)
        self._ink = colour(look.text)
        self._quiet = colour(look.muted)

    def paint(self, painter: QPainter, area: QRect, text: str, column: int) -> None:
        """A cell; its ground is there."""
        if not text:
            return
        painter.setPen(self._quiet if column in RIGHT_COLUMNS else self._ink)
        self.put(painter, text, area.x() + _MARGIN, area, area.width() - 2 * _MARGIN, column)

    def put(
        self, painter: QPainter, text: str, x: int, area: QRect, room: int, column: int
    ) -> None:
        """A text at ``x``, in the middle of the height of ``area``, cut with an ellipsis where it
        has more than so much ``room``.

        The painter is told a point: to lay a text out in a rectangle takes it twice as long.
        """
        key = (text, room, column, area.height())
        known = self._placed.get(key)
        if known is None:
            known = self._place(painter, key)
        said, shift, below = known
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # whatever it begins with
        painter.drawText(QPointF(x + shift, area.bottom() - below), said)

    def _place(self, painter: QPainter, key: _Key) -> tuple[str, float, int]:
        text, room, column, high = key
        if len(self._placed) >= _MOST_PLACED:
            self._placed.clear()
        metrics, whole = QFontMetricsF(painter.font()), painter.fontMetrics()
        said, wide = text, metrics.horizontalAdvance(text)
        if wide > room:
            # Workers of a pool differ at the end of their names, and in nothing before it.
            keep_end = column == Column.WORKER
            mode = Qt.TextElideMode.ElideMiddle if keep_end else Qt.TextElideMode.ElideRight
            said = whole.elidedText(text, mode, room)
            wide = metrics.horizontalAdvance(said)
        shift = room - wide if column in RIGHT_COLUMNS else 0.0
        below = (high - whole.height()) // 2 + whole.descent() - 1
        self._placed[key] = found = (said, shift, below)
        return found
