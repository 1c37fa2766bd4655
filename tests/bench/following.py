"""A live run: 200,000 events a second are taken in while 64 lanes are painted, 60 times a second.

The trace is a folder that grows meanwhile; the reader, the store, the chart, its lanes, the painter
and how often is looked for what is new are those of the window. What a frame costs is the reading,
the intake and the painting together. In a process of its own: what it grows by is then no memory
that another figure has left.
"""

from __future__ import annotations

import functools
import gc
import json
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope_gui.intake import BUDGET_S, Intake
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.look_pace import LookPace
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.viewport import Navigation
from tests.bench.apart import apart
from tests.bench.figure import Figure
from tests.bench.growing import RATE, Run
from tests.bench.painting import Stand

LASTS_S = 15  # one million tasks: columns grow long meanwhile
INTAKES = 8 * RATE  # frames of which the intake alone is measured
WARM = 60  # frames that are not counted


class Found(NamedTuple):
    """Of one run."""

    frames: list[float]  # ms each
    bar: float  # bytes of the lanes' rows and what the picture keeps of them, a bar
    task: float  # bytes that the process grew by at the most, a task


def intakes() -> list[float]:
    """What each frame's intake takes, ms, with all that a picture of every lane would look at."""
    view, found = Navigation(), []
    with (
        tempfile.TemporaryDirectory() as home,
        closing(Run(Path(home, "t"), INTAKES)) as run,
        Reader(Path(home, "t")) as reader,
    ):
        store = Store.of(reader)
        chart = ChartSource(store)
        for frame in range(INTAKES):
            run.write(frame)
            batches = reader.poll()
            began = time.perf_counter()
            store.extend(batches)
            chart.update()
            view.advance(chart.first, chart.now)
            for lane in chart.lanes:
                assert len(lane.tasks.track) >= len(lane.sent.track)
                assert lane.detail or lane.share
            if frame >= WARM:
                found.append((time.perf_counter() - began) * 1e3)
    return found


@functools.cache
def followed(lasts_s: int = LASTS_S) -> Found:
    """Run it once, in a process of its own."""
    return Found(*apart(__name__, lasts_s))


class Window:
    """What of a window takes part in a frame; its clock is that of the run."""

    def __init__(self, folder: Path) -> None:
        self._intake = Intake.of(folder)
        self.chart = ChartSource(self._intake.store)
        self._stand = Stand(self.chart)
        self._pace = LookPace(clock=lambda: self._now)
        self._now = 0.0
        self._lanes = 0

    def frame(self, now: float) -> float:
        """Look for what is new, if it is time, and paint; ms."""
        self._now = now
        began = time.perf_counter()
        if self._pace.due():
            with self._pace.look():
                changed, whole = self._intake.take(BUDGET_S)
                if changed:
                    self._pace.changed()
                self._pace.behind = not whole
                self.chart.update()
        view = self._stand.view
        view.advance(self.chart.first, self.chart.now)
        if len(self.chart.lanes) != self._lanes:
            self._lanes = len(self.chart.lanes)
            self._stand.lay()
            view.show(0, 10e9)
            view.set_follow(True)
        self._stand.frame()
        return (time.perf_counter() - began) * 1e3

    def close(self) -> int:
        """How many tasks it has taken in."""
        self._intake.close()
        return len(self._intake.store.tasks)


def follow(folder: Path, count: int) -> Found:
    """Run so many frames of it here."""
    with closing(Run(folder, count)) as run:
        return _watched(run, Window(folder), count)


def _watched(run: Run, window: Window, count: int) -> Found:
    process, frames = psutil.Process(), []
    before = begin = most = 0
    for frame in range(count):
        run.write(frame)
        took = window.frame((frame + 1) / RATE)
        if frame == WARM:
            gc.collect()
            before, begin = run.tasks, process.memory_info().rss
        elif frame > WARM:
            frames.append(took)
            most = max(most, process.memory_info().rss)
    late = run.tasks - window.close()
    if late > 4 * run.tasks / count:
        raise RuntimeError(f"{late} of {run.tasks} tasks were not yet taken in at the end")
    return Found(frames, _bar(window.chart), (most - begin) / (run.tasks - before))


def _bar(chart: Chart) -> float:
    size = bars = 0
    for lane in chart.lanes:
        track = lane.tasks.track
        bars += len(track)
        kept = (track.start, track.end, track.ref, track.kind, track.busy)
        size += sum(column.nbytes for column in (*kept, *track.rare().values()))
    return size / bars


def at(share: float) -> float:
    """A percentile of the frames, ms."""
    return float(np.percentile(followed().frames, share))


FIGURES = [
    Figure("live-frame", "200,000 events/s read, taken in and painted, 64 lanes, median",
           "ms", "<=", 5, lambda: at(50)),
    Figure("live-frame-95", "the same, 95th percentile", "ms", "<=", 8, lambda: at(95)),
    Figure("live-intake", "the intake alone, read already, every lane looked at, median",
           "ms", "<=", 2, lambda: float(np.median(intakes()))),
    Figure("bytes-bar", "a bar: its row on its lane and what is kept to paint it",
           "bytes", "<=", 32, lambda: followed().bar),
    Figure("bytes-task", "a task: the most that the process grew by, with its table",
           "bytes", "<=", 200, lambda: followed().task),
]  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(follow(Path(made, "t"), int(sys.argv[1]) * RATE)))
