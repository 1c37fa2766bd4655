"""The area under a step function as rectangles: a tenth of the time of a polygon on a screen.

o##+   o#+        below: a rectangle for each step, down to the floor
####   ###        outline: a line on each step (#), and one between two of them (+)
##########

Where nearly every pixel column has a step of its own, the same as pixels: a tenth again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.ink import ink
from poolscope_gui.model.ops import Area, Pixels, Rects, Strip
from poolscope_gui.model.palette import premultiplied

MANY = 600  # points, from which on pixels are quicker
STROKE = 1.5  # logical pixels


def below(area: Area) -> Rects:
    """The rectangles from the steps to the floor."""
    x, y = area.points[:, 0], area.points[:, 1]
    out = np.stack((x[:-1], y[:-1], np.diff(x), area.floor - y[:-1]), axis=1)
    return out[out[:, 2] > 0]


def outline(area: Area, width: float) -> Rects:
    """The line over the steps, ``width`` logical pixels thick."""
    x, y = area.points[:, 0], area.points[:, 1]
    flat = np.stack((x[:-1], y[:-1] - width / 2, np.diff(x), np.full(len(x) - 1, width)), axis=1)
    top = np.minimum(y[:-1], y[1:]) - width / 2
    thin = np.full(len(x) - 1, max(1.0, width - 0.5))
    upright = np.stack((x[1:] - thin, top, thin, np.abs(np.diff(y)) + width), axis=1)
    return np.concatenate((flat[flat[:, 2] > 0], upright[np.diff(y) != 0]))


def pixels(area: Area, width: float, ratio: float) -> Strip:
    """``below`` and ``outline`` in one picture; the points lie on device pixel columns."""
    x = np.rint(area.points[:, 0] * ratio).astype(np.int64)
    y = area.points[:, 1]
    first, half = int(x[0]), width / 2
    level = np.repeat(y[:-1], np.diff(x))  # of the step in each column
    highest, lowest = min(level.min(), y[-1]), max(level.max(), y[-1])
    rows = rows_of(highest - half, max(area.floor, lowest + half), ratio)
    look = AreaLook(width, ratio, area.floor, rows, area.fill, area.stroke)
    out = look.pixels(level, float(y[-1]))
    return Strip(out, first / ratio, rows[0] / ratio, out.shape[1] / ratio, len(out) / ratio)


def rows_of(top: float, bottom: float, ratio: float) -> tuple[int, int]:
    """The device pixels' rows from ``top`` to before ``bottom``, logical pixels."""
    return int(np.floor(top * ratio)), int(np.ceil(bottom * ratio))


class AreaLook(NamedTuple):
    """How the columns of an area become pixels."""

    width: float  # of the line, logical pixels
    ratio: float
    floor: float
    rows: tuple[int, int]  # of the picture, device pixels
    fill: int
    stroke: int

    @property
    def reach(self) -> int:
        """On how many columns to its right a column of pixels depends."""
        return max(1, round(max(1.0, self.width - 0.5) * self.ratio))

    def pixels(self, level: NDArray[np.float64], last: float) -> Pixels:
        """``level``: y of each column; ``last``: of what comes after them."""
        ratio, half, top = self.ratio, self.width / 2, self.rows[0]
        following = np.append(level[1:], last)
        upper = np.minimum(level, following) - half
        lower = np.maximum(level, following) + half
        upright = level != following
        for left in range(1, self.reach):  # of an upright's columns
            here = upright[left:]
            np.minimum(upper[:-left], upper[left:], out=upper[:-left], where=here)
            np.maximum(lower[:-left], lower[left:], out=lower[:-left], where=here)
        # A pixel is painted whose middle is inside, as that of a rectangle is.
        rows = np.arange(self.rows[1] - top, dtype=np.int16)[:, None]
        filled = rows >= _row(level, top, ratio)
        filled[int(_row(self.floor, top, ratio)) :] = False
        lined = rows >= _row(upper, top, ratio)
        lined &= rows < _row(lower, top, ratio)
        filled &= ~lined
        out = ink(filled, premultiplied(self.fill))
        out |= ink(lined, premultiplied(self.stroke))
        return out


def _row(y: NDArray[np.float64] | float, top: float, ratio: float) -> NDArray[np.int16]:
    """The first row of pixels, from ``top`` on, whose middle is not above ``y``."""
    return np.ceil(np.asarray(y) * ratio - 0.5 - top).astype(np.int16)
