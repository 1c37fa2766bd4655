"""Frames and hatches as rectangles and segments: what a pen would draw, to the pixel."""

from __future__ import annotations

import numpy as np

from poolscope_gui.model import ops


def frames_of(boxes: ops.Rects, width: float) -> ops.Rects:
    """The four sides of each rectangle, ``width`` thick and in the middle of its edges."""
    x, y = boxes[:, 0] - width / 2, boxes[:, 1] - width / 2
    w, h = boxes[:, 2] + width, boxes[:, 3] + width
    thick = np.full(len(boxes), width)
    low, right = y + h - width, x + w - width
    sides = ((x, y, w, thick), (x, low, w, thick), (x, y, thick, h), (right, y, thick, h))
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def hatch_lines(op: ops.Hatch) -> ops.Rects:
    """The hatch as segments cut to the rectangles, for a device that keeps shapes."""
    out = []
    for x, y, w, h in op.rects.tolist():
        # Lines x + y = const: from the top left corner's constant to the bottom right's.
        first = np.ceil((x + y - op.origin) / ops.HATCH_TILE) * ops.HATCH_TILE + op.origin
        for total in np.arange(first, x + w + y + h, ops.HATCH_TILE):
            x1, x2 = max(x, total - y - h), min(x + w, total - y)
            out.append((x1, total - x1, x2, total - x2))
    return ops.rects(*out)
