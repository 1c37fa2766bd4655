"""The figures of a stretch of time, against a count task by task."""

from __future__ import annotations

import csv
import io
import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis.store import Store
from poolscope.analysis.task_table import TaskState
from poolscope_gui.model import statistics_text as text
from poolscope_gui.model.quantities import whole
from poolscope_gui.model.statistics import EDGES, Figures, Histogram, figures
from poolscope_gui.model.statistics_source import StatisticsSource
from tests.analysis.random_run import RandomRun
from tests.analysis.traces import ORIGIN
from tests.gui.made_traces import MS, MadeRun, every_state

ALL = 10**18


def counted(store: Store, begin: int, end: int, now: int, pool: int | None) -> dict[str, object]:
    """The same by hand, one task after the other."""
    until = min(end, now + 1)
    found: dict[str, object] = dict.fromkeys(
        ("finished", "raised", "cancelled", "running", "waiting", "lost"), 0
    )
    waits, runs = [], []
    t = store.tasks
    for row in range(len(t)):
        if pool is not None and t.pool[row] != pool:
            continue
        state = TaskState(int(t.codes[row]))
        settled, started, submitted = -1, int(t.started[row]), int(t.submitted[row])
        if state is TaskState.CANCELLED:
            settled = int(t.cancelled[row]) if t.cancelled[row] >= 0 else int(t.notified[row])
        elif state >= TaskState.FINISHED:
            settled = int(t.finished[row])
        if begin <= settled < until:
            name = {3: "finished", 4: "raised", 5: "cancelled"}[int(state)]
            found[name] += 1  # type: ignore[operator]
            if name != "cancelled" and started >= 0:
                over = int(t.returned[row]) if t.returned[row] >= 0 else settled
                ran_by = int(t.worker[row])
                died = int(store.worker_gone[ran_by]) if ran_by >= 0 else -1
                over = max(died, started) if 0 <= died < over else over
                runs.append(max(over - started, 0))
        if begin <= started < until and submitted >= 0:
            waits.append(max(started - submitted, 0))
        if settled < 0 or settled >= until:
            worker = int(t.worker[row])
            gone = int(store.worker_gone[worker]) if worker >= 0 else -1
            if 0 <= started < until:
                found["lost" if 0 <= gone < until else "running"] += 1  # type: ignore[operator]
            elif 0 <= submitted < until:
                found["waiting"] += 1  # type: ignore[operator]
    return {**found, "waits": sorted(waits), "runs": sorted(runs)}


def spread(values: list[int]) -> tuple[int, int, int, int] | None:
    if not values:
        return None
    median, p95 = (int(each) for each in np.percentile(values, (50, 95)))
    return len(values), median, p95, max(values)


def binned(values: list[int], bins: Histogram) -> list[int]:
    edges = bins.edges.tolist()
    return [
        sum(low <= max(value, 1) < high for value in values)
        for low, high in itertools.pairwise(edges)
    ]


@given(st.integers(0, 2**32), st.integers(0, 400), st.integers(-5, 300), st.integers(0, 400))
def test_figures_are_those_counted_by_hand(seed: int, steps: int, begin: int, length: int) -> None:
    run = RandomRun(Random(seed), steps)
    store = Store(ORIGIN)
    store.extend(run.batches())
    now, end = store.now_ns, begin + length
    for pool in (None, 0, 1):
        found = figures(store, begin, end, now, pool)
        wanted = counted(store, max(begin, 0), max(end, 0), now, pool)
        if min(end, now + 1) <= max(begin, 0):
            assert found.empty
            continue
        for name in ("finished", "raised", "cancelled", "running", "waiting", "lost"):
            assert getattr(found, name) == wanted[name], name
        for spread_found, bins, key in (
            (found.wait, found.wait_bins, "waits"),
            (found.ran, found.ran_bins, "runs"),
        ):
            values = wanted[key]
            assert isinstance(values, list)
            assert spread_found == spread(values)
            assert bins.counts.tolist() == binned(values, bins)
            assert bins.counts.sum() == len(values)
        assert found.done.sum() == found.completions
        assert found.failed.sum() == found.raised


