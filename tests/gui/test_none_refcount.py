"""PySide6 6.12.0 drops one reference to None with every void call: on Python 3.11 that kills."""

import sys

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

CALLS = 20_000


@pytest.mark.usefixtures("qapp")
def test_void_calls_leave_none_alone() -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    colour = QColor("black")
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.setPen(colour)
    after = sys.getrefcount(None)
    painter.end()
    # Other references to None come and go by the hundred, never by the ten thousand.
    assert abs(after - before) < CALLS // 10
