"""Which key moves the view how."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from poolscope_gui.model.viewport import Navigation

ZOOM = 0.8
PAN = 0.1

MOVES: dict[int, Callable[[Navigation], None]] = {
    Qt.Key.Key_Left: lambda view: view.pan(-PAN),
    Qt.Key.Key_A: lambda view: view.pan(-PAN),
    Qt.Key.Key_Right: lambda view: view.pan(PAN),
    Qt.Key.Key_D: lambda view: view.pan(PAN),
    Qt.Key.Key_W: lambda view: view.zoom_keys(ZOOM),
    Qt.Key.Key_S: lambda view: view.zoom_keys(1 / ZOOM),
    Qt.Key.Key_Plus: lambda view: view.zoom_keys(ZOOM),
    Qt.Key.Key_Equal: lambda view: view.zoom_keys(ZOOM),
    Qt.Key.Key_Minus: lambda view: view.zoom_keys(1 / ZOOM),
    Qt.Key.Key_Home: Navigation.to_start,
    Qt.Key.Key_End: lambda view: view.set_follow(True),
}
# Steps and pages to scroll the lanes by.
SCROLLS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_PageUp: (0, -1),
    Qt.Key.Key_PageDown: (0, 1),
}
