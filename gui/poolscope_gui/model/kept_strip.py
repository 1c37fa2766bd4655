"""The pixels of a counter's columns in the last frame, for those that are the same in this one.

A column's pixels depend on its own level and on those of a few columns to its right. While the view
follows a run, all but the last of them have only moved to the left.
"""

from __future__ import annotations

import numpy as np

from poolscope_gui.model.area import AreaLook
from poolscope_gui.model.ops import Pixels
from poolscope_gui.model.tracks import Times


class KeptStrip:
    """Of one counter."""

    def __init__(self) -> None:
        self._kind: object = None
        self._first = 0
        self._values: Times = np.empty(0, np.int64)
        self._pixels: Pixels = np.empty((0, 0), np.uint32)

    def of(
        self, values: Times, last: int, place: tuple[float, int], look: AreaLook, scale: float
    ) -> Pixels:
        """The pixels of columns of these ``values``, with ``last`` after them.

        ``place``: ns to a column and the number of the first, counted from time 0; ``scale``: of
        a value, logical pixels.
        """
        unit, first = place
        kind, shift = (unit, look, scale), first - self._first
        known = self._same(values, shift, look.reach) if kind == self._kind else 0
        level = (look.floor - values[known:] * scale).astype(np.float64, copy=False)
        fresh = look.pixels(level, look.floor - last * scale)
        if known:
            out = np.empty((len(fresh), len(values)), np.uint32)
            out[:, :known] = self._pixels[:, shift : shift + known]
            out[:, known:] = fresh
        else:
            out = fresh
        # A copy: whose values these are may rewrite them.
        self._kind, self._first, self._values, self._pixels = kind, first, values.copy(), out
        return out

    def _same(self, values: Times, shift: int, reach: int) -> int:
        """How many columns, from the left, have the pixels that they had."""
        if not 0 <= shift < len(self._values):
            return 0
        old = self._values[shift:]
        both = min(len(old), len(values))
        other = old[:both] != values[:both]
        agree = int(other.argmax()) if other.any() else both
        return max(0, agree - reach - 1)
