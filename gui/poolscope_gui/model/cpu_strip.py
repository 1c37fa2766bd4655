"""A thin strip on each lane: how much of the time its thread was on a processor.

Dark on light (light on dark) where it computed, faint where it waited for the GIL, for I/O or for
anything else; nothing where it was not looked at. Worked out when the threads have been read, ten
times a second, and moved with the view in the frames between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from poolscope_gui.model.cpu import shares
from poolscope_gui.model.layout import Row
from poolscope_gui.model.motion import COARSER, FINER
from poolscope_gui.model.ops import Pixels, Strip
from poolscope_gui.model.palette import premultiplied, with_alpha
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.viewport import Viewport

COLUMN_PX: Final = 3  # what is sampled ten times a second needs no finer
LEVELS: Final = 16
FAINT, FULL = 0x30, 0xF0
TALL_FROM: Final = 34.0


@dataclass(frozen=True)
class Shades:
    """The strips of some lanes, a row of pixels each, as they stay until threads are read again.

    ``first``: of the pixel columns of ``unit`` ns, counted from time 0, that of the first pixel; a
    pixel is ``step`` of them.
    """

    unit: float
    first: int
    step: int
    lanes: list[int]  # which of those asked for are known
    pixels: Pixels

    @cached_property
    def rows(self) -> list[Pixels]:
        """Each lane's: the same arrays in each frame, so that the painter knows them again."""
        return [self.pixels[number : number + 1] for number in range(len(self.pixels))]

    def covers(self, view: Viewport, until: int) -> bool:
        """Whether all that a view shows of what is known ``until`` then (ns) is here."""
        end = (self.first + self.pixels.shape[1] * self.step) * self.unit
        return self.first * self.unit <= view.begin and min(view.end, until) <= end


@dataclass
class KeptShades:
    """Those of the last frames. While a view zooms they are stretched to where they belong."""

    _about: object = None
    _shades: Shades | None = None

    def of(self, scene: Scene, lanes: list[int], stretches: bool) -> Shades | None:
        """Of these lanes, stretched if need be, where that may be; None: nothing is known."""
        known = scene.chart.cpu_known()
        if known is None:
            return None
        version, until = known
        keys = [scene.chart.lanes[lane].key for lane in lanes]
        about = version, keys, scene.theme.text, _step(scene)
        old, view = self._shades if about == self._about else None, scene.view
        scale = old.unit / view.unit if old is not None else 0.0
        near = scale == 1.0 or (stretches and 1 / FINER <= scale <= COARSER)
        if old is None or not near or not old.covers(view, until):
            self._about, self._shades = about, shades(scene, lanes)
        return self._shades


def strips(scene: Scene, rows: list[Row]) -> Ops:
    """One for each lane of a thread of which anything is known."""
    shown = [row for row in rows if row.lane >= 0]
    lanes, sheet = [row.lane for row in shown], scene.sheet
    if sheet is None:
        found = shades(scene, lanes)
    else:
        band = "pinned" if shown and shown[0].pinned else "scrolled"
        kept = sheet.shades.setdefault(band, KeptShades())
        found = kept.of(scene, lanes, sheet.stretches)
    if found is None:
        return []
    view, layout, scale = scene.view, scene.layout, found.unit / scene.view.unit
    if sheet is not None and scale != 1.0:
        sheet.late = True
    left = layout.left + (found.first * scale - view.first) / scene.ratio
    width = found.pixels.shape[1] * found.step * scale / scene.ratio
    out: Ops = []
    for number, row in enumerate(shown[lane] for lane in found.lanes):
        low = row.height < TALL_FROM or len(scene.chart.lanes[row.lane].spans) > 0
        top = scene.snap(layout.y(row) + (0 if low else 1))
        height = scene.stroke(2.0 if low else 4.0)
        out.append(Strip(found.rows[number], left, top, width, height))
    return out


def shades(scene: Scene, lanes: list[int]) -> Shades | None:
    """Of these lanes; None: of none is anything known."""
    chart, view, step = scene.chart, scene.view, _step(scene)
    first = view.first // step * step  # whatever the view, the same pixels of the time
    columns = np.arange(first, view.first + view.width + step, step, dtype=np.float64)
    edges = np.floor(columns * view.unit).astype(np.int64)
    known = chart.on_cpu([chart.lanes[lane] for lane in lanes], edges)
    if known is None:
        return None
    which, used = known
    found = shares(used, edges)
    levels = np.rint(np.nan_to_num(found, nan=-1.0 / LEVELS) * LEVELS).astype(np.int64)
    return Shades(view.unit, first, step, which, _shades(scene.theme.text)[levels])


def _step(scene: Scene) -> int:
    return max(1, round(COLUMN_PX * scene.ratio))


def _shades(ink: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """The colour of each level; the last is that of what is not known."""
    alphas = [round(FAINT + (FULL - FAINT) * level / LEVELS) for level in range(LEVELS + 1)]
    return np.array([*(premultiplied(with_alpha(ink, a)) for a in alphas), 0], np.uint32)
