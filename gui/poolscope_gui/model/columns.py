"""Narrow spans as pixels: the states of each column stacked, the rare ones on top.

    exception  ######    at least EXCEPTION_LEAST of LEVELS rows, however many others there are
    running    ######    at least LEAST rows
    finished   ######    the rest; paler the less of the column's time is filled

Shares are stacked and not blended: orange blended with green is brown, a state nobody has heard
of. Paleness is the one blend, with the ground, so that a lane that is busy a tenth of the time
does not look busy all of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.lod import Columns
from poolscope_gui.model.ops import Pixels

LEVELS = 16
EXCEPTION_LEAST = 5
LEAST = 3
_PALENESS = ((0.25, 0.5), (0.6, 0.75))  # filled below the first, opaque by the second

# From the top: what is rare, or wrong, is never covered by what is common.
_ORDER = (
    palette.EXCEPTION,
    palette.CANCELLED,
    palette.RUNNING,
    palette.SENT,
    palette.PENDING,
    palette.FINISHED,
)


def narrow_pixels(
    columns: Columns, looks: dict[int, int], common: int, ground: int
) -> tuple[int, Pixels] | None:
    """The first pixel column and the pixels, or None where there is nothing.

    ``looks``: the colour of each state that is shown; the others are left out.
    """
    if not columns.thin:
        return None
    counts = {state: c for state, c in columns.rare.items() if state in looks}
    if common in looks:
        hidden = sum(columns.rare.values(), start=np.zeros(len(columns.count), dtype=np.int64))
        counts[common] = columns.count - hidden
    total = sum(counts.values(), start=np.zeros(len(columns.count), dtype=np.int64))
    occupied = np.flatnonzero(total > 0)
    if not len(occupied):
        return None
    first, last = int(occupied[0]), int(occupied[-1]) + 1
    part = slice(first, last)
    pixels = np.zeros((LEVELS, last - first), dtype=np.uint32)
    rows = np.arange(LEVELS)[:, None]
    used = np.zeros(last - first, dtype=np.int64)
    for state in _ORDER:
        if state not in counts or not counts[state][part].any():
            continue
        height = _rows(state, counts[state][part], total[part], state == common)
        colours = _shades(looks[state], ground, columns.filled[part], state == common)
        here = (rows >= used) & (rows < used + height)
        pixels = np.where(here, colours, pixels)
        used = np.minimum(used + height, LEVELS)
    # What rounding left over at the bottom belongs to the state that is there already.
    gaps = (rows >= used) & (used > 0)
    bottom = pixels[np.maximum(used - 1, 0), np.arange(last - first)]
    return first, np.where(gaps, bottom, pixels).astype(np.uint32)


def _rows(
    state: int, count: NDArray[np.int64], total: NDArray[np.int64], rest: bool
) -> NDArray[np.int64]:
    if rest:
        return np.where(count > 0, LEVELS, 0)
    share = np.rint(LEVELS * count / np.maximum(total, 1)).astype(np.int64)
    least = EXCEPTION_LEAST if state == palette.EXCEPTION else LEAST
    return np.where(count > 0, np.maximum(share, least), 0)


def _shades(
    colour: int, ground: int, filled: NDArray[np.float64], pale: bool
) -> NDArray[np.uint32]:
    shades = np.full(len(filled), colour, dtype=np.uint32)
    if pale:
        for limit, share in reversed(_PALENESS):
            shades[filled < limit] = palette.mix(colour, ground, share)
    return shades
