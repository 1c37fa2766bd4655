"""A set of tasks is a set like Python's, in one array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.task_set import TaskSet
from tests.gui.made_traces import MadeRun

SOME = st.lists(st.integers(0, 40), max_size=12)


@given(SOME, SOME, st.integers(0, 40))
def test_it_says_what_a_set_of_pythons_says(some: list[int], other: list[int], one: int) -> None:
    tasks, plain = TaskSet(np.array(some, np.int64)), set(some)
    assert tasks == plain == TaskSet(some)
    assert (len(tasks), list(tasks)) == (len(plain), sorted(plain))
    assert (tasks == TaskSet(other)) is (plain == set(other))
    assert (one in tasks) is (one in plain)
    assert tasks.toggled(one) == plain ^ {one}
    assert tasks.has(np.array(other, np.int64)).tolist() == [each in plain for each in other]
    assert hash(tasks) == hash(TaskSet(reversed(some)))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9)), max_size=9), st.data())
def test_the_outermost_of_some_tasks_reach_as_far_as_all(
    made: list[tuple[int, int]], data: st.DataObject
) -> None:
    run, at = MadeRun(), [0, 0]
    waiting = run.submit(0)
    for worker, length in made:
        task = run.submit(at[worker])
        run.start(task, at[worker], worker)
        at[worker] += length
        run.finish(task, at[worker], worker)
    chart = ChartSource(run.take())
    chart.update()
    rows = data.draw(st.sets(st.integers(0, len(made)), min_size=1))
    chosen = TaskSet(rows)
    few = [chart.place(row) for row in chart.outermost(chosen.rows).tolist()]
    places = [place for row in rows if (place := chart.place(row)) is not None]
    assert None not in few
    assert waiting
    assert [min((p.begin for p in some if p), default=0) for some in (few, places)] == [
        min((p.begin for p in places), default=0)
    ] * 2
    assert max((p.end for p in few if p), default=0) == max((p.end for p in places), default=0)
    assert len(few) <= 3
