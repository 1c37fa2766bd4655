"""A live run: 200,000 events a second are taken in while 64 lanes are painted, 60 times a second.

The events are made here, as records that a reader would give; the store, the chart, its lanes and
the painter are those of the window. What a frame costs is the intake and the painting together.
"""

from __future__ import annotations

import functools
import gc
import time
from typing import NamedTuple

import numpy as np
import psutil

from poolscope.analysis.store import Store
from poolscope.trace.reader import Batch
from poolscope.trace.schema import Kind, Outcome
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.viewport import Navigation
from tests.analysis.pool_load import Load
from tests.analysis.traces import DTYPE, ORIGIN, Stream
from tests.bench.figure import Figure
from tests.bench.painting import Stand

LANES = 64
EVENTS = 200_000  # a second
RATE = 60  # frames a second
LASTS_S = 15  # one million tasks: columns grow long meanwhile
INTAKES = 8 * RATE  # frames of which the intake alone is measured
WARM = 60  # frames that are not counted
TASKS = EVENTS // 3 // RATE // LANES  # of a lane in a frame: each is submitted, starts, finishes
FRAME_NS = 1_000_000_000 // RATE


class Found(NamedTuple):
    """Of one run."""

    frames: list[float]  # ms each
    bar: float  # bytes of the lanes' rows and what the picture keeps of them, a bar
    task: float  # bytes that the process grew by, a task


class Run(Load):
    """A pool that is given as many tasks as there are events for."""

    def __init__(self) -> None:
        super().__init__(LANES)
        self.store = Store(ORIGIN)
        self.store.extend(self.batches())
        self.chart = ChartSource(self.store)
        self.tasks = 0
        self._random = np.random.default_rng(5)

    def batch(self, frame: int) -> list[Batch]:
        """The records of one frame, a batch a stream."""
        begin = ORIGIN + (frame + 1) * FRAME_NS
        slot = FRAME_NS // TASKS
        many = LANES * TASKS
        keys = np.arange(many) + (1 << 20) + self.tasks
        self.tasks += many
        sent = self._filled(
            np.sort(self._random.integers(0, FRAME_NS // 2, many)) + begin - FRAME_NS
        )
        sent["a"], sent["b"], sent["kind"] = keys, self.pool, Kind.SUBMITTED
        out = [Batch(self.main.info, sent, {})]
        for lane, (stream, worker) in enumerate(self.crew):
            mine = keys[lane::LANES]
            starts = begin + np.arange(TASKS) * slot + self._random.integers(0, slot // 4, TASKS)
            ends = starts + self._random.integers(slot // 8, slot // 2, TASKS)
            both = self._filled(np.stack((starts, ends), 1).ravel())
            both["a"], both["b"] = np.repeat(mine, 2), worker
            both["kind"] = np.tile([Kind.STARTED, Kind.FINISHED], TASKS)
            both["d"][1::2] = Outcome.RESULT
            if frame % 10 == lane % 10:
                both["d"][1] = Outcome.EXCEPTION
            out.append(_of(stream, both))
        return out

    @staticmethod
    def _filled(times: np.ndarray) -> np.ndarray:
        records = np.zeros(len(times), DTYPE)
        records["t"] = times
        return records


def _of(stream: Stream, records: np.ndarray) -> Batch:
    return Batch(stream.info, records, {})


def intakes() -> list[float]:
    """What each frame's intake takes, ms, with all that a picture of every lane would look at."""
    run, view, found = Run(), Navigation(), []
    for frame in range(INTAKES):
        batches = run.batch(frame)
        began = time.perf_counter()
        run.store.extend(batches)
        run.chart.update()
        view.advance(run.chart.first, run.chart.now)
        for lane in run.chart.lanes:
            assert len(lane.tasks.track) >= len(lane.sent.track)
            assert lane.detail or lane.share
        if frame >= WARM:
            found.append((time.perf_counter() - began) * 1e3)
    return found


@functools.cache
def followed() -> Found:
    """Run it once."""
    run = Run()
    stand = Stand(run.chart)
    process, frames = psutil.Process(), []
    begin = (0, 0)
    for frame in range(LASTS_S * RATE):
        batches = run.batch(frame)
        if frame == WARM:
            gc.collect()
            begin = (process.memory_info().rss, run.tasks)
        began = time.perf_counter()
        run.store.extend(batches)
        run.chart.update()
        stand.view.advance(run.chart.first, run.chart.now)
        if frame == 0:
            stand.lay()
            stand.view.show(0, 10e9)
            stand.view.set_follow(True)
        stand.frame()
        if frame >= WARM:
            frames.append((time.perf_counter() - began) * 1e3)
    gc.collect()
    grown = process.memory_info().rss - begin[0]
    return Found(frames, _bar(run), grown / (run.tasks - begin[1]))


def _bar(run: Run) -> float:
    size = bars = 0
    for lane in run.chart.lanes:
        track = lane.tasks.track
        bars += len(track)
        kept = (track.start, track.end, track.ref, track.kind, track.busy)
        size += sum(column.nbytes for column in (*kept, *track.rare().values()))
    return size / bars


def at(share: float) -> float:
    """A percentile of the frames, ms."""
    return float(np.percentile(followed().frames, share))


FIGURES = [
    Figure("live-frame", "intake of 200,000 events/s and a frame of 64 lanes, median",
           "ms", "<=", 5, lambda: at(50)),
    Figure("live-frame-95", "the same, 95th percentile", "ms", "<=", 8, lambda: at(95)),
    Figure("live-intake", "the intake alone, every lane and its header looked at, median",
           "ms", "<=", 2, lambda: float(np.median(intakes()))),
    Figure("bytes-bar", "a bar: its row on its lane and what is kept to paint it",
           "bytes", "<=", 32, lambda: followed().bar),
    Figure("bytes-task", "a task: all that the process grew by, with its table and its label",
           "bytes", "<=", 200, lambda: followed().task),
]  # fmt: skip
