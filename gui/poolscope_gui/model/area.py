"""The area under a step function as rectangles: a tenth of the time of a polygon on a screen.

o##+   o#+        below: a rectangle for each step, down to the floor
####   ###        outline: a line on each step (#), and one between two of them (+)
##########
"""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.ops import Area, Rects


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
