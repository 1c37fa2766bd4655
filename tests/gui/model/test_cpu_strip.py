"""The strips of lanes from frame to frame: moved while nothing was read, worked out when it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from poolscope_gui.model.cpu import CpuLog, Reading, ThreadKey
from poolscope_gui.model.cpu_strip import strips
from poolscope_gui.model.furniture import grid_of, scale
from poolscope_gui.model.ops import Strip
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.viewport import Viewport
from tests.gui.made_traces import MS, every_state
from tests.gui.model.test_compose import scene as scene_of

READ_MS = 7


class Stage:
    """A scene whose views follow one another on one sheet."""

    def __init__(self, budget_s: float = 0.001) -> None:
        self.chart = ChartSource(every_state().store)
        self.threads: list[ThreadKey] = self.chart.living_threads()[:2]
        self.chart.cpu = CpuLog()
        self._random = np.random.default_rng(7)
        self._used = [0, 0]
        self._time = 0
        for _ in range(10):
            self.read()
        self.scene = replace(scene_of(self.chart), sheet=Sheet(budget_s=budget_s))
        self.asked = 0

    def read(self) -> None:
        """The threads are read once more."""
        assert self.chart.cpu is not None
        self._time += READ_MS * MS
        shares = self._random.random(2)
        self._used = [u + int(s * READ_MS * MS) for u, s in zip(self._used, shares, strict=True)]
        self.chart.cpu.add(Reading(self._time, dict(zip(self.threads, self._used, strict=True))))

    def frame(self, view: Viewport) -> tuple[list[Strip], list[Strip]]:
        """The strips of the next frame, and what they would be with nothing kept."""
        self.scene = replace(self.scene, view=view)
        rows, sheet = list(self.scene.layout.rows), self.scene.sheet
        assert sheet is not None
        sheet.renew(self.scene, rows, grid_of(scale(self.scene)))
        kept = strips(self.scene, rows)
        anew = strips(replace(self.scene, sheet=None), rows)
        return only(kept), only(anew)


def only(ops: object) -> list[Strip]:
    assert isinstance(ops, list)
    return [op for op in ops if isinstance(op, Strip)]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage()
    ask = made.chart.on_cpu

    def asked(*arguments: object) -> object:
        made.asked += 1
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(made.chart, "on_cpu", asked)
    return made


def seen(scene: Scene, strip: Strip) -> NDArray[np.uint32]:
    """Its pixels as the device has them within the view; 0 where it has none."""
    width = scene.view.width
    at = (np.arange(width) + 0.5) / scene.ratio + scene.layout.left - strip.x
    place = np.floor(at * strip.pixels.shape[1] / strip.w).astype(np.int64)
    inside = (place >= 0) & (place < strip.pixels.shape[1])
    return np.where(inside, strip.pixels[0, np.where(inside, place, 0)], 0)


def assert_same(stage: Stage, view: Viewport) -> None:
    for kept, anew in zip(*stage.frame(view), strict=True):
        assert (kept.y, kept.h) == (anew.y, anew.h)
        assert (seen(stage.scene, kept) == seen(stage.scene, anew)).all()


def test_a_view_that_scrolls_to_the_right_moves_what_is_there(stage: Stage) -> None:
    width, unit = stage.scene.view.width, 70 * MS / stage.scene.view.width
    first = Viewport(0.0, unit * width, width)
    assert_same(stage, first)
    for columns in (1, 2, 5, 40):
        before = stage.asked
        assert_same(stage, first.stretch(columns, columns + width))
        assert stage.asked == before + 1  # by the one with nothing kept


def test_what_was_read_since_is_there_and_what_the_view_comes_to(stage: Stage) -> None:
    width, unit = stage.scene.view.width, 40 * MS / stage.scene.view.width
    view = Viewport(0.0, unit * width, width)
    for first in (300, 320, 250, 700):  # to the left, and to what was not in view
        assert_same(stage, view.stretch(first, first + width))
    before = stage.asked
    stage.read()
    assert_same(stage, view.stretch(700, 700 + width))
    assert stage.asked == before + 2
    assert_same(stage, view.stretch(700 + width // 2, 700 + width + width // 2))


def test_lanes_in_another_order_have_their_own(stage: Stage) -> None:
    width = stage.scene.view.width
    view = Viewport(0.0, 70.0 * MS, width)
    stage.frame(view)
    stage.chart.lanes[:2] = stage.chart.lanes[1::-1]
    assert_same(stage, view)


def test_a_view_that_grows_with_the_run_stretches_them_until_it_stands(stage: Stage) -> None:
    width = stage.scene.view.width
    stage.frame(Viewport(0.0, 70.0 * MS, width))
    before = stage.asked
    kept, anew = stage.frame(Viewport(0.0, 70.7 * MS, width))
    assert stage.asked == before + 1
    sheet = stage.scene.sheet
    assert sheet is not None
    assert sheet.late  # another frame follows
    for one, exact in zip(kept, anew, strict=True):
        ends = [np.flatnonzero(seen(stage.scene, each))[[0, -1]] for each in (one, exact)]
        assert np.abs(ends[0] - ends[1]).max() <= 3  # device pixels: where it belongs, but coarser
    assert_same(stage, Viewport(0.0, 70.7 * MS, width))


def test_a_picture_that_is_exact_stretches_nothing() -> None:
    stage = Stage(budget_s=float("inf"))
    width = stage.scene.view.width
    for span in (70.0, 70.7, 90.0):
        assert_same(stage, Viewport(0.0, span * MS, width))
