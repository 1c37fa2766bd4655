"""Completions and the age of the oldest queued future, against brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from poolscope.trace.schema import Kind
from poolscope_gui.model import progress
from poolscope_gui.model.chart import Hit
from poolscope_gui.model.compose import compose
from poolscope_gui.model.counter_columns import bin_ns, columns
from poolscope_gui.model.counter_kinds import KINDS, known, name_of, ref_of
from poolscope_gui.model.hit import hit_at
from poolscope_gui.model.layout import arrange
from poolscope_gui.model.progress import Completions, OldestWaiting
from poolscope_gui.model.source import ChartSource
from tests.gui.made_traces import MS, MadeRun
from tests.gui.model.test_compose import scene as scene_of
from tests.gui.model.test_compose import words

ALL = tuple(kind.name for kind in KINDS)


def random_run(seed: int, count: int) -> tuple[MadeRun, list[tuple[int, int, int]]]:
    """Tasks (submitted, left the queue, done; in ms), submitted from two threads."""
    random, run = np.random.default_rng(seed), MadeRun()
    other = run.trace.thread("other")
    tasks = []
    for _ in range(count):
        at, wait, lasts = (int(n) for n in random.integers(1, 60, 3))
        at += len(tasks) * 3
        tasks.append((at, at + wait, at + wait + lasts))
    for number, at in enumerate(sorted({at for at, _, _ in tasks})):
        stream = (run.main, other)[number % 2]
        stream.emit(at * MS, Kind.SUBMITTED, run.trace.id(), run.pool, "x()")
    return run, list({at: (at, left, end) for at, left, end in tasks}.values())


def brute_oldest(tasks: list[tuple[int, int, int]], t: int) -> int:
    waiting = [at for at, left, _ in tasks if at <= t < left]
    return (t - min(waiting)) if waiting else 0


def test_a_start_that_is_read_after_the_end_is_no_longer_wait() -> None:
    run, oldest = MadeRun(), OldestWaiting()
    tasks = [run.submit(at) for at in (0, 1, 2)]
    for number, task in enumerate(tasks):
        run.main.emit((50 + number) * MS, Kind.FINISHED, task, 0, "None")
    store = run.take()
    oldest.update(store)
    assert oldest.task_at(30 * MS) == 0
    for number, task in enumerate(tasks):
        run.start(task, 10 + number, number % 2)
        store = run.take()
        oldest.update(store)
    fresh = OldestWaiting()
    fresh.update(store)
    edges = np.arange(0, 60) * MS
    assert oldest.ages(edges).tolist() == fresh.ages(edges).tolist()
    assert [oldest.task_at(at * MS) for at in (9, 10, 11, 12)] == [0, 1, 2, -1]


@pytest.mark.parametrize("seed", range(4))
def test_the_oldest_is_that_of_brute_force_however_it_is_told(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_CHUNK", 7)
    monkeypatch.setattr(progress, "BLOCK", 4)
    run, tasks = random_run(seed, 60)
    store, oldest, done = run.take(), OldestWaiting(), Completions()
    keys = [int(key) for key in store.tasks.id]
    by_time = {int(t): n for n, t in enumerate(store.tasks.submitted // MS)}
    order = np.random.default_rng(seed).permutation(len(tasks))
    for part in np.array_split(order, 5):
        for number in part.tolist():
            at, begin, end = tasks[number]
            key = keys[by_time[at]]
            run.start(key, begin)
            run.finish(key, end)
        run.take()
        oldest.update(store)
        done.update(store)
        told = {int(n) for n in np.flatnonzero(store.tasks.dequeued != -1)}
        seen = [(at, left if by_time[at] in told else 10**6, end) for at, left, end in tasks]
        ends = sorted(end * MS for at, _, end in tasks if by_time[at] in told)
        assert done.times.tolist() == ends
        edges = np.arange(0, 330 * MS, 3 * MS)
        found = oldest.ages(edges)
        assert (found[:, 1] // MS).tolist() == [
            brute_oldest(seen, t) for t in (edges[1:] // MS).tolist()
        ]
        # The greatest within a column: just before each leaves, and at its end.
        for column, (low, high) in enumerate(zip(edges // MS, edges[1:] // MS, strict=False)):
            ages = [brute_oldest(seen, t) for t in range(int(low), int(high) + 1)]
            assert max(ages[1:]) <= found[column, 0] // MS <= max(ages) + 1
        row = oldest.task_at(100 * MS)
        age = 100 - store.tasks.submitted[row] // MS if row >= 0 else 0
        assert age == brute_oldest(seen, 100)


def chart_of_three() -> ChartSource:
    run = MadeRun()
    for number in range(3):
        task = run.submit(10 * number)
        run.start(task, 40 + 10 * number, worker=number % 2)
        run.finish(task, 50 + 10 * number, worker=number % 2)
    run.submit(90)
    return ChartSource(run.take())


def test_rates_are_by_round_stretches_from_time_0() -> None:
    chart = chart_of_three()
    scene = scene_of(chart)
    length = bin_ns(scene)
    assert length >= 12 * scene.view.unit
    assert str(length).rstrip("0") in ("1", "2", "5")
    found = columns(scene, "done")
    edges = scene.view.edges()[: len(found) + 1]
    which = (edges[:-1] + np.diff(edges) // 2) // length
    for when in (50 * MS, 60 * MS, 70 * MS):
        assert (found[which == when // length, 0] > 0).all()
    assert (found[which == 20 * MS // length] == 0).all()
    moved = replace(scene, view=replace(scene.view, begin=7.0 * MS).snapped())
    assert bin_ns(moved) == length
    assert found.max() == columns(moved, "done").max()


def test_each_counter_has_its_strip_its_axis_and_its_words() -> None:
    chart = chart_of_three()
    base = scene_of(chart)
    scene = replace(base, counters=ALL, layout=arrange(chart, 1280, 720, 0.0, counters=4))
    said = words(compose(scene))
    assert all(kind.title in said for kind in KINDS)
    layout = scene.layout
    one = layout.queue / 4
    told = {}
    for place, name in enumerate(ALL):
        hit = hit_at(scene, scene.x(45 * MS), layout.bottom + (place + 0.7) * one)
        assert hit is not None
        assert name_of(hit.ref) == name
        told[name] = chart.facts(replace(hit, time=45 * MS)).title
    assert told == {
        "queue": "2 futures waiting",
        "busy": "1 worker busy",
        "done": "0 completions in the second before",
        "oldest": "the oldest had waited 35.0 ms",
    }
    after = chart.facts(Hit("queue", -1, ref_of("done"), 65 * MS))
    assert after.title == "2 completions in the second before"


def test_no_counter_no_strip_and_a_list_is_read_back() -> None:
    chart = chart_of_three()
    layout = arrange(chart, 1280, 720, 0.0, counters=0)
    assert layout.queue == 0
    compose(replace(scene_of(chart), counters=(), layout=layout))
    assert known("oldest, queue,nonsense") == ("queue", "oldest")
    assert known("none") == ()