@given(st.integers(0, 2**32), st.integers(0, 300), st.lists(st.integers(0, 400), max_size=4))
def test_the_parts_of_a_run_sum_up_to_the_store(seed: int, steps: int, cuts: list[int]) -> None:
    run = RandomRun(Random(seed), steps)
    store = Store(ORIGIN)
    store.extend(run.batches())
    now = store.now_ns
    edges = [0, *sorted(cuts), ALL]
    parts = [figures(store, a, b, now) for a, b in itertools.pairwise(edges)]
    states = np.bincount(store.tasks.codes, minlength=6).tolist()
    settled = [("finished", 3), ("raised", 4), ("cancelled", 5)]
    assert [sum(getattr(part, name) for part in parts) for name, _ in settled] == states[3:]
    last = figures(store, 0, ALL, now)
    still = last.running + last.waiting + last.lost
    assert still == sum(states[:3])


def test_what_still_runs_has_no_run_time() -> None:
    store = every_state().store
    found = figures(store, 0, ALL, 60 * MS)
    assert (found.finished, found.raised, found.cancelled) == (2, 1, 1)
    assert (found.running, found.waiting, found.lost) == (1, 1, 0)
    assert found.ran is not None
    assert found.ran == (3, 8 * MS, found.ran.p95, 20 * MS)
    assert found.wait is not None
    assert (found.wait.tasks, found.wait.longest) == (4, 38 * MS)
    assert found.a_second == pytest.approx(3 / 0.06)
    earlier = figures(store, 0, 25 * MS, 60 * MS)
    assert (earlier.finished, earlier.raised, earlier.running, earlier.waiting) == (0, 1, 1, 4)


def test_workers_are_busy_for_what_they_ran_within_the_stretch() -> None:
    store = every_state().store
    found = figures(store, 20 * MS, 60 * MS, 60 * MS)
    first, second = found.workers
    assert (first.name, first.busy_ns, first.alive_ns) == ("io_0", 35 * MS, 40 * MS)
    assert (first.settled, second.busy_ns, second.settled) == (2, 0, 1)
    assert first.utilisation == pytest.approx(35 / 40)


def many(count: int) -> Store:
    """Tasks of 1 ms each, one after the other, every tenth of which raises."""
    store = MadeRun().take()
    rows = np.arange(count)
    start = rows * 2 * MS + MS
    store.tasks.append(
        count,
        submitted=start - MS // 2,
        started=start,
        finished=start + MS,
        worker=np.zeros(count, np.int32),
        pool=np.zeros(count, np.int32),
        codes=np.where(rows % 10 == 9, 4, 3).astype(np.uint8),
    )
    return store


