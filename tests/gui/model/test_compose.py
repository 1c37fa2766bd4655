"""The frame as a log of what is painted: the rules of the looks, held without a window."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Chart, Hit
from poolscope_gui.model.compose import compose
from poolscope_gui.model.drawing import VEIL
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.matched import Matched
from poolscope_gui.model.ops import (
    Area,
    Clip,
    Fade,
    Fill,
    Hatch,
    Lines,
    Op,
    Outline,
    Rects,
    Rounded,
    Strip,
    Text,
    Texts,
    Unclip,
)
from poolscope_gui.model.palette import CANCELLED, EXCEPTION, FINISHED, RUNNING, THEMES
from poolscope_gui.model.scene import Scene
from poolscope_gui.model.task_set import TaskSet
from poolscope_gui.model.text import Fitter
from poolscope_gui.model.viewport import Viewport
from tests.gui.charts import MS, crowd, locked, meter, one_lane, sliced, small

LIGHT = THEMES["light"]


def scene(
    chart: Chart, size: tuple[int, int] = (1280, 720), ratio: float = 1.0, scroll: float = 0.0
) -> Scene:
    """All of a chart in a widget of this size."""
    layout = arrange(chart, *size, scroll)
    view = Viewport(0.0, max(chart.now, 1) * 1.02, int(layout.chart_width * ratio)).snapped()
    return Scene(chart, layout, view, ratio, LIGHT, Fitter(meter))


def rects_of(frame: list[Op], colour: int) -> Rects:
    found = [op.rects for op in frame if isinstance(op, Fill | Rounded) and op.colour == colour]
    return np.concatenate(found) if found else np.empty((0, 4))


def texts(frame: list[Op]) -> list[Text]:
    return [item for op in frame if isinstance(op, Texts) for item in op.items]


def words(frame: list[Op]) -> str:
    return "\n".join(item.text for item in texts(frame))


@pytest.mark.parametrize("state", [FINISHED, EXCEPTION, CANCELLED, RUNNING])
def test_a_bar_has_its_states_colour(state: int) -> None:
    frame = compose(scene(one_lane((20, 60, state))))
    boxes = rects_of(frame, LIGHT.states[state].body)
    bars = boxes[(boxes[:, 2] > 10) & (boxes[:, 3] > 10)]  # the header uses running's blue, too
    assert len(bars) == 1


def test_a_state_is_not_told_by_colour_alone() -> None:
    spans = ((0, 20, FINISHED), (25, 45, EXCEPTION), (50, 70, CANCELLED), (75, -1, RUNNING))
    frame = compose(scene(one_lane(*spans)))
    lines = [op for op in frame if isinstance(op, Lines)]
    cross = next(op for op in lines if op.colour == LIGHT.states[EXCEPTION].text)
    strike = next(op for op in lines if op.colour == LIGHT.states[CANCELLED].text)
    exception = rects_of(frame, LIGHT.states[EXCEPTION].body)[0]
    cancelled = rects_of(frame, LIGHT.states[CANCELLED].body)[0]
    assert len(cross.segments) == 2
    assert (cross.segments[:, [0, 2]] < exception[0] + exception[2]).all()
    assert strike.segments[0, 2] - strike.segments[0, 0] == cancelled[2]
    finished = rects_of(frame, LIGHT.states[FINISHED].body)[0]
    cap = rects_of(frame, LIGHT.states[FINISHED].edge)[0]
    assert cap[0] + cap[2] > finished[0] + finished[2] > cap[0], "it shows right of the body"
    assert sum(isinstance(op, Fade) for op in frame) == 1, "only what runs shines at its end"


def test_a_running_bar_grows_to_now() -> None:
    chart = one_lane((20, -1, RUNNING), now=50)
    first = rects_of(compose(scene(chart)), LIGHT.states[RUNNING].body)[0]
    chart.now = 80 * MS
    wide = replace(scene(chart), view=scene(one_lane(now=50)).view)
    second = rects_of(compose(wide), LIGHT.states[RUNNING].body)[0]
    assert second[0] == first[0]
    assert second[2] > first[2]


def test_blocked_is_hatched_in_the_locks_colour_with_the_owner_named() -> None:
    chart = one_lane((0, 100, FINISHED))
    chart.lanes[0].blocks = sliced((10, 90, 0), common=0)
    frame = compose(scene(chart))
    hatch = next(op for op in frame if isinstance(op, Hatch))
    assert hatch.colour == LIGHT.locks[0]
    assert len(hatch.rects) == 1
    assert "waits for db_lock, held by io_1" in words(frame)


@pytest.mark.parametrize(("until", "light"), [(-1, 0), (98, 1), (50, 1)])
def test_a_thread_that_is_blocked_does_not_shine_as_one_that_runs(until: int, light: int) -> None:
    """The light at a bar's growing end lay on the hatch: its last pixels looked like running."""
    chart = one_lane((0, -1, RUNNING))
    chart.lanes[0].blocks = sliced((40, until, 0), common=0)
    shown = scene(chart)
    fades = [op for op in compose(shown) if isinstance(op, Fade)]
    assert len(fades) == light
    for fade in fades:
        assert fade.x >= shown.x(until * MS) - 1
        assert fade.x + fade.w == pytest.approx(shown.x(chart.now), abs=1)


