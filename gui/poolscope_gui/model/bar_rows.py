"""Many short bars as rows of pixels, one row a lane: a quarter of the time of as many rectangles.

The same pixels as the rectangles would give: a body, at its right end a cap, a gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.ops import Rects, Strip
from poolscope_gui.model.scene import Scene

SHORT = 16.0  # px; the corners of longer ones are round
FEW = 64  # so many are as quick as rectangles


def rows(scene: Scene, bodies: Rects, caps: Rects, body: int, cap: int) -> list[Strip]:
    """``caps`` lie under ``bodies``; all on whole device pixels, those of a lane apart.

    Args:
        body, cap: their colours, opaque.
    """
    if not len(bodies):
        return []
    tops, heights, lane = _lanes(bodies)
    below = _covered(scene, caps, np.searchsorted(tops, caps[:, 1]), len(tops))
    above = _covered(scene, bodies, lane, len(tops))
    # Products, not choices by a mask: those are slow where the mask changes all the time.
    pixels = (below & ~above) * np.uint32(cap) + above * np.uint32(body)
    width = scene.view.width / scene.ratio
    return [
        Strip(pixels[row : row + 1], scene.layout.left, top, width, height)
        for row, (top, height) in enumerate(zip(tops.tolist(), heights.tolist(), strict=True))
    ]


def _lanes(boxes: Rects) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The tops and heights of the lanes, and which lane each box is on."""
    tops, first, lane = np.unique(boxes[:, 1], return_index=True, return_inverse=True)
    return tops, boxes[first, 3], lane


def _covered(scene: Scene, boxes: Rects, lane: NDArray[np.int64], lanes: int) -> NDArray[np.bool_]:
    """Which pixel columns of which lane the boxes cover."""
    width = scene.view.width
    begin = np.rint((boxes[:, 0] - scene.layout.left) * scene.ratio).astype(np.int64)
    end = begin + np.rint(boxes[:, 2] * scene.ratio).astype(np.int64)
    row = lane * (width + 1)
    change = np.zeros(lanes * (width + 1), dtype=np.int16)
    np.add.at(change, row + np.clip(begin, 0, width), np.int16(1))
    np.add.at(change, row + np.clip(end, 0, width), np.int16(-1))
    covering = np.cumsum(change, dtype=np.int16)
    return (covering > 0).reshape(lanes, width + 1)[:, :width]
