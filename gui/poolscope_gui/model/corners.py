"""Rounded rectangles as plain ones, exact to the device pixel.

        . o # # # o .        #  whole: rectangles, a row of the corner each
        o # # # # # o        o  partly covered: single pixels in a paler colour
        # # # # # # #

A painter takes ten times longer for a rounded rectangle than for a plain one, and a lane may have
hundreds.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from poolscope_gui.model.ops import Rects

PARTLY = 0.6  # what a pixel covered in part counts
_LEAST, _MOST = 0.2, 0.85  # covered less than the first: none of it; more than the other: all


def rounded(rects: Rects, radius: float, ratio: float) -> tuple[Rects, Rects]:
    """The rectangles for what is covered whole, and the pixels that are covered in part.

    ``rects`` lie on whole device pixels, ``ratio`` of them to a logical one. One that is too
    small for its corners has smaller ones.
    """
    whole, partly = [], []
    size = np.floor(np.minimum(radius, np.minimum(rects[:, 2], rects[:, 3]) / 2) * ratio)
    for pixels in set(size.astype(int).tolist()):
        mine = rects[size == pixels]
        rows = _corner(pixels)
        for row, (inset, single) in enumerate(rows):
            for top in (True, False):
                whole.append(_row(mine, row, inset / ratio, 1 / ratio, top=top))
                if single:
                    edge = _row(mine, row, (inset - 1) / ratio, 1 / ratio, top=top)
                    left, right = edge.copy(), edge
                    right[:, 0] += right[:, 2] - 1 / ratio
                    left[:, 2] = right[:, 2] = 1 / ratio
                    partly += [left, right]
        middle = mine.copy()
        middle[:, 1] += len(rows) / ratio
        middle[:, 3] -= 2 * len(rows) / ratio
        whole.append(middle[middle[:, 3] > 0])
    if not partly:
        partly.append(np.empty((0, 4)))
    return np.concatenate(whole or partly), np.concatenate(partly)


def _row(rects: Rects, row: int, inset: float, pixel: float, *, top: bool) -> Rects:
    out = rects.copy()
    out[:, 0] += inset
    out[:, 2] -= 2 * inset
    out[:, 1] += row * pixel if top else rects[:, 3] - (row + 1) * pixel
    out[:, 3] = pixel
    return out


@cache
def _corner(radius: int) -> tuple[tuple[int, bool], ...]:
    """For each pixel row of a corner: where it begins, and whether a pixel before is part of it."""
    rows = []
    for row in range(radius):
        inset = radius - math.sqrt(radius**2 - (radius - row - 0.5) ** 2)
        begin, covered = math.floor(inset), 1 - inset % 1
        if covered > _MOST:
            rows.append((begin, False))
        else:
            rows.append((begin + 1, covered >= _LEAST))
    while rows and rows[-1] == (0, False):
        rows.pop()
    return tuple(rows)