def test_what_is_veiled_does_not_shine() -> None:
    """With a search, or a lock lit up, the ends of what runs were as bright as before."""
    spans = ((0, 30, FINISHED), (40, -1, RUNNING))
    plain = scene(one_lane(*spans))
    for shown, light in (
        (plain, 1),
        (replace(plain, matched=Matched(np.array([1]))), 1),
        (replace(plain, matched=Matched(np.array([0]))), 0),
        (replace(plain, picked=Hit("hold", 0, 0, lock=0)), 0),
    ):
        assert sum(isinstance(op, Fade) for op in compose(shown)) == light


def test_ownership_is_a_stripe_under_the_bar() -> None:
    chart = one_lane((0, 100, FINISHED))
    chart.lanes[0].holds = {0: sliced((10, 40, 0), common=0), 1: sliced((20, 30, 1), common=1)}
    frame = compose(scene(chart))
    first, second = rects_of(frame, LIGHT.locks[0])[0], rects_of(frame, LIGHT.locks[1])[0]
    bar = rects_of(frame, LIGHT.states[FINISHED].body)[0]
    assert first[1] >= bar[1] + bar[3]
    assert second[1] + second[3] <= first[1], "two locks at a time: two stripes"


def test_a_handover_is_a_line_between_lanes_for_what_is_chosen_alone() -> None:
    def lines(shown: Scene) -> list[Lines]:
        found = [op for op in compose(shown) if isinstance(op, Lines)]
        return [op for op in found if op.colour == LIGHT.locks[0]]

    shown = scene(small())
    assert not lines(shown)
    (found,) = lines(replace(shown, picked=Hit("block", 0, 0, lock=0)))
    x, above, _, below = found.segments[0]
    assert x == pytest.approx(shown.x(600 * MS), abs=1)
    rows = [shown.layout.row_of(lane) for lane in (1, 0)]
    for y, row in zip((above, below), rows, strict=True):
        assert row is not None
        assert shown.layout.y(row) < y < shown.layout.y(row) + row.height, "from giver to taker"


def veil(frame: list[Op]) -> int:
    """Which operation covers all that does not belong to the lock that is pointed at; -1: none."""
    for place, op in enumerate(frame):
        if isinstance(op, Fill) and op.colour >> 24 == VEIL and op.colour & 0xFFFFFF == 0xFFFFFF:
            return place
    return -1


def test_a_lock_that_is_pointed_at_stands_out_on_every_lane() -> None:
    chart = locked()
    shown = scene(chart)
    assert veil(compose(shown)) < 0
    for hit in (
        Hit("block", 0, 0, lock=0),
        Hit("hold", 1, 0, lock=0),
        Hit("signal", 2, 0, lock=1),
        Hit("lane", 3, lock=0),
    ):
        for lit in (replace(shown, hover=hit), replace(shown, picked=hit)):
            frame = compose(lit)
            above = frame[veil(frame) :]
            mine, other = LIGHT.locks[hit.lock], LIGHT.locks[1 - hit.lock]
            hatches = {op.colour for op in above if isinstance(op, Hatch)}
            assert hatches == {mine}
            bars = {
                op.colour
                for op in above
                if isinstance(op, Fill | Rounded) and (op.rects[:, 0] >= shown.layout.left).any()
            }
            assert other not in bars
            assert (mine in bars) == (hit.lock == 0), "its stripes and its lane"
            assert other in {op.colour for op in frame[: veil(frame)] if isinstance(op, Hatch)}


def test_what_is_chosen_has_a_frame() -> None:
    shown = scene(locked())
    for hit in (Hit("block", 0, 0, lock=0), Hit("signal", 2, 0, lock=1), Hit("hold", 1, 0, lock=0)):
        frame = compose(replace(shown, picked=hit))
        found = [op for op in frame if isinstance(op, Outline) and op.colour == LIGHT.selected]
        assert found, hit.part


