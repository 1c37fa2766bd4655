"""A chart that follows a store shows what one made of the same store at once does."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolscope.analysis.store import Store
from poolscope.trace.schema import Kind, WorkerEnd
from poolscope_gui.model.chart import Chart, Sliced
from poolscope_gui.model.source import ChartSource
from tests.analysis.random_run import RandomRun
from tests.analysis.test_order import SEEDS, polls
from tests.analysis.traces import ORIGIN, Trace


def shown(chart: Chart) -> dict[str, Any]:
    """What is drawn of the lanes. Of what is split into tracks, where it begins: into which track
    it comes, and when one that died in it ended, depends on what was known by then."""
    return {
        "lanes": [
            (
                *(lane.key, lane.kind, lane.title, lane.detail, lane.group),
                *(lane.born, lane.gone, lane.ending),
                lane.share if lane.kind == "worker" else None,
                drawn(lane.tasks),
                lane.signals.track.start.tolist(),
                sorted(start for each in lane.holds.values() for start in each.track.start),
                sorted(start for each in lane.waits for start in each.track.start),
            )
            for lane in chart.lanes
        ],
        "groups": chart.groups,
        "locks": chart.locks,
        "queue": (chart.queue_times.tolist(), chart.queue_depth.tolist()),
    }


def drawn(sliced: Sliced) -> Any:
    track = sliced.track
    rare = sorted((kind, found.tolist()) for kind, found in track.rare().items())
    columns = (track.start, track.end, track.ref, track.kind, track.busy)
    return [column.tolist() for column in columns], rare


@settings(deadline=None, max_examples=80)
@given(SEEDS, st.integers(0, 120), st.integers(0, 3))
def test_following_shows_what_reading_at_once_does(seed: int, steps: int, look: int) -> None:
    chance = Random(seed)
    store = Store(ORIGIN)
    chart = ChartSource(store)
    for number, batches in enumerate(polls(RandomRun(chance, steps), chance)):
        store.extend(batches)
        chart.update()
        if look and number % look == 0:  # else all is brought at the end, at once
            shown(chart)
    assert shown(chart) == shown(ChartSource(store))


def test_a_lane_nobody_looks_at_costs_its_index_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace()
    main, worker, pool = trace.thread("main"), trace.thread("w"), trace.id()
    key = trace.id()
    trace.pinned().emit(0, Kind.POOL_CREATED, pool, 1, "p")
    trace.pinned().emit(0, Kind.WORKER_STARTED, key, pool, "w")
    trace.pinned().emit(0, Kind.WORKER_READY, key, worker.thread)
    store = Store(ORIGIN)
    store.extend(trace.batches())
    chart = ChartSource(store)
    brought: list[str] = []
    lane = chart.lanes[0]
    take = lane.tasks.track.take
    monkeypatch.setattr(lane.tasks.track, "take", lambda *a: (brought.append("!"), take(*a)))
    for number in range(3):
        task, rows = trace.id(), (len(main.rows), len(worker.rows))
        main.emit(10 * number, Kind.SUBMITTED, task, pool, "f()")
        worker.emit(10 * number + 1, Kind.STARTED, task, key)
        store.extend([main.batch(rows[0]), worker.batch(rows[1])])
        chart.update()
    assert not brought
    assert len(lane.tasks.track) == 3
    assert lane.detail.startswith("#3 f()")
    assert brought == ["!"]


def test_what_becomes_known_of_a_worker_is_on_its_lane_at_the_next_update() -> None:
    trace = Trace()
    pool, worker = trace.id(), trace.id()
    pinned = trace.pinned()
    pinned.emit(0, Kind.POOL_CREATED, pool, 2, "p")
    pinned.emit(1, Kind.WORKER_STARTED, worker, pool, "w")
    store = Store(ORIGIN)
    store.extend([pinned.batch()])
    chart = ChartSource(store)
    assert (chart.lanes[0].gone, chart.groups[0].detail[-9:]) == (-1, "at most 2")
    read = len(pinned.rows)
    pinned.emit(9, Kind.WORKER_GONE, worker, 3, 0, WorkerEnd.CRASHED)
    store.extend([pinned.batch(read)])
    chart.update()
    assert (chart.lanes[0].gone, chart.lanes[0].ending) == (9, "crashed: exit code 3")
    assert "0 of 1 worker alive" in chart.groups[0].detail
