"""Paint devices that keep shapes and text as such: SVG and PDF."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

_DPI: Final = 96  # so that the fonts' pixels are the picture's
_POINTS: Final = 72
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TITLE: Final = "Poolscope"
DESCRIPTION: Final = "What each worker and caller of the pools did, over time"


def svg(size: tuple[int, int], paint: Callable[[QPainter], None]) -> bytes:
    """A picture of ``size`` px as SVG; ``paint`` draws it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    device = QSvgGenerator()
    device.setOutputDevice(buffer)
    device.setSize(QSize(*size))
    device.setViewBox(QRectF(0, 0, *size))
    device.setResolution(_DPI)
    device.setTitle(TITLE)
    device.setDescription(DESCRIPTION)
    with QPainter(device) as painter:
        paint(painter)
    return _as_xml(bytes(buffer.data().data()))


def _as_xml(drawn: bytes) -> bytes:
    """Without what no XML may hold, which Qt writes as it is: names may have control characters."""
    text = drawn.decode("utf-8", "replace")
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text).encode()


def pdf(size: tuple[int, int], paint: Callable[[QPainter], None]) -> bytes:
    """The same as PDF: one page as large as the picture."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    device = QPdfWriter(buffer)
    device.setResolution(_DPI)
    device.setTitle(TITLE)
    device.setCreator(TITLE)
    points = QSizeF(size[0] * _POINTS / _DPI, size[1] * _POINTS / _DPI)
    exactly = QPageSize.SizeMatchPolicy.ExactMatch
    device.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", exactly))
    device.setPageMargins(QMarginsF(0, 0, 0, 0))
    with QPainter(device) as painter:
        paint(painter)
    return bytes(buffer.data().data())


Page = Callable[[tuple[int, int], Callable[[QPainter], None]], bytes]
PAGES: Final[dict[str, Page]] = {".svg": svg, ".pdf": pdf}  # by the ending of the file
