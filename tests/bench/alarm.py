"""From the event that closes a ring to the alarm on the screen, while four threads burn CPU.

Looked at from outside, as ``live`` does: the alarm's colour appears on the chart, where nothing
else has it. The event is the second of the two acquires that wait for each other.
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
from poolscope_gui.model.palette import THEMES
from tests.bench import ring_probe
from tests.bench.figure import Figure
from tests.program import LIMIT_S, LOOK_S, Program, count, until
from tests.screen import Pixels, Screen

SEEN_FROM = 60  # pixels of the alarm's colour
BAR = 6  # pixels: how wide it is
LATEST_NS = 600_000_000  # an alarm is paired with a ring of that time before it


@functools.cache
def latenesses() -> tuple[float, ...]:
    """Milliseconds from each ring's last event to its alarm, as far as they were seen."""
    with tempfile.TemporaryDirectory() as home, Screen() as screen:
        told = Path(home, "folder")
        with Program(
            screen, "run", str(Path(ring_probe.__file__)), str(told), observed=True
        ) as program:
            folder = until(lambda: told.exists() and told.read_text(), "the probe's recording")
            x, y, _, height = program.widget(kind="ChartCanvas")["box"]
            # The bar at the left of a lane that has turned: few pixels, quickly looked at.
            seen = alarms(screen.live[y : y + height, x : x + BAR])
            events = closings(Path(folder))
            program.close()
    late = []
    for moment in seen:
        before = events[events < moment]
        if len(before) and moment - before[-1] < LATEST_NS:
            late.append(float(moment - before[-1]) / 1e6)
    if len(late) < ring_probe.RINGS // 2:
        raise RuntimeError(f"only {len(late)} alarms were seen for {len(events)} rings")
    return tuple(late)


def alarms(chart: Pixels) -> list[int]:
    """When the alarm's colour came up on the chart, ns of the clock of the trace."""
    alarm = THEMES["light"].alarm
    seen: list[int] = []
    shown = False
    began = time.monotonic()
    while len(seen) < ring_probe.RINGS and time.monotonic() - began < LIMIT_S / 2:
        there = count(chart, alarm) > SEEN_FROM
        if there and not shown:
            seen.append(time.perf_counter_ns())
        shown = there
        time.sleep(LOOK_S)  # noqa: TID251
    return seen


def closings(folder: Path) -> npt.NDArray[np.int64]:
    """When each ring closed: the second of two acquires that had to wait."""
    reader = Reader(folder)
    try:
        records = np.concatenate([batch.records for batch in reader.poll()])
    finally:
        reader.close()
    wanted = np.sort(records["t"][records["kind"] == Kind.LOCK_WANTED]).astype(np.int64)
    return wanted[1::2]


FIGURES = [
    Figure("event-to-alarm", "from a ring's last event to its alarm, 4 threads burning, median",
           "ms", "<=", 200, lambda: statistics.median(latenesses())),
    Figure("event-to-alarm-worst", "the same, the worst of ten rings",
           "ms", "<=", 200, lambda: max(latenesses())),
]  # fmt: skip
