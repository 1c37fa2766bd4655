"""Many short bars as rows of pixels, one row a lane: a quarter of the time of as many rectangles.

The same pixels as the rectangles would give: a body, at its right end a cap, a gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.ops import Rects, Strip
from poolscope_gui.model.scene import Scene

SHORT = 14.0  # px; longer ones may have a label, and are few


def rows(scene: Scene, bodies: Rects, caps: Rects, body: int, cap: int) -> list[Strip]:
    """``caps`` lie under ``bodies``; all on whole device pixels, those of a lane apart.

    Args:
        body, cap: their colours, opaque.
    """
    if not len(bodies):
        return []
    tops, heights, lane = _lanes(bodies)
    pixels = np.where(_covered(scene, caps, np.searchsorted(tops, caps[:, 1]), len(tops)), cap, 0)
    pixels = np.where(_covered(scene, bodies, lane, len(tops)), body, pixels).astype(np.uint32)
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
    size = lanes * (width + 1)
    opened = np.bincount(row + np.clip(begin, 0, width), minlength=size)
    closed = np.bincount(row + np.clip(end, 0, width), minlength=size)
    return (np.cumsum(opened - closed) > 0).reshape(lanes, width + 1)[:, :width]