def test_a_locks_lane_names_its_owners_and_counts_who_waits() -> None:
    chart = locked()
    frame = compose(scene(chart))
    lane = scene(chart).layout.row_of(3)
    assert lane is not None
    inside = [
        item.text
        for item in texts(frame)
        if lane.y < item.y - scene(chart).layout.top < lane.y + 40
    ]
    assert "io_1" in inside
    assert sorted(text for text in inside if "wait" in text) == ["1 waits", "1 waits", "2 wait"]
    chart.lanes[3].waiter_times = chart.lanes[3].waiters = np.empty(0, dtype=np.int64)
    low = scene(chart).layout.row_of(3)
    assert low is not None
    assert low.height < lane.height, "no room is kept for what never was"


def test_a_semaphores_owners_have_a_row_each() -> None:
    chart = locked()
    chart.lanes[3].owners = [
        sliced((100, 500, 0), common=0),
        sliced((200, 300, 0), first=1, common=0),
    ]
    boxes = rects_of(compose(scene(chart)), LIGHT.locks[0])
    left = scene(chart).layout.left
    one, other = [box for box in boxes.tolist() if box[3] > 5 and box[0] >= left]
    assert one[1] + one[3] <= other[1], "one above the other"
    assert hit_at(scene(chart), other[0] + 2, other[1] + 2) == Hit(
        "hold", 3, 1, pytest.approx(200 * MS, abs=5 * MS), 0
    )


def test_the_dead_are_told() -> None:
    frame = compose(scene(small()))
    assert "crashed: killed by SIGKILL" in words(frame)
    assert any(isinstance(op, Lines) and op.colour == LIGHT.alarm for op in frame)
    assert "broken: a worker was killed" in words(frame)


def test_by_what_a_worker_was_killed_is_told_in_a_narrow_header_too() -> None:
    headers = [text for text in texts(compose(scene(small()))) if text.x == 20.0]
    assert "killed by SIGKILL" in [text.text for text in headers]


def test_waits_are_bars_with_words() -> None:
    assert "wait(24 futures, FIRST_COMPLETED)" in words(compose(scene(small())))


@pytest.mark.parametrize("gone", [96, 93, 90, 80, 50])
def test_how_a_lane_ended_is_told_where_there_is_room_before_the_live_edge(gone: int) -> None:
    """It was "e...", and lay across the line of the live edge."""
    chart = one_lane((0, gone - 1, FINISHED))
    chart.lanes[0].gone = gone * MS
    shown = scene(chart, (700, 400))
    left = shown.layout.left
    told = [each for each in texts(compose(shown)) if each.x > left and each.text[:1] == "e"]
    assert [each.text for each in told] in ([], ["ended"])
    assert len(told) == (gone <= 80)
    for each in told:
        assert each.x + meter(each.text, each.font) <= shown.x(chart.now)


def test_thousands_are_parted_on_an_axis_as_everywhere_else() -> None:
    chart = small()
    chart.queue_depth = np.array([3_900, 5, 4, 3, 2, 0])
    assert "4,000" in words(compose(scene(chart)))


def test_queue_depth_is_on_the_same_axis() -> None:
    shown = scene(small())
    area = next(op for op in compose(shown) if isinstance(op, Area))
    assert area.points[0, 0] == shown.x(0)
    assert area.points[-1, 0] == pytest.approx(shown.x(shown.now), abs=1)
    assert (np.diff(area.points[:, 0]) >= 0).all()


def test_a_short_burst_makes_a_peak() -> None:
    chart = one_lane(now=1000)
    chart.queue_times = np.array([500 * MS, 500 * MS + 10])
    chart.queue_depth = np.array([50, 0])
    shown = scene(chart)
    area = next(op for op in compose(shown) if isinstance(op, Area))
    top = shown.layout.bottom + 16.0
    assert area.points[:, 1].min() == pytest.approx(top, abs=1)


def test_dropped_history_is_marked_and_told() -> None:
    chart = one_lane((50, 90, FINISHED))
    chart.first, chart.edge = 40 * MS, "12 tasks dropped by the quota"
    frame = compose(scene(chart))
    assert "12 tasks dropped by the quota" in words(frame)
    assert any(isinstance(op, Hatch) for op in frame)


def test_an_empty_chart_says_what_to_do() -> None:
    frame = compose(scene(Chart(message="No events yet. Create a pool and press Submit")))
    assert [item.text for item in texts(frame)] == [
        "No events yet.",
        "Create a pool and press Submit",
    ]


