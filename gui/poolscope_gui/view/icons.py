"""Our own drawings as icons, in the colour of the text, crisp at any device ratio."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZE: Final = 18
_RATIOS: Final = (1, 2, 3)


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


def pixmap(name: str, colour: QColor, size: int = _SIZE, ratio: float = 1) -> QPixmap:
    """The drawing ``name`` in one colour, ``size`` device-independent pixels wide."""
    svg = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour.name()).encode()))
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
    for ratio in _RATIOS:
        made.addPixmap(pixmap(name, colour, ratio=ratio), QIcon.Mode.Normal, QIcon.State.Off)
        made.addPixmap(pixmap(name, disabled, ratio=ratio), QIcon.Mode.Disabled, QIcon.State.Off)
        on = pixmap(name, checked or colour, ratio=ratio)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Active):
            made.addPixmap(on, mode, QIcon.State.On)
        made.addPixmap(pixmap(name, disabled, ratio=ratio), QIcon.Mode.Disabled, QIcon.State.On)
    return made
