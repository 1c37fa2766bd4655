"""What would be the same in a frame is not worked out again; what may be another is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.compose import compose
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Area, Texts
from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.repeat import Repeat
from poolscope_gui.model.scene import Ops, Scene
from poolscope_gui.model.sheet import Sheet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Navigation
from tests.gui.charts import MS, crowd, meter


def test_it_is_made_once_for_each_key() -> None:
    repeat = Repeat()
    made: list[tuple[str, int]] = []

    def of(name: str, key: int) -> Ops:
        def make() -> Ops:
            made.append((name, key))
            return []

        return repeat.of(name, key, make)

    for name, key in (("a", 1), ("a", 1), ("b", 1), ("a", 2), ("b", 1), ("a", 1)):
        of(name, key)
    assert made == [("a", 1), ("b", 1), ("a", 2), ("a", 1)]


def scene_of(sheet: Sheet) -> Scene:
    chart = crowd(6, 40)
    chart.counts = Rewrites()
    view = Navigation()
    view.advance(0, chart.now)
    view.show(0, 400 * MS)
    layout = arrange(chart, 1000.0, 600.0, 0.0)
    columns = view.viewport(int(layout.chart_width))
    return Scene(chart, layout, columns, 1.0, THEMES["light"], Fitter(meter), sheet=sheet)


def kept(frame: Ops) -> tuple[list[Texts], list[Area]]:
    """The words on the lanes, and the counter."""
    words = [op for op in frame if isinstance(op, Texts) and any("(" in t.text for t in op.items)]
    return words, [op for op in frame if isinstance(op, Area)]


def test_while_the_mouse_moves_over_a_chart_words_and_counters_come_again() -> None:
    scene = scene_of(Sheet())
    compose(scene)
    words, areas = kept(compose(scene))
    again = kept(compose(replace(scene, cursor=400.0)))
    assert words, "there are some"
    assert [id(op) for op in words] == [id(op) for op in again[0]]
    assert [id(op) for op in areas] == [id(op) for op in again[1]]


def test_a_counter_that_has_changed_is_another() -> None:
    scene = scene_of(Sheet())
    chart = scene.chart
    (before,) = kept(compose(scene))[1]
    chart.queue_depth = np.asarray(chart.queue_depth) + 7
    assert kept(compose(scene))[1] == [before], "nobody has said so"
    chart.counts.wrote(0)  # type: ignore[attr-defined]
    (after,) = kept(compose(scene))[1]
    assert not np.array_equal(after.points, before.points)


def test_what_words_depend_on_makes_them_anew() -> None:
    scene = scene_of(Sheet())
    words = kept(compose(scene))[0]
    for change in ({"theme": THEMES["dark"]}, {"view": replace(scene.view, begin=40.0 * MS)}):
        other = kept(compose(replace(scene, **change)))[0]
        assert not {id(op) for op in other} & {id(op) for op in words}
    scene.chart.version += 1
    assert kept(compose(scene))[0][0] is not words[0]


def test_what_it_remembers_is_bounded_however_a_window_is_resized() -> None:
    sheet = Sheet()
    scene = scene_of(sheet)
    for height in range(500, 600, 10):
        compose(replace(scene, layout=arrange(scene.chart, 1000.0, float(height), 0.0)))
    both = {f"{what}{of}" for what in ("words", "ground") for of in ("", " of pinned")}
    assert (
        {"words", "margins"}
        <= set(sheet.repeat._known)
        <= {*both, "captions", "margins", "counters"}
    )
