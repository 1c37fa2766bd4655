"""At any size, zoom and device ratio: no text over another, none cut off, thin lines are crisp."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolscope_gui.model.arrangement import Arrangement
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.compose import compose
from poolscope_gui.model.furniture import endings
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.marks import Marks, Moment
from poolscope_gui.model.ops import Clip, Fill, Font, Lines, Op, Rounded, Text, Texts, Unclip
from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation
from tests.gui.charts import crowd, locked, meter, one_lane, small

HALF = {Font.TINY: 3.5, Font.SMALL: 4.0, Font.NORMAL: 4.5, Font.BOLD: 4.5, Font.TITLE: 7.0}
THIN = 2.01  # device pixels
WALL = 1_795_269_785 * 10**9


class Box(NamedTuple):
    """Where a text's letters are, as far as they are seen."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    def cut(self, clip: Clip) -> Box:
        return Box(
            max(self.x0, clip.x),
            max(self.y0, clip.y),
            min(self.x1, clip.x + clip.w),
            min(self.y1, clip.y + clip.h),
            self.text,
        )

    @property
    def seen(self) -> bool:
        return self.x1 - self.x0 > 1 and self.y1 - self.y0 > 1

    def under(self, x: float, y: float, w: float, h: float) -> Box:
        """What is left of it under an opaque rectangle: one side, if it covers the other."""
        if y > self.y0 + 1 or y + h < self.y1 - 1 or x >= self.x1 or x + w <= self.x0:
            return self
        if x <= self.x0:
            return self._replace(x0=x + w)
        return self._replace(x1=x) if x + w >= self.x1 else self


def boxes(frame: list[Op], fitter: Fitter) -> list[Box]:
    """The texts of a frame that are seen, and not painted over again."""
    found: list[Box] = []
    clips: list[Clip] = []

    def box(item: Text) -> Box:
        half = HALF[item.font]
        width = fitter.width(item.text, item.font)
        made = Box(item.x, item.y - half, item.x + width, item.y + half, item.text)
        return made.cut(clips[-1]) if clips else made

    for op in frame:
        match op:
            case Clip():
                clips.append(op)
            case Unclip():
                clips.pop()
            case Texts():
                found += [one for one in map(box, op.items) if one.seen]
            case Fill() | Rounded() if op.colour >> 24 == 0xFF and len(op.rects):
                for x, y, w, h in op.rects.tolist():
                    found = [one.under(x, y, w, h) for one in found]
                found = [one for one in found if one.seen]
    return found


def blurred(frame: list[Op], ratio: float) -> list[str]:
    """The thin rectangles whose edges lie between device pixels."""
    out = []
    for op in frame:
        if not isinstance(op, Fill) or not len(op.rects):
            continue
        device = np.abs(op.rects * ratio)
        off = np.abs(device - np.rint(device)) > 1e-6
        for low, size, name in ((0, 2, "x"), (1, 3, "y")):
            thin = (device[:, size] > 0) & (device[:, size] <= THIN)
            bad = np.flatnonzero(thin & (off[:, low] | off[:, size]))
            out += [f"{name} {op.rects[n]} {op.colour:x}" for n in bad[:1].tolist()]
    return out


def charts() -> st.SearchStrategy[Chart]:
    return st.sampled_from(("small", "locked", "one", "few", "many")).map(_chart)


def _chart(name: str) -> Chart:
    made: Chart
    match name:
        case "small":
            made = small()
        case "locked":
            made = locked()
        case "one":
            made = one_lane((0, 40, 3), (41, 42, 4), (50, -1, 2))
        case "few":
            made = crowd(3, 40)
        case _:
            made = crowd(64, 30)
    made.wall_ns = WALL
    return made


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    chart, ratio = draw(charts()), draw(st.sampled_from((1.0, 1.25, 2.0)))
    width, height = draw(st.integers(320, 2000)), draw(st.integers(180, 1100))
    view = Navigation()
    view.advance(0, chart.now)
    view.fit()
    for factor, share in draw(st.lists(st.tuples(st.floats(0.05, 2), st.floats(0, 1)), max_size=4)):
        view.zoom(factor, share)
    moments = st.builds(Moment, st.integers(0, chart.now), st.sampled_from((1, 10**4, 10**8)))
    marks = Marks()
    for moment in draw(st.lists(moments, max_size=5)):
        marks = marks.add(moment)
    if draw(st.booleans()):
        marks = marks.between(draw(moments), draw(moments))
    wanted = Arrangement(scale=draw(st.sampled_from((0.5, 1.0, 1.7))))
    if draw(st.booleans()):
        wanted.fold(chart.groups[0].key)
    for lane in draw(st.lists(st.integers(0, len(chart.lanes) - 1), max_size=2)):
        wanted.pin(chart.lanes[lane].key)
    scroll = draw(st.floats(0, 2000))
    layout = arrange(chart, float(width), float(height), scroll, wanted, marks.rows)
    return Scene(
        chart,
        layout,
        view.viewport(int(layout.chart_width * ratio)),
        ratio,
        THEMES[draw(st.sampled_from(("light", "dark")))],
        Fitter(meter),
        cursor=draw(st.one_of(st.none(), st.floats(0, width))),
        wall=draw(st.booleans()),
        frozen=draw(st.booleans()),
        marks=marks,
        arrangement=wanted,
    )


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_no_text_lies_on_another_or_is_cut_off(scene: Scene) -> None:
    found = boxes(compose(scene), scene.fitter)
    for one, other in combinations(found, 2):
        apart = (
            one.x1 <= other.x0 + 1
            or other.x1 <= one.x0 + 1
            or one.y1 <= other.y0 + 1
            or other.y1 <= one.y0 + 1
        )
        assert apart, (one, other)
    for one in found:
        assert one.x0 >= -0.5, one
        assert one.x1 <= scene.layout.width + 0.5, one


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(scenes())
def test_thin_lines_lie_on_device_pixels(scene: Scene) -> None:
    assert blurred(compose(scene), scene.ratio) == []


def test_the_foot_of_the_headers_lies_on_device_pixels_in_a_window_of_any_height() -> None:
    chart = _chart("few")
    view = Navigation()
    view.advance(0, chart.now)
    view.fit()
    for height in range(200, 260):
        layout = arrange(chart, 320.0, float(height), 0.0)
        columns = view.viewport(int(layout.chart_width * 1.25))
        scene = Scene(chart, layout, columns, 1.25, THEMES["light"], Fitter(meter))
        assert blurred(compose(scene), 1.25) == []


def test_the_cross_of_a_lane_that_is_over_is_whole_or_not_there() -> None:
    """Fitted, a narrow chart leaves a few pixels behind the end of the run."""
    chart, seen = one_lane((0, 40, 3)), set()
    chart.lanes[0].gone = chart.now
    view = Navigation()
    view.advance(0, chart.now)
    view.fit()
    for width in range(320, 1000, 3):
        layout = arrange(chart, float(width), 300.0, 0.0)
        columns = view.viewport(int(layout.chart_width))
        scene = Scene(chart, layout, columns, 1.0, THEMES["light"], Fitter(meter))
        lines = [op for op in endings(scene, layout.visible()) if isinstance(op, Lines)]
        seen.add(len(lines))
        for op in lines:
            assert op.segments[:, [0, 2]].min() >= scene.x(chart.now) + op.width / 2
            assert op.segments[:, [0, 2]].max() <= layout.left + layout.chart_width - op.width / 2
    assert seen == {0, 1}
