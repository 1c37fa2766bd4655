"""A real window that follows sixty-four busy lanes: frames a second, and what of a core it takes.

Frames are counted in the pixels of the screen: a row of the chart changes with every one, for the
view moves. The processor's time is that of the window's process alone, not of the host's.
"""

from __future__ import annotations

import functools
import time
from pathlib import Path

import numpy as np
import psutil

from tests.bench import crowd
from tests.bench.figure import Figure
from tests.bench.live import HEADER, SETTLES_S
from tests.program import LOOK_S, Program
from tests.screen import Screen

WATCHED_S = 8.0


@functools.cache  # both figures are of the same run
def watched() -> tuple[float, float]:
    """Frames a second, and per cent of a core."""
    arguments = ["run", str(Path(crowd.__file__))]
    with Screen() as screen, Program(screen, *arguments, observed=True) as program:
        x, y, width, height = program.widget(kind="ChartCanvas")["box"]
        time.sleep(SETTLES_S)  # noqa: TID251
        rows = screen.live[y + height // 4 : y + height // 2 : 7, x + HEADER : x + width]
        process = psutil.Process(program.process.pid)
        began, before = time.perf_counter(), process.cpu_times()
        frames, last = 0, rows.copy()
        while (lasted := time.perf_counter() - began) < WATCHED_S:
            seen = rows.copy()
            if not np.array_equal(seen, last):
                frames += 1
                last = seen
            time.sleep(LOOK_S)  # noqa: TID251
        after = process.cpu_times()
        program.close()
    spent = after.user + after.system - before.user - before.system
    if frames < WATCHED_S:
        raise RuntimeError(f"the picture changed only {frames} times in {lasted:.0f} s")
    return frames / lasted, 100 * spent / lasted


FIGURES = [
    Figure("window-frames", "a window on a screen that follows 64 busy lanes, frames a second",
           "fps", ">=", 60, lambda: watched()[0]),
    Figure("window-core", "the same, the processor time of the window's process",
           "% core", "<=", 60, lambda: watched()[1]),
]  # fmt: skip
