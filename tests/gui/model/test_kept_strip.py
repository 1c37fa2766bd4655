"""A counter's pixels taken from the last frame are those that would be painted anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from poolscope_gui.model import counters
from poolscope_gui.model.area import STROKE, AreaLook, pixels
from poolscope_gui.model.kept_strip import KeptStrip
from poolscope_gui.model.ops import Area, Strip
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.source import ChartSource
from tests.gui.made_traces import every_state
from tests.gui.model.test_compose import scene as scene_of

HIGH, WIDE = 900, 1600
LEVELS = st.lists(st.integers(0, 9), min_size=40, max_size=40)


def lines(ratio: float = 1.0) -> AreaLook:
    return AreaLook(STROKE, ratio, 20.0, (0, round(22 * ratio)), 0x50336699, 0xFF993366)


def anew(values: NDArray[np.int64], last: int, look: AreaLook) -> list[list[int]]:
    kept = KeptStrip().of(values, last, (1.0, 0), look, 2.0)
    return kept.tolist()


@given(LEVELS, st.lists(st.tuples(st.integers(-3, 12), st.integers(1, 30)), max_size=6),
       st.sampled_from([1.0, 1.25, 2.0]))  # fmt: skip
def test_a_view_that_moves_over_a_run(
    levels: list[int], moves: list[tuple[int, int]], ratio: float
) -> None:
    values, first, kept, look = np.array(levels), 0, KeptStrip(), lines(ratio)
    for move, width in moves:
        first = min(max(first + move, 0), len(values) - 2)
        until = min(first + width, len(values) - 1)
        shown, last = values[first:until], int(values[until])
        found = kept.of(shown, last, (1.0, first), look, 2.0)
        assert found.tolist() == anew(shown, last, look)


@given(LEVELS, st.integers(0, 39), st.integers(0, 9))
def test_a_level_that_becomes_another(levels: list[int], place: int, level: int) -> None:
    values, kept = np.array(levels), KeptStrip()
    kept.of(values, 3, (1.0, 0), lines(), 2.0)
    values[place] = level  # in place, as whose values they are may do
    found = kept.of(values, 4, (1.0, 0), lines(), 2.0)
    assert found.tolist() == anew(values, 4, lines())


def test_only_what_is_new_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    real = AreaLook.pixels

    def counting(self: AreaLook, level: NDArray[np.float64], last: float) -> object:
        painted.append(len(level))
        return real(self, level, last)

    monkeypatch.setattr(AreaLook, "pixels", counting)
    values, kept = np.arange(1000) % 7, KeptStrip()
    kept.of(values[:800], 1, (1.0, 0), lines(), 2.0)
    kept.of(values[5:805], 1, (1.0, 5), lines(), 2.0)
    kept.of(values[5:805], 1, (1.0, 5), lines(), 1.0)  # another scale
    assert painted == [800, 5 + lines().reach + 1, 800]


def ragged() -> NDArray[np.int64]:
    """In each column a peak above what it ends at."""
    chance = np.random.default_rng(4)
    lasts = chance.integers(0, 9, 700)
    return np.stack((lasts + chance.integers(0, 3, 700), lasts), axis=1)


def falling() -> NDArray[np.int64]:
    """A queue that runs dry again and again: a column begins at what the one before ended at."""
    lasts = 60 - np.arange(700) % 60
    return np.stack((np.append(60, lasts[:-1]).clip(lasts), lasts), axis=1)


@pytest.mark.parametrize("depth", [ragged(), falling()], ids=["ragged", "falling"])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_kept_strip_is_the_area(
    monkeypatch: pytest.MonkeyPatch, ratio: float, depth: NDArray[np.int64]
) -> None:
    monkeypatch.setattr(counters, "columns", lambda *_: depth)
    scene = replace(scene_of(ChartSource(every_state().store), ratio=ratio), counters=("busy",))
    (area,) = (op for op in counters.queue(scene) if isinstance(op, Area))
    (strip,) = (op for op in counters.queue(replace(scene, sheet=Sheet())) if isinstance(op, Strip))
    assert placed(strip, ratio).tolist() == placed(pixels(area, STROKE, ratio), ratio).tolist()


def placed(strip: Strip, ratio: float) -> NDArray[np.uint32]:
    """On a canvas, where it is painted."""
    canvas = np.zeros((round(HIGH * ratio), round(WIDE * ratio)), np.uint32)
    high, wide = strip.pixels.shape
    assert (strip.w * ratio, strip.h * ratio) == (wide, high)
    x, y = round(strip.x * ratio), round(strip.y * ratio)
    canvas[y : y + high, x : x + wide] = strip.pixels
    return canvas
