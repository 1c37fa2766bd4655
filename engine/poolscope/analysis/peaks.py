"""The greatest of each so many values: what makes a long step function cost by the pixels.

values   3 1 4 1 | 5 9 2 6 | 5 3 5 8 | 9 7        blocks of 4 here
peaks       4    |    9    |    8    |            of whole blocks alone
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope.analysis.column import Ints

BLOCK: Final = 32


class Peaks:
    """Of a column that is written anew from a place on. Costs what is asked for and is new."""

    def __init__(self) -> None:
        self._peaks: Ints = np.empty(64, np.int64)
        self._known = 0  # blocks

    def rewritten(self, first: int) -> None:
        """The values from this one on are others."""
        self._known = min(self._known, first // BLOCK)

    def of(self, values: Ints) -> Ints:
        """Those of all whole blocks of the column. Valid until the next call."""
        known, blocks = self._known, len(values) // BLOCK
        if blocks > len(self._peaks):
            larger = np.empty(2 * blocks, np.int64)
            larger[:known] = self._peaks[:known]
            self._peaks = larger
        if blocks > known:
            new = values[known * BLOCK : blocks * BLOCK].reshape(-1, BLOCK)
            np.max(new, axis=1, out=self._peaks[known:blocks])
            self._known = blocks
        return self._peaks[:blocks]


def highest(values: Ints, peaks: Ints, bounds: Ints) -> Ints:
    """The greatest of the values from each of ``bounds`` (rising) to before the next; where there
    are none, anything that is not more than the value before.

    Looks at the peaks of whole blocks, and at the blocks that the bounds lie in.
    """
    begin, end = bounds[:-1], bounds[1:]
    within = np.arange(BLOCK)
    block = bounds // BLOCK
    rows = _blocks(values, block)
    offset = (bounds - block * BLOCK)[:, None]
    same = block[:-1] == block[1:]
    least = np.int64(np.iinfo(np.int64).min)
    first = (within >= offset[:-1]) & ((within < offset[1:]) | ~same[:, None])
    last = (within < offset[1:]) & ~same[:, None]
    found = np.where(first, rows[:-1], least).max(axis=1)
    np.maximum(found, np.where(last, rows[1:], least).max(axis=1), out=found)
    # Whole blocks between the two.
    whole = block[1:] - block[:-1] > 1
    if whole.any():
        pairs = np.stack((block[:-1][whole] + 1, block[1:][whole]), axis=1).ravel()
        pairs = np.minimum(pairs, len(peaks))
        between = np.maximum.reduceat(np.append(peaks, least), pairs)[::2]
        found[whole] = np.maximum(found[whole], between)
    return np.where(end > begin, found, least)


def _blocks(values: Ints, which: Ints) -> Ints:
    """Some blocks, a row each; what there is none of is 0."""
    whole = len(values) // BLOCK
    out = np.zeros((len(which), BLOCK), np.int64)
    inside = which < whole
    out[inside] = values[: whole * BLOCK].reshape(-1, BLOCK)[which[inside]]
    rest = values[whole * BLOCK :]
    out[which == whole, : len(rest)] = rest
    return out
