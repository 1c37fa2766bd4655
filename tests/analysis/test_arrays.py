"""The parts the tables are made of, against plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.column import NEVER, Field, Table, runs
from poolscope.analysis.idmap import IdMap
from poolscope.analysis.lane_log import MOST_PIECES, Intervals, LaneLog
from poolscope.analysis.lineage import Lineage
from poolscope.analysis.pairing import NONE, pair
from poolscope.analysis.steps import Steps

IDS = st.one_of(
    st.integers(1, 600), st.integers((1 << 40) + 1, (1 << 40) + 600), st.integers(-(1 << 63), -1)
)


@given(st.lists(st.lists(IDS, max_size=40), max_size=6), st.lists(IDS, max_size=40))
def test_an_id_map_is_a_dictionary(puts: list[list[int]], asked: list[int]) -> None:
    mapped, known, row = IdMap(), dict[int, int](), 0
    for ids in puts:
        rows = np.arange(row, row + len(ids))
        mapped.put_many(np.array(ids, np.int64), rows)
        known.update(zip(ids, rows.tolist(), strict=True))
        row += len(ids)
    asked += [0, *known]
    expected = [known.get(key, NEVER) for key in asked]
    assert mapped.find(np.array(asked, np.int64)).tolist() == expected
    assert [mapped.get(key) for key in asked] == expected


def test_id_zero_is_never_found() -> None:
    mapped = IdMap()
    mapped.put_many(np.array([0, 1, 2]), np.array([7, 8, 9]))
    mapped.put(0, 5)
    assert mapped.find(np.array([0, 1, 2])).tolist() == [NEVER, 8, 9]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_pairs_are_those_found_one_by_one(events: list[tuple[int, bool]]) -> None:
    keys = np.array([key for key, _ in events], np.int64)
    opens = np.array([opens for _, opens in events], np.bool_)
    closer, renewed = dict[int, int](), dict[int, int]()
    strays, firsts, last = set[int](), set[int](), dict[int, int]()
    for place, (key, opener) in enumerate(events):
        before = last.get(key)
        if before is None:
            (firsts if opener else strays).add(place)
        elif events[before][1]:
            (renewed if opener else closer)[before] = place
        last[key] = place
    found = pair(keys, opens)
    assert sorted(found.openers.tolist()) == [p for p, (_, opener) in enumerate(events) if opener]
    for opener, end, again in zip(found.openers, found.closers, found.renewed, strict=True):
        assert end == closer.get(opener, NONE)
        assert again == renewed.get(opener, NONE)
    assert set(found.strays.tolist()) == strays
    assert set(found.firsts.tolist()) == firsts


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1, -1])), max_size=12)))
def test_steps_are_the_running_sum_whatever_comes_late(
    polls: list[list[tuple[int, int]]],
) -> None:
    steps, everything = Steps(), list[tuple[int, int]]()
    for changes in polls:
        everything += changes
        for step in (1, -1):
            steps.add(np.array([t for t, s in changes if s == step], np.int64), step)
        times, counts = steps.view()
        expected, level = [], 0
        for time in sorted({t for t, _ in everything}):
            change = sum(s for t, s in everything if t == time)
            level += change
            if change:
                expected.append((time, level))
        assert list(zip(times.tolist(), counts.tolist(), strict=True)) == expected


class Pair(Table):
    """A table of two columns, one of them hardly ever written."""

    often = Field(np.int64, NEVER)
    rarely = Field(np.int32, 7)


def test_a_column_nobody_wrote_to_shows_its_default_and_costs_nothing() -> None:
    table = Pair()
    table.append(1_000_000, often=np.arange(1_000_000))
    assert table.rarely[999_999] == 7
    assert table.rarely.strides == (0,)
    table.put("rarely", 5, 1)
    assert table.rarely[[4, 5, 6]].tolist() == [7, 1, 7]


@given(st.lists(st.integers(0, 3000), max_size=8))
def test_a_table_keeps_what_was_written_while_it_grows(sizes: list[int]) -> None:
    table, expected = Pair(), list[int]()
    for size in sizes:
        table.append(size, often=np.arange(size) * 3)
        expected += [each * 3 for each in range(size)]
        table.add(1)
        expected.append(NEVER)
    assert table.often.tolist() == expected


def test_runs_are_stretches_of_equal_neighbours() -> None:
    assert list(runs(np.array([4, 4, 2, 4]))) == [(4, 0, 2), (2, 2, 3), (4, 3, 4)]
    assert list(runs(np.array([], np.int64))) == []


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20)), max_size=10),
            st.booleans(),
            st.integers(0, 6),
        )
    )
)
def test_a_lane_is_sorted_however_late_its_intervals_come_or_are_looked_at(
    polls: list[tuple[list[tuple[int, int]], bool, int]],
) -> None:
    log, ref, expected = LaneLog(), 0, list[tuple[int, int, int]]()
    for new, rewrites, looked in polls:
        refs = np.arange(ref, ref + len(new))
        ref += len(new)
        expected += [(lane, t, r) for (lane, t), r in zip(new, refs.tolist(), strict=True)]
        lanes, starts = (np.array([each[i] for each in new], np.int64) for i in (0, 1))
        never = np.full(len(new), NEVER)
        log.append(Intervals(lanes, starts, never, refs, never * 0, refs % 4 == 0))
        if rewrites:  # those still open; where they lie has to be followed
            log.update(log.open_ref + 1000, log.open_ref * 0, np.ones(len(log.open_ref), np.bool_))
        many = sum(lane == looked for lane, _, _ in expected)
        assert len(log.of(looked)) == many  # most lanes are out of sight
    log.update(log.open_ref + 1000, log.open_ref * 0, np.ones(len(log.open_ref), np.bool_))
    for lane in range(3):
        rows = log.of(lane)
        assert (rows.start[1:] >= rows.start[:-1]).all()
        assert sorted(zip(rows.start.tolist(), rows.ref.tolist(), strict=True)) == sorted(
            (t, r) for each, t, r in expected if each == lane
        )
        assert rows.end.tolist() == [r + 1000 if r % 4 == 0 else NEVER for r in rows.ref.tolist()]


def test_a_lane_nobody_looks_at_is_written_in_one_go_and_not_kept_waiting_for_ever() -> None:
    log, one, none = LaneLog(), np.ones(1, np.int64), np.zeros(1, np.bool_)
    for poll in range(200):
        log.append(Intervals(one * 7, one * poll, one * poll + 1, one * poll, one * 0, none))
        assert log.version_of(7) == poll + 1
    assert log.version_of(8) == 0
    rows = log._lanes[7]
    assert 200 - MOST_PIECES <= len(rows) < 200
    assert len(log.of(7)) == 200
    assert log.of(7).start.tolist() == list(range(200))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40))
def test_of_every_write_one_can_say_whether_its_update_is_in_the_value(
    acts: list[tuple[int, bool]],
) -> None:
    # Four threads count in one variable, each reading and writing when it likes.
    line, value, version = Lineage(), {0: frozenset[int]()}, 0
    bases = dict[int, int]()
    seen = dict.fromkeys(range(4), 0)
    for thread, writes in acts:
        if not writes:
            seen[thread] = version
        else:
            version += 1
            value[version] = value[seen[thread]] | {version}
            line.take(seen[thread])
            bases[version] = seen[thread]
            seen[thread] = version
    assert line.lost.keys() == set(range(1, version + 1)) - value[version]
    for lost, by in line.lost.items():
        assert bases[by] < lost < by, "it never saw what it lost"
