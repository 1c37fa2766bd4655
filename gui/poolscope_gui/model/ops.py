"""A frame as a list of drawing operations: what the painter does, decided before it paints.

The model makes the list, the view carries it out and adds nothing. So the look of the chart is
tested as a list, with no window, and a PNG, an SVG and the screen are the same picture.

Coordinates are logical pixels, already snapped to device pixels where a crisp edge matters.
Rectangles and segments are arrays of n rows and four columns: x, y, width, height and
x1, y1, x2, y2.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Rects = NDArray[np.float64]
Pixels = NDArray[np.uint32]


HATCH_TILE = 8.0


class Font(enum.IntEnum):
    NORMAL = 0
    BOLD = 1
    SMALL = 2
    TINY = 3
    TITLE = 4


class Meter(Protocol):
    """How wide a text is, in logical pixels; given by the view, which knows the fonts."""

    def __call__(self, text: str, font: Font) -> float: ...


class Clip(NamedTuple):
    """Until ``Unclip``, paint only inside this rectangle."""

    x: float
    y: float
    w: float
    h: float


class Unclip(NamedTuple):
    pass


class Fill(NamedTuple):
    colour: int
    rects: Rects


class Rounded(NamedTuple):
    colour: int
    rects: Rects
    radius: float


class Outline(NamedTuple):
    colour: int
    rects: Rects
    width: float
    radius: float


class Hatch(NamedTuple):
    """Diagonal lines, ``HATCH_TILE`` apart, that go through ``origin`` at the top."""

    colour: int
    rects: Rects
    origin: float


class Lines(NamedTuple):
    colour: int
    segments: Rects
    width: float
    dotted: bool


class Fade(NamedTuple):
    """A rectangle whose colour goes from ``left`` to ``right``."""

    left: int
    right: int
    x: float
    y: float
    w: float
    h: float


class Area(NamedTuple):
    """A filled polygon under a line: ``points`` is the line, n rows of x, y."""

    fill: int
    stroke: int
    points: NDArray[np.float64]
    floor: float


class Strip(NamedTuple):
    """Rows of device-wide pixel columns, 0xAARRGGBB premultiplied, stretched to the rectangle."""

    pixels: Pixels
    x: float
    y: float
    w: float
    h: float


class Text(NamedTuple):
    """``x`` is the left end, ``y`` the middle of the line."""

    x: float
    y: float
    text: str
    font: Font
    colour: int


class Texts(NamedTuple):
    items: Sequence[Text]


class Renew(NamedTuple):
    """Paint on the sheet: pixels that are kept from frame to frame, to be copied from there.

    ``size``: of the sheet, device pixels; one of another size is empty. ``clips``: where to paint,
    device pixels; elsewhere it stays as it is. ``left``: what of ``ops`` is at 0 comes to there.
    """

    size: tuple[int, int]
    ratio: float
    clips: Rects
    left: int
    ops: Sequence[Op]


class Copies(NamedTuple):
    """From the sheet.

    ``parts``: x, y, width, height there, device pixels, and of where to, logical ones; stretched
    where the sizes differ. ``whole``: where to, x and y, and x, y, width, height there, of those
    that lie on whole pixels of a screen that has one to a logical one.
    """

    parts: Sequence[tuple[float, ...]]
    whole: Sequence[tuple[int, int, int, int, int, int]] = ()


Op = (
    Clip
    | Unclip
    | Fill
    | Rounded
    | Outline
    | Hatch
    | Lines
    | Fade
    | Area
    | Strip
    | Texts
    | Renew
    | Copies
)


def rects(*rows: tuple[float, float, float, float]) -> Rects:
    return np.array(rows, dtype=np.float64).reshape(-1, 4)
