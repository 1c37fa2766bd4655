"""Narrow spans as pixels: the states of each column stacked, the rare ones on top.

    exception  ######    at least EXCEPTION_LEAST of LEVELS rows, however many others there are
    running    ######    at least LEAST rows
    finished   ######    the rest; paler the less of the column's time is filled

Shares are stacked and not blended: orange blended with green is brown, a state nobody has heard
of. Paleness is the one blend, with the ground, so that a lane that is busy a tenth of the time
does not look busy all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model import palette
from poolscope_gui.model.ink import ink
from poolscope_gui.model.lod import Columns, Counts
from poolscope_gui.model.ops import Pixels

LEVELS = 12
AT_ONCE = 4096  # columns that are made pixels together
EXCEPTION_LEAST = 4
LEAST = 2
Levels = NDArray[np.int8]
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


def narrow_pixels(
    lanes: Sequence[Columns], looks: dict[int, int], common: int, ground: int
) -> list[tuple[int, Pixels] | None]:
    """For each lane the first pixel column and the pixels, or None where there is nothing.

    ``looks``: the colour of each state that is shown; the others are left out. What numpy does is
    done for several lanes at once: the columns of a short tail cost less than a call.
    """
    parts = [_occupied(each) for each in lanes]
    out: list[tuple[int, Pixels] | None] = [None] * len(lanes)
    for chosen in _batches(parts):
        pixels = _pixels(_joined([(lanes[n], parts[n]) for n in chosen]), looks, common, ground)
        left = 0
        for n in chosen:
            width = parts[n].stop - parts[n].start
            out[n] = parts[n].start, pixels[:, left : left + width]
            left += width
    return out


class _Joined(NamedTuple):
    """The occupied columns of some lanes, side by side."""

    number: Counts
    rare: dict[int, Counts]
    filled: NDArray[np.float64]


def _occupied(columns: Columns) -> slice:
    """From the first column with a narrow span to the last."""
    if not columns.thin:
        return slice(0, 0)
    found = columns.count.nonzero()[0]
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def _batches(parts: list[slice]) -> Iterator[list[int]]:
    """The numbers of those that are not empty, as many at a time as stay in a core's cache."""
    batch: list[int] = []
    wide = 0
    for number, part in enumerate(parts):
        if batch and wide + part.stop - part.start > AT_ONCE:
            yield batch
            batch, wide = [], 0
        if part.stop > part.start:
            batch.append(number)
            wide += part.stop - part.start
    if batch:
        yield batch


def _joined(lanes: list[tuple[Columns, slice]]) -> _Joined:
    kinds = set().union(*(columns.rare for columns, _ in lanes))
    rare = {
        kind: np.concatenate(
            [
                columns.rare[kind][part]
                if kind in columns.rare
                else np.zeros(part.stop - part.start, np.int64)
                for columns, part in lanes
            ]
        )
        for kind in kinds
    }
    return _Joined(
        np.concatenate([columns.count[part] for columns, part in lanes]),
        rare,
        np.concatenate([columns.filled[part] for columns, part in lanes]),
    )


def _pixels(columns: _Joined, looks: dict[int, int], common: int, ground: int) -> Pixels:
    counts = {state: c for state, c in columns.rare.items() if state in looks}
    usual = columns.number
    for count in columns.rare.values():
        usual = usual - count
    total = usual if common in looks else np.zeros_like(usual)
    for count in counts.values():
        total = total + count
    ends, over = _ends(counts, common, total)
    if common in looks:
        some = usual > 0
        shades = _shades(looks[common], ground, columns.filled)
        pixels = ink((over <= _LEVEL_ROWS) & some, shades)
    else:
        some = np.zeros(len(total), dtype=bool)
        pixels = np.zeros((LEVELS, len(total)), dtype=np.uint32)
    bare = ~some  # columns in which nothing reaches down to the ground yet
    # From the lowest to the uppermost: in a bare column the lowest there is reaches to the ground.
    for state, begin, end in reversed(ends):
        here = bare & (counts[state] > 0)
        down = np.maximum(end, here * np.int8(LEVELS))
        pixels |= ink((begin <= _LEVEL_ROWS) & (down > _LEVEL_ROWS), looks[state])
        bare &= ~here
    return pixels


def _ends(
    counts: dict[int, Counts], common: int, total: Counts
) -> tuple[list[tuple[int, Levels, Levels]], Levels]:
    """The rare states from above, each with the rows in which it begins and ends; and where the
    last of them ends."""
    out = []
    bottom: Levels = np.zeros(len(total), dtype=np.int8)
    share = LEVELS / np.maximum(total, 1)
    for state in _ORDER:
        if state == common or state not in counts:
            continue
        count = counts[state]
        least = EXCEPTION_LEAST if state == palette.EXCEPTION else LEAST
        # A little more than the share: rounding must not take a level from a whole one.
        height = np.maximum((count * share + 1e-9).astype(np.int8), np.int8(least))
        end = np.minimum(bottom + height * (count > 0), np.int8(LEVELS)).astype(np.int8)
        out.append((state, bottom, end))
        bottom = end
    return out, bottom


def _shades(colour: int, ground: int, filled: NDArray[np.float64]) -> NDArray[np.uint32]:
    which = np.zeros(len(filled), dtype=np.intp)
    for limit, _ in _PALENESS:
        which += filled >= limit
    return _palest_first(colour, ground)[which]


@cache
def _palest_first(colour: int, ground: int) -> NDArray[np.uint32]:
    mixed = (palette.mix(colour, ground, share) for _, share in _PALENESS)
    return np.array([*mixed, colour], dtype=np.uint32)
