"""What the counters were at a time, for the tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from poolscope.trace.literal import cut
from poolscope_gui.model.chart import Facts, Hit
from poolscope_gui.model.counter_kinds import name_of
from poolscope_gui.model.quantities import duration, plural
from poolscope_gui.model.tracks import NEVER, Times
from poolscope_gui.model.words import at, number

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

_SECOND: Final = 10**9


def counter_facts(chart: ChartSource, hit: Hit) -> Facts:
    """Of the counter that was hit, at its time."""
    time, name = hit.time, name_of(hit.ref)
    if time > chart.now or time < 0:
        return Facts("")
    when = ("at", at(time))
    if name == "busy":
        busy = _at(*chart.busy_counts(), time)
        return Facts(f"{plural(busy, 'worker')} busy", "", (when,))
    if name == "done":
        times = chart.done_times()
        edges = np.array([time - _SECOND, time])
        done = int(np.diff(np.searchsorted(times, edges, side="right"))[0])
        return Facts(f"{plural(done, 'completion')} in the second before", "", (when,))
    if name == "oldest":
        row = chart.progress.oldest(chart.store).task_at(time)
        if row == NEVER:
            return Facts("nothing waits in the queues", "", (when,))
        age = duration(time - int(chart.store.tasks.submitted[row]))
        which = ("which", f"{number(row)} {cut(chart.task_label(row), 60)}")
        return Facts(f"the oldest had waited {age}", "", (when, which))
    return Facts(
        f"{plural(_at(chart.queue_times, chart.queue_depth, time), 'future')} waiting", "", (when,)
    )


def _at(times: Times, counts: Times, time: int) -> int:
    place = int(np.searchsorted(times, np.int64(time), side="right")) - 1
    return int(counts[place]) if place >= 0 else 0
