"""The replay of a load: by hand, against a brute force, and against a pool that really ran."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import poolscope
from poolscope.analysis import simulation
from poolscope.analysis.measures import Measures
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader


def array(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_one_worker_serves_one_after_the_other() -> None:
    begins = simulation.starts(array(0, 1, 2, 50), array(10, 10, 10, 10), 1)
    assert begins.tolist() == [0, 10, 20, 50]


def test_the_worker_that_is_free_first_takes_the_next() -> None:
    begins = simulation.starts(array(0, 0, 0, 0), array(10, 3, 4, 1), 2)
    assert begins.tolist() == [0, 0, 3, 7]


def test_figures_of_a_replay() -> None:
    found = simulation.replay(array(0, 0, 0), array(10, 10, 10), 1)
    assert found == (1, 10, 19, 20, 30, 1.0)
    wide = simulation.replay(array(0, 0, 0), array(10, 10, 10), 6)
    assert (wide.wait_max, wide.makespan, wide.utilisation) == (0, 10, 0.5)


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_is_refused(workers: int) -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        simulation.starts(array(0), array(1), workers)


def test_arrivals_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="arrivals must rise"):
        simulation.starts(array(5, 0), array(1, 1), 1)


def by_ticks(arrivals: list[int], durations: list[int], workers: int) -> list[int]:
    """The same, moment by moment."""
    begins, left, queue, now, place = [0] * len(arrivals), [0] * workers, [], 0, 0
    while place < len(arrivals) or queue:
        while place < len(arrivals) and arrivals[place] <= now:
            queue.append(place)
            place += 1
        for worker, busy_until in enumerate(left):
            while queue and busy_until <= now:
                task = queue.pop(0)
                begins[task] = now
                busy_until = left[worker] = now + durations[task]
        now += 1
    return begins


@given(
    tasks=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), min_size=1, max_size=30),
    workers=st.integers(1, 5),
)
def test_it_is_what_a_pool_does(tasks: list[tuple[int, int]], workers: int) -> None:
    tasks.sort(key=lambda each: each[0])
    arrivals, durations = [each[0] for each in tasks], [each[1] for each in tasks]
    begins = simulation.starts(array(*arrivals), array(*durations), workers)
    assert begins.tolist() == by_ticks(arrivals, durations, workers)


def test_a_real_pool_started_its_tasks_in_the_order_and_never_before_the_replay(
    tmp_path: object,
) -> None:
    with (
        poolscope.record(f"{tmp_path}/t"),
        poolscope.ThreadPoolExecutor(3) as pool,
    ):
        for size in range(60):
            pool.submit(sum, range(500 * (size % 7)))
    with Reader(f"{tmp_path}/t") as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    tasks = store.tasks
    order = np.argsort(tasks.submitted, kind="stable")
    durations = (Measures(store).ended() - tasks.started)[order]
    begins = simulation.starts(tasks.submitted[order], durations, 3)
    late = tasks.started[order] - begins
    assert len(late) == 60
    assert (late >= 0).all()  # a real worker takes time to be handed a task; none is early
