"""Rows in the order of a number each, those of equal numbers as they were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_BITS = 63


def in_order(key: Ints) -> Ints:
    """The places of ``key`` by what is there, as a stable sort has them.

    Number and place are put into one where both have room: to sort that takes a third of the time.
    """
    if not len(key):
        return np.empty(0, np.int64)
    least, bits = int(key.min()), len(key).bit_length()
    if (int(key.max()) - least).bit_length() + bits > _BITS:
        return np.argsort(key, kind="stable")
    both = (key - least) << bits
    both |= np.arange(len(key))
    both.sort()
    return np.asarray(both & ((1 << bits) - 1))
