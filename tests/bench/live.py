"""The live window while four threads of the host burn CPU in Python: how late, how smooth.

Looked at from outside, in the pixels of the screen. The probe's worker is the only one of its host,
so the colour of RUNNING appears in its lane when a task has started and goes when it has finished:
each change is paired with the STARTED or FINISHED event of the trace. All processes of a machine
share ``perf_counter``, so the difference is the time on the way.
"""

from __future__ import annotations

import functools
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind
from poolscope_gui.model.layout import HEADER as HEADER_WIDTH
from poolscope_gui.model.layout import RIGHT
from poolscope_gui.model.viewport import LIVE_MARGIN
from tests.bench import probe
from tests.bench.figure import Figure
from tests.program import LOOK_S, Program, until
from tests.screen import Pixels, Screen

SETTLES_S = 3.0  # the window is laid out, the first bars are there
WATCHED_S = probe.TASKS * (probe.RUNS_S + probe.RESTS_S) - SETTLES_S
LATEST_NS = 200_000_000  # a change is paired with an event of that time before it
CLICKS = 4  # of the wheel
HEADER = 240  # pixels at the left of a lane that are not the lane
A_BAR = 20  # pixels in a row; the live edge is 2 wide


@functools.cache  # both figures are of the same run
def watched() -> tuple[float, float]:
    """Milliseconds from event to pixels, median; and frames a second."""
    with tempfile.TemporaryDirectory() as home, Screen() as screen:
        told = Path(home, "folder")
        arguments = ["run", str(Path(probe.__file__)), str(told)]
        with Program(screen, *arguments, observed=True) as program:
            folder = until(lambda: told.exists() and told.read_text(), "the probe's recording")
            time.sleep(SETTLES_S)  # noqa: TID251
            x, y, width, height = program.widget(kind="ChartCanvas")["box"]
            edge = (width - HEADER_WIDTH - RIGHT) * (1 - LIVE_MARGIN)
            zoom_in(screen, x + round(HEADER_WIDTH + edge), y + height // 2)
            chart = screen.live[y : y + height, x + HEADER : x + width]
            row = until(lambda: lane(chart), "a running bar")
            seen, frames, lasted = watch(chart, row)
            events = times(Path(folder))
            program.close()
    late = [lag for moment in seen if (lag := lateness(moment, events)) is not None]
    if len(late) < probe.TASKS // 2:
        raise RuntimeError(f"only {len(late)} of {len(events)} changes were seen on the screen")
    return statistics.median(late), frames / lasted


def zoom_in(screen: Screen, x: int, y: int) -> None:
    """Some milliseconds a pixel, about the live edge, which so goes on being followed: else a bar
    that has just started has no pixel yet."""
    screen.tell("mousemove", str(x), str(y), "click", "--repeat", str(CLICKS), "4")
    screen.tell("mousemove", "0", "0")


def blue(line: Pixels) -> npt.NDArray[np.bool_]:
    """Where pixels are blue: a running bar, which fades towards the live edge, and that edge."""
    red, green, far = (line[..., channel].astype(np.int16) for channel in range(3))
    found: npt.NDArray[np.bool_] = (far > green + 10) & (far > red + 40)
    return found


def lane(chart: Pixels) -> int:
    """The row of pixels through the middle of the running bar, 0 if there is none."""
    rows = np.flatnonzero(blue(chart[: below_lanes(chart)]).sum(axis=1) > A_BAR)
    return int(np.median(rows)) if len(rows) else 0


def below_lanes(chart: Pixels) -> int:
    """A row of pixels below all lanes, and above the queue depth: the live edge alone is in it."""
    return int(len(chart) * 0.6)


def watch(chart: Pixels, row: int) -> tuple[list[int], int, float]:
    """When the running bar came or went in that row, how often the chart changed, how long."""
    empty = below_lanes(chart)
    seen: list[int] = []
    frames = 0
    shown = True
    last = chart[row].copy()
    began = time.perf_counter()
    while (lasted := time.perf_counter() - began) < WATCHED_S:
        line, edge = chart[row].copy(), chart[empty].copy()
        now = time.perf_counter_ns()
        if not np.array_equal(line, last):
            frames += 1
            last = line
            there = int((blue(line) & ~blue(edge)).sum()) > 2  # the edge may be a frame ahead
            if there != shown:
                seen.append(now)
                shown = there
        time.sleep(LOOK_S / 2)  # noqa: TID251
    return seen, frames, lasted


def lateness(moment: int, events: npt.NDArray[np.int64]) -> float | None:
    """Milliseconds since the last event before that moment; None if there was none just before."""
    before = events[events < moment]
    if not len(before) or moment - before[-1] > LATEST_NS:
        return None
    return float(moment - before[-1]) / 1e6


def times(folder: Path) -> npt.NDArray[np.int64]:
    """When the tasks of a recording started and finished, in order."""
    reader = Reader(folder)
    try:
        records = np.concatenate([batch.records for batch in reader.poll()])
    finally:
        reader.close()
    found = np.isin(records["kind"], (Kind.STARTED, Kind.FINISHED))
    return np.sort(records["t"][found]).astype(np.int64)


FIGURES = [
    Figure("event-to-pixels", "from an event to its pixels, 4 threads burning, median",
           "ms", "<=", 50, lambda: watched()[0]),
    Figure("frames", "frames a second meanwhile",
           "fps", ">=", 30, lambda: watched()[1]),
]  # fmt: skip
