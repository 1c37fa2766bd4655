"""A thin strip on each lane: how much of the time its thread was on a processor.

Dark on light (light on dark) where it computed, faint where it waited for the GIL, for I/O or for
anything else; nothing where it was not looked at.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope_gui.model.cpu import shares
from poolscope_gui.model.layout import Row
from poolscope_gui.model.ops import Strip
from poolscope_gui.model.palette import premultiplied, with_alpha
from poolscope_gui.model.scene import Ops, Scene

COLUMN_PX: Final = 3  # what is sampled ten times a second needs no finer
LEVELS: Final = 16
FAINT, FULL = 0x30, 0xF0
TALL_FROM: Final = 34.0


def strips(scene: Scene, rows: list[Row]) -> Ops:
    """One for each lane of a thread of which anything is known."""
    chart, view = scene.chart, scene.view
    step = max(1, round(COLUMN_PX * scene.ratio))
    edges = view.edges()[::step]
    if len(edges) < 2:
        return []
    shown = [row for row in rows if row.lane >= 0]
    known = chart.on_cpu([chart.lanes[row.lane] for row in shown], edges)
    if known is None:
        return []
    which, used = known
    found = shares(used, edges)
    levels = np.rint(np.nan_to_num(found, nan=-1.0 / LEVELS) * LEVELS).astype(np.int64)
    pixels = _shades(scene.theme.text)[levels]
    width = (len(edges) - 1) * step / scene.ratio
    out: Ops = []
    for number, row in enumerate(shown[lane] for lane in which):
        low = row.height < TALL_FROM or len(chart.lanes[row.lane].spans) > 0
        top = scene.snap(scene.layout.y(row) + (0 if low else 1))
        height = scene.stroke(2.0 if low else 4.0)
        out.append(Strip(pixels[number : number + 1], scene.layout.left, top, width, height))
    return out


def _shades(ink: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """The colour of each level; the last is that of what is not known."""
    alphas = [round(FAINT + (FULL - FAINT) * level / LEVELS) for level in range(LEVELS + 1)]
    return np.array([*(premultiplied(with_alpha(ink, a)) for a in alphas), 0], np.uint32)
