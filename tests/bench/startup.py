"""How soon there is something to see: from the start of the program to pixels on the screen."""

from __future__ import annotations

import functools
import statistics
import time

import numpy as np

from tests.bench.figure import Figure
from tests.program import LOOK_S, Program
from tests.screen import Pixels, Screen

ROUNDS = 5
WATCHED_S = 4.0
SAME = 0.99  # of the pixels as they will stay: the rest is a clock, a cursor, a host's state


def pictures(screen: Screen) -> list[tuple[float, Pixels]]:
    """Everything that the screen showed, a picture a change, with its seconds after the start."""
    seen = [(0.0, screen.shot())]
    with Program(screen) as program:
        while time.perf_counter() < program.began + WATCHED_S:
            now = time.perf_counter() - program.began
            if not np.array_equal(seen[-1][1][::4, ::4], screen.live[::4, ::4]):
                seen.append((now, screen.shot()))
            time.sleep(LOOK_S)  # noqa: TID251
        program.close()
    return seen


@functools.cache  # both figures are of the same starts
def starts() -> tuple[float, float]:
    """Milliseconds to the first window and to the chart, medians; the first start only warms."""
    windows, charts = [], []
    for _ in range(ROUNDS + 1):
        with Screen() as screen:
            seen = pictures(screen)
        if len(seen) < 2:
            raise RuntimeError(f"no window within {WATCHED_S:.0f} s")
        windows.append(seen[1][0])
        charts.append(seen[settled(seen)][0])
    return statistics.median(windows[1:]) * 1e3, statistics.median(charts[1:]) * 1e3


def settled(seen: list[tuple[float, Pixels]]) -> int:
    """The first picture from which on the screen stayed as it is at the end."""
    final = seen[-1][1]
    first = len(seen) - 1
    while first and (seen[first - 1][1] == final).all(axis=2).mean() >= SAME:
        first -= 1
    return first


FIGURES = [
    Figure("first-window", "from the start to the first window on the screen",
           "ms", "<=", 400, lambda: starts()[0]),
    Figure("first-chart", "from the start to the chart as it stays",
           "ms", "<=", 800, lambda: starts()[1]),
]  # fmt: skip
