"""Our own drawings as icons, in the colour of the text, crisp at any device ratio."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZE: Final = 18


@functools.cache
def resource(name: str) -> Path:
    """The path of a file under resources/, in the checkout or in the installed package.

    Raises FileNotFoundError when it is in neither: the installation is not whole.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "resources", package.parent.parent / "resources"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(
        f"resources/{name} is in neither the package nor the checkout: install Poolscope again"
    )


@functools.cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour: QColor, size: int = _SIZE, ratio: float = 1) -> QPixmap:
    """The drawing ``name`` in one colour, ``size`` device-independent pixels wide."""
    svg = _drawing(name).replace("currentColor", colour.name())
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    canvas = QPixmap(round(size * ratio), round(size * ratio))
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setOpacity(colour.alphaF())
    renderer.render(painter, QRectF(0, 0, canvas.width(), canvas.height()))
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas


def icon(name: str, colour: QColor, disabled: QColor, checked: QColor | None = None) -> QIcon:
    """An icon for the normal, the disabled and, where given, the checked look."""
    made = QIcon()
    for ratio in ratios():
        off = pixmap(name, colour, ratio=ratio)
        grey = pixmap(name, disabled, ratio=ratio)
        on = off if checked is None else pixmap(name, checked, ratio=ratio)
        made.addPixmap(off, QIcon.Mode.Normal, QIcon.State.Off)
        made.addPixmap(grey, QIcon.Mode.Disabled, QIcon.State.Off)
        made.addPixmap(on, QIcon.Mode.Normal, QIcon.State.On)
        made.addPixmap(on, QIcon.Mode.Active, QIcon.State.On)
        made.addPixmap(grey, QIcon.Mode.Disabled, QIcon.State.On)
    return made


def ratios() -> list[float]:
    """The device ratios of the screens there are: an icon is drawn for these alone."""
    return sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()}) or [1.0]