@pytest.mark.parametrize("hidden", ["finished", "exception", palette.BLOCKED, palette.WAITING])
def test_what_is_hidden_is_not_painted(hidden: str) -> None:
    shown = scene(small())
    before, after = compose(shown), compose(replace(shown, hidden=frozenset({hidden})))
    if hidden in palette.STATES:
        colour = LIGHT.states[palette.STATES.index(hidden)].body
        assert len(rects_of(before, colour))
        assert not len(rects_of(after, colour))
    elif hidden == palette.BLOCKED:
        assert LIGHT.locks[0] not in {op.colour for op in after if isinstance(op, Hatch)}
    else:
        assert "FIRST_COMPLETED" not in words(after)


def test_selection_and_hover_are_outlined() -> None:
    shown = scene(small())
    marked = replace(shown, selected=TaskSet({0, 2}), hover=Hit("task", 0, 1))
    outlines = {op.colour: op for op in compose(marked) if isinstance(op, Outline)}
    assert len(outlines[LIGHT.selected].rects) == 2
    assert len(outlines[LIGHT.hover].rects) == 1


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_edges_lie_on_device_pixels(ratio: float) -> None:
    frame = compose(scene(small(), ratio=ratio))
    for state in (FINISHED, EXCEPTION):
        boxes = rects_of(frame, LIGHT.states[state].body)
        left = (boxes[:, 0] - scene(small()).layout.left) * ratio
        assert np.allclose(left, np.rint(left), atol=1e-6)
        assert np.allclose(boxes[:, 1] * ratio, np.rint(boxes[:, 1] * ratio), atol=1e-6)


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (640, 360)])
@pytest.mark.parametrize("chart", [small(), crowd(64, 40), crowd(1, 30)], ids=["small", "64", "1"])
def test_texts_do_not_overlap(chart: Chart, size: tuple[int, int]) -> None:
    shown = scene(chart, size)
    boxes = [
        (item.x, item.y - 5, item.x + meter(item.text, item.font), item.y + 5, item.text)
        for item in texts(compose(shown))
        # A row half scrolled away is cut off by the clip, and so are its words.
        if not (shown.layout.bottom - 12 < item.y < shown.layout.bottom)
    ]
    for a, b in combinations(boxes, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{a[4]!r} and {b[4]!r}"


def test_operations_do_not_grow_with_bars() -> None:
    """Rectangles are bounded by pixels, and calls by colours."""
    few, many = compose(scene(crowd(8, 500))), compose(scene(crowd(8, 50_000)))
    assert len(many) <= len(few) + 10
    width = scene(crowd(8, 1)).view.width
    for frame in (few, many):
        assert sum(len(op.rects) for op in frame if isinstance(op, Fill | Rounded)) < 8 * width
        # Of a lane: one of its narrow spans, one of its short bars.
        assert sum(isinstance(op, Strip) for op in frame) <= 2 * 8


def test_clips_are_closed() -> None:
    depth = 0
    for op in compose(scene(small())):
        depth += isinstance(op, Clip) - isinstance(op, Unclip)
        assert depth in (0, 1)
    assert depth == 0


def test_the_cursor_has_a_line_and_a_time() -> None:
    shown = scene(small())
    frame = compose(replace(shown, cursor=shown.x(500 * MS)))
    assert re.search(r"^0\.(499|500)\d* s$", words(frame), re.MULTILINE)
    assert "0.500" not in words(compose(shown))
    beside = compose(replace(shown, cursor=10.0))
    assert len(beside) == len(compose(shown))


def test_frozen_nothing_is_drawn_of_what_came_later() -> None:
    """On paper, where nothing is copied up to now; and no clip is needed, as SVG has none."""
    chart = crowd(4, 20)
    whole = scene(chart)
    middle = chart.now // 2
    chart.now = middle  # the lanes have gone on
    frozen = replace(whole, frozen=True)
    edge = frozen.x(middle)

    def seen(frame: list[Op]) -> list[int]:
        """The colours on top, right of the edge, where there had been bars."""
        found = []
        for x, y, wide, high in rects_of(frame, LIGHT.states[FINISHED].body).tolist():
            at, level = x + wide - 1, y + high / 2
            if at <= edge + 1:
                continue
            covers = [
                op.colour
                for op in frame
                if isinstance(op, Fill)
                and any(a <= at < a + c and b <= level < b + d for a, b, c, d in op.rects.tolist())
            ]
            found.append(covers[-1])
        return found

    grounds = {LIGHT.lane, LIGHT.lane_other, LIGHT.grid}
    assert seen(compose(frozen))
    assert set(seen(compose(frozen))) <= grounds
    assert not set(seen(compose(whole))) <= grounds
