"""The area under a step function as rectangles: a tenth of the time of a polygon on a screen.

o##+   o#+        below: a rectangle for each step, down to the floor
####   ###        outline: a line on each step (#), and one between two of them (+)
##########

Where nearly every pixel column has a step of its own, the same as pixels: a tenth again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.ink import ink
from poolscope_gui.model.ops import Area, Rects, Strip
from poolscope_gui.model.palette import premultiplied

MANY = 600  # points, from which on pixels are quicker


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
    first = int(x[0])
    level = np.repeat(y[:-1], np.diff(x))  # of the step in each column
    following = np.append(level[1:], y[-1])
    half = width / 2
    upper = np.minimum(level, following) - half
    lower = np.maximum(level, following) + half
    upright = level != following
    for left in range(1, max(1, round(max(1.0, width - 0.5) * ratio))):  # of an upright's columns
        here = upright[left:]
        np.minimum(upper[:-left], upper[left:], out=upper[:-left], where=here)
        np.maximum(lower[:-left], lower[left:], out=lower[:-left], where=here)
    top, bottom = np.floor(upper.min() * ratio), np.ceil(max(area.floor, lower.max()) * ratio)
    # A pixel is painted whose middle is inside, as that of a rectangle is.
    rows = np.arange(bottom - top, dtype=np.int16)[:, None]
    filled = rows >= _row(level, top, ratio)
    filled[int(_row(area.floor, top, ratio)) :] = False
    lined = rows >= _row(upper, top, ratio)
    lined &= rows < _row(lower, top, ratio)
    filled &= ~lined
    out = ink(filled, premultiplied(area.fill))
    out |= ink(lined, premultiplied(area.stroke))
    return Strip(out, first / ratio, top / ratio, out.shape[1] / ratio, len(out) / ratio)


def _row(y: NDArray[np.float64] | float, top: float, ratio: float) -> NDArray[np.int16]:
    """The first row of pixels, from ``top`` on, whose middle is not above ``y``."""
    return np.ceil(np.asarray(y) * ratio - 0.5 - top).astype(np.int16)
