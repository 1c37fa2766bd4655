"""Lost updates, as the chart marks them: two reads, two writes, and the variable's name.

one    R v3 ........................ W v5      went over what two had written
two           R v3 ....... W v4                this update is lost
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope_gui.model.source import ChartSource

Act = Literal["read", "write"]
MOST_LOST = 3  # of one write that are marked


@dataclass(frozen=True)
class RacePoint:
    """One read or write. ``lost``: nothing of it is left."""

    lane: int
    time: int
    act: Act
    version: int
    lost: bool = False


@dataclass(frozen=True)
class Race:
    """One lost update: what was read and written in vain, and what was read and written over it."""

    name: str
    lost: tuple[RacePoint, ...]  # its read, if that is known, and its write
    stale: tuple[RacePoint, ...]  # the same of the write that went over it


class RaceLog:
    """Follows the writes of a store that went over others, by time."""

    def __init__(self) -> None:
        self._taken = 0
        self.times: Times = np.empty(0, np.int64)
        self._rows: Times = np.empty(0, np.int64)

    def update(self, chart: ChartSource) -> None:
        """Take in those that are new."""
        stale = chart.store.shared.stale
        if len(stale) == self._taken:
            return
        new = np.asarray(stale[self._taken :], np.int64)
        self._taken = len(stale)
        rows = np.concatenate((self._rows, new))
        times = np.concatenate((self.times, chart.store.shared.accesses.time[new]))
        order = np.argsort(times, kind="stable")
        self.times, self._rows = times[order], rows[order]

    def between(self, chart: ChartSource, begin: int, end: int, most: int) -> list[Race]:
        """The lost updates in a time, none if there are more than ``most``."""
        low, high = np.searchsorted(self.times, (np.int64(begin), np.int64(end)))
        if high - low > most:
            return []
        return [race for row in self._rows[low:high].tolist() for race in _races(chart, int(row))]


def _races(chart: ChartSource, write: int) -> list[Race]:
    store = chart.store
    name = ""
    found = []
    for lost in store.shared.lost_by(write, MOST_LOST):
        name = store.variables[lost.variable].name or f"variable {lost.variable + 1}"
        mine = _points(chart, (lost.lost_read, lost.lost_write), lost=True)
        over = _points(chart, (lost.stale_read, lost.stale_write), lost=False)
        found.append(Race(name, mine, over))
    return found


def _points(chart: ChartSource, rows: tuple[int, int], *, lost: bool) -> tuple[RacePoint, ...]:
    table = chart.store.shared.accesses
    made = []
    for row in rows:
        lane = chart.lane_of_thread(int(table.thread[row])) if row != NEVER else NEVER
        if lane != NEVER:
            act: Act = "write" if table.wrote[row] else "read"
            time, version = int(table.time[row]), int(table.version[row])
            made.append(RacePoint(lane, time, act, version, lost and act == "write"))
    return tuple(made)
