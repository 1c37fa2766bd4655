"""The mouse and the keys on a chart's canvas, for the tests of what they do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from poolscope_gui.model.layout import bands
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import MS

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def point(view: TimelineView, lane: int, ms: float) -> QPoint:
    """Where a moment of a lane's bars is, on the canvas."""
    scene = view.canvas.scene()
    row = scene.layout.row_of(lane)
    assert row is not None
    band = bands(row.height)
    return QPoint(round(scene.x(ms * MS)), round(scene.layout.y(row) + band.bar_y + band.bar_h / 2))


def name(view: TimelineView, lane: int, *, edge: bool = False) -> QPoint:
    """Where a lane's name is; its lower ``edge``."""
    layout = view.canvas.layout_now()
    row = layout.row_of(lane)
    assert row is not None
    return QPoint(60, round(layout.y(row) + (row.height - 1 if edge else row.height / 2)))


def caption(view: TimelineView, group: int) -> QPoint:
    """Where a pool's name is."""
    layout = view.canvas.layout_now()
    row = next(row for row in layout.rows if row.group == group and row.lane < 0)
    return QPoint(60, round(layout.y(row) + row.height / 2))


def wheel(on: QWidget, at: QPoint, up: int, held: Qt.KeyboardModifier = NONE) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(on.mapToGlobal(at)),
        QPoint(),
        QPoint(0, up),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(on, event)


def drag(on: QWidget, begin: QPoint, end: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(on, LEFT, held, begin)
    QTest.mouseMove(on, begin + (end - begin) / 2)
    QTest.mouseMove(on, end)
    QTest.mouseRelease(on, LEFT, held, end)


def press(on: QWidget, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(on, key, held)
