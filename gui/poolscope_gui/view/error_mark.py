"""What stands where a picture could not be painted."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen


def mark_error(painter: QPainter) -> None:
    """A red cross where the picture should be: something went wrong, the log says what."""
    box = QRectF(painter.viewport())
    painter.setClipping(False)
    painter.setPen(QPen(QColor(0xD5, 0x5E, 0x00), 3))
    painter.drawLine(box.topLeft(), box.bottomRight())
    painter.drawLine(box.bottomLeft(), box.topRight())
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "This picture failed: see the log")
