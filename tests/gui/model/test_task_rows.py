"""The table without a window: what it shows, in which order, and that it never loses a task."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.task_rows import Column, TaskRows
from poolscope_gui.model.task_selection import MOST_RANGES, TaskSelection
from tests.gui.made_traces import MS, MadeRun, every_state


@pytest.fixture
def rows() -> TaskRows:
    made = TaskRows()
    made.set_store(every_state().store)
    made.refresh()
    return made


def shown(rows: TaskRows) -> list[int]:
    """The numbers of the tasks, from the top."""
    rows.refresh()
    return [row + 1 for row in rows.rows.tolist()]


def test_newest_first_by_itself(rows: TaskRows) -> None:
    assert shown(rows) == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("column", "descending", "expected"),
    [
        (Column.NUMBER, False, [1, 2, 3, 4, 5, 6]),
        (Column.TASK, False, [3, 2, 5, 1, 6, 4]),  # fetch('a'), fetch('b'), fib(2), fib(31) ...
        (Column.TASK, True, [4, 6, 1, 5, 2, 3]),
        (Column.STATE, False, [5, 3, 1, 6, 2, 4]),
        (Column.WORKER, False, [1, 3, 6, 2, 4, 5]),  # io_0 thrice, io_1, then those with none
        (Column.WORKER, True, [2, 1, 3, 6, 4, 5]),  # still last: what is not known is no worker
        (Column.WAITED, False, [1, 2, 6, 3, 4, 5]),  # 10, 11, 26, 38, 47, 96 so far
        (Column.RAN, True, [3, 1, 2, 6, 4, 5]),  # 60 so far, 20, 8, 5
        (Column.RESULT, False, [6, 1, 2, 3, 4, 5]),
    ],
)
def test_sorts(rows: TaskRows, column: Column, descending: bool, expected: list[int]) -> None:
    rows.sort(column, descending=descending)
    assert shown(rows) == expected


@pytest.mark.parametrize(
    ("text", "states", "expected"),
    [
        ("FETCH", None, [3, 2]),
        ("no host", None, [2]),  # in an exception
        ("io_1", None, [2]),  # a worker
        ("#4", None, [4]),
        ("#44", None, []),
        ("7", None, []),
        ("", [2, 4], [3, 2]),
        ("fib", [0], [5]),
        ("fib", [], []),
    ],
)
def test_filters(rows: TaskRows, text: str, states: list[int] | None, expected: list[int]) -> None:
    rows.filter(text, states)
    assert shown(rows) == expected


def test_cells(rows: TaskRows) -> None:
    said = [[rows.text(row, column) for column in Column] for row in range(6)]
    assert said[0] == ["1", "fib(31)", "finished", "io_0", "10.0 ms", "20.0 ms", "1346269"]
    assert said[1][6] == "ValueError: no host b"
    assert said[3][2:6] == ["cancelled", "–", "47.0 ms", "–"]  # noqa: RUF001
    assert said[4][2:5] == ["pending", "–", "96.0 ms"]  # noqa: RUF001


def test_the_clock_lets_what_runs_grow(rows: TaskRows) -> None:
    assert rows.text(2, Column.RAN) == "60.0 ms"
    rows.set_clock(lambda: 140 * MS)
    assert rows.text(2, Column.RAN) == "100 ms"
    assert rows.text(0, Column.RAN) == "20.0 ms"


def test_what_comes_later_is_found() -> None:
    run = MadeRun()
    rows = TaskRows()
    rows.set_store(run.store)
    rows.filter("late", None)
    run.submit(1, "early()")
    run.take()
    assert shown(rows) == []
    task = run.submit(2, "other()")
    run.start(task, 3)
    run.finish(task, 4, result="'too late'")
    run.take()
    assert shown(rows) == [2]


def test_between_two_refreshes_a_row_does_not_contradict_itself() -> None:
    """It said pending of a task whose worker and time it told, if the window was behind."""
    run, rows = MadeRun(), TaskRows()
    rows.set_store(run.store)
    task = run.submit(1)
    run.take()
    assert shown(rows) == [1]
    run.start(task, 3)
    run.take()
    assert rows.text(0, Column.STATE) == "running"
    assert rows.text(0, Column.WAITED) == "2.00 ms"
    run.finish(task, 4, result="'done'")
    run.take()
    assert [rows.text(0, column) for column in (Column.STATE, Column.RESULT)] == [
        "finished",
        "'done'",
    ]


@given(st.permutations(range(12)), st.sets(st.integers(0, 15)))
def test_ranges_are_the_selected_rows(order: list[int], chosen: set[int]) -> None:
    selection = TaskSelection()
    selection.set(chosen)
    rows = np.array(order, np.int64)
    ranges = selection.ranges(rows)
    covered = [row for first, last in ranges for row in range(first, last + 1)]
    assert covered == [row for row, task in enumerate(order) if task in chosen]
    assert [selection.shows(row) for row in range(12)] == [task in chosen for task in order]
    assert selection.hidden == len(chosen - set(order))
    again = TaskSelection()
    again.set_ranges(rows, ranges)
    assert set(again.tasks) == chosen & set(order)


def test_a_comb_of_a_selection_stays_bounded() -> None:
    selection = TaskSelection()
    selection.set(range(0, 4 * MOST_RANGES, 2))
    rows = np.arange(4 * MOST_RANGES)
    assert len(selection.ranges(rows)) == MOST_RANGES
    assert selection.shows(4 * MOST_RANGES - 2)
    assert not selection.shows(4 * MOST_RANGES - 1)
