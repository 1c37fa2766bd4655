"""Narrow spans as pixels: the states of each column stacked, the rare ones on top.

    exception  ######    at least EXCEPTION_LEAST of LEVELS rows, however many others there are
    running    ######    at least LEAST rows
    finished   ######    the rest; paler the less of the column's time is filled

Shares are stacked and not blended: orange blended with green is brown, a state nobody has heard
of. Paleness is the one blend, with the ground, so that a lane that is busy a tenth of the time
does not look busy all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.lod import Columns, Counts
from poolscope_gui.model.ops import Pixels

LEVELS = 12
EXCEPTION_LEAST = 4
LEAST = 2
_LEVEL_ROWS = np.arange(LEVELS, dtype=np.int8)[:, None]
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


@dataclass(frozen=True)
class Painted:
    """The pixels of some columns, and what they were made of."""

    columns: Columns
    looks: dict[int, int]
    ground: int
    first: int  # the pixels begin at this one of the columns
    pixels: Pixels | None


def painted(
    columns: Columns, looks: dict[int, int], common: int, ground: int, before: Painted | None
) -> Painted:
    """The pixels of ``columns``. What is still true of those made ``before`` is kept."""
    if before is None or before.looks != looks or before.ground != ground:
        before = None
    elif before.columns is columns:
        return before
    same = columns.same
    if before is None or before.pixels is None or same is None or same.of != before.columns.serial:
        found = narrow_pixels(columns, looks, common, ground)
        return Painted(columns, looks, ground, *(found or (0, None)))
    pixels = np.zeros((LEVELS, len(columns.count)), dtype=np.uint32)
    old = before.columns.first + before.first
    low, high = max(same.begin, old), min(same.until, old + before.pixels.shape[1])
    if low < high:
        here = slice(low - columns.first, high - columns.first)
        pixels[:, here] = before.pixels[:, low - old : high - old]
    for begin, until in (
        (columns.first, same.begin),
        (same.until, columns.first + len(columns.count)),
    ):
        part = columns.part(begin, until)
        made = narrow_pixels(part, looks, common, ground) if begin < until else None
        if made is not None:
            at = begin - columns.first + made[0]
            pixels[:, at : at + made[1].shape[1]] = made[1]
    return Painted(columns, looks, ground, 0, pixels)


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
        counts[common] = columns.count - sum(columns.rare.values())
    total: NDArray[np.int64] = sum(counts.values(), start=np.zeros_like(columns.count))
    occupied = np.flatnonzero(total)
    if not len(occupied):
        return None
    first, last = int(occupied[0]), int(occupied[-1]) + 1
    part = slice(first, last)
    total = total[part]
    bare = total > 0  # columns in which nothing has been painted down to the ground yet
    pixels = np.zeros((LEVELS, last - first), dtype=np.uint32)
    if common in counts:
        some = counts[common][part] > 0
        pixels[:] = np.where(some, _shades(looks[common], ground, columns.filled[part]), 0)
        bare &= ~some
    # From the lowest to the uppermost, each down to where it ends: those above cover it again.
    for state, height in reversed(_heights(counts, common, total, part)):
        here = bare & (counts[state][part] > 0)
        down = np.where(here, LEVELS, height)
        np.copyto(pixels, np.uint32(looks[state]), where=down > _LEVEL_ROWS)
        bare &= ~here
    return first, pixels


def _heights(
    counts: dict[int, Counts], common: int, total: Counts, part: slice
) -> list[tuple[int, NDArray[np.int8]]]:
    """The rare states from above, each with the row in which it ends."""
    out = []
    bottom = np.zeros(len(total), dtype=np.int8)
    for state in _ORDER:
        if state == common or state not in counts:
            continue
        count = counts[state][part]
        least = EXCEPTION_LEAST if state == palette.EXCEPTION else LEAST
        height = np.maximum(LEVELS * count // np.maximum(total, 1), least)
        bottom = np.minimum(bottom + np.where(count > 0, height, 0), LEVELS).astype(np.int8)
        out.append((state, bottom))
    return out


def _shades(colour: int, ground: int, filled: NDArray[np.float64]) -> NDArray[np.uint32]:
    shades = np.full(len(filled), colour, dtype=np.uint32)
    for limit, share in reversed(_PALENESS):
        shades[filled < limit] = palette.mix(colour, ground, share)
    return shades
