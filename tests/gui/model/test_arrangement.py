"""How the user puts the lanes, and that the layout follows: nothing lost, nothing twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope_gui.model.arrangement import MOST_HEIGHT, Arrangement, ordered
from poolscope_gui.model.layout import SUMMARY, arrange
from tests.gui.charts import crowd, small


def shown(wanted: Arrangement) -> list[int]:
    layout = arrange(small(), 1280, 720, 0.0, wanted)
    return [row.lane for row in (*layout.pinned, *layout.rows) if row.lane >= 0]


def test_lanes_and_groups_move_and_stay_where_they_were_put() -> None:
    chart, wanted = small(), Arrangement()
    assert shown(wanted) == [0, 1, 2, 3]
    assert wanted.move_lane(chart, 0, 1)
    assert shown(wanted) == [1, 0, 2, 3]
    assert not wanted.move_lane(chart, 0, 1), "it is the last of its pool"
    assert wanted.move_group(chart, 2, -2)
    assert shown(wanted) == [3, 1, 0, 2]
    assert wanted.move_group(chart, 0, 1)
    assert shown(wanted) == [3, 2, 1, 0]


def test_a_new_lane_comes_after_the_one_before_it() -> None:
    assert ordered([0, 1, 2, 3], ["a", "b", "c", "d"], ["c", "a"]) == [2, 3, 0, 1]
    assert ordered([0, 1], ["a", "b"], []) == [0, 1]
    assert ordered([0, 1, 2], ["new", "a", "b"], ["b", "a"]) == [0, 2, 1]


def test_folded_hidden_and_pinned() -> None:
    chart, wanted = small(), Arrangement()
    wanted.fold("io")
    layout = arrange(chart, 1280, 720, 0.0, wanted)
    assert [(row.group, row.height) for row in layout.rows if row.summary] == [(0, SUMMARY)]
    assert shown(wanted) == [2, 3]
    wanted.pin(chart.lanes[1].key)
    assert shown(wanted) == [1, 2, 3]
    wanted.hide(chart.lanes[1].key, "io_1")
    wanted.hide(chart.lanes[0].key, "io_0")
    assert shown(wanted) == [2, 3], "and a pool with no lane left has no caption"
    assert wanted.hidden_words == ["io_1", "io_0"]
    wanted.show([chart.lanes[0].key])
    wanted.fold_all(["io", "cpu", "callers"])
    wanted.fold_all(["io", "cpu", "callers"])
    assert shown(wanted) == [0, 2, 3]


def test_heights() -> None:
    chart, wanted = small(), Arrangement()
    natural = [row.height for row in arrange(chart, 1280, 720, 0.0).rows]
    wanted.zoom(2.0)
    wanted.resize(chart.lanes[2].key, 9999)
    rows = arrange(chart, 1280, 720, 0.0, wanted).rows
    by_lane = {row.lane: row.height for row in rows if row.lane >= 0}
    assert by_lane[0] == 2 * natural[1]
    assert by_lane[2] == MOST_HEIGHT
    wanted.natural()
    assert [row.height for row in arrange(chart, 1280, 720, 0.0, wanted).rows] == natural


@settings(max_examples=60)
@given(st.data(), st.sampled_from([1, 5, 64, 256]), st.floats(0, 5000), st.integers(150, 1000))
def test_every_lane_is_shown_once_or_said_to_be_away(
    data: st.DataObject, workers: int, scroll: float, height: int
) -> None:
    chart, wanted = crowd(workers, 1), Arrangement()
    number = st.integers(0, workers - 1)
    for lane in data.draw(st.lists(number, max_size=12)):
        key = chart.lanes[lane].key
        match data.draw(st.integers(0, 4)):
            case 0:
                wanted.pin(key)
            case 1:
                wanted.hide(key, "x")
            case 2:
                wanted.move_lane(chart, lane, data.draw(st.integers(-300, 300)))
            case 3:
                wanted.resize(key, data.draw(st.floats(0, 500)))
            case _:
                wanted.fold("io")
    layout = arrange(chart, 900.0, float(height), scroll, wanted, 2)
    lanes = [row.lane for row in (*layout.pinned, *layout.rows) if row.lane >= 0]
    assert len(lanes) == len(set(lanes))
    away = {n for n, lane in enumerate(chart.lanes) if lane.key in wanted.hidden}
    at_top = {n for n, lane in enumerate(chart.lanes) if lane.key in wanted.pinned}
    rest = set(range(workers)) - away - at_top
    assert set(lanes) - at_top == (set() if "io" in wanted.folded else rest)
    assert 0 <= layout.scroll <= layout.most_scroll
    for row in (*layout.pinned, *layout.visible()):
        middle = layout.y(row) + row.height / 2
        if layout.scrolled_top <= middle < layout.bottom or row.pinned:
            found = layout.row_at(middle)
            assert found == row or middle >= layout.bottom


def test_the_scroll_is_no_further_than_the_most_to_the_bit() -> None:
    chart, wanted = crowd(5, 1), Arrangement()
    wanted.resize(chart.lanes[0].key, 500)
    wanted.pin(chart.lanes[0].key)
    for height in range(230, 400):
        layout = arrange(chart, 900.0, float(height), 1e6, wanted, 2)
        assert layout.scroll <= layout.most_scroll
