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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.ops import Rects

PARTLY = 0.6  # what a pixel covered in part counts
_NONE: Rects = np.empty((0, 4))
_Length = tuple[int, float]  # so often the whole's, and so much
_LEAST, _MOST = 0.2, 0.85  # covered less than the first: none of it; more than the other: all


def rounded(rects: Rects, radius: float, ratio: float) -> tuple[Rects, Rects]:
    """The rectangles for what is covered whole, and the pixels that are covered in part.

    ``rects`` lie on whole device pixels, ``ratio`` of them to a logical one. One that is too
    small for its corners has smaller ones.
    """
    size = np.floor(np.minimum(radius, np.minimum(rects[:, 2], rects[:, 3]) / 2) * ratio)
    whole, partly = [_NONE], [_NONE]
    for pixels in set(size.astype(int).tolist()):
        pieces = _pieces(pixels, ratio)
        mine = rects[size == pixels]
        whole.append(pieces.whole.of(mine))
        partly.append(pieces.partly.of(mine))
    all_of_it = np.concatenate(whole)
    return all_of_it[all_of_it[:, 3] > 0], np.concatenate(partly)


class _Parts(NamedTuple):
    """Parts of a rectangle: x, y, width and height of each are sums of those of the whole (one row
    of ``factors`` for each of these four) and something."""

    factors: Rects
    more: NDArray[np.float64]

    def of(self, rects: Rects) -> Rects:
        return (rects @ self.factors + self.more).reshape(-1, 4)


class _Pieces(NamedTuple):
    whole: _Parts
    partly: _Parts


@cache
def _pieces(radius: int, ratio: float) -> _Pieces:
    """Of a rectangle with corners of ``radius`` device pixels."""
    rows, pixel = _corner(radius), 1 / ratio
    rim = len(rows) * pixel
    whole, partly = [_part(0, rim, 0, (1, -2 * rim))], []
    for row, (begin, single) in enumerate(rows):
        for bottom, y in ((0, row * pixel), (1, -(row + 1) * pixel)):
            left = begin * pixel
            whole.append(_part(left, y, bottom, (0, pixel), (1, -2 * left)))
            if single:
                partly.append(_part(left - pixel, y, bottom, (0, pixel), (0, pixel)))
                partly.append(_part(-left, y, bottom, (0, pixel), (0, pixel), right=1))
    return _Pieces(_parts(whole), _parts(partly))


def _part(
    x: float, y: float, bottom: int, high: _Length, wide: _Length = (1, 0.0), right: int = 0
) -> Rects:
    """A row for each of x, y, width and height of the whole, one of what is added; ``x`` from the
    left or the right, ``y`` from the top or the bottom."""
    out = np.zeros((5, 4))
    out[0, 0], out[2, 0], out[4, 0] = 1, right, x
    out[1, 1], out[3, 1], out[4, 1] = 1, bottom, y
    out[2, 2], out[4, 2] = wide
    out[3, 3], out[4, 3] = high
    return out


def _parts(parts: list[Rects]) -> _Parts:
    all_of_them = np.concatenate([np.empty((5, 0)), *parts], axis=1)
    return _Parts(all_of_them[:4], all_of_them[4])


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
