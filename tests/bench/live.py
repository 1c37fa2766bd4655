"""The live window while four threads of the host burn CPU in Python: how late, how smooth.

Looked at from outside, in the pixels of the screen. The probe's worker is the only one of its
host, so the colour of RUNNING appears in the chart when its task has started and goes when it has
finished: each appearance is paired with the STARTED event of the trace. All processes of a machine
share ``perf_counter``, so the difference is the time on the way.
"""

from __future__ import annotations

import functools
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from poolscope_gui.model.palette import RUNNING, THEMES
from tests.bench import probe
from tests.bench.figure import Figure
from tests.program import LOOK_S, Program, colour, until
from tests.screen import Screen

SKIPPED = 5  # of the first tasks: the window is still being laid out
WATCHED_S = (probe.TASKS - 5) * (probe.RUNS_S + probe.RESTS_S)


@functools.cache  # both figures are of the same run
def watched() -> tuple[float, float]:
    """Milliseconds from event to pixels, median; and frames a second."""
    with tempfile.TemporaryDirectory() as home, Screen() as screen:
        told = Path(home, "folder")
        arguments = ["run", str(Path(probe.__file__)), str(told)]
        with Program(screen, *arguments) as program:
            program.window()
            folder = until(lambda: told.exists() and told.read_text(), "the probe's recording")
            row = until(lambda: lane(screen), "a running bar")
            seen, frames, lasted = watch(screen, row)
            started = starts(Path(folder))
            program.close()
    late = []
    for moment in seen[SKIPPED:]:
        before = started[started < moment]
        if len(before):
            late.append((moment - before[-1]) / 1e6)
    if len(late) < probe.TASKS // 2:
        raise RuntimeError(f"only {len(late)} of {probe.TASKS} starts were seen on the screen")
    return statistics.median(late), frames / lasted


def lane(screen: Screen) -> int:
    """The row of pixels through the middle of the running bar, 0 if none is on the screen."""
    running = colour(THEMES["light"].states[RUNNING].body)
    rows = np.flatnonzero((screen.live == running).all(axis=2).sum(axis=1) > 3)
    return int(np.median(rows)) if len(rows) else 0


def watch(screen: Screen, row: int) -> tuple[list[int], int, float]:
    """When the colour of RUNNING appeared in that row, how often the row changed, how long."""
    running = colour(THEMES["light"].states[RUNNING].body)
    seen: list[int] = []
    frames = 0
    shown = True  # the bar that was found first began in the past
    last = screen.live[row].copy()
    began = time.perf_counter()
    while (lasted := time.perf_counter() - began) < WATCHED_S:
        line = screen.live[row].copy()
        now = time.perf_counter_ns()
        if not np.array_equal(line, last):
            frames += 1
            last = line
            there = bool((line == running).all(axis=1).any())
            if there and not shown:
                seen.append(now)
            shown = there
        time.sleep(LOOK_S / 2)  # noqa: TID251
    return seen, frames, lasted


def starts(folder: Path) -> np.ndarray:
    """The times of all STARTED events of a recording, in order."""
    reader = Reader(folder)
    try:
        found = [
            batch.records[batch.records["kind"] == Kind.STARTED]["t"] for batch in reader.poll()
        ]
    finally:
        reader.close()
    return np.sort(np.concatenate(found)).astype(np.int64)


FIGURES = [
    Figure("event-to-pixels", "from an event to its pixels, 4 threads burning, median",
           "ms", "<=", 50, lambda: watched()[0]),
    Figure("frames", "frames a second meanwhile",
           "fps", ">=", 30, lambda: watched()[1]),
]  # fmt: skip
