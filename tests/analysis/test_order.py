"""It does not matter where batches are cut, nor in which order streams are read."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope.analysis.spans import SpanIndex, queue_depth
from poolscope.analysis.store import Store
from poolscope.trace.reader import Batch
from tests.analysis.canonical import canonical, lane_state
from tests.analysis.random_run import RandomRun
from tests.analysis.traces import ORIGIN, cut

# By seed, not ``st.randoms``: a run draws thousands of numbers, and is shrunk by its steps.
SEEDS = st.integers(0, 1 << 32)


def polls(run: RandomRun, chance: Random) -> list[list[Batch]]:
    """The run's batches cut anywhere, streams in any order, shared out to some polls."""
    places = [
        [chance.randint(0, len(stream.rows)) for _ in range(chance.randint(0, 4))]
        for stream in run.streams
    ]
    pieces = [list(reversed(each)) for each in cut(run, places)]
    polled: list[list[Batch]] = [[]]
    while any(pieces):
        polled[-1].append(chance.choice([each for each in pieces if each]).pop())
        if chance.random() < 0.4:
            polled.append([])
    return polled


@settings(deadline=None, max_examples=120)
@given(SEEDS, st.integers(0, 120))
def test_any_cut_and_any_order_give_the_same(seed: int, steps: int) -> None:
    chance = Random(seed)
    run = RandomRun(chance, steps)
    whole, parts = Store(ORIGIN), Store(ORIGIN)
    whole.extend(run.batches())
    index = SpanIndex(parts)  # follows from the start, as the chart does
    queue_depth(parts)
    index.busy()
    for batches in polls(run, chance):
        parts.extend(batches)
        index.refresh()
    assert canonical(parts) == canonical(whole)
    assert lane_state(parts, index) == lane_state(whole, SpanIndex(whole))


@settings(deadline=None, max_examples=50)
@given(SEEDS, st.integers(1, 200))
def test_the_queue_never_holds_less_than_nothing(seed: int, steps: int) -> None:
    chance = Random(seed)
    run = RandomRun(chance, steps)
    store = Store(ORIGIN)
    for batches in polls(run, chance):
        store.extend(batches)
        times, counts = queue_depth(store)
        assert (times[1:] > times[:-1]).all()
    tasks = store.tasks
    for t in [*times.tolist(), run.now + 10]:
        inside = (tasks.submitted != -1) & (tasks.submitted <= t)
        inside &= (tasks.dequeued == -1) | (tasks.dequeued > t)
        place = times.searchsorted(t, "right") - 1
        assert (counts[place] if place >= 0 else 0) == inside.sum()
