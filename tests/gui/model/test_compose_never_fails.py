"""Whatever a trace claims, a frame is made: a stranger's file may say anything."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poolscope_gui.model.chart import Group, Lane, LockLook
from poolscope_gui.model.compose import compose
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.ops import Fill, Rounded, Texts
from poolscope_gui.model.palette import STATES, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.tracks import NEVER
from poolscope_gui.model.viewport import Navigation
from tests.gui.charts import HandMade, meter, sliced

TIMES = st.integers(0, 1 << 62)
ROOM = 1e7  # pixels: nothing may be painted further away than a painter can bear


@st.composite
def lanes(draw: st.DrawFn) -> Lane:
    lane = Lane(("worker", 1), "worker", draw(st.text(max_size=30)), 0)
    lane.born, lane.gone = draw(TIMES), draw(st.one_of(st.just(NEVER), TIMES))
    lane.detail, lane.ending = draw(st.text(max_size=30)), draw(st.text(max_size=30))
    lane.share = draw(st.one_of(st.none(), st.floats(-1, 2)))
    times = sorted(set(draw(st.lists(TIMES, max_size=12))))
    spans = [
        (times[i] / 1e6, times[i + 1] / 1e6, draw(st.integers(0, len(STATES) - 1)))
        for i in range(0, len(times) - 1, 2)
    ]
    lane.tasks = sliced(*spans)
    lane.blocks = sliced(*((a, b, 0) for a, b, _ in spans), common=0)
    lane.holds = {draw(st.integers(0, 300)): sliced(*((a, b, 0) for a, b, _ in spans), common=0)}
    lane.waits = [sliced(*((a, b, 0) for a, b, _ in spans), common=0)]
    return lane


@given(
    st.lists(lanes(), max_size=4),
    TIMES,
    st.integers(160, 2000),
    st.integers(130, 1200),
    st.sampled_from((1.0, 1.25, 2.0)),
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1)), max_size=5),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_frame_is_made_of_anything(
    found: list[Lane],
    now: int,
    width: int,
    height: int,
    ratio: float,
    zooms: list[tuple[float, float]],
) -> None:
    chart = HandMade(now=now, lanes=found, locks=[LockLook("a", 0)])
    chart.groups = [Group("io", lanes=list(range(len(found))))] if found else []
    chart.edge = "something is missing"
    chart.queue_times, chart.queue_depth = np.array([0, now]), np.array([1 << 40, 0])
    view = Navigation()
    view.advance(0, now)
    view.fit()
    for factor, share in zooms:
        view.zoom(factor, share)
        view.pan(share - 0.5)
    layout = arrange(chart, float(width), float(height), 0.0)
    columns = int(layout.chart_width * ratio)
    scene = Scene(chart, layout, view.viewport(columns), ratio, THEMES["dark"], Fitter(meter))
    for op in compose(scene):
        if isinstance(op, Fill | Rounded):
            assert np.isfinite(op.rects).all()
            assert (np.abs(op.rects) < ROOM).all()
            assert (op.rects[:, 2:] >= 0).all()
        if isinstance(op, Texts):
            assert all(abs(item.x) < ROOM and abs(item.y) < ROOM for item in op.items)
    hit_at(scene, width / 2, height / 2)