def test_both_ends_of_a_short_stretch_are_told() -> None:
    """It was "1.00 s to 1.00 s"."""
    store, now = many(1_000), 2_001 * MS
    begin = 1_000 * MS
    assert text.stretch(figures(store, begin, begin + MS // 5, now)).startswith(
        "1.000000 s to 1.000200 s"
    )
    assert text.stretch(figures(store, 0, now, now)).startswith("0 s to 2.00 s")


def test_of_very_many_a_sample_is_taken_and_said() -> None:
    store, now = many(20_000), 40_001 * MS
    exact = figures(store, 0, ALL, now)
    assert (exact.every, exact.finished, exact.raised) == (1, 18_000, 2_000)
    found = figures(store, 0, ALL, now, most=1_000)
    assert found.every == 20
    assert found.completions == 20_000
    assert found.raised == pytest.approx(2_000, rel=0.35)
    assert found.ran is not None
    assert (found.ran.tasks, found.ran.median) == (20_000, MS)
    assert found.done.sum() == 20_000
    assert found.workers[0].utilisation == pytest.approx(0.5, abs=0.01)
    assert "1 task in 20" in text.stretch(found)
    assert text.rows(found)[0].cells[0].value.startswith("≈")
    narrow = figures(store, 1000 * MS, 2000 * MS, now, most=1_000)
    assert (narrow.every, narrow.completions) == (1, 500)


@pytest.mark.parametrize(
    "lasted", [[], [0], [0, 0, 0], [5] * 50, [2**62], [0, 1, 2**62], [10**6 - 1, 10**6, 10**6 + 1]]
)
def test_odd_durations_are_counted_and_marked(lasted: list[int]) -> None:
    store = MadeRun().take()
    count = len(lasted)
    store.tasks.append(
        count,
        submitted=np.zeros(count, np.int64),
        started=np.ones(count, np.int64),
        finished=np.array(lasted, np.int64) + 1,
        codes=np.full(count, 3, np.uint8),
    )
    found = figures(store, 0, 2**62 + 2, 2**62 + 2)
    bins = found.ran_bins
    assert bins.counts.sum() == count == found.finished
    assert bins.counts.tolist() == binned(lasted, bins)
    for mark in text.time_marks(bins, 4):
        assert np.log10(bins.edges[0]) <= mark.at <= np.log10(bins.edges[-1])
    if count:
        assert len(bins.counts) >= 10
        place = np.log10(max(lasted[0], 1)) + 1e-9
        assert "task" in text.bin_text(bins, place)


def test_marks_read_from_ns_to_hours() -> None:
    bins = Histogram(EDGES, np.ones(len(EDGES) - 1, np.int64))
    labels = [mark.label for mark in text.time_marks(bins, 100)]
    assert labels[:11] == [
        *("1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs"),
        *("1 ms", "10 ms", "100 ms", "1 s", "10 s"),
    ]
    assert labels[11:15] == ["1 min", "10 min", "1 h", "10 h"]
    few = [mark.label for mark in text.time_marks(bins, 7)]
    assert few[:4] == ["1 ns", "1 µs", "1 ms", "1 s"]
    assert [whole(ns) for ns in (0, 1, 1500, 2 * 10**9)] == ["0 ns", "1 ns", "1500 ns", "2 s"]


def test_the_csv_has_every_figure_once() -> None:
    found = figures(every_state().store, 0, ALL, 60 * MS)
    lines = list(csv.DictReader(io.StringIO(text.csv_text(found, "a, b"))))
    assert {line["of"] for line in lines} == {"a, b", "io_0", "io_1"}
    said = {line["figure"]: int(float(line["value"])) for line in lines}
    assert (said["finished"], said["running"], said["run time, longest"]) == (2, 1, 20 * MS)
    counts = [int(line["value"]) for line in lines if line["figure"] == "run time, histogram"]
    assert sum(counts) == 3
    completed = [line for line in lines if line["figure"] == "completed"]
    assert sum(int(line["value"]) for line in completed) == 3
    assert (completed[0]["from_ns"], completed[-1]["to_ns"]) == ("0", str(60 * MS))


def test_what_is_missing_is_said_with_what_to_do() -> None:
    source = StatisticsSource()
    assert source.figures(0, 1, 1, None) is None
    assert text.lacking(None, total=0) == text.NO_STORE
    source.set_store(every_state().store)
    assert source.pools == ["io"]
    assert text.lacking(source.figures(0, 10**9, 10**9, 3), total=6) == text.NO_TASKS
    long_before = source.figures(-100, -50, 10**9, None)
    assert text.lacking(long_before, total=6) == text.NO_RANGE
    assert text.lacking(source.figures(0, 10**9, 10**9, 0), total=6) == ""
    assert Figures().empty


def test_rates_have_three_figures() -> None:
    assert [text.rate(each) for each in (0, 0.254, 24.62, 99.7, 350.4, 12_345)] == [
        *("0", "0.254", "24.6", "100", "350", "12 k")
    ]
