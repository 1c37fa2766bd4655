"""The way of an arrow past the bubbles that are none of its ends: straight, or round their corners.

The shortest way leads along corners of what is in the way, so those are looked at, and then those
of what is in the way of that. Most arrows are straight and cost one look at each bubble.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

CLEAR: Final = 5.0  # between an arrow and a bubble; less than half of what is between two of these
_MOST: Final = 12  # bubbles to go round: past it the way is straight, and passes behind them


@lru_cache(256)  # a graph that is looked at live is laid out again and again, and mostly the same
def route(begin: Point, end: Point, boxes: tuple[Box, ...]) -> tuple[Point, ...]:
    """The points from ``begin`` to ``end`` past ``boxes``; both lie outside of all of them."""
    every = np.array(boxes).reshape(-1, 4)
    way, around = [begin, end], _hit([begin, end], every)
    fresh = around
    while fresh and len(around) <= _MOST:
        corners = [corner for number in sorted(around) for corner in _corners(boxes[number])]
        way = _shortest(begin, end, corners, every[sorted(around)])
        if not way:
            break
        fresh = _hit(way, every) - around
        around = around | fresh
    return tuple(way) if way and not fresh else (begin, end)


def _corners(box: Box) -> tuple[Point, ...]:
    left, top, right, bottom = box
    left, top, right, bottom = left - CLEAR, top - CLEAR, right + CLEAR, bottom + CLEAR
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _hit(way: Sequence[Point], boxes: NDArray[np.float64]) -> set[int]:
    """The numbers of the boxes that a way leads through, or too near by."""
    points = np.array(way)
    return set(np.flatnonzero(_crosses(points[:-1], points[1:], boxes).any(axis=0)).tolist())


def _crosses(
    begin: NDArray[np.float64], end: NDArray[np.float64], boxes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """For each segment (n x 2, n x 2) and each box: whether it enters that and what is kept clear
    of it, but for its very edge."""
    near = CLEAR - 0.5
    first = np.zeros((len(begin), len(boxes)))
    last = np.ones_like(first)
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            at = begin[:, axis, None]
            by = end[:, axis, None] - at
            low, high = boxes[:, axis] - near - at, boxes[:, axis + 2] + near - at
            # Where it does not move along this axis these are infinite, of the right signs.
            one, other = low / by, high / by
            first = np.maximum(first, np.minimum(one, other))
            last = np.minimum(last, np.maximum(one, other))
    return np.asarray(first < last)


def _shortest(
    begin: Point, end: Point, corners: Sequence[Point], boxes: NDArray[np.float64]
) -> list[Point]:
    """Dijkstra's way from one point to another over corners that see each other; [] for none."""
    points = np.array([begin, end, *corners])
    count = len(points)
    one, other = np.repeat(points, count, axis=0), np.tile(points, (count, 1))
    far = np.hypot(*(one - other).T)
    far[_crosses(one, other, boxes).any(axis=1)] = np.inf
    steps = far.reshape(count, count)
    length, came = np.full(count, np.inf), np.zeros(count, np.int64)
    length[0] = 0.0
    rest = np.ones(count, np.bool_)
    while rest[1]:
        node = int(np.where(rest, length, np.inf).argmin())
        if length[node] == np.inf or not rest[node]:
            return []
        rest[node] = False
        nearer = length[node] + steps[node] < length
        came[nearer] = node
        length[nearer] = length[node] + steps[node][nearer]
    way = [1]
    while way[-1]:
        way.append(int(came[way[-1]]))
    return [(float(points[node][0]), float(points[node][1])) for node in reversed(way)]
